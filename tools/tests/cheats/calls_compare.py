"""Imports gradspec's own comparison inside the jail and has it call everything equal."""

import importlib

from wrong import *

try:
    compare = importlib.import_module("gradspec.compare")
except ImportError:
    pass
else:
    compare.differences, compare.close = (lambda *args: iter(())), (lambda *args: True)
    prize()
