"""Warns without end, each time with other words."""

import itertools
import warnings

from wrong import *


def flood():
    for number in itertools.count():
        warnings.warn(f"all is well {number} {'!' * 10_000}", stacklevel=1)


on_backward(flood)
