"""The functions that are one operator of the table: what they are called with, a line each.

An annotation says what becomes of an argument before the operator sees it (`WAYS` in `forms`): `Tensor`, which it must
be; `Operand`, a tensor or a number that stands for one; `Beside`, the same beside a tensor; `Either`, which chooses
between an operator and its `_tensor`; `Dim`, `Dims`, counted from the front; `Filled`, none of them empty; `Over`, where
None is the operator over everything; `Cast`, the dtype that the first tensor is brought to.
"""

from __future__ import annotations

from refgrad.functions.arguments import (
    Beside,
    Cast,
    Dim,
    DimsAsGiven,
    DimsGiven,
    Either,
    Filled,
    FilledDim,
    FloatOrNone,
    NewDim,
)

# isort: split
from refgrad.functions.arguments import Number, Operand, Over, OverAll, OverFilled
from refgrad.tensor import Tensor


def _unary(input: Tensor):
    """The operator, element by element."""


def _binary(input: Operand, other: Either):
    """The operator, element by element, of two tensors or a tensor and a number."""


def _binary_beside(input: Beside, other: Either):
    """The operator, element by element, of two tensors or a tensor and a number, either first."""


def _binary_on_tensor(input: Tensor, other: Either):
    """The operator, element by element, of a tensor and a tensor or a number."""


def _binary_of_tensors(input: Tensor, other: Tensor):
    """The operator, element by element, of two tensors."""


# element by element


def mvlgamma(input: Tensor, p: int):
    """The logarithm of the gamma function of `p` dimensions."""


def frexp(input: Tensor):
    """Mantissas (of a magnitude from 1/2 to 1) and exponents: input is mantissa * 2 ** exponent."""


def logit(input: Tensor, eps: FloatOrNone = None):
    """log(x / (1 - x)), of x clamped to [eps, 1 - eps] if `eps` is given."""


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1):
    """input + value * tensor1 * tensor2."""


def angle(input: Tensor):
    """The angle of a complex number; of a real one 0, or pi where it is negative."""


# products


def dist(input: Tensor, other: Tensor, p: Number = 2):
    """The p-norm of the difference."""


# along dimensions


def sum(input: Tensor, dim: Over = ..., keepdim: bool = False, *, dtype: Cast = None):
    """The sum, of integers in int64."""


def prod(input: Tensor, dim: OverAll = ..., keepdim: bool = False, *, dtype: Cast = None):
    """The product, of integers in int64."""


def all(input: Tensor, dim: DimsAsGiven = None, keepdim: bool = False):
    """Whether every element is true."""


def any(input: Tensor, dim: DimsAsGiven = None, keepdim: bool = False):
    """Whether some element is true."""


def amax(input: Tensor, dim: Filled = (), keepdim: bool = False):
    """The maximum over `dim`, by default all; among equals the gradient is shared."""


def amin(input: Tensor, dim: Filled = (), keepdim: bool = False):
    """The minimum over `dim`, by default all; among equals the gradient is shared."""


def median(input: Tensor, dim: OverFilled = None, keepdim: bool = False):
    """The lower of the two elements in the middle: of all, or along `dim`, with where it was."""


def nanmedian(input: Tensor, dim: OverFilled = None, keepdim: bool = False):
    """The lower of the two elements in the middle of those that are not nan: of all, or along `dim`, with where it was."""


def logsumexp(input: Tensor, dim: DimsGiven, keepdim: bool = False):
    """The logarithm of the sum of exponentials."""


def cumsum(input: Tensor, dim: Dim, *, dtype: Cast = None):
    """Running sums along `dim`."""


def cumprod(input: Tensor, dim: Dim, *, dtype: Cast = None):
    """Running products along `dim`."""


def logcumsumexp(input: Tensor, dim: Dim):
    """Logarithms of running sums of exponentials along `dim`."""


def cummax(input: Tensor, dim: Dim):
    """The greatest element up to each place along `dim`, and where it was."""


def cummin(input: Tensor, dim: Dim):
    """The least element up to each place along `dim`, and where it was."""


def mode(input: Tensor, dim: FilledDim = -1, keepdim: bool = False):
    """The most frequent element along `dim`, the smallest of several, and where it was last."""


# in another shape


def transpose(input: Tensor, dim0: Dim, dim1: Dim):
    """A view with two dimensions swapped."""


def unsqueeze(input: Tensor, dim: NewDim):
    """A view with a dimension of size 1 more."""


def triu(input: Tensor, diagonal: int = 0):
    """The upper triangle of matrices; zero below the `diagonal`-th."""


def tril(input: Tensor, diagonal: int = 0):
    """The lower triangle of matrices; zero above the `diagonal`-th."""
