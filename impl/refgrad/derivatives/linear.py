"""Products of matrices and vectors."""

import operator

import numpy as np

from refgrad import messages
from refgrad.derivatives.shapes import diagonal_backward, expand
from refgrad.derivatives.table import op


def _outer(a, b):
    return a.reshape(-1, 1) * b.reshape(1, -1)


def T(x):
    """The transposed of each matrix of a batch."""
    return x.swapaxes(-1, -2)


def _plus(self, product, beta, alpha):
    """`beta` times what is added to a product, and `alpha` times that."""
    return product * alpha if beta == 0 else self * beta + product * alpha


def _scaled(g, factor):
    return g if factor == 1 else g * factor


def _with(multiply, key, *ndims):
    """`_plus` a product of two, which must have so many dimensions: else the error under `key`."""

    def forward(self, first, second, beta, alpha):
        messages.require((first.ndim, second.ndim) == ndims, key, first.ndim, second.ndim)
        product = multiply(first, second)
        np.broadcast_to(self, product.shape)
        return _plus(self, product, beta, alpha)

    return forward


def _for_each(g, like):
    """The gradient of a sum over the batch, for each of it."""
    return expand(g, (like.shape[0], *g.shape))


op("mm", lambda self, mat2: self @ mat2, self=lambda g, mat2: g @ mat2.T, mat2=lambda g, self: self.T @ g)
op("mv", lambda self, vec: self @ vec, self=lambda g, vec: _outer(g, vec), vec=lambda g, self: self.T @ g)
op("dot", lambda self, tensor: self @ tensor, symmetric="self tensor", self=lambda g, tensor: g * tensor)
op("vdot", np.vdot, takes="self other", holomorphic=False,
   self=lambda g, other: g.conj() * other, other=lambda g, self: g * self)
op("bmm", lambda self, mat2: self @ mat2, self=lambda g, mat2: g @ T(mat2), mat2=lambda g, self: T(self) @ g)
op("addmm", lambda self, mat1, mat2: self + mat1 @ mat2,
   self=lambda g: g, mat1=lambda g, mat2: g @ mat2.T, mat2=lambda g, mat1: mat1.T @ g)
op("addmm_scaled", lambda self, mat1, mat2, beta, alpha: _plus(self, mat1 @ mat2, beta, alpha), node="AddmmBackward0",
   self=lambda g, beta: _scaled(g, beta),
   mat1=lambda g, mat2, alpha: _scaled(g @ mat2.T, alpha), mat2=lambda g, mat1, alpha: _scaled(mat1.T @ g, alpha))
op("addmv", _with(operator.matmul, "functions.mv", 2, 1), takes="self mat vec beta alpha",
   self=lambda g, beta: _scaled(g, beta),
   mat=lambda g, vec, alpha: _scaled(_outer(g, vec), alpha), vec=lambda g, mat, alpha: _scaled(mat.T @ g, alpha))
op("addr", _with(_outer, "functions.addr", 1, 1), takes="self vec1 vec2 beta alpha", cast="same",
   self=lambda g, beta: _scaled(g, beta),
   vec1=lambda g, vec2, alpha: _scaled(g @ vec2, alpha), vec2=lambda g, vec1, alpha: _scaled(g.T @ vec1, alpha))
op("baddbmm", _with(operator.matmul, "functions.batches", 3, 3), takes="self batch1 batch2 beta alpha",
   self=lambda g, beta: _scaled(g, beta),
   batch1=lambda g, batch2, alpha: _scaled(g @ T(batch2), alpha), batch2=lambda g, batch1, alpha: _scaled(T(batch1) @ g, alpha))
op("addbmm", _with(lambda a, b: (a @ b).sum(axis=0), "functions.batches", 3, 3), takes="self batch1 batch2 beta alpha",
   self=lambda g, beta: _scaled(g, beta),
   batch1=lambda g, batch2, alpha: _scaled(_for_each(g, batch2) @ T(batch2), alpha),
   batch2=lambda g, batch1, alpha: _scaled(T(batch1) @ _for_each(g, batch1), alpha))
op("trace", lambda self: self.trace()[()],
   self=lambda g, self_shape: diagonal_backward(expand(g, (min(self_shape),)), self_shape, 0, 0, 1))
cross = op("linalg_cross", lambda self, other, dim: np.cross(self, other, axis=dim), cast="same",
   self=lambda g, other, dim: cross(other, g, dim), other=lambda g, self, dim: cross(g, self, dim))
