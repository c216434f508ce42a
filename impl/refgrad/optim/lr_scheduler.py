"""Learning rates that change from epoch to epoch."""

from refgrad import messages
from refgrad.optim.optimizer import Optimizer


class StepLR:
    """Multiplies the learning rates by `gamma` every `step_size` epochs; call `step()` once an epoch."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        messages.require(isinstance(optimizer, Optimizer), "optim.not_an_optimizer", optimizer)
        self.optimizer, self.step_size, self.gamma, self.last_epoch = optimizer, step_size, gamma, 0

    def get_last_lr(self) -> list[float]:
        """The learning rates of the groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """An epoch is over."""
        self.last_epoch += 1
        if self.last_epoch % self.step_size == 0:
            for group in self.optimizer.param_groups:
                group["lr"] *= self.gamma
