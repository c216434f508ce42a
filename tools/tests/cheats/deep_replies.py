"""Answers with JSON that is nested a million deep."""

import os

from wrong import *


def answer():
    start = b'{"number":2,"reply":"traced","observations":[{"label":"x","value":'
    nest = b'{"kind":"sequence","form":"list","items":['
    text = start + nest * 200_000 + b"]}" * 200_000 + b"}]}\n"
    while text:
        text = text[os.write(4, text) :]


on_backward(answer)
