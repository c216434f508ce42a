"""Sequences of labels that are spread over time: connectionist temporal classification.

A path says a label at each time; between labels it may say `blank`, and it may stay with a label. The states of a path
are the labels with a blank before, between and after them.
"""

import math

import numpy as np

from refgrad.derivatives.table import op, refuse


def _arrivals(logs, states, blank):
    """(times, states): the logarithm of the sum of the probabilities of all paths that are there at that time."""
    new = np.ones(len(states), bool)  # whether a state may be come to from the last but one
    new[2:] = (states[2:] != blank) & (states[2:] != states[:-2])
    result = np.full(logs.shape, -math.inf)
    result[:1, :2] = logs[:1, :2]
    for time in range(1, len(logs)):
        before = np.concatenate([[-math.inf, -math.inf], result[time - 1]])
        skipped = np.where(new, before[:-2], -math.inf)
        result[time] = np.logaddexp(np.logaddexp(before[2:], before[1:-1]), skipped) + logs[time]
    return result


def _paths(self, labels, lengths, blank):
    """For each sequence its number and states, their log-probabilities and arrivals, and the loss."""
    for n, (target, length) in enumerate(zip(labels, lengths)):
        states = np.full(2 * len(target) + 1, blank)
        states[1::2] = target
        logs = self[:length, n].astype(float)[:, states]
        arrivals = _arrivals(logs, states, blank)
        yield n, states, logs, arrivals, _loss(arrivals)


def _loss(arrivals):
    """By the paths that end with the last label, or a blank behind it; in no time at all there is only that of no labels."""
    if len(arrivals):
        return -np.logaddexp.reduce(arrivals[-1, -2:])
    return 0.0 if arrivals.shape[1] == 1 else math.inf


def _ctc(self, labels, lengths, blank, zero_infinity):
    losses = np.array([loss for *_, loss in _paths(self, labels, lengths, blank)], self.dtype)
    return np.where(losses == math.inf, 0, losses) if zero_infinity else losses


def _ctc_backward(self, logs, labels, lengths, blank, zero_infinity):
    """What comes to scores whose softmax the probabilities are: these, less how often all paths come by."""
    result = np.zeros(logs.shape, float)
    for n, states, own, arrivals, loss in _paths(logs, labels, lengths, blank):
        if loss == math.inf:
            result[: len(own), n] = 0 if zero_infinity else math.nan
            continue
        onward = np.flip(_arrivals(np.flip(own), np.flip(states), blank))
        here = np.exp(arrivals + onward - own + loss)
        result[: len(own), n] = np.exp(logs[: len(own), n])
        np.subtract.at(result, (np.arange(len(own))[:, None], n, states), here)
        result[:, n] *= self[n]
    return result.astype(logs.dtype)


ctc_backward = op("ctc_loss_backward", _ctc_backward, node="NotImplemented", symmetric="self logs",
   self=refuse("operators.no_derivative", "_ctc_loss_backward"))
op("ctc_loss", _ctc, self=lambda g, self, labels, lengths, blank, zero_infinity:
   ctc_backward(g, self, labels, lengths, blank, zero_infinity))
