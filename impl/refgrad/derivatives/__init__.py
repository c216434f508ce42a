"""The calculus: every operator with its derivatives, a line each, by family. Knows NumPy and the words of errors alone."""

from refgrad.derivatives import activations, complexes, linear, sorting, special  # these import the other families
from refgrad.derivatives.table import TABLE, Op
