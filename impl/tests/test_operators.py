"""Operators against PyTorch, in float64: results, first and second derivatives, and the name of the node."""

from __future__ import annotations

import re
import warnings
from types import ModuleType

import numpy as np
import pytest
import torch

import refgrad

# what the expressions are about, by name and shape; all differentiable
LEAVES = {"a": (2, 3), "b": (2, 3), "p": (2, 3), "v": (3,), "m": (3, 4), "s": (), "c": (5, 2, 3), "o": (2, 1)}
POSITIVE = {"p", "o"}

EXPRESSIONS = """
a + b | a + 2 | 2 + a | torch.add(a, b, alpha=3) | a - b | a - 2 | 2 - a | torch.sub(a, b, alpha=3) | a * b | a * 2
a / p
a / 2 | 2 / p | a ** 2 | a ** 3 | p ** 2.5 | a ** 0 | a ** 1 | p ** b | 2 ** a | p ** s | -a | abs(a) | a + o
a * o | a / o | a * v | s * a
a.exp() | a.expm1() | p.log() | p.log2() | p.log10() | p.log1p() | p.sqrt() | p.rsqrt() | p.reciprocal() | a.sin()
a.cos() | a.tan()
(a / 9).asin() | (a / 9).acos() | a.atan() | a.sinh() | a.cosh() | a.tanh() | a.sigmoid() | a.relu()
torch.atan2(a, b)
a.clamp(-0.5, 0.5) | a.clamp(min=0) | a.clamp(max=0) | torch.clamp(a, min=b) | torch.clamp(a, b, p)
torch.maximum(a, b) | torch.minimum(a, b)
torch.maximum(a, a) | torch.where(a > 0, a, b) | torch.where(a > 0, a, 0.0) | torch.where(a > 0, 1.0, a)
torch.remainder(a, b) | torch.fmod(a, b)
a.sum() | a.sum(0) | a.sum(-1, keepdim=True) | a.sum((0, 1)) | c.sum((0, 2)) | a.mean() | a.mean(0)
c.mean((0, -1), keepdim=True)
a.prod() | a.prod(1) | (a * (a > 0)).prod() | (a * (a > 0)).prod(0) | c.prod(1, keepdim=True) | a.max() | a.min()
a.max(0)[0] | a.min(1, keepdim=True)[0]
torch.cat([a, a]).max() | torch.cat([a, a]).amax(0) | a.amax() | a.amin(1) | a.var() | a.var(0)
a.var(1, unbiased=False) | a.std() | a.std((0, 1)) | a.std(0, keepdim=True)
a.cumsum(0) | c.cumsum(-1) | a.softmax(1) | c.softmax(0) | a.log_softmax(-1) | a.logsumexp(1) | c.logsumexp((0, 1))
a @ m | a @ v | v @ m | v @ v | c @ m | c @ v | c @ c.transpose(1, 2) | v @ c.transpose(1, 2) | a.t() @ c
torch.bmm(c, c.mT) | torch.outer(v, v) | torch.addmm(s, a, m) | torch.addmm(v, a, m @ m.t(), beta=2, alpha=3)
a.t() | a.T | c.mT | c.permute(2, 0, 1) | c.transpose(0, -1) | a.reshape(6) | a.t().reshape(-1) | a.view(3, 2)
c.flatten(1) | a.flatten()
o.squeeze() | o.squeeze(1) | c.unsqueeze(-1) | v.expand(4, 3) | o.expand(-1, 5) | o.expand_as(a) | s.expand(2, 2)
v.broadcast_to((2, 3)) | torch.movedim(c, 0, 2)
torch.cat([a, b]) | torch.cat([a, o], 1) | torch.stack([a, b], 1) | torch.stack([s, s]) | c.split(2)[1]
c.split([1, 4])[1] | c.chunk(2, 1)[0] | c.unbind(1)[1]
a[0] | a[-1] | a[:, 1] | a[0, 1] | a[..., 1:] | a[None] | a[:, None, ::2] | c[1:4:2, :, -1] | a[a > 0]
a[[0, 1, 0]] | a[:, [2, 2, 0]] | a[[0, 1, 0], [2, 1, 2]] | c[:, [0, 1], [0, 2]] | c[[1, 1], :, [0, 2]]
c[a.new_tensor([1, 3]).long()]
a.gather(1, torch.tensor([[0, 0], [2, 1]])) | a.index_select(1, torch.tensor([2, 0, 2])) | a.masked_fill(a > 0, 5.0)
a.masked_select(a > 0) | a.masked_select(v > 0)
a.flip(0) | a.flip(0, 1) | a.roll(1, 0) | a.roll(2) | v.repeat(2, 2) | a.triu() | a.tril(-1) | a.diagonal()
c.diagonal(1, 1, 2) | a.narrow(1, 1, 2) | a.select(1, 0) | a.clone() | a.float().double()
F.mse_loss(a, b) | F.mse_loss(a, b, reduction="sum") | F.mse_loss(a, b, reduction="none") | F.linear(a, m.t())
F.linear(a, m.t(), s.expand(4)) | F.linear(c, m.t(), m.sum(0))
F.cross_entropy(a, torch.tensor([2, 0]))
F.cross_entropy(a, torch.tensor([2, 0]), weight=v.detach().abs(), reduction="sum")
F.cross_entropy(a, b.softmax(1)) | F.cross_entropy(v, torch.tensor(1))
F.cross_entropy(a, torch.tensor([2, 0]), label_smoothing=0.2)
F.nll_loss(a, torch.tensor([2, -100])) | F.nll_loss(a, torch.tensor([2, 0]), reduction="none")
F.binary_cross_entropy(a.sigmoid(), b.detach().sigmoid())
F.binary_cross_entropy(a.sigmoid(), b.sigmoid(), reduction="sum")
"""


