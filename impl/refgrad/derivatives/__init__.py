"""The calculus: every operator with its derivatives, a line each, by family. Knows NumPy alone."""

from refgrad.derivatives import (
    activations,
    complexes,
    elementwise,
    indexing,
    linear,
    reductions,
    scatter,
    shapes,
    sorting,
    special,
)
from refgrad.derivatives.table import TABLE, Op

__all__ = [
    "TABLE", "Op", "activations", "complexes", "elementwise", "indexing", "linear", "reductions", "scatter", "shapes",
    "sorting", "special",
]  # fmt: skip
