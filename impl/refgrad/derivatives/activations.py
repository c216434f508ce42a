"""Activations, normalisation and the losses. `reduction` is "none", "mean" or "sum"."""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.elementwise import beside, erf, in_single, no_bool, sigmoid, where, zeros
from refgrad.derivatives.indexing import gather_backward, index_backward
from refgrad.derivatives.reductions import sum_dim
from refgrad.derivatives.table import TABLE, op, refuse, whole

HALF_SQRT, TANH_SCALE = math.sqrt(0.5), math.sqrt(2 / math.pi)  # of gelu, and of its approximation
SIXTH = float(np.float32(1 / 6))  # no more precise than this in PyTorch's gradient of hardsigmoid
EPSILON = 1e-12  # PyTorch's guard against a division by zero in the gradient of binary_cross_entropy's gradient
LEAST = float(np.float32(EPSILON))  # the same in the gradient, and no more precise there


def _along(x, dim):
    """`dim` as NumPy takes it: a tensor without dimensions may be asked for dimension 0."""
    return (dim,) if x.shape else ()


def _shifted(x, dim):
    return x - x.max(axis=_along(x, dim), keepdims=True) if x.size else x


def _softmax(self, dim):
    e = np.exp(_shifted(self, dim))
    return e / e.sum(axis=_along(e, dim), keepdims=True)


def _log_softmax(self, dim):
    """Of float16 in float32, but for the logarithm along the last dimension, which PyTorch finds in float16."""
    half = self.dtype.char == "e"
    x = _shifted(self.astype(np.float32) if half else self, dim)
    total = np.exp(x).sum(axis=_along(x, dim), keepdims=True)
    last = half and dim in (-1, self.ndim - 1)
    return (x - (np.log(total.astype(self.dtype)) if last else np.log(total))).astype(self.dtype)


def _elu_backward(g, self, alpha, scale, input_scale):
    """The exponent is kept from overflowing where it does not count: infinity times zero is no number."""
    steep = np.exp(where(self < 0, self, 0) * input_scale)
    return where(self <= 0, g * (alpha * scale * input_scale) * steep, g * scale)


def _downhill(slope, key):
    """`slope`, unless it is negative: of what was overwritten, nobody could then tell which side of zero it was on."""
    messages.require(not slope < 0, key)
    return slope


def _cubic(x):
    return TANH_SCALE * (x + 0.044715 * x * x * x)


def _gelu(self, approximate):
    return self * (0.5 * (1 + (erf.forward(self * HALF_SQRT) if approximate == "none" else np.tanh(_cubic(self)))))


def _gelu_backward(g, self, approximate):
    if approximate == "none":
        return g * (0.5 * (1 + erf(self * HALF_SQRT)) + self * (np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi)))
    t = np.tanh(_cubic(self))
    return g * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * (TANH_SCALE * (1 + 3 * 0.044715 * self * self)))


def _mish_backward(g, self):
    t, s = np.tanh(np.log1p(np.exp(self))), 1 / (1 + np.exp(-self))
    return g * (t + self * s * (1 - t * t))


def _embedding_backward(g, weight_shape, indices, padding_idx, share):
    kept = g if padding_idx is None else where(np.expand_dims(indices != padding_idx, -1), g, 0)
    kept = kept if share is None else kept * share
    return index_backward(kept, weight_shape, (indices,))


def _hardtanh(self, low, high):
    if self.dtype.kind not in "f":
        messages.require(self.dtype.kind not in "u" or min(low, high) >= 0, "operators.hardtanh_unsigned")
        low, high = int(low), int(high)
    return np.clip(self, low, high)


def _threshold(self, low, high):
    if self.dtype.kind in "f":
        return where.forward(self <= low, high, self)
    return where.forward(self <= whole(low, self.dtype), whole(high, self.dtype), self)


def _celu(self, alpha):
    messages.require(alpha, "operators.celu")
    return where.forward(self > 0, self, alpha * np.expm1(self / alpha))


# activations
op("leaky_relu", lambda self, negative_slope: where.forward(self > 0, self, self * negative_slope),
   self=lambda g, self, negative_slope: slope_gate(g, self, negative_slope))
op("leaky_relu_in_place", TABLE["leaky_relu"].forward, node="LeakyReluBackward1",
   self=lambda g, result, negative_slope: slope_gate(g, result, _downhill(negative_slope, "operators.leaky_relu_in_place")))
slope_gate = op("leaky_relu_backward", lambda self, x, slope: where.forward(x > 0, self, self * slope),
   self=lambda g, x, slope: slope_gate(g, x, slope), x=lambda g: zeros(g))
op("elu", lambda self, alpha, scale, input_scale: scale * where.forward(self > 0, self, alpha * np.expm1(self * input_scale)),
   self=_elu_backward)
