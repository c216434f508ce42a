"""The strength of the suite as a person sees it: a line a fault, a summary, and the document that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from gradspec.faults import find
from gradspec.scenario import PROFILES
from gradspec.strength.analysis import THIN, Chapter, Strength, Verdict
from gradspec.strength.measuring import Plan, Struck

SHOWN = 3  # facets of a fault in the table


def line(struck: Struck) -> str:
    """What came of one fault."""
    if struck.problem:
        return f"{struck.fault}: cannot be made: {struck.problem}"
    if not struck.rejections:
        return f"{struck.fault}: SURVIVES {struck.asked} scenarios: {find(struck.fault).says}"
    verdict = Verdict(find(struck.fault), struck)
    chapters = ", ".join(sorted(struck.chapters)[:SHOWN]) + (", ..." if len(struck.chapters) > SHOWN else "")
    return f"{struck.fault}: rejected by {len(struck.rejections)} ({chapters}), by {', '.join(verdict.facets[:SHOWN])}"


def summary(strength: Strength, plan: Plan) -> str:
    """The figures, and what there is to be done."""
    verdicts = strength.verdicts
    rejected = sum(each.rejected for each in verdicts)
    lines = [
        f"{rejected} of {len(verdicts)} faults are rejected by {len(strength.items)} scenarios of `{plan.profile}`."
    ]
    for profile in narrower(plan.profile):
        concerned = strength.concerned(profile)
        found = sum(not {profile}.intersection(each.missed) for each in concerned)
        lines.append(f"`{profile}`: {found} of the {len(concerned)} that concern it are rejected there.")
    own = [each for each in verdicts if each.fault.chapters]
    lines.append(
        f"{sum(each.own for each in own)} of {len(own)} are rejected by a chapter that their misconception belongs to."
    )
    for words, verdicts in (
        ("survives", strength.survivors),
        (
            "is missed in a profile that it concerns",
            [each for each in strength.verdicts if each.rejected and lacking(each, plan)],
        ),
        ("is not rejected by its own chapter", [each for each in own if each.rejected and not each.own]),
    ):
        lines += [f"  {each.fault.name} {words}" for each in verdicts]
    lines += [f"  {each.fault} cannot be made: {each.problem}" for each in strength.problems]
    return "\n".join(lines)


def narrower(profile: str) -> list[str]:
    """`profile` and those that it contains."""
    names = list(PROFILES)
    return names[: names.index(profile) + 1]


def passes(strength: Strength, plan: Plan) -> bool:
    """Whether every fault is rejected, in each profile that it concerns, and by a chapter that it belongs to."""
    whole = plan.profile == "full"
    return all(
        each.rejected and not lacking(each, plan) and (each.own or not whole or not each.fault.chapters)
        for each in strength.verdicts
        if whole or plan.profile in each.fault.profiles
    )


def lacking(verdict: Verdict, plan: Plan) -> list[str]:
    return [each for each in verdict.missed if each in narrower(plan.profile)]


def document(strength: Strength, plan: Plan, picture: Path | None = None) -> str:
    """All of it in Markdown, in the order of the bank. picture: where the matrix is, beside it, if there is one."""
    verdicts = strength.verdicts
    names = narrower(plan.profile)
    cover, idle, sole = strength.cover, strength.idle, strength.sole
    striking = len(strength.items) - len(idle)
    rows = table(
        ("fault", "misconception", *names, "belongs to", "its own", "facets"),
        (fault_row(each, names) for each in verdicts),
        numbers=range(2, 2 + len(names)),
    )
    chapters = table(
        ("chapter", "scenarios", "that reject a fault", "faults", "that no other chapter rejects", ""),
        map(chapter_row, strength.chapters),
        numbers=range(1, 5),
    )
    shown = f"![Faults and the chapters that reject them]({picture.name})\n\n" if picture else ""
    return f"""# How strong the suite is

Made by `gradspec strength --write FILE.md --svg FILE.svg{options(plan)}`.

The fault bank is refgrad with one small thing wrong at a time. The suite is run on each: a scenario rejects a fault if it
does not pass. A scenario that executes none of the lines which a fault changes leaves the trace that it leaves without
the fault, and is not run on it; `--all` runs it nevertheless. "Belongs to" names the profiles in which a fault concerns what
is tested, "its own" whether one of the chapters rejects it whose business its misconception is.

{paragraphs(summary(strength, plan))}

{shown}## Scenarios

{striking} of {len(strength.items)} scenarios reject some fault of the bank. {len(cover)} of them reject all that is \
rejected; the other {len(strength.redundant)} are redundant as far as this bank goes. {len(sole)} scenarios are the \
only one to reject some fault: {sum(map(len, sole.values()))} faults hang by one scenario.

| scenario | faults that it alone rejects |
| --- | --- |
{"".join(f"| {id} | {', '.join(sorted(sole[id]))} |{chr(10)}" for id in sorted(sole))}
The few that reject all, the one that adds most first: {", ".join(f"`{id}`" for id in cover)}.

## Chapters

{chapters}

Thin, with fewer than {THIN} faults: {", ".join(each.name for each in strength.chapters if each.thin) or "none"}.

## Faults

{rows}

## Survivors

{chr(10).join(f"- `{each.fault.name}`: {each.fault.says}" for each in strength.survivors) or "None."}
"""


def options(plan: Plan) -> str:
    return (" --all" if plan.everything else "") + (f" --profile {plan.profile}" if plan.profile != "full" else "")


def paragraphs(text: str) -> str:
    """Lines of a summary as Markdown: a sentence each, and what is indented as a list."""
    return "\n".join(
        f"- `{each.strip()}`" if each.startswith("  ") else f"{each}\\" for each in text.splitlines()
    ).rstrip("\\")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: range) -> str:
    rule = [("---:" if place in numbers else "---") for place in range(len(heads))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def fault_row(verdict: Verdict, names: Sequence[str]) -> list[str]:
    fault = verdict.fault
    counts = [str(verdict.count(name)) for name in names]
    own = "yes" if verdict.own else "no" if fault.chapters else ""
    facets = ", ".join(verdict.facets[:SHOWN]) + (", ..." if len(verdict.facets) > SHOWN else "")
    return [fault.name, fault.misconception, *counts, ", ".join(fault.profiles), own, facets]


def chapter_row(chapter: Chapter) -> list[str]:
    numbers = (chapter.scenarios, chapter.striking, len(chapter.faults), len(chapter.alone))
    return [chapter.name, *map(str, numbers), "thin" if chapter.thin else ""]
