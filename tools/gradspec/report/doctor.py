"""What `gradspec doctor` has found: a table of attempts by tier, and what to do where a tier does not work."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradspec.jail.attempts import ATTEMPTS
from gradspec.jail.cell import Tier
from gradspec.jail.doctor import Examined, State
from gradspec.jail.machine import obstacles

STYLE: dict[State, str] = {"held": "green", "broken": "bold red", "not promised": "yellow", "not tried": "yellow"}


def print_examination(tiers: Sequence[Examined], console: Console) -> None:
    """Print all that was found, the strongest tier first."""
    console.print(table([each for each in tiers if not each.problem]))
    for each in tiers:
        for line in remarks(each):
            console.print(Text(line))
    console.print()
    console.print(Text(verdict(tiers)))


def table(tiers: Sequence[Examined]) -> Table:
    """A line an attempt, a column a tier."""
    shown = Table("attempt", box=None, padding=(0, 2, 0, 0))
    for each in tiers:
        shown.add_column(str(each.tier))
    for number, attempt in enumerate(ATTEMPTS):
        states = (each.findings[number].state for each in tiers)
        shown.add_row(attempt.name, *(Text(state, STYLE[state]) for state in states))
    return shown


def remarks(tier: Examined) -> list[str]:
    """What was reached in a tier, or why it does not work and what to do."""
    lines = []
    if tier.problem:
        lines.append(f"\nThe tier {tier.tier} does not work here: {tier.problem}")
    noted = [each for each in tier.findings if each.state != "held"]
    if noted:
        lines.append(f"\nThe tier {tier.tier} lets through:")
        lines += [f"  {each.attempt} ({each.state}): {each.words}" for each in noted]
    met = [*obstacles(tier.tier)] if tier.problem or (noted and tier.tier == Tier.LIMITS) else []
    return [*lines, *(f"  {each.found}. What to do: {each.remedy}." for each in met)]


def verdict(tiers: Sequence[Examined]) -> str:
    """One sentence on the tier that grading will use."""
    working = [each for each in tiers if not each.problem]
    if not working:
        return "No tier works here: nothing untrusted can be run."
    best = working[0]
    held = sum(each.state == "held" for each in best.findings)
    if best.holds:
        return f"The tier {best.tier} is the best that works here, and it holds: {held} of {len(ATTEMPTS)} attempts failed."
    broken = ", ".join(each.attempt for each in best.findings if each.state == "broken")
    return f"The tier {best.tier} is the best that works here, and it does not hold: {broken}."