op("elu_in_place", TABLE["elu"].forward, node="EluBackward1", self=lambda g, self, alpha, scale, input_scale:
   _elu_backward(g, self, _downhill(alpha, "operators.elu_in_place"), scale, input_scale))
op("celu", _celu, takes="self alpha",
   self=lambda g, self, alpha: g * where(self <= 0, 1 / alpha * alpha * np.exp(where(self <= 0, self, 0) / alpha), 1.0))
op("celu_in_place", TABLE["celu"].forward, node="CeluBackward1",
   self=lambda g, result, alpha: where(result > 0, g, g * (result / alpha + 1)))
op("gelu", in_single(_gelu), takes="self approximate", self=_gelu_backward)
op("prelu_kernel", lambda self, weight: where.forward(self > 0, self, self * weight), joint=True,
   self=lambda g, self, weight: where(self > 0, g, g * weight),
   weight=lambda g, self: where(self > 0, 0, g * self))
op("rrelu_with_noise", lambda self, noise: self * noise, self=lambda g, self, noise: beside(g * noise, self))
op("silu", lambda self: self * sigmoid.forward(self), self=lambda g, self: g * sigmoid(self) * (1 + self * (1 - sigmoid(self))))
op("mish", lambda self: self * np.tanh(np.log1p(np.exp(self))), self=_mish_backward)
log_sigmoid = in_single(lambda self: np.minimum(self, 0) - np.log1p(np.exp(-abs(self))))
op("log_sigmoid", log_sigmoid, takes="self", self=lambda g, self: g / (1 + np.exp(self)))
softplus = op("softplus", lambda self, beta, threshold:
   where.forward(self * beta > threshold, self, np.log1p(np.exp(self * beta)) / beta),
   self=lambda g, self, beta, threshold: where(self * beta > threshold, g, g * sigmoid(self * beta)))

# pieces of straight lines, between `low` and `high` or whatever these two mean there
op("hardtanh", _hardtanh,
   self=lambda g, self, low, high: beside(where((self <= low) | (self >= high), 0, g), self))
op("hardswish", lambda self: self * np.clip(self + 3, 0, 6) / 6,
   self=lambda g, self: beside(g * where(self <= -3, 0.0, where(self < 3, self / 3 + 0.5, 1.0)), self))
op("softshrink", lambda self, low, high: where.forward(abs(self) <= low, 0, self - np.sign(self) * low),
   self=lambda g, self, low, high: beside(where(abs(self) <= low, 0, g), self))
op("hardshrink", lambda self, low, high: where.forward(abs(self) <= low, 0, self),
   self=lambda g, self, low, high: beside(where(abs(self) <= low, 0, g), self))
op("threshold", _threshold,
   self=lambda g, self, low, high: beside(where(self <= low, 0, g), self))
op("hardsigmoid", lambda self: np.clip(self + 3, 0, 6) / 6, self=lambda g, self: hardsigmoid_backward(g, self))
hardsigmoid_backward = op("hardsigmoid_backward", lambda self, x: self * ((x > -3) & (x < 3)) * SIXTH, node="NotImplemented",
   symmetric="self x", self=refuse("operators.no_derivative", "hardsigmoid_backward"))

op("softmax", in_single(_softmax), cast="float", takes="self dim",
   self=lambda g, result, dim: result * (g - sum_dim(g * result, _along(g, dim), True)))
op("log_softmax", _log_softmax, cast="float", takes="self dim", node="LogSoftmaxBackward0",
   self=lambda g, result, dim: g - np.exp(result) * sum_dim(g, _along(g, dim), True))
op("embedding", lambda weight, indices, padding_idx, share: weight.take(indices, 0), constant="indices",
   weight=_embedding_backward)


# losses: what each element's is, and what comes to it from the gradient of the reduced loss
def _reduced(losses, reduction, weight=None):
    losses = losses if weight is None else losses * weight
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _each(g, reduction, weight, *inputs):
    g = g / math.prod(np.broadcast_shapes(*[x.shape for x in inputs])) if reduction == "mean" else g
    return g if weight is None else g * weight


def _huber(z, bend):
    """A parabola up to the bend, and straight on."""
    return where.forward(z < bend, 0.5 * z * z, bend * (z - 0.5 * bend))


def _huber_backward(g, self, target, reduction, bend):
    messages.require(self.dtype == target.dtype, "losses.huber_backward", target, self)
    return _smooth_backward(g, self, target, reduction, bend)


def _smooth_backward(g, self, target, reduction, bend):
    z = self - target
    return _each(g, reduction, None, self, target) * where(abs(z) < bend, z, np.sign(z) * bend)


