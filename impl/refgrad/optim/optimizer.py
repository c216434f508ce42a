"""The optimizer: groups of parameters with their options, the state kept for each, and `step`."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from refgrad import functions, messages
from refgrad.autograd.grad_mode import enable_grad, set_grad_enabled
from refgrad.nn.modules.module import clear_gradients
from refgrad.tensor import Tensor

# option, what messages call it; none of them may be negative
NOT_NEGATIVE = {"lr": "learning rate", "momentum": "momentum value", "weight_decay": "weight_decay value",
                "eps": "epsilon value"}  # fmt: skip


def members(groups: list[dict]) -> list:
    """The parameters of all `groups`, or the numbers that stand for them."""
    return [p for group in groups for p in group["params"]]


class Optimizer:
    """Base of the optimizers; `params`: tensors, or groups: dicts of "params" and options.

    An optimizer defines `update(p, grad, state, group)`, which changes `p` in place, unrecorded.
    """

    def __init__(self, params: Iterable, defaults: dict) -> None:
        if isinstance(params, Tensor):
            raise messages.error("optim.one_tensor", params)
        for name, words in NOT_NEGATIVE.items():
            value = defaults.get(name)
            messages.require(value is None or value >= 0, "optim.negative", words, value)
        for i, beta in enumerate(defaults.get("betas", ())):
            messages.require(0 <= beta < 1, "optim.beta", i, beta)
        self.defaults = defaults
        self.param_groups: list[dict] = []
        self.state: dict = defaultdict(dict)
        groups = list(params)
        messages.require(groups, "optim.empty")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict) -> None:
        """Enter a group: "params", and options that differ from the defaults."""
        messages.require(isinstance(param_group, dict), "optim.group", type(param_group))
        params = param_group["params"]
        messages.require(not isinstance(params, set), "optim.unordered")
        new = param_group["params"] = [params] if isinstance(params, Tensor) else [*params]
        for p in new:
            messages.require(isinstance(p, Tensor), "optim.not_a_tensor", p)
            messages.require(self.defaults.get("differentiable") or p.is_leaf or p.retains_grad, "optim.not_a_leaf")
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        if len(set(new)) < len(new):
            messages.warn("optim.duplicates")
        messages.require(set(new).isdisjoint(members(self.param_groups)), "optim.two_groups")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set all gradients to None, or to zero."""
        clear_gradients(members(self.param_groups), set_to_none)

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
        number = {p: i for i, p in enumerate(members(self.param_groups))}
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[p]: state for p, state in self.state.items() if state}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on from a copy of `state_dict`, as `state_dict()` gave it."""
        groups = deepcopy(state_dict["param_groups"])
        messages.require(len(groups) == len(self.param_groups), "optim.groups")
        pairs = list(zip(groups, self.param_groups, strict=True))
        messages.require(all(len(a["params"]) == len(b["params"]) for a, b in pairs), "optim.group_size")
        self.state = defaultdict(dict)
        for i, p in zip(members(groups), members(self.param_groups), strict=True):
            for name, value in state_dict["state"].get(i, {}).items():
                self.state[p][name] = kept(p, name, value)
        self.param_groups = [{**a, "params": b["params"]} for a, b in pairs]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *[f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]]
        return "\n".join([*lines, ")"])


def kept(p: Tensor, name: str, value: Any) -> Any:
    """A `value` of the state: a tensor itself, or in the dtype of `p`, unless it counts steps; a copy of anything else."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    return functions.to(value, p.dtype) if p.dtype.is_floating_point and name != "step" else value
