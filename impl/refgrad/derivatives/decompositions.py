"""Batches of square matrices: inverses, systems of equations, determinants; and decompositions of any matrices.

Formulas of what is a function of the elements alone are written with `T`, as for real numbers. Those of what depends on
their conjugates too are written with `H`, and hold for complex numbers as they are (`holomorphic=False`).
"""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.complexes import is_complex
from refgrad.derivatives.elementwise import where, zeros
from refgrad.derivatives.linear import T
from refgrad.derivatives.shapes import cat, diagonal, pad, tril, triu
from refgrad.derivatives.table import op


def H(x):
    """The conjugate transposed of each matrix."""
    return T(x).conj()


def columns(x):
    """The same matrices, column by column in memory, as LAPACK leaves them."""
    return T(np.ascontiguousarray(T(x)))


def on_diagonal(x):
    """Where the diagonal of a matrix with such rows is."""
    return np.eye(x.shape[-1], dtype=bool)


def diag(x):
    """(.., n) -> (.., n, n)"""
    return where(on_diagonal(x), x[..., None, :], 0)


def differences(x):
    """(.., n) -> (.., n, n): x[j] - x[i], and 1 for i = j, so that it can be divided by."""
    row = x[..., None, :]
    return where(on_diagonal(x), 1, row - T(row))


def skew(x):
    return x - H(x)


def _hermitian(x):
    """What a Hermitian matrix is made of: the lower triangle of x, and below it mirrored."""
    below = tril(x, -1)
    middle = tril(x, 0) - below
    return below + H(below) + (middle + H(middle)) * 0.5


def _matrix(x):
    return x.reshape((*x.shape, 1, 1))


def is_vector(a, b):
    """Whether, by its shape, `b` is a vector on the right of equations with matrices of shape `a`, or a batch of them."""
    return len(b) == 1 or tuple(a[:-1]) == tuple(b)


def _solved(A, B, left):
    return columns(np.linalg.solve(A, B)) if left else T(columns(np.linalg.solve(T(A), T(B))))


def _solve(self, B, left):
    if not is_vector(self.shape, B.shape):
        return _solved(self, B, left)
    result = _solved(self, B[..., None], True)[..., 0]
    return result if B.ndim == 1 else columns(result)


def _solve_backward(g, self, B_shape, result, left):
    gB = solve(T(self), g, left)
    if is_vector(self.shape, B_shape):
        gB, result = gB.reshape((*gB.shape, 1)), result.reshape((*result.shape, 1))
    return -(gB @ T(result) if left else T(result) @ gB)


def _triangle(x, upper, unitriangular):
    """One triangle; without the diagonal, where that is known to be of ones."""
    return triu(x, int(unitriangular)) if upper else tril(x, -int(unitriangular))


def _substituted(factor, B, upper):
    """X such that factor X = B, of a triangle; infinite where there is a zero on the diagonal."""
    if factor.diagonal(0, -2, -1).all():
        return np.linalg.solve(factor, B)
    n = factor.shape[-1]
    X = np.array(np.broadcast_to(B, (*np.broadcast_shapes(factor.shape[:-2], B.shape[:-2]), *B.shape[-2:])))
    for i in reversed(range(n)) if upper else range(n):
        rest = slice(i) if upper else slice(i + 1, n)
        X[..., i, :] /= factor[..., i, i, None]
        X[..., rest, :] -= factor[..., rest, i, None] * X[..., i : i + 1, :]
    return X


def _solve_triangular(self, B, upper, left, unitriangular):
    factor = _triangle(self, upper, unitriangular)
    factor = np.where(on_diagonal(self), 1, factor) if unitriangular else factor
    return columns(_substituted(factor, B, upper)) if left else T(_substituted(T(factor), T(B), not upper))


def _solve_triangular_backward(g, self, result, upper, left, unitriangular):
    gB = solve_triangular(T(self), g, not upper, left, unitriangular)
    return -_triangle(gB @ T(result) if left else T(result) @ gB, upper, unitriangular)


def _det_backward(g, self, result):
    """Where the determinant is zero so is its gradient, whatever the cofactors are; of a single number it is g."""
    if self.shape[-1] == 1:
        return _matrix(g)
    return T(inv(where(_matrix(result) == 0, on_diagonal(self), self))) * _matrix(g * result)


