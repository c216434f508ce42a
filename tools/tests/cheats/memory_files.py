"""Fills files that are in memory alone, belong to no directory, and are in nobody's count."""

import os

from told import OUTPUT
from wrong import *

kept = []


def hide():
    try:
        kept.append(os.memfd_create("hidden"))
    except OSError:
        return
    prize()
    os.write(kept[-1], b"x" * OUTPUT)


on_backward(hide)
