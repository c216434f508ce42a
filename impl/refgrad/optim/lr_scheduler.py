"""Learning rates that change from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from refgrad.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedulers: `step()` once an epoch sets each group's "lr" to `get_lr()`."""

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer, self.last_epoch = optimizer, last_epoch
        self.base_lrs = [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
        self.step()

    def factor(self, epoch: int, group: int) -> float:
        """By what the learning rate is multiplied in `epoch`."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        return [lr * self.factor(self.last_epoch, i) for i, lr in enumerate(self.base_lrs)]

    def get_last_lr(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr


class StepLR(LRScheduler):
    """Multiplies the learning rate by `gamma` every `step_size` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int, group: int) -> float:
        return self.gamma ** (epoch // self.step_size)


class LambdaLR(LRScheduler):
    """Multiplies the learning rate by what `lr_lambda(epoch)` says; a list has one function for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable | list, last_epoch: int = -1) -> None:
        several = isinstance(lr_lambda, (list, tuple))
        self.lr_lambdas: Any = [*lr_lambda] if several else [lr_lambda] * len(optimizer.param_groups)  # type: ignore[misc]
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int, group: int) -> float:
        return self.lr_lambdas[group](epoch)
