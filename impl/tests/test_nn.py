"""nn and optim against PyTorch: what functions give and their derivatives, what steps do, texts and errors."""

from __future__ import annotations

import copy
import pickle
import warnings
from types import ModuleType

import numpy as np
import pytest
import torch

import refgrad

LIBRARIES = (refgrad, torch)

# x: scores, p: probabilities, y: targets, classes: integers; in float64. Kinks and large numbers are among them.
X = [[-2.3, -0.7, 0.0, 0.4, 1.1, 30.0], [2.5, -0.1, 0.2, -1.3, 0.9, -25.0]]
P = [[0.2, 0.7, 0.1, 0.4, 0.9, 0.5], [0.3, 0.8, 0.45, 0.6, 0.05, 0.99]]
Y = [[0.2, 0.9, 0.1, 0.4, 0.3, 0.5], [1.0, 0.2, 0.0, 0.6, 0.9, 0.7]]
W = [1.5, 0.5, 2.0, 1.0, 0.3, 0.7]

FUNCTIONS = """
F.relu(x) | F.leaky_relu(x, 0.2) | F.leaky_relu(x * 1, 0.2, True) | F.elu(x, 1.3) | F.elu(x * 1, 1.3, inplace=True)
F.gelu(x) | F.gelu(x, approximate='tanh') | F.silu(x) | F.softplus(x) | F.softplus(x, 2.0, 3.0) | F.normalize(x)
F.normalize(x, 1.0, 0) | F.mse_loss(x, y) | F.l1_loss(p, y, reduction='sum') | F.smooth_l1_loss(x, y)
F.smooth_l1_loss(x, y, beta=0.3, reduction='sum') | F.smooth_l1_loss(x, y[:1]) | F.huber_loss(x, y, delta=0.4)
F.huber_loss(x, y, 'none') | F.binary_cross_entropy(p, y, w) | F.binary_cross_entropy_with_logits(x, y)
F.binary_cross_entropy_with_logits(x, y, w, reduction='sum') | F.binary_cross_entropy_with_logits(x, y, pos_weight=w)
F.binary_cross_entropy_with_logits(x, y, w, pos_weight=w, reduction='none') | F.cross_entropy(x, classes)
F.cross_entropy(x, classes, w, label_smoothing=0.1) | F.cross_entropy(x, y, w)
F.cross_entropy(x, y, label_smoothing=0.2) | F.cross_entropy(x, ignoring, label_smoothing=0.2)
F.nll_loss(x, classes, w) | F.nll_loss(x, ignoring, reduction='none') | F.embedding(classes, x.t())
F.embedding(classes, x.t(), 1) | torch.erf(x) | torch.erfc(x)
"""


def close(found, expected) -> None:
    assert (found is None) == (expected is None)
    if expected is not None:
        np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)


def differentiated(lib: ModuleType, expression: str) -> list:
    """The result, its gradients, and theirs."""
    x, p, y = (lib.tensor(v, dtype=lib.float64, requires_grad=True) for v in (X, P, Y))
    w, classes, ignoring = lib.tensor(W, dtype=lib.float64), lib.tensor([3, 1]), lib.tensor([-100, 1])
    names = {
        "torch": lib,
        "F": lib.nn.functional,
        "x": x,
        "p": p,
        "y": y,
        "w": w,
        "classes": classes,
        "ignoring": ignoring,
    }
    with warnings.catch_warnings(action="ignore"):
        result = eval(expression, names)
    weights = lib.linspace(0.5, 1.5, result.numel(), dtype=lib.float64).reshape(result.shape)
    first = lib.autograd.grad(result, (x, p, y), weights, allow_unused=True, create_graph=True)
    total = sum((g * g).sum() for g in first if g is not None)
    second = lib.autograd.grad(total, (x, p, y), allow_unused=True) if total.requires_grad else ()
    return [result, *first, *second]


