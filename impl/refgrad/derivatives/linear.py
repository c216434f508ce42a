"""Products of matrices and vectors, and decompositions."""

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.shapes import diagonal_backward, expand, tril
from refgrad.derivatives.table import op


def _outer(a, b):
    return a.reshape(-1, 1) * b.reshape(1, -1)


def T(x):
    """The transposed of each matrix of a batch."""
    return x.swapaxes(-1, -2)


def _plus(self, product, beta, alpha):
    """`beta` times what is added to a product, and `alpha` times that."""
    return product * alpha if beta == 0 else self * beta + product * alpha


def _for_each(g, like):
    """The gradient of a sum over the batch, for each of it."""
    return expand(g, (like.shape[0], *g.shape))


op("mm", lambda self, mat2: self @ mat2, self=lambda g, mat2: g @ mat2.T, mat2=lambda g, self: self.T @ g)
op("mv", lambda self, vec: self @ vec, self=lambda g, vec: _outer(g, vec), vec=lambda g, self: self.T @ g)
op("dot", lambda self, tensor: self @ tensor, symmetric="self tensor", self=lambda g, tensor: g * tensor)
op("bmm", lambda self, mat2: self @ mat2, self=lambda g, mat2: g @ T(mat2), mat2=lambda g, self: T(self) @ g)
op("addmm", lambda self, mat1, mat2: self + mat1 @ mat2,
   self=lambda g: g, mat1=lambda g, mat2: g @ mat2.T, mat2=lambda g, mat1: mat1.T @ g)
op("addmm_scaled", lambda self, mat1, mat2, beta, alpha: _plus(self, mat1 @ mat2, beta, alpha), node="AddmmBackward0",
   self=lambda g, beta: g * beta,
   mat1=lambda g, mat2, alpha: (g @ mat2.T) * alpha, mat2=lambda g, mat1, alpha: (mat1.T @ g) * alpha)
op("addmv", lambda self, mat, vec, beta, alpha: _plus(self, mat @ vec, beta, alpha),
   self=lambda g, beta: g * beta,
   mat=lambda g, vec, alpha: _outer(g, vec) * alpha, vec=lambda g, mat, alpha: (mat.T @ g) * alpha)
op("addr", lambda self, vec1, vec2, beta, alpha: _plus(self, _outer(vec1, vec2), beta, alpha), cast="same",
   self=lambda g, beta: g * beta,
   vec1=lambda g, vec2, alpha: (g @ vec2) * alpha, vec2=lambda g, vec1, alpha: (g.T @ vec1) * alpha)
op("baddbmm", lambda self, batch1, batch2, beta, alpha: _plus(self, batch1 @ batch2, beta, alpha),
   self=lambda g, beta: g * beta,
   batch1=lambda g, batch2, alpha: (g @ T(batch2)) * alpha, batch2=lambda g, batch1, alpha: (T(batch1) @ g) * alpha)
op("addbmm", lambda self, batch1, batch2, beta, alpha: _plus(self, (batch1 @ batch2).sum(axis=0), beta, alpha),
   self=lambda g, beta: g * beta,
   batch1=lambda g, batch2, alpha: (_for_each(g, batch2) @ T(batch2)) * alpha,
   batch2=lambda g, batch1, alpha: (T(batch1) @ _for_each(g, batch1)) * alpha)
op("trace", lambda self: self.trace()[()],
   self=lambda g, self_shape: diagonal_backward(expand(g, (min(self_shape),)), self_shape, 0, 0, 1))
cross = op("linalg_cross", lambda self, other, dim: np.cross(self, other, axis=dim), cast="same",
   self=lambda g, other, dim: cross(other, g, dim), other=lambda g, self, dim: cross(g, self, dim))


# decompositions
def _symmetric(x):
    """What a symmetric matrix is made of: the lower triangle of x, and below it mirrored."""
    below = tril(x, -1)
    return below + T(below) + (tril(x, 0) - below)


def _cholesky_backward(g, result):
    back = inv(result)
    below = tril(T(result) @ g, -1)
    s = T(back) @ (below + tril(T(result) @ g - below, 0) * 0.5) @ back
    return (s + T(s)) * 0.5


def _eigh_backward(g, values, vectors):
    """Between eigenvectors the gradient goes with one over the difference of their eigenvalues."""
    diagonal, inner = np.eye(vectors.shape[-1], dtype=bool), 0.0
    across = (*values.shape[:-1], 1, values.shape[-1])
    if g[1] is not None:
        gaps = values.reshape(across) - T(values.reshape(across))
        turn = T(vectors) @ g[1]
        inner = where(diagonal, 0, (turn - T(turn)) / where(diagonal, 1, 2 * gaps))
    if g[0] is not None:
        inner = inner + where(diagonal, g[0].reshape(across), 0)
    return vectors @ inner @ T(vectors)


def _qr_backward(g, Q, R):
    m = 0.0 if g[1] is None else R @ T(g[1])
    m = m if g[0] is None else m - T(g[0]) @ Q
    whole = Q @ _symmetric(m)
    return (whole if g[0] is None else g[0] + whole) @ T(inv(R))


def _is_vector(a, b):
    return len(b.shape) == 1 or (len(a.shape) - 1 == len(b.shape) and tuple(a.shape[:-1]) == tuple(b.shape))


def _solve(self, B):
    return np.linalg.solve(self, B[..., None])[..., 0] if _is_vector(self, B) else np.linalg.solve(self, B)


def _solve_backward(g, self, B, result):
    gB = solve(T(self), g)
    if _is_vector(self, B):
        gB, result = gB.reshape((*gB.shape, 1)), result.reshape((*result.shape, 1))
    return -(gB @ T(result))


def _matrix(x):
    return x.reshape((*x.shape, 1, 1))


inv = op("linalg_inv_ex", lambda self: np.linalg.inv(self), self=lambda g, result: -(T(result) @ g @ T(result)))
op("linalg_det", lambda self: np.linalg.det(self), self=lambda g, self, result:
   T(inv(where(_matrix(result) == 0, np.eye(self.shape[-1]), self))) * _matrix(g * result))
op("linalg_slogdet", lambda self: tuple(np.asarray(part)[()] for part in np.linalg.slogdet(self)), outputs="sign logabsdet",
   self=lambda g, self: None if g[1] is None else T(inv(self)) * _matrix(g[1]))
solve = op("linalg_solve_ex", _solve, self=_solve_backward, B=lambda g, self: solve(T(self), g))
op("linalg_cholesky_ex", lambda self: np.linalg.cholesky(self), self=_cholesky_backward)
op("linalg_eigh", lambda self: tuple(np.linalg.eigh(self)), outputs="values vectors", self=_eigh_backward)
op("linalg_qr", lambda self, mode: tuple(np.linalg.qr(self, mode)), outputs="Q R", self=_qr_backward)