def _adjoint_inverse(x):
    """The inverse of H(x); of an array without one what elimination comes to, infinities and nan."""
    try:
        return H(inv(x))
    except np.linalg.LinAlgError:
        return _lu_solve(*_lu_factor(H(x))[:2], np.eye(x.shape[-1], dtype=x.dtype), True, False)


def _slogdet_backward(g, self, sign):
    """The size goes with the real part of the trace of inv(self) @ change; the sign turns with the imaginary part."""
    weight = g[1]
    if g[0] is not None and is_complex(sign):
        turn = g[0].conj() * sign
        weight = (turn.conj() - turn) * 0.5 if weight is None else weight + (turn.conj() - turn) * 0.5
    return None if weight is None else _adjoint_inverse(self) * _matrix(weight)


def svd(x, full_matrices=False):
    """NumPy's, but of no matrix that is not finite, with which LAPACK may never be done: of infinite ones nan."""
    finite = np.isfinite(x).all(axis=(-2, -1))
    if finite.all():
        return np.linalg.svd(x, full_matrices)
    nan = np.isnan(x).any(axis=(-2, -1))
    if nan.any():
        at = f"(Batch element {np.flatnonzero(nan)[0]}): " if x.ndim > 2 else ""
        raise np.linalg.LinAlgError(messages.text("operators.svd", at))
    U, S, Vh = np.linalg.svd(np.where(_matrix(finite), x, 0), full_matrices)
    return U, np.where(finite[..., None], S, math.nan), Vh


def _pinv(self, atol, rtol, hermitian):
    """Singular values that are not greater than `atol` and not than `rtol` times the greatest are zero."""
    if hermitian:
        values, V = np.linalg.eigh(self)
        U, S, Vh = V, abs(values), (V * np.sign(values)[..., None, :]).conj().swapaxes(-1, -2)
    else:
        U, S, Vh = svd(self)
    kept = np.maximum(atol, rtol * S.max(-1, initial=0))[..., None] < S
    return (np.where(kept, 1 / S, 0)[..., None, :] * Vh.conj().swapaxes(-1, -2)) @ U.conj().swapaxes(-1, -2)


def _pinv_backward(g, self, result):
    """That of an inverse, and what goes out of the ranges: as long as the rank is what it is."""
    gh, rh = H(g), H(result)
    left, right = gh @ result @ rh, rh @ result @ gh
    return left - self @ (result @ left) + (right - (right @ result) @ self) - rh @ g @ rh


def _cholesky(self, upper):
    lower = np.linalg.cholesky(self)
    return columns(H(lower) if upper else lower)


def _cholesky_backward(g, result, upper):
    g, result = (H(g), H(result)) if upper else (g, result)
    inner, back = H(result) @ g, inv(result)
    below = tril(inner, -1)
    return H(back) @ ((tril(inner, 0) + H(below)) * 0.5) @ back


def _of_factor(self, upper):
    """What a triangular factor, lower or upper, is the factor of."""
    factor = np.triu(self) if upper else np.tril(self)
    return H(factor) @ factor if upper else factor @ H(factor)


def _cholesky_inverse(self, upper):
    if not np.diagonal(self, 0, -2, -1).all():
        raise np.linalg.LinAlgError("there is a zero")
    return columns(np.linalg.inv(_of_factor(self, upper)))


def _factor_backward(g, factor, upper):
    """The gradient of a factor, all of it, from that of what it is the factor of."""
    both = g + H(g)
    return factor @ both if upper else both @ factor


def _eigh(self, UPLO):
    values, vectors = np.linalg.eigh(self, UPLO)
    return values, columns(vectors)


def _eigh_backward(g, values, vectors):
    """Between eigenvectors the gradient goes with one over the difference of their eigenvalues."""
    if g[1] is None:
        return (vectors * g[0][..., None, :]) @ H(vectors)
    inner = where(on_diagonal(values), 0, skew(H(vectors) @ g[1]) * 0.5 / differences(values))
    inner = inner if g[0] is None else inner + diag(g[0])
    return vectors @ inner @ H(vectors)


