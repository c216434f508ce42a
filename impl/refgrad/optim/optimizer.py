"""The optimizer: groups of parameters with their options, the state kept for each, and `step`."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from refgrad.autograd.grad_mode import enable_grad, set_grad_enabled
from refgrad.functions import to
from refgrad.nn.modules.module import clear_gradients
from refgrad.tensor import Tensor

# option, what messages call it; none of them may be negative
NOT_NEGATIVE = {
    "lr": "learning rate", "momentum": "momentum value", "weight_decay": "weight_decay value", "eps": "epsilon value",
}  # fmt: skip
NOT_ITERABLE = "params argument given to the optimizer should be an iterable of Tensors or dicts, but got {}"
UNORDERED = (
    "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between "
    "runs. Please use a list instead."
)
DUPLICATES = (
    "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
    "github.com/pytorch/pytorch/issues/40967 for more information"
)
OTHER_SIZE = "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"


class Optimizer:
    """Base of the optimizers; `params`: tensors, or groups: dicts of "params" and options.

    An optimizer defines `update(p, grad, state, group)`, which changes `p` in place, unrecorded.
    """

    def __init__(self, params: Iterable, defaults: dict) -> None:
        if isinstance(params, Tensor):
            raise TypeError(NOT_ITERABLE.format(params.type()))
        for name, words in NOT_NEGATIVE.items():
            if (value := defaults.get(name)) is not None and not value >= 0:
                raise ValueError(f"Invalid {words}: {value}")
        for i, beta in enumerate(defaults.get("betas", ())):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        self.defaults = defaults
        self.param_groups: list[dict] = []
        self.state: dict = defaultdict(dict)
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict) -> None:
        """Enter a group: "params", and options that differ from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(UNORDERED)
        new = param_group["params"] = [params] if isinstance(params, Tensor) else [*params]
        for p in new:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (self.defaults.get("differentiable") or p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        if len(set(new)) < len(new):
            warnings.warn(DUPLICATES, UserWarning, stacklevel=3)
        if not set(new).isdisjoint(chain(*[group["params"] for group in self.param_groups])):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set all gradients to None, or to zero."""
        for group in self.param_groups:
            clear_gradients(group["params"], set_to_none)

    def step(self, closure: Callable | None = None) -> Any:
        """Change every parameter that has a gradient. `closure` computes the loss anew, and is recorded."""
        loss = None
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            if closure is not None:
                with enable_grad():
                    loss = closure()
            for group in self.param_groups:
                for p in group["params"]:
                    if p._grad is not None:
                        self.update(p, self.direction(p, group), self.state[p], group)
        return loss

    def direction(self, p: Any, group: dict) -> Any:
        """The gradient to go down, with what `maximize` and `weight_decay` make of it."""
        grad = -p._grad if group.get("maximize") else p._grad
        decay = 0 if group.get("decoupled_weight_decay") else group.get("weight_decay", 0)
        return grad.add(p, alpha=decay) if decay else grad

    def update(self, p: Any, grad: Any, state: dict, group: dict) -> None:
        """Change `p` in place."""
        raise NotImplementedError

    def state_dict(self) -> dict:
        """The state and the groups, with numbers in the place of parameters."""
        number = {p: i for i, p in enumerate(chain(*[group["params"] for group in self.param_groups]))}
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[p]: state for p, state in self.state.items() if state}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on from a copy of `state_dict`, as `state_dict()` gave it."""
        groups = deepcopy(state_dict["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, self.param_groups, strict=True)):
            raise ValueError(OTHER_SIZE)
        params = [*chain(*[group["params"] for group in self.param_groups])]
        numbers = [*chain(*[group["params"] for group in groups])]
        self.state = defaultdict(dict)
        for i, p in zip(numbers, params, strict=True):
            if i in state_dict["state"]:
                self.state[p] = {name: kept(p, name, value) for name, value in state_dict["state"][i].items()}
        self.param_groups = [{**a, "params": b["params"]} for a, b in zip(groups, self.param_groups, strict=True)]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *[f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]]
        return "\n".join([*lines, ")"])


def kept(p: Tensor, name: str, value: Any) -> Any:
    """A copy of a `value` of the state; tensors in the dtype of `p`, except that a count of steps stays as it is."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    copy = value.detach().clone()
    return to(copy, p.dtype) if p.dtype.is_floating_point and name != "step" else copy
