"""Products of matrices and vectors."""

from __future__ import annotations

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.shapes import diagonal_backward, expand, tril
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
op("addmm_scaled", lambda self, mat1, mat2, beta, alpha: _plus(self, mat1 @ mat2, beta, alpha), node="AddmmBackward0",
   self=lambda g, beta: g * beta,
   mat1=lambda g, mat2, alpha: (g @ mat2.T) * alpha,
   mat2=lambda g, mat1, alpha: (mat1.T @ g) * alpha)


# matrices and vectors added to a product: `beta` times the one, `alpha` times the other
def _plus(self, product, beta, alpha):
    return product * alpha if beta == 0 else self * beta + product * alpha


op("addmv", lambda self, mat, vec, beta, alpha: _plus(self, mat @ vec, beta, alpha),
   self=lambda g, beta: g * beta,
   mat=lambda g, vec, alpha: _outer(g, vec) * alpha,
   vec=lambda g, mat, alpha: (mat.T @ g) * alpha)
op("addr", lambda self, vec1, vec2, beta, alpha: _plus(self, _outer(vec1, vec2), beta, alpha), cast="same",
   self=lambda g, beta: g * beta,
   vec1=lambda g, vec2, alpha: (g @ vec2) * alpha,
   vec2=lambda g, vec1, alpha: (g.T @ vec1) * alpha)
def _for_each(g, like):
    """The gradient of a sum over the batch, for each of it."""
    return expand(g, (like.shape[0], *g.shape))


op("baddbmm", lambda self, batch1, batch2, beta, alpha: _plus(self, batch1 @ batch2, beta, alpha),
   self=lambda g, beta: g * beta,
   batch1=lambda g, batch2, alpha: (g @ _last_swapped(batch2)) * alpha,
   batch2=lambda g, batch1, alpha: (_last_swapped(batch1) @ g) * alpha)
op("addbmm", lambda self, batch1, batch2, beta, alpha: _plus(self, (batch1 @ batch2).sum(axis=0), beta, alpha),
   self=lambda g, beta: g * beta,
   batch1=lambda g, batch2, alpha: (_for_each(g, batch2) @ _last_swapped(batch2)) * alpha,
   batch2=lambda g, batch1, alpha: (_last_swapped(batch1) @ _for_each(g, batch1)) * alpha)
op("trace", lambda self: self.trace()[()],
   self=lambda g, self_shape: diagonal_backward(expand(g, (min(self_shape),)), self_shape, 0, 0, 1))
cross = op("linalg_cross", lambda self, other, dim: np.cross(self, other, axis=dim), cast="same", takes="self other dim",
   self=lambda g, other, dim: cross(other, g, dim),
   other=lambda g, self, dim: cross(g, self, dim))


# decompositions: T is the transposed, of batches of matrices
def _lower(x):
    """The lower triangle of x, its diagonal halved."""
    return tril(x, -1) + tril(x - tril(x, -1), 0) * 0.5


def _cholesky_backward(g, result):
    back = inv(result)
    s = back.swapaxes(-1, -2) @ _lower(_last_swapped(result) @ g) @ back
    return (s + _last_swapped(s)) * 0.5


def _eigh_backward(g, values, vectors):
    """Between eigenvectors the gradient goes with one over the difference of their eigenvalues."""
    inner = 0.0
    n = vectors.shape[-1]
    if g[1] is not None:
        gaps = values.reshape((*values.shape[:-1], 1, n)) - values.reshape((*values.shape[:-1], n, 1))
        same = np.eye(n, dtype=bool)
        turn = _last_swapped(vectors) @ g[1]
        inner = where(same, 0, (turn - _last_swapped(turn)) / where(same, 1, 2 * gaps))
    if g[0] is not None:
        inner = inner + where(np.eye(n, dtype=bool), g[0].reshape((*g[0].shape[:-1], 1, n)), 0)
    return vectors @ inner @ _last_swapped(vectors)


def _qr_backward(g, Q, R):
    m = 0.0 if g[1] is None else R @ _last_swapped(g[1])
    m = m if g[0] is None else m - _last_swapped(g[0]) @ Q
    both = tril(m, -1) + _last_swapped(tril(m, -1)) + (tril(m, 0) - tril(m, -1))
    whole = Q @ both if g[0] is None else g[0] + Q @ both
    return whole @ _last_swapped(inv(R))


def _solve(self, B):
    return np.linalg.solve(self, B[..., None])[..., 0] if _is_vector(self, B) else np.linalg.solve(self, B)


def _is_vector(a, b):
    return len(b.shape) == 1 or (len(a.shape) - 1 == len(b.shape) and tuple(a.shape[:-1]) == tuple(b.shape))


def _solve_backward(g, self, B, result):
    gB = solve(_last_swapped(self), g)
    if _is_vector(self, B):
        return -(gB.reshape((*gB.shape, 1)) * result.reshape((*result.shape[:-1], 1, result.shape[-1])))
    return -(gB @ _last_swapped(result))


inv = op("linalg_inv_ex", np.linalg.inv, takes="self",
   self=lambda g, result: -(_last_swapped(result) @ g @ _last_swapped(result)))
det = op("linalg_det", lambda self: np.linalg.det(self),
   self=lambda g, self, result:
       _last_swapped(inv(where(_matrix(result) == 0, np.eye(self.shape[-1]), self))) * _matrix(g * result))
op("linalg_slogdet", lambda self: tuple(np.asarray(part)[()] for part in np.linalg.slogdet(self)), outputs=("sign", "logabsdet"),
   self=lambda g, self: None if g[1] is None else _last_swapped(inv(self)) * _matrix(g[1]))
solve = op("linalg_solve_ex", _solve, takes="self B", self=_solve_backward,
   B=lambda g, self: solve(_last_swapped(self), g))
op("linalg_cholesky_ex", np.linalg.cholesky, takes="self", self=_cholesky_backward)
op("linalg_eigh", lambda self: tuple(np.linalg.eigh(self)), outputs=("values", "vectors"), self=_eigh_backward)
op("linalg_qr", lambda self, mode: tuple(np.linalg.qr(self, mode)), outputs=("Q", "R"), self=_qr_backward)


def _matrix(x):
    return x.reshape((*x.shape, 1, 1))