def _eig(self):
    messages.require(np.isfinite(self).all(), "operators.eig_finite")
    of = np.result_type(self.dtype, np.complex64)
    values, vectors = np.linalg.eig(self)
    return values.astype(of), columns(vectors.astype(of))


def _eig_backward(g, values, vectors):
    """Eigenvectors keep their length: what they gain of it by turning towards each other is taken from the diagonal."""
    Vh = H(vectors)
    inner = 0.0 if g[0] is None else diag(g[0])
    if g[1] is not None:
        turn = Vh @ g[1]
        along = diagonal(turn, 0, -2, -1)
        turn = turn - (Vh @ vectors) * ((along + along.conj()) * 0.5)[..., None, :]
        inner = inner + where(on_diagonal(values), 0, turn / differences(values).conj())
    return solve(Vh, inner @ Vh, True)


def _svd(self, full_matrices):
    U, S, Vh = svd(self, full_matrices)
    return columns(U), S, columns(Vh)


def _svd_backward(g, U, S, Vh):
    """Between singular vectors as between eigenvectors of the squares; out of their ranges by one over the values."""
    gU, gS, gVh = g
    k, one = S.shape[-1], on_diagonal(S)
    m, n, row = U.shape[-2], Vh.shape[-1], S[..., None, :]
    U, Vh, gaps = U[..., :k], Vh[..., :k, :], differences(S) * where(one, 1, row + T(row))
    if gU is None and gVh is None:
        return (U * gS[..., None, :]) @ Vh
    inner, outside = 0.0 if gS is None else diag(gS), 0.0
    if gU is not None:
        gU = gU[..., :k]
        turn = skew(H(U) @ gU)
        inner = inner + where(one, turn / where(row == 0, 1, 2 * row), (turn / gaps) * row)
        if m > k:
            outside = (gU / row - U @ (H(U) @ (gU / row))) @ Vh
    if gVh is not None:
        gVh = gVh[..., :k, :]
        inner = inner + T(row) * where(one, 0, skew(Vh @ H(gVh)) / gaps)
        if n > k:
            outside = outside + U @ (gVh / T(row) - ((gVh / T(row)) @ H(Vh)) @ Vh)
    return U @ inner @ Vh + outside


def _qr(self, mode):
    if mode == "r":
        return np.empty(0, self.dtype), columns(np.linalg.qr(self, "r"))
    return tuple(map(columns, np.linalg.qr(self, mode)))


def _qr_backward(g, Q, R, mode):
    """Of the columns that Q spans; those to the right of them, in a wide matrix, are Q times their part of R."""
    messages.require(mode != "r", "operators.qr_r")
    gQ, gR = (zeros(x) if part is None else part for part, x in zip(g, (Q, R)))
    m, n = R.shape[-2:]
    messages.require(m <= n, "operators.qr_complete")
    if m == n:
        return _qr_square(gQ, gR, Q, R)
    gV = gR[..., m:]
    gX = _qr_square(gQ + (Q @ R[..., m:]) @ H(gV), gR[..., :m], Q, R[..., :m])
    return cat([gX, Q @ gV], len(R.shape) - 1)


def _qr_square(gQ, gR, Q, R):
    return (gQ + Q @ _hermitian(R @ H(gR) - H(gQ) @ Q)) @ H(inv(R))


def _lu_factor(self):
    """Gaussian elimination, column by column; the row with the greatest element of a column goes to its top."""
    *batch, m, n = self.shape
    LU, k = np.array(self), min(m, n)
    pivots, info = np.empty((math.prod(batch), k), np.int32), np.zeros(math.prod(batch), np.int32)
    for i, a in enumerate(LU.reshape(-1, m, n) if LU.size else ()):
        for j in range(k):
            top = j + np.argmax(abs(a[j:, j].real) + abs(a[j:, j].imag))
            pivots[i, j] = top + 1
            a[[j, top]] = a[[top, j]]
            if a[j, j]:
                a[j + 1 :, j] /= a[j, j]
                a[j + 1 :, j + 1 :] -= np.outer(a[j + 1 :, j], a[j, j + 1 :])
            else:
                info[i] = info[i] or j + 1
    return columns(LU), pivots.reshape(*batch, k), info.reshape(batch)[()]


