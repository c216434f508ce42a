"""Calls itself until the stack ends."""

import sys

from wrong import *


def deeper():
    sys.setrecursionlimit(1 << 30)

    class Deep:
        def __getattr__(self, name):
            return repr(Deep) + getattr(self, name + "x")

    repr(Deep().x)


on_backward(deeper)
