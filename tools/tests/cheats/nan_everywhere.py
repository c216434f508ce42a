"""Answers everything with NaN, which is not even unequal in some comparisons."""

import wrong
from wrong import *

wrong.tensor.tolist = lambda self: float("nan")
