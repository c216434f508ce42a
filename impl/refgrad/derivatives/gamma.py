"""The gamma function's family: its logarithm, the derivatives of that, its integrals, and Hurwitz's zeta function.

Computed in double precision: each argument is shifted to where an asymptotic series is exact, or series and continued
fractions are run until they no longer change.
"""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.elementwise import by_element, in_double, reflected
from refgrad.derivatives.table import op, refuse

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30)  # B2, B4, ...
SHIFT = 16  # from where on so few terms of an asymptotic series have nearly float64's precision
FARTHEST = -10_000  # left of it nobody asks for a zeta function
STEPS = 5000


def _any(*conditions):
    return np.logical_or.reduce(conditions)


def _lgamma(x):
    return abs(x) if not math.isfinite(x) else math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


def _digamma(x):
    """By the recurrence up to SHIFT, there by the asymptotic series; left of zero by reflection."""
    a = np.where(x > 0, x, 1 - x)
    result = -sum(1 / (a + i) for i in range(SHIFT))
    a = a + SHIFT
    result = result + np.log(a) - 0.5 / a - sum(b / (2 * j * a ** (2 * j)) for j, b in enumerate(BERNOULLI, 1))
    result = np.where(x > 0, result, np.where(x == np.floor(x), np.nan, result - math.pi / np.tan(math.pi * x)))
    return np.where(x == 0, np.copysign(np.inf, -x), result)


def _zeta(s, q):
    """The sum of (q + i) ** -s: term by term up to 10 s, the rest, where it counts, by Euler's and Maclaurin's formula."""
    s, q = np.broadcast_arrays(np.asarray(s, float), np.asarray(q, float))
    poles = (q <= 0) & (q == np.floor(q))
    outside = _any(s < 1, np.isposinf(s) & (q > 1), np.isposinf(q), (q < FARTHEST) & ~poles)
    a = np.where(poles | outside, 1.0, q)
    total, near = np.zeros(a.shape), a < (border := 10 * s)
    while near.any():
        last, total = total, total + np.where(near, a**-s, 0)
        a = np.where(near, a + 1, a)
        near &= a < border
        near &= _any(a <= 1, total != last)
    rest = a ** (1 - s) / (s - 1) + 0.5 * a**-s
    factor = s * a ** (-s - 1)
    for j, b in enumerate(BERNOULLI, 1):
        rest = rest + b / math.factorial(2 * j) * factor
        factor = factor * (s + 2 * j - 1) * (s + 2 * j) / (a * a)
    total = total + np.where(a < border, 0, rest)
    return np.where(s == 1, math.inf, np.where(outside, math.nan, np.where(poles, math.inf, total)))


def _zeta_alike(self, other):
    """In the dtype of the one that is no number."""
    return _zeta(self, other).astype(getattr(self, "dtype", getattr(other, "dtype", None)))[()]


def _trigamma(x):
    """As far as PyTorch goes: six steps of the recurrence, three of Bernoulli's numbers; left of 1/2 by reflection."""
    left = x < 0.5
    a = np.where(left, 1 - x, x)
    result = sum((a + i) ** -2.0 for i in range(6))
    a = a + 6
    result = result + 1 / a + 0.5 / a**2 + sum(b / a ** (2 * j + 1) for j, b in enumerate(BERNOULLI[:3], 1))
    return np.where(left, (math.pi / np.sin(math.pi * x)) ** 2 - result, result)


def _polygamma(self, n):
    """(-1)^(n+1) n! zeta(n + 1, x)."""
    messages.require(n >= 0, "operators.polygamma")
    if n < 2:
        return in_double(_trigamma)(self) if n else digamma.forward(self)
    scale = float(math.factorial(n)) if n < 171 else math.inf
    return ((-1) ** (n + 1) * scale * _zeta(n + 1, self)).astype(self.dtype)[()]


def _mvlgamma(self, p):
    messages.require(p >= 1, "operators.mvlgamma")
    return p * (p - 1) / 4 * math.log(math.pi) + sum(lgamma.forward(self - j / 2) for j in range(p))


