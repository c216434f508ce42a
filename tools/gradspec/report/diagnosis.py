"""How often diagnoses are right, as a person sees it: a line a trial, the figures, and the page that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from gradspec.diagnosis.diagnosing import SURE
from gradspec.diagnosis.likeness import VIEWS
from gradspec.diagnosis.measuring import LeftOut, Trial
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


def summary(trials: Sequence[Trial], left: Sequence[LeftOut] = ()) -> str:
    """The figures, a line each, with the goal beside those that have one."""
    return "\n".join(
        f"{name}: {right} of {whole}{f' ({right / whole:.1%})' if whole else ''}"
        + (f", goal {GOALS[name]:.0%}" if name in GOALS else "")
        for name, (right, whole) in (figures(trials) | of_the_bank(left)).items()
    )


def of_the_bank(left: Sequence[LeftOut]) -> dict[str, tuple[int, int]]:
    """The same of the faults of the bank, each left out of it."""
    told = [each for each in left if each.told]
    return {
        "a fault of the bank, left out, first": (sum(each.place == 1 for each in left), len(left)),
        "a fault of the bank, left out, in the first three": (sum(each.place <= 3 for each in left), len(left)),
        "a fault of the bank, left out, first, where anything is said": (
            sum(each.place == 1 for each in told),
            len(told),
        ),
    }


def reached(trials: Sequence[Trial]) -> bool:
    """Whether every goal is."""
    found = figures(trials)
    return all(found[name][1] and found[name][0] >= goal * found[name][1] for name, goal in GOALS.items())


def document(trials: Sequence[Trial], left: Sequence[LeftOut] = ()) -> str:
    """The page that is kept with the project."""
    rows = [
        f"| {name} | {right} of {whole} | {right / whole:.1%} | {f'{GOALS[name]:.0%}' if name in GOALS else ''} |"
        for name, (right, whole) in (figures(trials) | of_the_bank(left)).items()
        if whole
    ]
    undone = [f"- `{each.name}`: {each.problem}" for each in trials if each.problem]
    return f"""# How often a diagnosis is right

Made by `gradspec diagnose --measure --jobs 2 --write tools/bench/DIAGNOSIS.md`.

What fails is compared with the fingerprints of the {len(bank())} faults of the bank. It is measured with {len(variants())}
variants: other code of the same misconception (`tools/gradspec/faults/variants/`). The fault that a variant is of is
left out of the bank, and right is the misconception. Pairs are two variants of different misconceptions at once, drawn
once for all; both faults are left out. A diagnosis is told only where its chance is at least {SURE:.0%}.

## What was chosen, and how

The {len(VIEWS)} views of a fingerprint count alike. They were chosen out of 17, one after the other, and so were the ridge
(out of 5), how sharply scores become chances (out of 6) and how sure is sure enough (out of 5), by leaving each fault
of the bank out and by nothing else: variants are for measuring. What is worth a word, how many misconceptions are named,
how much may fail, the words that say nothing, the endings of words and the least weight of what is frequent were set by
judgement: ten settings in all.

What is a sign, which faults belong together as one misconception, and which were added to the bank was decided by
reading, but after the confusions of earlier measurements with these variants had been seen: in that way they have had
a say.
The lines of the bank below owe nothing to the variants, but the settings were chosen by them; and they are harder: of a
fault that is left out no other form is known.
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