@pytest.mark.parametrize("expression", [e.strip() for line in FUNCTIONS.split("\n") for e in line.split(" | ") if e])
def test_functions_and_their_derivatives(expression):
    if "l1_loss(p" in expression:  # PyTorch's zero without memory cannot be read
        found, expected = (differentiated(lib, expression)[:4] for lib in LIBRARIES)
    else:
        found, expected = (differentiated(lib, expression) for lib in LIBRARIES)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        close(ours, theirs)


OPTIMIZERS = [
    "SGD(ps, lr=0.1)",
    "SGD(ps, lr=0.1, momentum=0.9)",
    "SGD(ps, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.1)",
    "SGD(ps, lr=0.1, momentum=0.9, nesterov=True, maximize=True)",
    "SGD([{'params': ps[:1], 'lr': 0.5}, {'params': ps[1]}], lr=0.1)",
    "Adam(ps, lr=0.1)",
    "Adam(ps, lr=0.1, weight_decay=0.1, amsgrad=True)",
    "AdamW(ps, lr=0.1, maximize=True, weight_decay=0.3)",
]


def trained(lib: ModuleType, expression: str) -> list:
    """The parameters after each of four steps, before the last of which the optimizer is rebuilt from its state."""
    ps = [lib.tensor(v, dtype=lib.float64, requires_grad=True) for v in ([1.0, -2.0], 0.5)]
    names = vars(lib.optim) | {"ps": ps}
    optimizer, seen = eval(expression, names), []
    for turn in range(4):
        if turn == 3:
            state = copy.deepcopy(optimizer.state_dict())
            optimizer = eval(expression, names)
            optimizer.load_state_dict(state)
        optimizer.zero_grad()
        ((ps[0] ** 2).sum() * ps[1].sin() + ps[1] ** 3).backward()
        optimizer.step()
        seen += [p.detach().clone() for p in ps]
    return [*seen, lib.tensor([p._version for p in ps])]


@pytest.mark.parametrize("expression", OPTIMIZERS)
def test_steps(expression):
    for ours, theirs in zip(*(trained(lib, expression) for lib in LIBRARIES), strict=True):
        close(ours, theirs)


def test_learning_rates():
    rates = []
    for lib in LIBRARIES:
        optimizer = lib.optim.SGD([lib.ones(1, requires_grad=True)], lr=1.0)
        scheduler, seen = lib.optim.lr_scheduler.StepLR(optimizer, 2, 0.5), []
        for _ in range(5):
            seen.append(scheduler.get_last_lr())
            optimizer.step()
            scheduler.step()
        rates.append(seen)
    assert rates[0] == rates[1]


FILLS = "uniform_ normal_ zeros_ ones_ xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_".split()


@pytest.mark.parametrize("name", FILLS)
def test_starts(name):
    drawn = []
    for lib in LIBRARIES:
        lib.manual_seed(5)
        drawn.append(getattr(lib.nn.init, name)(lib.empty(4, 5)).numpy())
    np.testing.assert_allclose(*drawn, rtol=1e-6)


