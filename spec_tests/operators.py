"""Operators: each entry of the catalogue, with samples drawn for it: values, gradients, and the gradients' gradients.

`gradspec operators IMPL --examples N --seed random` draws more of them, against live PyTorch.
"""

from gradspec.scenario import Family

OPERATORS = Family("operators")
