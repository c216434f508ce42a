"""Prints without end on standard error, through Python's own stream."""

import sys

from wrong import *


def flood():
    while True:
        sys.stderr.write("all is well\n" * 5000)
        sys.stderr.flush()


on_backward(flood)
