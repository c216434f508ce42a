"""Operations on arrays with their derivatives: `name: (forward, backward)`.

`forward(*inputs, **options)` gives an array, `backward(g, result, *inputs, **options)` a gradient for each input, still
in the shape of the result where the operation broadcasts: `fit` undoes that.
"""

import numpy as np


def fit(gradient, shape):
    """`gradient`, summed over what was broadcast from `shape`."""
    gradient = np.asarray(gradient)
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=stretched, keepdims=True)


def matmul_backward(g, y, a, b):
    rows, columns = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    wide = g[..., None] if b.ndim == 1 else g
    wide = wide[..., None, :] if a.ndim == 1 else wide
    by_a, by_b = wide @ columns.swapaxes(-1, -2), rows.swapaxes(-1, -2) @ wide
    return by_a[..., 0, :] if a.ndim == 1 else by_a, by_b[..., 0] if b.ndim == 1 else by_b


def spread(g, a, dim, keepdim):
    """`g`, of a sum over `dim`, given to every element of `a`."""
    return np.broadcast_to(g if keepdim or dim is None else np.expand_dims(g, dim), a.shape)


def pow_backward(g, y, a, b):
    with np.errstate(all="ignore"):
        logarithm = np.where(a == 0, 0.0, np.log(np.where(a == 0, 1.0, a)))
        return np.where(b == 0, 0.0, g * b * a ** np.where(b == 0, 1.0, b - 1)), g * y * logarithm


def getitem_backward(g, y, a, index):
    gradient = np.zeros_like(a)
    np.add.at(gradient, index, g)
    return (gradient,)


RULES = {
    "add": (np.add, lambda g, y, a, b: (g, g)),
    "sub": (np.subtract, lambda g, y, a, b: (g, -g)),
    "mul": (np.multiply, lambda g, y, a, b: (g * b, g * a)),
    "div": (np.divide, lambda g, y, a, b: (g / b, -g * y / b)),
    "pow": (np.power, pow_backward),
    "neg": (np.negative, lambda g, y, a: (-g,)),
    "clone": (np.copy, lambda g, y, a: (g,)),
    "sum": (
        lambda a, dim, keepdim: a.sum(axis=dim, keepdims=keepdim),
        lambda g, y, a, dim, keepdim: (spread(g, a, dim, keepdim),),
    ),
    "mean": (
        lambda a, dim, keepdim: a.mean(axis=dim, keepdims=keepdim),
        lambda g, y, a, dim, keepdim: (spread(g * y.size / a.size, a, dim, keepdim),),
    ),
    "matmul": (np.matmul, matmul_backward),
    "exp": (np.exp, lambda g, y, a: (g * y,)),
    "log": (np.log, lambda g, y, a: (g / a,)),
    "sin": (np.sin, lambda g, y, a: (g * np.cos(a),)),
    "cos": (np.cos, lambda g, y, a: (-g * np.sin(a),)),
    "tanh": (np.tanh, lambda g, y, a: (g * (1 - y * y),)),
    "sqrt": (np.sqrt, lambda g, y, a: (g / (2 * y),)),
    "relu": (lambda a: np.where(a > 0, a, 0 * a), lambda g, y, a: (np.where(a <= 0, 0.0, g),)),
    "sigmoid": (lambda a: 1 / (1 + np.exp(-a)), lambda g, y, a: (g * y * (1 - y),)),
    "round": (np.round, lambda g, y, a: (0 * g,)),
    "getitem": (lambda a, index: np.array(a[index]), getitem_backward),
}
SAVES_NOTHING = frozenset({"add", "sub", "neg", "clone", "sum", "mean", "round"})