def _huber_loss(self, target, reduction, bend):
    losses = _reduced(_huber(abs(self - target), bend), reduction)
    return losses.astype(self.dtype, copy=False)


def _bce_logits(self, target, weight, pos_weight, reduction):
    """Each product stays in the dtype of what it is written into, in PyTorch."""
    log = log_sigmoid(self)
    log = log if pos_weight is None else _written(log * (1 + (pos_weight - 1) * target), log)
    losses = _written(_written((1 - target) * self, target) - log, target)
    return _reduced(losses if weight is None else _written(losses * weight, target), reduction)


def _written(x, into):
    return x.astype(into.dtype, copy=False)


def _bce_logits_backward(g, self, target, weight, pos_weight, reduction):
    positive = target if pos_weight is None else pos_weight * target
    likely = sigmoid(self) if pos_weight is None else (positive + 1 - target) * sigmoid(self)
    each = (likely - positive) * g
    each = each if weight is None else each * weight
    return each / math.prod(self.shape) if reduction == "mean" else each


def _bce_logits_target_backward(g, self, weight, pos_weight, reduction):
    e = _each(g, reduction, weight, self)
    return -(e * self) if pos_weight is None else e * (pos_weight * softplus(-self, 1, 40) - softplus(self, 1, 40))


def _soft_margin_backward(g, self, target):
    """The target is negated as it is: of uint8 this is far from 0."""
    z = np.exp(-no_bool(target, "operators.neg_bool") * self)
    return -(g * (target * z / (1 + z)))


def _picked(shape, target, weight, ignore_index, dtype):
    """Of classes (N, ...) in a tensor (N, C, ...): the dimension C, the index along it, and each element's weight."""
    kept = target != ignore_index
    classes, chosen = int(len(shape) > 1), np.where(kept, target, 0)
    return classes, np.expand_dims(chosen, classes), np.where(kept, 1 if weight is None else weight[chosen], 0).astype(dtype)


def _nll(self, target, weight, ignore_index, reduction):
    """self: (N, C, ...) log-probabilities, target: (N, ...) classes."""
    classes, index, w = _picked(self.shape, target, weight, ignore_index, self.dtype)
    losses = -np.take_along_axis(self, index, classes).squeeze(classes) * w + 0  # no -0 where nothing counts
    return losses.sum() / w.sum() if reduction == "mean" else _reduced(losses, reduction)


def _nll_backward(g, self, target, weight, ignore_index, reduction):
    classes, index, w = _picked(self.shape, target, weight, ignore_index, getattr(g.dtype, "numpy", g.dtype))
    share = where(target == ignore_index, 0, g * -(w / w.sum() if reduction == "mean" else w))
    return beside(gather_backward(share.reshape(index.shape), self.shape, classes, index), self)


op("mse_loss", lambda self, target, reduction: _reduced((self - target) ** 2, reduction), cast="same", symmetric="self target",
   self=lambda g, self, target, reduction: _each(2 * g, reduction, None, self, target) * (self - target))
op("huber_loss", _huber_loss, symmetric="self target", self=_huber_backward)
op("smooth_l1_loss", lambda self, target, reduction, bend: _reduced(_huber(abs(self - target), bend) / bend, reduction),
   cast="same", symmetric="self target", node="SmoothL1LossBackward0",
   self=lambda g, self, target, reduction, bend: _smooth_backward(g / bend, self, target, reduction, bend))
op("binary_cross_entropy", lambda self, target, weight, reduction: _reduced(
   (target - 1) * np.maximum(np.log1p(-self), -100) - target * np.maximum(np.log(self), -100), reduction, weight),
   constant="weight", self=lambda g, self, target, weight, reduction:
   bce_backward(_each(g, reduction, weight, self, target), self, target),
   target=lambda g, self, target, weight, reduction: _each(g, reduction, weight, self) * (np.log1p(-self) - np.log(self)))
bce_backward = op("binary_cross_entropy_backward",
   lambda self, x, target: self * (x - target) / np.maximum((1 - x) * x, LEAST),
   self=lambda g, x, target: bce_backward(g, x, target),
   x=lambda g, self, x, target: g * self * (x * x - 2 * x * target + target) / ((x + EPSILON) * (1 - x + EPSILON)) ** 2,
   target=lambda g, self, x: -(g * self) / np.maximum((1 - x) * x, EPSILON))
op("binary_cross_entropy_with_logits", _bce_logits, constant="weight pos_weight",
   self=_bce_logits_backward, target=_bce_logits_target_backward)
op("soft_margin", lambda self, target: np.log1p(np.exp(-(self * target))), cast="same", constant="target",
   self=_soft_margin_backward)
op("nll_loss", _nll, constant="target weight", node="NllLossBackward0", self=_nll_backward)
