"""The losses: called with an input and a target. A line a module, as the activations."""

from typing import Any

from refgrad.nn import functional as F
from refgrad.nn.modules.activation import Calling

OLD = ("size_average", "reduce")  # what `reduction` says now


class Loss(Calling):
    """Base of the losses. Weights are buffers."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(inputs=2, **settings)

    def configure(self, settings: dict) -> None:
        old = [settings.pop(name, None) for name in OLD]
        if old != [None, None]:
            settings["reduction"] = F.how(settings["reduction"], *old)
        for name in [name for name in settings if name.endswith("weight")]:
            self.register_buffer(name, settings.pop(name))
        super().configure(settings)

    def settings(self) -> dict:
        return {name: getattr(self, name) for name in self.__signature__.parameters if name not in OLD}

    def extra_repr(self) -> str:
        return ""


class MSELoss(Loss, of=F.mse_loss):
    """The squared differences."""


class L1Loss(Loss, of=F.l1_loss):
    """The absolute differences."""


class SmoothL1Loss(Loss, of=F.smooth_l1_loss):
    """Squared differences up to `beta`, absolute ones beyond."""


class HuberLoss(Loss, of=F.huber_loss):
    """SmoothL1Loss times `delta`."""


class BCELoss(Loss, of=F.binary_cross_entropy):
    """The cross entropy of probabilities and targets between 0 and 1."""


class BCEWithLogitsLoss(Loss, of=F.binary_cross_entropy_with_logits):
    """BCELoss of sigmoid(x)."""


class NLLLoss(Loss, of=F.nll_loss):
    """The negated log-probabilities of the target classes."""


class CrossEntropyLoss(Loss, of=F.cross_entropy):
    """NLLLoss of log_softmax(x)."""