def _power_over_gamma(a, x):
    """x ** a * exp(-x) / gamma(a + 1): of a large `a` by Stirling's series, with no difference of large numbers."""
    large, small = np.maximum(a, SHIFT), np.minimum(a, SHIFT)
    d = (x - large) / large
    series = sum(b / (2 * j * (2 * j - 1) * large ** (2 * j - 1)) for j, b in enumerate(BERNOULLI, 1))
    log = np.where(abs(d) < 0.5, np.log1p(d), np.log(x / large))
    far = np.exp(large * (log - d) - series) / np.sqrt(2 * math.pi * large)
    return np.where(a > SHIFT, far, np.exp(small * np.log(x) - x - lgamma.forward(small + 1)))


def _rising(a, x):
    """1 + x / (a + 1) + x^2 / (a + 1)(a + 2) + ..."""
    term = total = np.ones(np.broadcast_shapes(a.shape, x.shape))
    for n in range(1, STEPS):
        term = term * x / (a + n)
        last, total = total, total + term
        if not (total > last).any():
            break
    return total


def _falling(a, x):
    """Legendre's continued fraction of the upper integral, from the front, by Lentz's method."""
    b = x + 1 - a
    c, d = np.full_like(b, math.inf), 1 / b
    result = d
    for n in range(1, STEPS):
        b = b + 2
        c, d = b + n * (a - n) / c, 1 / (b + n * (a - n) * d)
        result = result * c * d
        if not (abs(c * d - 1) > 1e-15).any():
            break
    return result


def _integral(upper):
    """Of the regularised incomplete gamma function, the part below x or the part above it."""

    def forward(self, other):
        a, x = np.broadcast_arrays(np.asarray(self, float), np.asarray(other, float))
        left, scale = x <= np.maximum(a, 1), _power_over_gamma(a, x)
        below = scale * _rising(np.where(left, a, 0), np.where(left, x, 0))
        above = scale * a * _falling(np.where(left, 0, a), np.where(left, 2, x))
        result = np.where(left, 1 - below, above) if upper else np.where(left, below, 1 - above)
        ends = np.where((x == math.inf) | (a == 0), float(not upper), np.where((x == 0) | (a == math.inf), float(upper), result))
        less = np.minimum(a, x)
        nowhere = _any(less < 0, np.isposinf(less), (a == 0) & ~(x > 0))
        return np.where(nowhere, math.nan, ends).astype(self.dtype)[()]

    return forward


def _density(self, other):
    return np.exp((self - 1) * np.log(other) - other - lgamma(self))


lgamma = op("lgamma", by_element(_lgamma), cast="float", self=lambda g, self: g * digamma(self))
digamma = op("digamma", in_double(_digamma), cast="float", self=lambda g, self: g * polygamma(self, 1))
polygamma = op("polygamma", _polygamma, cast="float", self=lambda g, self, n: g * polygamma(self, n + 1))
op("polygamma_", polygamma.forward, cast="float", node="PolygammaBackward1", self=lambda g, self, n: g * polygamma(self, n + 1))
op("mvlgamma", _mvlgamma, cast="float", self=lambda g, self, p: g * sum(digamma(self - j / 2) for j in range(p)))
zeta = op("special_zeta_tensor", _zeta_alike, cast="float", node="SpecialZetaBackward0", takes="self other",
   self=refuse("operators.not_differentiable", "zeta"), other=lambda g, self, other: g * (-self * zeta(self + 1, other)))
op("special_zeta", _zeta_alike, cast="float", node="SpecialZetaBackward2", takes="self other",
   self=refuse("operators.not_differentiable", "zeta"))
of_number = op("special_zeta_reflected", reflected(_zeta_alike), cast="float", node="SpecialZetaBackward1", takes="self other",
   self=lambda g, self, other: g * (-other * of_number(self, other + 1)))
op("igamma", _integral(False), cast="same", self=refuse("operators.not_differentiable", "igamma: input"),
   other=lambda g, self, other: g * _density(self, other))
op("igammac", _integral(True), cast="same", self=refuse("operators.not_differentiable", "igammac: input"),
   other=lambda g, self, other: -g * _density(self, other))