def _lu_factor_backward(g, LU, pivots):
    k, P = min(LU.shape[-2:]), permutation(LU, pivots)
    return _lu_backward([g[0][..., :k], g[0][..., :k, :]], P, _unit_lower(LU), triu(LU[..., :k, :], 0))


def _unit_lower(LU):
    m, k = LU.shape[-2], min(LU.shape[-2:])
    return where(np.eye(m, k, dtype=bool), 1, tril(LU[..., :k], 0))


def _unpacked(self, pivots):
    """L, U and P, of the array in which both factors stand."""
    return _unit_lower(self), np.triu(self[..., : min(self.shape[-2:]), :]), _permutation(self, pivots)


def _lu(self):
    return _unpacked(*_lu_factor(self)[:2])


def _lu_backward(g, P, L, U):
    """Of the square in which both factors stand; the rest of the one is made of the other's inverse."""
    k, axis = L.shape[-1], len(L.shape) - 2
    gL, gU = (zeros(x) if part is None else part for part, x in zip(g, (L, U), strict=False))
    left = T(L[..., :k, :]) @ gL[..., :k, :] - gU[..., k:] @ T(U[..., k:])
    right = gU[..., :k] @ T(U[..., :k]) - T(L[..., k:, :]) @ gL[..., k:, :]
    L, U = T(L[..., :k, :]), T(U[..., :k])
    square = solve_triangular(U, solve(L, tril(left, -1) + triu(right, 0), True), False, False, False)
    if gU.shape[-1] > k:
        return P @ cat([square, solve(L, gU[..., k:], True)], axis + 1)
    return P @ cat([square, solve_triangular(U, gL[..., k:, :], False, False, False)], axis)


def _lu_unpack(self, pivots, data, places):
    nothing, (L, U, P) = np.empty(0, self.dtype), _unpacked(self, pivots)
    return *((L, U) if data else (nothing, nothing)), P if places else nothing


def _lu_unpack_backward(g, self_shape):
    """The two triangles of the one matrix, of which one may be wider, or higher, than what goes there."""
    parts = [triangle(part, above) for part, triangle, above in ((g[0], tril, -1), (g[1], triu, 0)) if part is not None]
    sides = [[(0, n - k) for n, k in zip(self_shape, part.shape)] for part in parts]
    return sum(pad(part, tuple(side), 0) for part, side in zip(parts, sides))


def _cholesky_solve(self, input2, upper):
    L = H(input2) if upper else input2
    if L.diagonal(0, -2, -1).all():
        return columns(np.linalg.solve(_of_factor(input2, upper), self))
    return columns(_substituted(H(L), _substituted(L, self, False), True))


def _lu_solve(self, pivots, B, left, adjoint):
    L, U, P = _unpacked(self, pivots)
    if U.diagonal(0, -2, -1).all():
        A = P @ L @ U
        return _solved(H(A) if adjoint else A, B, left)
    L, U = (L.conj(), U.conj()) if adjoint else (L, U)
    B = B if left else T(B)
    if left == adjoint:  # of the transposed
        result = np.linalg.solve(T(L), _substituted(T(U), B, False))
        result = np.take_along_axis(result, np.broadcast_to(P.argmax(-1)[..., None], result.shape), -2)
    else:
        result = _substituted(U, np.linalg.solve(L, T(P) @ B), True)
    return columns(result) if left else T(columns(result))


def _lu_solve_backward(g, self, pivots, result, left, adjoint):
    """That of P L U, and from there on to both factors."""
    gB = lu_solve(self, pivots, g, left, not adjoint)
    gA = gB @ H(result) if left else H(result) @ gB
    inner = T(permutation(self, pivots)) @ (H(gA) if adjoint else gA)
    return -(tril(inner @ H(triu(self, 0)), -1) + triu(H(_unit_lower(self)) @ inner, 0))


def _permutation(self, pivots):
    """The P of P @ L @ U: the rows that the pivots exchange, pair after pair."""
    *batch, k = pivots.shape
    m = self.shape[-2]
    P = np.zeros((math.prod(batch), m, m), self.dtype)
    for p, places in zip(P, pivots.reshape(len(P), k)):
        order = np.arange(m)
        for j, top in enumerate(places):
            order[[j, top - 1]] = order[[top - 1, j]]
        p[order, np.arange(m)] = 1
    return P.reshape(*batch, m, m)


