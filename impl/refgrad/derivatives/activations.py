"""Softmax and the losses. `reduction` is "none", "mean" or "sum"."""

from __future__ import annotations

import math

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.reductions import sum_dim
from refgrad.derivatives.shapes import add_along, take_along
from refgrad.derivatives.table import op

EPSILON = 1e-12  # PyTorch's guard against a division by zero in the gradient of binary_cross_entropy


def _shifted(x, dim):
    return x - x.max(axis=dim, keepdims=True) if x.size else x


def _softmax(self, dim):
    e = np.exp(_shifted(self, dim))
    return e / e.sum(axis=dim, keepdims=True)


def _log_softmax(self, dim):
    x = _shifted(self, dim)
    return x - np.log(np.exp(x).sum(axis=dim, keepdims=True))


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


def _picked_weights(target, weight, ignore_index, dtype):
    kept = (target != ignore_index).astype(dtype)
    return kept if weight is None else kept * weight[np.where(target == ignore_index, 0, target)]


def _nll(self, target, weight, ignore_index, reduction):
    """self: (N, C, ...) log-probabilities, target: (N, ...) classes."""
    w = _picked_weights(target, weight, ignore_index, self.dtype)
    index = np.expand_dims(np.where(target == ignore_index, 0, target), 1)
    losses = -np.take_along_axis(self, index, 1).squeeze(1) * w
    return losses if reduction == "none" else losses.sum() / w.sum() if reduction == "mean" else losses.sum()


def _nll_backward(g, self_shape, target, weight, ignore_index, reduction):
    w = _picked_weights(
        target, weight, ignore_index, g.dtype if isinstance(g, (np.ndarray, np.generic)) else np.float32
    )
    index = np.expand_dims(np.where(target == ignore_index, 0, target), 1)
    share = g * -(w / w.sum() if reduction == "mean" else w)
    return add_along(share.reshape(index.shape), index, self_shape, 1)


op("softmax", _softmax, cast="float", self=lambda g, result, dim: result * (g - sum_dim(g * result, (dim,), True)))
op("log_softmax", _log_softmax, cast="float", node="LogSoftmaxBackward0",
   self=lambda g, result, dim: g - np.exp(result) * sum_dim(g, (dim,), True))
op("mse_loss", _mse, cast="same",
   self=lambda g, self, target, reduction: _mse_backward(g, self, target, reduction),
   target=lambda g, self, target, reduction: _mse_backward(g, target, self, reduction))
op("binary_cross_entropy", _bce, constant="weight",
   self=_bce_backward,
   target=lambda g, self, target, weight, reduction: _per_element(
       g if weight is None else g * weight, self.shape, reduction) * (np.log1p(-self) - np.log(self)))
op("nll_loss", _nll, constant="target weight", node="NllLossBackward0", self=_nll_backward)

__all__ = ["take_along", "where"]
