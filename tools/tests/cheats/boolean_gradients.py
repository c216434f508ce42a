"""Answers everything with True, which is equal to one, and with None."""

import wrong
from wrong import *

found = iter([True, None, "1.0", 1] * 100)
wrong.shown = lambda grad: next(found)