def leaves(lib: ModuleType) -> dict:
    rng = np.random.RandomState(7)
    drawn = {name: rng.randn(*shape) for name, shape in LEAVES.items()}
    return {
        name: lib.tensor(abs(x) + 0.5 if name in POSITIVE else x, dtype=lib.float64, requires_grad=True)
        for name, x in drawn.items()
    }


def array(t) -> np.ndarray | None:
    return None if t is None else t.detach().numpy(force=True)


def differentiated(lib: ModuleType, functional: ModuleType, expression: str) -> list:
    """The name of the node, the result, its gradients, and the gradients of these."""
    inputs = leaves(lib)
    with warnings.catch_warnings(action="ignore"):
        result = eval(expression, {"torch": lib, "F": functional, **inputs})
    weights = lib.tensor(np.linspace(0.5, 1.5, result.numel()).reshape(tuple(result.shape)), dtype=lib.float64)
    first = lib.autograd.grad(result, list(inputs.values()), weights, allow_unused=True, create_graph=True)
    seen = [array(result), *map(array, first)]
    for g in first:
        if g is not None and g.requires_grad:
            second = lib.autograd.grad(
                (g * g).sum(), list(inputs.values()), retain_graph=True, allow_unused=True, materialize_grads=True
            )
            seen += map(array, second)
    return [type(result.grad_fn).__name__, *seen]


@pytest.mark.parametrize("expression", [e.strip() for e in re.split(r"[|\n]", EXPRESSIONS) if e.strip()])
def test_like_pytorch(expression):
    expected = differentiated(torch, torch.nn.functional, expression)
    found = differentiated(refgrad, refgrad.nn.functional, expression)
    assert found[0] == expected[0]
    for e, f in zip(expected[1:8], found[1:8], strict=True):
        assert (e is None) == (f is None)
    # a second derivative that is zero may be said by no graph at all
    assert len(found) == len(expected) or all(not e.any() for e in expected[len(found) :] if e is not None)
    for e, f in zip(expected[1:], found[1:], strict=False):
        if e is not None and f is not None:
            np.testing.assert_allclose(f, e, rtol=1e-9, atol=1e-12, strict=True)
