"""Symmetric matrices that may be indefinite: L D L^T, in the form that LAPACK gives it (Bunch and Kaufman's)."""

import math

import numpy as np

from refgrad.derivatives.decompositions import columns
from refgrad.derivatives.table import op, refuse

GROWTH = (1 + math.sqrt(17)) / 8  # an element on the diagonal is used unless others are larger by more than this


def _pivot(S, k):
    """Which row and column comes next, and whether together with the one that is there."""
    S = abs(S.real) + abs(S.imag)
    column = S[k + 1 :, k]
    here, most = S[k, k], column.max(initial=0)
    if here >= GROWTH * most:
        return k, 1
    top = k + 1 + int(column.argmax())
    row = max(S[top, k:top].max(), S[top + 1 :, top].max(initial=0))
    if here * row >= GROWTH * most * most:
        return k, 1
    return (top, 1) if S[top, top] >= GROWTH * row else (top, 2)


def _exchange(S, a, b, k):
    S[[a, b], k:] = S[[b, a], k:]
    S[k:, [a, b]] = S[k:, [b, a]]


def _factor_one(S, hermitian):
    """S becomes its factors, below the diagonal L, on it and beside it the blocks of D. Returns pivots and info."""
    n, k, info = len(S), 0, 0
    below = np.tril(S, -1)
    S[...] = np.tril(S) + (below.conj() if hermitian else below).T
    pivots = np.empty(n, np.int32)
    while k < n:
        top, size = _pivot(S, k)
        _exchange(S, k + size - 1, top, k)
        end = k + size
        pivots[k:end] = top + 1 if size == 1 else -(top + 1)
        block, left = S[k:end, k:end], S[end:, k:end].copy()
        if block.any():
            L = np.linalg.solve(block.T, left.T).T
            S[end:, end:] -= L @ (left.conj() if hermitian else left).T
            S[end:, k:end] = L
        else:
            info = info or k + 1
        k = end
    S[...] = np.tril(S)
    return pivots, info


def _factor(self, hermitian):
    *batch, n, _ = self.shape
    LD, pivots, info = np.array(self), np.empty((*batch, n), np.int32), np.zeros(batch, np.int32)
    for i in np.ndindex(*batch):
        pivots[i], info[i] = _factor_one(LD[i], hermitian)
    return columns(LD), pivots, info[()]


def _solve_one(LD, pivots, X, hermitian):
    """X becomes the solution: through the factors in their order, then through their transposes back."""
    steps, k = [], 0
    while k < len(LD):
        size = 1 if pivots[k] > 0 else 2
        end = k + size
        rows = [end - 1, abs(pivots[k]) - 1]
        D, L = np.tril(LD[k:end, k:end]), LD[end:, k:end]
        below = np.tril(D, -1)
        X[rows] = X[rows[::-1]]
        X[end:] -= L @ X[k:end]
        X[k:end] = np.linalg.solve(D + (below.conj() if hermitian else below).T, X[k:end])
        steps.append((k, end, rows, (L.conj() if hermitian else L).T))
        k = end
    for k, end, rows, back in reversed(steps):
        X[k:end] -= back @ X[end:]
        X[rows] = X[rows[::-1]]


def _solve(self, pivots, B, hermitian):
    batch = np.broadcast_shapes(self.shape[:-2], B.shape[:-2])
    X = np.broadcast_to(B, (*batch, *B.shape[-2:])).copy()
    LD = np.broadcast_to(self, (*batch, *self.shape[-2:]))
    places = np.broadcast_to(pivots, LD.shape[:-1])
    for i in np.ndindex(*batch):
        _solve_one(LD[i], places[i], X[i], hermitian)
    return columns(X)


op("linalg_ldl_factor_ex", _factor, outputs="LD pivots info", node="NotImplemented",
   self=refuse("operators.no_derivative", "linalg_ldl_factor_ex"))
op("linalg_ldl_solve", _solve, constant="pivots", node="NotImplemented",
   self=refuse("operators.no_derivative", "linalg_ldl_solve"), B=refuse("operators.no_derivative", "linalg_ldl_solve"))