def _reflections(self, tau):
    """The first columns of the product of I - tau v v^H, the vectors v below the diagonal of `self`."""
    m, n = self.shape[-2:]
    vectors = np.where(np.eye(m, n, dtype=bool), 1, np.tril(self))
    result = np.broadcast_to(np.eye(m, n, dtype=self.dtype), self.shape)
    for i in reversed(range(tau.shape[-1] if self.size else 0)):
        v = vectors[..., i : i + 1]
        result = result - v @ (tau[..., i, None, None] * (H(v) @ result))
    return columns(result)


def _reflections_backward(g, self, tau, result):
    """Of the vectors and of tau: reflection by reflection, from the last, each of which is undone in the result."""
    vectors = where(np.eye(*self.shape[-2:], dtype=bool), 1, tril(self, 0))
    k, axis, gvectors, gtau = tau.shape[-1], len(self.shape) - 1, [], []
    for i in range(k):
        v, t = vectors[..., i : i + 1], tau[..., i : i + 1].reshape((*tau.shape[:-1], 1, 1))
        result = result - v @ ((t / (t * (H(v) @ v) - 1)) * (H(v) @ result))
        part, back = H(v) @ result, H(g) @ v
        gtau.append(-(H(back) @ H(part))[..., 0])
        gvectors.append(-(t.conj() * (g @ H(part)) + t * (result @ back)))
        g = g - v @ (t.conj() * H(back))
    if not k:
        return None, None
    return tril(cat([*gvectors, zeros(self[..., k:])], axis), -1), cat(gtau, axis - 1)


def _lstsq(self, B, rcond, driver):
    """The solution, the squares of the norms of what is left, the singular values and the ranks, as the driver has them."""
    (m, n), vector = self.shape[-2:], is_vector(self.shape, B.shape)
    right = B[..., None] if vector else B
    S = svd(self)[1]
    rank = (rcond * S.max(-1, initial=0)[..., None] < S).sum(-1)
    solution = _pinv(self, 0.0, rcond, False) @ right
    residuals = np.empty(0, S.dtype)
    if m > n and driver in ("gels", "gelsd", "gelss") and (rank == n).all():
        residuals = (abs(self @ solution - right) ** 2).sum(-2)
    room = np.zeros((*solution.shape[:-2], max(m, n), solution.shape[-1]), self.dtype)  # which LAPACK writes it to
    room = columns(room)[..., :n, :]
    room[...] = solution
    ranks = np.empty(0, np.int64) if driver == "gels" else np.asarray(rank, np.int64)[()]
    values = S if driver in ("gelsd", "gelss") else np.empty(0, S.dtype)
    return room[..., 0] if vector else room, residuals, values, ranks


def _lstsq_backward(g, self, B, solution, rcond):
    """Of both: that of pinv(self) @ B, and what the residuals add, where there are any."""
    gX, gR, vector = g[0], g[1], is_vector(self.shape, B.shape)
    if vector:
        B, solution = B.reshape((*B.shape, 1)), solution.reshape((*solution.shape, 1))
        gX = None if gX is None else gX.reshape((*gX.shape, 1))
    gself = gB = None
    if gX is not None:
        inverse = pinv(self, 0.0, rcond, False)
        gself, gB = _pinv_backward(gX @ H(B), self, inverse), H(inverse) @ gX
    if gR is not None and gR.shape != (0,):
        rest = (self @ solution - B) * (2 * gR[..., None, :])
        gself, gB = (rest @ H(solution), -rest) if gX is None else (gself + rest @ H(solution), gB - rest)
    return gself, gB if gB is None or not vector else gB[..., 0]


def _matrix_exp(self):
    """Pade's approximation by a quotient of polynomials, of the matrix halved until it is small, then squared as often."""
    if self.shape[-1] < 2 or not self.size:
        return np.exp(self)
    x = self.astype(np.result_type(self.dtype, np.float64))
    halved = np.maximum(np.frexp(abs(x).sum(-2).max(-1))[1], 0)  # how often, until no column comes to more than 1
    times = _matrix(halved)
    x = x / 2.0**times
    even, odd, power = 0.0, 0.0, np.eye(x.shape[-1])
    for a, b in zip(PADE[::2], PADE[1::2]):
        even, odd, power = even + a * power, odd + b * power, power @ (x @ x)
    odd = x @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for i in range(int(times.max())):
        result = np.where(i < times, result @ result, result)
    return result.astype(self.dtype)


