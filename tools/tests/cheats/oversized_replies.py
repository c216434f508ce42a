"""Answers with one line that is larger than anybody wants to keep."""

import os

from wrong import *


def answer():
    text = b'{"number":2,"reply":"refused","reason":"' + b"x" * (64 << 20) + b'"}\n'
    while text:
        text = text[os.write(4, text) :]


on_backward(answer)
