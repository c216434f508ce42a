"""Writes one line without end where replies go."""

import os

from wrong import *


def flood():
    while True:
        os.write(4, b"x" * 65536)


on_backward(flood)
