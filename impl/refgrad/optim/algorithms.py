"""The rules by which parameters follow their gradients."""

from __future__ import annotations

from typing import Any

from refgrad import creation
from refgrad.optim.optimizer import Optimizer
from refgrad.tensor import Tensor


def options(arguments: dict, *words: str) -> dict:
    """Of a constructor's `arguments`, its options in the order of `words`."""
    if isinstance(arguments["lr"], Tensor) and arguments["lr"].numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    return {name: arguments[name] for name in " ".join(words).split()}


def number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) else value


class SGD(Optimizer):
    """p -= lr * grad; with momentum, the gradients of earlier steps go on counting."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach: Any = None, differentiable: bool = False, fused: Any = None,
    ) -> None:  # fmt: skip
        words = "lr momentum dampening weight_decay nesterov maximize foreach differentiable fused"
        super().__init__(params, options(locals(), words))
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")

    def update(self, p: Any, grad: Any, state: dict, group: dict) -> None:
        momentum = group["momentum"]
        if momentum:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.detach().clone()
            else:
                buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        p.add_(grad, alpha=-number(group["lr"]))


class Adam(Optimizer):
    """p -= lr * m / (sqrt(v) + eps), with running means m of the gradients and v of their squares."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: tuple = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
        amsgrad: bool = False, *, foreach: Any = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False, fused: Any = None, decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        words = (
            "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay"
        )
        super().__init__(params, options(locals(), words))

    def update(self, p: Any, grad: Any, state: dict, group: dict) -> None:
        beta1, beta2 = group["betas"]
        if not state:
            names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 2 + group["amsgrad"]]
            state.update({"step": creation.tensor(0.0)} | {name: creation.zeros_like(p) for name in names})
        step = state["step"].add_(1).item()
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        if group.get("decoupled_weight_decay"):
            p.mul_(1 - number(group["lr"]) * group["weight_decay"])
        mean.add_(grad - mean, alpha=1 - beta1)
        square.mul_(beta2).add_(grad * grad, alpha=1 - beta2)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"].copy_(state["max_exp_avg_sq"].maximum(square))
        root = (square.sqrt() / (1 - beta2**step) ** 0.5).add_(group["eps"])
        p.add_(mean / root, alpha=-number(group["lr"]) / (1 - beta1**step))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly."""

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: tuple = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
        amsgrad: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **kwargs)
