"""Activations, normalisation and the losses. `reduction` is "none", "mean" or "sum"."""

from __future__ import annotations

import math

import numpy as np

from refgrad.derivatives.elementwise import beside, erf, gate, sigmoid, where
from refgrad.derivatives.indexing import index_backward
from refgrad.derivatives.reductions import sum_dim
from refgrad.derivatives.shapes import add_along, take_along
from refgrad.derivatives.table import TABLE, op

HALF_SQRT, TANH_SCALE = math.sqrt(0.5), math.sqrt(2 / math.pi)  # of gelu, and of its approximation
EPSILON = 1e-12  # PyTorch's guard against a division by zero in the gradient of binary_cross_entropy


def _shifted(x, dim):
    return x - x.max(axis=_along(x, dim), keepdims=True) if x.size else x


def _along(x, dim):
    """`dim` as NumPy takes it: a tensor without dimensions may be asked for dimension 0."""
    return (dim,) if x.shape else ()


def _softmax(self, dim):
    e = np.exp(_shifted(self, dim))
    return e / e.sum(axis=_along(e, dim), keepdims=True)


def _log_softmax(self, dim):
    x = _shifted(self, dim)
    return x - np.log(np.exp(x).sum(axis=_along(x, dim), keepdims=True))


def _elu(self, alpha, scale, input_scale):
    return scale * where.forward(self > 0, self, alpha * np.expm1(self * input_scale))


def _elu_backward(g, self, alpha, scale, input_scale):
    """The exponent is kept from overflowing where it does not count: infinity times zero is no number."""
    steep = np.exp(where(self < 0, self, 0) * input_scale)
    return where(self > 0, g * scale, g * (alpha * scale * input_scale) * steep)


def _gelu(self, approximate):
    return self * (0.5 * (1 + (erf.forward(self * HALF_SQRT) if approximate == "none" else np.tanh(_bent(self)))))


def _bent(x):
    return TANH_SCALE * (x + 0.044715 * x * x * x)


def _gelu_backward(g, self, approximate):
    if approximate == "none":
        density = np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi)
        return g * (0.5 * (1 + erf(self * HALF_SQRT)) + self * density)
    t = np.tanh(_bent(self))
    return g * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * (TANH_SCALE * (1 + 3 * 0.044715 * self * self)))


def _softplus(self, beta, threshold):
    scaled = self * beta
    return where.forward(scaled > threshold, self, np.log1p(np.exp(scaled)) / beta)


def _embedding_backward(g, weight_shape, indices, padding_idx):
    kept = g if padding_idx is None else where(np.expand_dims(indices != padding_idx, -1), g, 0)
    return index_backward(kept, (indices,), weight_shape)


def _reduced(losses, reduction):
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def _per_element(g, shape, reduction):
    """The gradient of each element's loss, from that of the reduced loss."""
    return g / math.prod(shape) if reduction == "mean" else g


def _mse(self, target, reduction):
    d = self - target
    return _reduced(d * d, reduction)


def _mse_backward(g, x, other, reduction):
    return _per_element(2 * g, np.broadcast_shapes(x.shape, other.shape), reduction) * (x - other)


def _bce(self, target, weight, reduction):
    losses = (target - 1) * np.maximum(np.log1p(-self), -100) - target * np.maximum(np.log(self), -100)
    return _reduced(losses if weight is None else losses * weight, reduction)


def _bce_backward(g, self, target, weight, reduction):
    e = _per_element(g, np.broadcast_shapes(self.shape, target.shape), reduction)
    e = e if weight is None else e * weight
    return e * (self - target) / np.maximum((1 - self) * self, EPSILON)


def _near(near, far):
    """A loss that is `near` (squared difference, bend) up to the bend, and `far` (absolute difference, bend) beyond."""

    def forward(self, target, reduction, bend):
        z = abs(self - target)
        return _reduced(where.forward(z < bend, near(z, bend), far(z, bend)), reduction)

    return forward


def _near_backward(slope, steepest):
    def formula(g, x, other, reduction, bend):
        d = x - other
        near = abs(d) < bend
        each = where(near, d * slope(bend), np.sign(d) * steepest(bend))
        return _per_element(g, np.broadcast_shapes(x.shape, other.shape), reduction) * each

    return formula


_smooth_l1_backward = _near_backward(lambda beta: 1 / beta, lambda beta: 1.0)
_huber_backward = _near_backward(lambda delta: 1.0, lambda delta: delta)


def _bce_logits(self, target, weight, pos_weight, reduction):
    likely = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = (1 - target) * self + likely * (np.log1p(np.exp(-abs(self))) + np.maximum(-self, 0))
    return _reduced(losses if weight is None else losses * weight, reduction)


def _bce_logits_backward(g, self, target, weight, pos_weight, reduction):
    e = _per_element(g, self.shape, reduction)
    e = e if weight is None else e * weight
    if pos_weight is None:
        return e * (sigmoid(self) - target)
    positive = pos_weight * target
    return e * ((positive + 1 - target) * sigmoid(self) - positive)


