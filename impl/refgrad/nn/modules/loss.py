"""The losses: called with an input and a target. A line a module, as the activations."""

from __future__ import annotations

from refgrad.nn import functional as F
from refgrad.nn.modules.activation import Calling


class Loss(Calling):
    """Base of the losses: called with an input and a target. Weights are buffers."""

    def configure(self, settings: dict) -> None:
        old = settings.pop("size_average", None), settings.pop("reduce", None)
        settings["reduction"] = F.how(settings["reduction"], *old) if old != (None, None) else settings["reduction"]
        for name in ("weight", "pos_weight"):
            if name in settings:
                self.register_buffer(name, settings.pop(name))
        super().configure(settings)

    def settings(self) -> dict:
        return {
            name: getattr(self, name)
            for name in self.__signature__.parameters
            if name not in ("size_average", "reduce")
        }

    def extra_repr(self) -> str:
        return ""


class MSELoss(Loss, of=F.mse_loss, size_average=None, reduce=None, reduction="mean"):
    """The squared differences."""


class L1Loss(Loss, of=F.l1_loss, size_average=None, reduce=None, reduction="mean"):
    """The absolute differences."""


class SmoothL1Loss(Loss, of=F.smooth_l1_loss, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """Squared differences up to `beta`, absolute ones beyond."""


class HuberLoss(Loss, of=F.huber_loss, reduction="mean", delta=1.0):
    """SmoothL1Loss times `delta`."""


class BCELoss(Loss, of=F.binary_cross_entropy, weight=None, size_average=None, reduce=None, reduction="mean"):
    """The cross entropy of probabilities and targets between 0 and 1."""


class BCEWithLogitsLoss(
    Loss, of=F.binary_cross_entropy_with_logits, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):  # fmt: skip
    """BCELoss of sigmoid(x)."""


class NLLLoss(Loss, of=F.nll_loss, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """The negated log-probabilities of the target classes."""


class CrossEntropyLoss(
    Loss, of=F.cross_entropy, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
    label_smoothing=0.0,
):  # fmt: skip
    """NLLLoss of log_softmax(x)."""
