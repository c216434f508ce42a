"""How often diagnoses are right, as a person sees it: a line a trial, the figures, and the page that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from gradspec.diagnosis.diagnosing import SURE
from gradspec.diagnosis.measuring import Trial
from gradspec.faults import bank, variants

GOALS = {"first": 0.90, "in the first three": 0.97, "one of a pair first": 0.90}


def line(trial: Trial) -> str:
    """What came of one trial."""
    if trial.problem:
        return f"{trial.name}: {trial.problem}"
    first = trial.likely[0]
    return f"{trial.name}: place {trial.place}, {trial.failing} fail; first: {first.misconception} ({first.chance:.0%})"


def figures(trials: Sequence[Trial]) -> dict[str, tuple[int, int]]:
    """By what it is: how many are right, of how many."""
    single = [each for each in trials if len(each.misconceptions) == 1 and not each.problem]
    double = [each for each in trials if len(each.misconceptions) == 2 and not each.problem]
    told = [each for each in single if each.told]
    return {
        "first": (sum(each.place == 1 for each in single), len(single)),
        "in the first three": (sum((each.place or 99) <= 3 for each in single), len(single)),
        "one of a pair first": (sum(each.place == 1 for each in double), len(double)),
        "one of a pair in the first three": (sum((each.place or 99) <= 3 for each in double), len(double)),
        "first, where anything is said": (sum(each.place == 1 for each in told), len(told)),
    }


def summary(trials: Sequence[Trial]) -> str:
    """The figures, a line each, with the goal beside those that have one."""
    return "\n".join(
        f"{name}: {right} of {whole}{f' ({right / whole:.1%})' if whole else ''}"
        + (f", goal {GOALS[name]:.0%}" if name in GOALS else "")
        for name, (right, whole) in figures(trials).items()
    )


def reached(trials: Sequence[Trial]) -> bool:
    """Whether every goal is."""
    found = figures(trials)
    return all(found[name][1] and found[name][0] >= goal * found[name][1] for name, goal in GOALS.items())


def document(trials: Sequence[Trial]) -> str:
    """The page that is kept with the project."""
    found = figures(trials)
    rows = [
        f"| {name} | {right} of {whole} | {right / whole:.1%} | {f'{GOALS[name]:.0%}' if name in GOALS else ''} |"
        for name, (right, whole) in found.items()
        if whole
    ]
    undone = [f"- `{each.name}`: {each.problem}" for each in trials if each.problem]
    return f"""# How often a diagnosis is right

Made by `gradspec diagnose --measure --jobs 2 --write tools/bench/DIAGNOSIS.md`.

What fails is compared with the fingerprints of the {len(bank())} faults of the bank. It is measured with {len(variants())}
variants: other code of the same misconception (`tools/gradspec/faults/variants/`). The fault that a variant is of is
left out of the bank, and right is the misconception. Pairs are two variants of different misconceptions at once, drawn
once for all; both faults are left out. A diagnosis is told only where its chance is at least {SURE:.0%}.

How much each view of a fingerprint weighs was chosen, out of a dozen ways, by leaving each fault of the bank out and by
these figures, between which the ways differ by three points.
{shortfall(trials)}

| | right | | goal |
| --- | ---: | ---: | ---: |
{chr(10).join(rows)}

## Each

| variant or pair | scenarios that fail | place of the right one | first named | chance |
| --- | ---: | ---: | --- | ---: |
{chr(10).join(map(row, (each for each in trials if not each.problem)))}

## Not tried

Pairs whose changes exclude one another, and variants that the suite does not notice:

{chr(10).join(undone) or "None."}
"""


def shortfall(trials: Sequence[Trial]) -> str:
    """Which goals are not reached."""
    found = figures(trials)
    short = [name for name, goal in GOALS.items() if found[name][0] < goal * found[name][1]]
    return f"\n**Not reached: {', '.join(short)}.**" if short else ""


def row(trial: Trial) -> str:
    first = trial.likely[0]
    return f"| `{trial.name}` | {trial.failing} | {trial.place} | {first.misconception} | {first.chance:.0%} |"
