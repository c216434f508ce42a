"""Which tiers work on this machine: found by trying each."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import msgspec

from gradspec.confine.session import SUBMISSION
from gradspec.errors import GradspecError, UsageError
from gradspec.jail.cell import Cell, Tier
from gradspec.jail.machine import obstacles
from gradspec.jail.spawning import Zygote
from gradspec.process import Limits, TimedOut
from gradspec.trace import Loaded, Refused, decode_reply

TRIAL = """
import wave  # of the standard library, and loaded by nobody before
import numpy.polynomial.laguerre  # of NumPy, the same
def tensor(data, requires_grad=False): ...
"""


def problem(tier: Tier) -> str:
    """Why jails of that tier cannot be made here; nothing where they can."""
    with Zygote(tier) as zygote:
        return tried(zygote)


def tried(zygote: Zygote) -> str:
    """The same, by a jail that `zygote` starts."""
    with tempfile.TemporaryDirectory() as directory:
        stage = Path(directory)
        stage.chmod(0o755)
        file = stage / "trial.py"
        file.write_text(TRIAL)
        file.chmod(0o644)
        request = {"number": 0, "call": "load", "implementation": f"{SUBMISSION}/trial.py"}
        try:
            process = zygote.spawn(Cell(stage))
            try:
                process.send(msgspec.json.encode(request))
                line = process.receive(20, Limits())
                reply = decode_reply(line) if isinstance(line, bytes) else line
            finally:
                process.kill()
        except (GradspecError, ValueError) as error:
            return str(error)
    match reply:
        case Loaded():
            return ""
        case Refused(reason=reason):
            return f"Python and NumPy cannot be read inside: {reason}"
        case TimedOut(reason=reason):
            return reason
        case _:
            return getattr(reply, "reason", "") or "it gives an answer to something else"


@functools.cache
def available() -> tuple[Tier, ...]:
    """The tiers that work here, the strongest first."""
    return tuple(tier for tier in sorted(Tier, reverse=True) if not problem(tier))


@functools.cache
def best(minimum: Tier) -> Tier:
    """The strongest tier that works here. Raises UsageError where it is weaker than `minimum`."""
    with strongest(minimum) as zygote:
        return zygote.tier


def strongest(minimum: Tier) -> Zygote:
    """A zygote of that tier, tried. Raises UsageError as `best`."""
    for tier in sorted(Tier, reverse=True):
        if tier < minimum:
            break
        zygote = Zygote(tier)
        if not tried(zygote):
            return zygote
        zygote.close()
    met = dict.fromkeys(each for tier in Tier if tier >= minimum for each in obstacles(tier))
    remedies = "".join(f" {each.found[0].upper()}{each.found[1:]}: {each.remedy}." for each in met)
    raise UsageError(
        f"Nothing untrusted is run in less than the tier {minimum} of the jail, and this machine does not offer it."
        f"{remedies} `gradspec doctor` says more."
    )
