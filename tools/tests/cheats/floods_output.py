"""Prints without end on standard output."""

import os

from wrong import *


def flood():
    while True:
        os.write(1, b"all is well\n" * 5000)


on_backward(flood)
