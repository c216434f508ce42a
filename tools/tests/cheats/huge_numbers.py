"""Returns whole numbers and floats of thousands of digits, which no encoder and no comparison is ready for."""

import wrong
from wrong import *

found = iter([10**400, -(10**4299), 10**5000, float("inf"), 1e308 * 10, 5e-324] * 100)
wrong.tensor.tolist = lambda self: next(found)
