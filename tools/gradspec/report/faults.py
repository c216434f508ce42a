"""The fault bank as a person sees it: its list, and the table of how soon random programs find each fault."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from statistics import median

from gradspec.faults import Fault, bank
from gradspec.fuzz.campaign import as_script
from gradspec.fuzz.judging import cause
from gradspec.fuzz.measuring import Measured, Plan
from gradspec.golden import TORCH_VERSION
from gradspec.programs.program import count

GOAL_STATEMENTS = 6  # of a program that shows a fault, at the median


def listing(faults: Iterable[Fault]) -> str:
    """The faults by misconception: a line of name and sentence each, and their number."""
    faults = list(faults)
    width = max(len(each.name) for each in faults)
    lines = []
    for misconception, group in groupby(faults, attrgetter("misconception")):
        lines += [misconception, *(f"  {each.name:{width}}  {each.says}" for each in group), ""]
    groups = len({each.misconception for each in faults})
    return "\n".join([*lines, f"{len(faults)} faults, {groups} misconceptions. `gradspec check fault:NAME` runs one."])


def line(measured: Measured, plan: Plan) -> str:
    """What came of one fault."""
    if measured.finding is None:
        return f"{measured.fault}: not found within {plan.programs} programs"
    return f"{measured.fault}: found by program {measured.programs}, {statements(measured)} statements after shrinking"


def script_of(measured: Measured) -> str:
    """The program that shows the fault, as a script."""
    return textwrap.indent(as_script(measured.finding), "    ") if measured.finding else ""


def statements(measured: Measured) -> int:
    assert measured.finding is not None
    return count(measured.finding.program.statements)


def summary(measured: Sequence[Measured], plan: Plan) -> str:
    """How many were found, and the medians over those."""
    found = [each for each in measured if each.programs is not None]
    text = f"{len(found)} of {len(measured)} faults are found within {plan.programs} programs"
    if not found:
        return f"{text}."
    programs, sizes = (median(values) for values in ([each.programs or 0 for each in found], map(statements, found)))
    short = sum(statements(each) <= GOAL_STATEMENTS for each in found)
    return (
        f"{text}; of those that are found, the median fault needs {programs:g} programs and is shrunk to {sizes:g} "
        f"statements; {short} are shrunk to {GOAL_STATEMENTS} or fewer."
    )


def table(measured: Sequence[Measured], plan: Plan) -> str:
    """All of it as a document, in the order of the bank."""
    results = {each.fault: each for each in measured}
    faults = [each for each in bank().values() if each.name in results]
    rows = [f"| {each.name} | {each.misconception} | {cells(results[each.name], plan)} |" for each in faults]
    missing = [each for each in faults if results[each.name].finding is None]
    unfound = "\n".join(f"- `{each.name}`: {each.says}" for each in missing) or "None."
    return f"""# How soon random programs find the faults of the bank

Made by `gradspec faults --measure --programs {plan.programs} --seed {plan.seed} --write tools/bench/FAULTS.md`, with torch \
{TORCH_VERSION} as the oracle.

Each fault is refgrad with one small thing wrong. All are run on the same series of programs, that of `gradspec fuzz` with \
this seed, up to the first that shows a difference from torch which refgrad as it is does not show in that place. That \
program is then shrunk.

**{summary(measured, plan)}**

| fault | misconception | programs needed | statements after shrinking | facet | cause |
| --- | --- | ---: | ---: | --- | --- |
{chr(10).join(rows)}

## Not found within {plan.programs} programs

{unfound}
"""


def cells(measured: Measured, plan: Plan) -> str:
    if measured.finding is None:
        return f"not within {plan.programs} | – | – | –"
    why = cause(measured.finding.program, measured.finding.difference)
    words = " ".join([why.differs, *(f"`{each}`" for each in why.statements)]).replace("|", "\\|").strip()
    return f"{measured.programs} | {statements(measured)} | {why.facet} | {words} |".removesuffix(" |")