def _bce_logits_target_backward(g, self, weight, pos_weight, reduction):
    e = _per_element(g, self.shape, reduction)
    e = e if weight is None else e * weight
    return -(e * self) if pos_weight is None else e * ((pos_weight - 1) * softplus(-self, 1, 40) - self)


def _picked_weights(target, weight, ignore_index, dtype):
    kept = (target != ignore_index).astype(dtype)
    return kept if weight is None else kept * weight[np.where(target == ignore_index, 0, target)]


def _class_axis(shape):
    return 1 if len(shape) > 1 else 0


def _nll(self, target, weight, ignore_index, reduction):
    """self: (N, C, ...) log-probabilities, target: (N, ...) classes."""
    w = _picked_weights(target, weight, ignore_index, self.dtype)
    classes = _class_axis(self.shape)
    index = np.expand_dims(np.where(target == ignore_index, 0, target), classes)
    losses = -np.take_along_axis(self, index, classes).squeeze(classes) * w
    return losses if reduction == "none" else losses.sum() / w.sum() if reduction == "mean" else losses.sum()


def _nll_backward(g, self, target, weight, ignore_index, reduction):
    classes = _class_axis(self.shape)
    w = _picked_weights(target, weight, ignore_index, getattr(g.dtype, "numpy", g.dtype))
    index = np.expand_dims(np.where(target == ignore_index, 0, target), classes)
    share = g * -(w / w.sum() if reduction == "mean" else w)
    return beside(add_along(share.reshape(index.shape), index, self.shape, classes), self)


def _downhill(name, slope, more=""):
    """`slope`, unless it is negative: of what was overwritten, nobody could then tell which side of zero it was on."""
    if slope < 0:
        raise RuntimeError(
            f"In-place {name} backward calculation is triggered with a negative slope which is not supported. This is caused by "
            f"calling in-place forward function with a negative slope, please call out-of-place version instead.{more}")
    return slope


op("leaky_relu", lambda self, negative_slope: where.forward(self > 0, self, self * negative_slope),
   self=lambda g, self, negative_slope: gate(g, self, negative_slope))
op("elu", _elu, self=_elu_backward)
op("leaky_relu_in_place", TABLE["leaky_relu"].forward, takes="self negative_slope", node="LeakyReluBackward1",
   self=lambda g, self, negative_slope: gate(g, self, _downhill(
       "leakyReLu", negative_slope, " File an issue at https://github.com/pytorch/pytorch if you do require supporting in-place "
       "leakRelu backward calculation with negative slope")))
op("elu_in_place", _elu, node="EluBackward1",
   self=lambda g, self, alpha, scale, input_scale: _elu_backward(g, self, _downhill("elu", alpha), scale, input_scale))
op("gelu", _gelu, self=_gelu_backward)
op("silu", lambda self: self * sigmoid.forward(self),
   self=lambda g, self: g * sigmoid(self) * (1 + self * (1 - sigmoid(self))))
softplus = op("softplus", _softplus,
   self=lambda g, self, beta, threshold: where(self * beta > threshold, g, g * sigmoid(self * beta)))
op("embedding", lambda weight, indices, padding_idx: weight[indices], constant="indices", weight=_embedding_backward)

op("softmax", _softmax, cast="float", self=lambda g, result, dim: result * (g - sum_dim(g * result, _along(g, dim), True)))
op("log_softmax", _log_softmax, cast="float", node="LogSoftmaxBackward0",
   self=lambda g, result, dim: g - np.exp(result) * sum_dim(g, _along(g, dim), True))
op("mse_loss", _mse, cast="same",
   self=lambda g, self, target, reduction: _mse_backward(g, self, target, reduction),
   target=lambda g, self, target, reduction: _mse_backward(g, target, self, reduction))
op("binary_cross_entropy", _bce, constant="weight",
   self=_bce_backward,
   target=lambda g, self, target, weight, reduction: _per_element(
       g if weight is None else g * weight, self.shape, reduction) * (np.log1p(-self) - np.log(self)))
op("smooth_l1_loss", _near(lambda z, beta: 0.5 * z * z / beta, lambda z, beta: z - 0.5 * beta),
   takes="self target reduction bend", cast="same", node="SmoothL1LossBackward0",
   self=lambda g, self, target, reduction, bend: _smooth_l1_backward(g, self, target, reduction, bend),
   target=lambda g, self, target, reduction, bend: _smooth_l1_backward(g, target, self, reduction, bend))
op("huber_loss", _near(lambda z, delta: 0.5 * z * z, lambda z, delta: delta * (z - 0.5 * delta)),
   takes="self target reduction bend", cast="same",
   self=lambda g, self, target, reduction, bend: _huber_backward(g, self, target, reduction, bend),
   target=lambda g, self, target, reduction, bend: _huber_backward(g, target, self, reduction, bend))
op("binary_cross_entropy_with_logits", _bce_logits, constant="weight pos_weight",
   self=_bce_logits_backward, target=_bce_logits_target_backward)
op("nll_loss", _nll, constant="target weight", node="NllLossBackward0", self=_nll_backward)

__all__ = ["take_along", "where"]