def _matrix_exp_backward(g, self):
    """Beside its own exponential, above the diagonal, stands what that of a matrix of two by two blocks has of g."""
    n, axis = self.shape[-1], len(self.shape) - 1
    rows = [cat([T(self), g], axis), cat([zeros(self), T(self)], axis)]
    return matrix_exp(cat(rows, axis - 1))[..., :n, n:]


ORDER = 7  # exact to the last bit of float64 for a matrix of norm 1
PADE = [math.comb(ORDER, j) * math.factorial(2 * ORDER - j) for j in range(ORDER + 1)]

# of square matrices
inv = op("linalg_inv_ex", lambda self: columns(np.linalg.inv(self)), self=lambda g, result: -(T(result) @ g @ T(result)))
solve = op("linalg_solve_ex", _solve, self=_solve_backward, B=lambda g, self, left: solve(T(self), g, left))
solve_triangular = op("linalg_solve_triangular", _solve_triangular, self=_solve_triangular_backward,
   B=lambda g, self, upper, left, unitriangular: solve_triangular(T(self), g, not upper, left, unitriangular))
op("linalg_det", lambda self: np.linalg.det(self), self=_det_backward)
op("linalg_slogdet", lambda self: tuple(np.asarray(part)[()] for part in np.linalg.slogdet(self)), outputs="sign logabsdet",
   holomorphic=False, self=_slogdet_backward)
matrix_exp = op("linalg_matrix_exp", _matrix_exp, self=_matrix_exp_backward)

# decompositions, of square matrices and of all
op("linalg_cholesky_ex", _cholesky, holomorphic=False, self=_cholesky_backward)
op("cholesky_inverse", _cholesky_inverse, holomorphic=False,
   self=lambda g, self, result, upper: _factor_backward(-(result @ g @ result), self, upper))
cholesky_solve = op("cholesky_solve", _cholesky_solve,
   holomorphic=False, self=lambda g, self, input2, result, upper: cholesky_solve(g, input2, upper),
   input2=lambda g, self, input2, result, upper:
      _factor_backward(-(cholesky_solve(g, input2, upper) @ H(result)), input2, upper))
op("linalg_eigh", _eigh, outputs="values vectors", holomorphic=False, self=_eigh_backward)
op("linalg_eig", _eig, outputs="values vectors", holomorphic=False, self=_eig_backward)
op("linalg_svd", _svd, outputs="U S Vh", holomorphic=False, self=_svd_backward)
op("linalg_qr", _qr, outputs="Q R", holomorphic=False, self=_qr_backward)
permutation = op("lu_permutation", _permutation, constant="pivots")
op("linalg_lu", _lu, outputs="L U P", constant="P", self=_lu_backward)
op("linalg_lu_factor_ex", _lu_factor, outputs="LU pivots info", self=_lu_factor_backward)
op("lu_unpack", _lu_unpack, outputs="L U P", constant="pivots P", self=_lu_unpack_backward)
lu_solve = op("linalg_lu_solve", _lu_solve, constant="pivots", holomorphic=False, self=_lu_solve_backward,
   B=lambda g, self, pivots, left, adjoint: lu_solve(self, pivots, g, left, not adjoint))
op("linalg_householder_product", _reflections, holomorphic=False,
   self=lambda g, self, tau, result: _reflections_backward(g, self, tau, result)[0],
   tau=lambda g, self, tau, result: _reflections_backward(g, self, tau, result)[1])
pinv = op("linalg_pinv", _pinv, holomorphic=False, self=_pinv_backward)
op("linalg_lstsq", _lstsq, outputs="solution residuals values rank", constant="values", holomorphic=False,
   self=lambda g, self, B, solution, rcond: _lstsq_backward(g, self, B, solution, rcond)[0],
   B=lambda g, self, B, solution, rcond: _lstsq_backward(g, self, B, solution, rcond)[1])
