"""The jail: where a submission is run that nobody trusts. In tiers, the strongest that this machine allows.

`best(minimum)` says which that is; a `Zygote` of that tier starts a confined worker for each `Cell`.
"""

from gradspec.confine.denied import AUTOGRAD_LIBRARIES
from gradspec.confine.limits import JailLimits
from gradspec.confine.session import SUBMISSION
from gradspec.jail.cell import Cell, Tier
from gradspec.jail.spawning import Zygote
from gradspec.jail.trial import available, best, strongest

__all__ = ["AUTOGRAD_LIBRARIES", "SUBMISSION", "Cell", "JailLimits", "Tier", "Zygote", "available", "best", "strongest"]
