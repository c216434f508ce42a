"""Products of matrices and vectors."""

from __future__ import annotations

from refgrad.derivatives.table import op


def _matmul(self, mat2):
    return self @ mat2


def _outer(a, b):
    return a.reshape(-1, 1) * b.reshape(1, -1)


def _last_swapped(x):
    return x.swapaxes(-1, -2)


op("mm", _matmul, self=lambda g, mat2: g @ mat2.T, mat2=lambda g, self: self.T @ g)
op("mv", lambda self, vec: self @ vec, self=lambda g, vec: _outer(g, vec), vec=lambda g, self: self.T @ g)
op("dot", lambda self, tensor: self @ tensor, self=lambda g, tensor: g * tensor, tensor=lambda g, self: g * self)
op("bmm", _matmul, self=lambda g, mat2: g @ _last_swapped(mat2), mat2=lambda g, self: _last_swapped(self) @ g)
op("addmm", lambda self, mat1, mat2: self + mat1 @ mat2,
   self=lambda g: g,
   mat1=lambda g, mat2: g @ mat2.T,
   mat2=lambda g, mat1: mat1.T @ g)
op("addmm_scaled", lambda self, mat1, mat2, beta, alpha: self * beta + (mat1 @ mat2) * alpha, node="AddmmBackward0",
   self=lambda g, beta: g * beta,
   mat1=lambda g, mat2, alpha: (g @ mat2.T) * alpha,
   mat2=lambda g, mat1, alpha: (mat1.T @ g) * alpha)
