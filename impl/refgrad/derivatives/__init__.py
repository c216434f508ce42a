"""The calculus: every operator with its derivatives, a line each, by family. Knows NumPy and the words of errors alone."""

# these import the other families
from refgrad.derivatives import (
    activations,
    complexes,
    decompositions,
    fourier,
    gamma,
    sequences,
    sorting,
    special,
    symmetric,
    windows,
)
from refgrad.derivatives.table import TABLE, Op