# what is printed or raised, word for word; `net` is a Sequential of two layers, `layer` a Linear(2, 3), `p` a Parameter
TEXTS = """
net | layer | p | net[0:1] | list(net.named_parameters())[0][0] | nn.Parameter() | nn.ReLU(True) | nn.LeakyReLU(0.2)
nn.ELU() | nn.GELU('tanh') | nn.Softplus() | nn.Softmax(dim=1) | nn.Flatten() | nn.Dropout(0.3, inplace=True)
nn.MSELoss() | nn.Embedding(3, 4) | nn.Embedding(3, 4, padding_idx=-1) | nn.Identity(3) | nn.Linear(2, 3, bias=False)
nn.ModuleList([nn.Tanh(), nn.ReLU(), nn.ReLU()]) | nn.ModuleDict({'a': nn.Tanh()})
nn.ParameterList([torch.ones(2, 3)]) | nn.ParameterList([p, p]) | optim.SGD([p]) | optim.Adam([p])
net.state_dict().keys() | net.load_state_dict(net.state_dict()) | layer.load_state_dict({})
layer.load_state_dict({'weight': torch.ones(1), 'a.b': 1}) | layer.load_state_dict({'weight': 3}, strict=False)
layer.load_state_dict({}, strict=False) | layer.load_state_dict(3) | layer.nothing
setattr(layer, 'weight', torch.ones(2)) | setattr(net, '0', 3) | layer.register_parameter('a.b', p)
delattr(layer, 'q') | layer.register_parameter('', p) | layer.register_parameter(3, p)
layer.register_parameter('forward', p) | layer.register_parameter('q', 3) | layer.register_buffer('weight', p)
layer.register_buffer('q', 3) | net.add_module('x', 3) | net.add_module('a.b', net) | net[5] | nn.Module()(1)
net.train(3) | layer.to(torch.int64) | layer(torch.ones(4)) | nn.Dropout(2.0) | nn.MSELoss(reduction='x')(p, p)
nn.ModuleList([3]) | nn.ModuleDict(3) | nn.Parameter(torch.tensor([1])) | F.dropout(p, -1) | optim.SGD([])
optim.SGD([3]) | optim.SGD([p * 1]) | optim.SGD(p) | optim.SGD([p], lr=-1) | optim.SGD([p], nesterov=True)
optim.SGD([{'params': [p]}, {'params': p}]) | optim.SGD([{'params': {p}}]) | optim.Adam([p], betas=(1, 0))
optim.Adam([p], eps=-1) | optim.SGD([p]).add_param_group(3)
optim.SGD([p]).load_state_dict({'param_groups': [], 'state': {}}) | optim.lr_scheduler.StepLR(3, 2)
F.one_hot(torch.tensor([0, 2])) | F.one_hot(torch.tensor([0, 2]), 2) | F.one_hot(torch.tensor([-1]))
F.one_hot(torch.ones(1)) | F.embedding(torch.tensor([9]), p.view(2, 1)) | F.embedding(p, p.view(2, 1))
F.gelu(p, approximate='x') | F.huber_loss(p, p, delta=0) | F.smooth_l1_loss(p, p, beta=-1)
F.binary_cross_entropy_with_logits(p, p[:1]) | nn.init.xavier_uniform_(torch.ones(3))
nn.init.kaiming_uniform_(torch.ones(2, 3), mode='x') | nn.init.calculate_gain('x')
nn.init.calculate_gain('leaky_relu', 'a') | nn.utils.vector_to_parameters(3, [p]) | nn.utils.parameters_to_vector([p])
nn.utils.clip_grad_norm_([], 1.0)
"""


def said(lib: ModuleType, expression: str) -> tuple:
    """What `expression` is when printed, or the error that it raises; and the warnings on the way."""
    lib.manual_seed(1)
    nn = lib.nn
    net = nn.Sequential(nn.Linear(2, 3), nn.ModuleList([nn.Linear(1, 1)]))
    names = {"torch": lib, "nn": nn, "optim": lib.optim, "F": nn.functional, "net": net, "layer": nn.Linear(2, 3)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            text = repr(eval(expression, names | {"p": nn.Parameter(lib.ones(2))}))
        except Exception as error:  # noqa: BLE001 (whatever is raised is compared)
            text = f"{type(error).__name__}: {error}"
    return text, [str(each.message) for each in caught]


@pytest.mark.parametrize("expression", [e.strip() for line in TEXTS.split("\n") for e in line.split(" | ") if e])
def test_texts(expression):
    assert said(refgrad, expression) == said(torch, expression)


def test_a_module_survives_pickling():
    net = refgrad.nn.Sequential(refgrad.nn.Linear(2, 2), refgrad.nn.ReLU(), refgrad.nn.Dropout(0.1))
    again = pickle.loads(pickle.dumps(net))
    assert repr(again) == repr(net)
    assert isinstance(again[0].weight, refgrad.nn.Parameter)
    assert again[0].weight.requires_grad
    assert again[0].weight.equal(net[0].weight)
