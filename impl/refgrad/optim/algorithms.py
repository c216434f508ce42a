"""The rules by which parameters follow their gradients."""

from typing import Any

from refgrad import creation, messages
from refgrad.optim.optimizer import Optimizer
from refgrad.tensor import Tensor


def options(arguments: dict) -> dict:
    """Of a constructor's `arguments`, all that are options."""
    lr = arguments["lr"]
    messages.require(not isinstance(lr, Tensor) or lr.numel() == 1, "optim.lr")
    return {name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")}


def rate(group: dict) -> Any:
    return group["lr"].item() if isinstance(group["lr"], Tensor) else group["lr"]


class SGD(Optimizer):
    """p -= lr * grad; with momentum, the gradients of earlier steps go on counting.

    lr: a number, or a tensor with one element. Options that are negative, or do not go together, raise ValueError.
    """

    def __init__(
        self, params: Any, lr: Any = 1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
        foreach=None, differentiable=False, fused=None,
    ) -> None:  # fmt: skip
        super().__init__(params, options(locals()))
        messages.require(not nesterov or (momentum > 0 and dampening == 0), "optim.nesterov")

    def update(self, p: Any, grad: Any, state: dict, group: dict) -> None:
        if momentum := group["momentum"]:
            if "momentum_buffer" in state:
                state["momentum_buffer"].mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            else:
                state["momentum_buffer"] = grad.detach().clone()
            buffer = state["momentum_buffer"]
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        p.add_(grad, alpha=-rate(group))


class Adam(Optimizer):
    """p -= lr * m / (sqrt(v) + eps), with running means m of the gradients and v of their squares.

    betas: how much of the two means is kept, each in [0, 1). amsgrad: v is the greatest that there was so far.
    """

    def __init__(
        self, params: Any, lr: Any = 1e-3, betas: tuple = (0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *,
        maximize=False, foreach=None, capturable=False, differentiable=False, fused=None, decoupled_weight_decay=False,
    ) -> None:  # fmt: skip
        super().__init__(params, options(locals()))

    def update(self, p: Any, grad: Any, state: dict, group: dict) -> None:
        beta1, beta2 = group["betas"]
        if not state:
            names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 2 + group["amsgrad"]]
            state.update({"step": creation.tensor(0.0)} | {name: creation.zeros_like(p) for name in names})
        step, mean, square = state["step"].add_(1).item(), state["exp_avg"], state["exp_avg_sq"]
        if group.get("decoupled_weight_decay"):
            p.mul_(1 - rate(group) * group["weight_decay"])
        mean.add_(grad - mean, alpha=1 - beta1)
        square.mul_(beta2).add_(grad * grad, alpha=1 - beta2)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"].copy_(state["max_exp_avg_sq"].maximum(square))
        root = (square.sqrt() / (1 - beta2**step) ** 0.5).add_(group["eps"])
        p.add_(mean / root, alpha=-rate(group) / (1 - beta1**step))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, **kwargs):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **kwargs)
