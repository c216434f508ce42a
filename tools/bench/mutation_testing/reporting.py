"""What a run says: the score, and every survivor with the reason why it survives."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from importlib import metadata
from pathlib import Path

import msgspec

from mutation_testing.journal import Room
from mutation_testing.judging import PATIENT, SECONDS, USUAL, Verdict
from mutation_testing.making import Making, operators, parametrized
from mutation_testing.running import Chosen
from mutation_testing.sampling import interval


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants whose file, function, operator, and line without and with the mutant match these patterns."""

    file: str = "*"
    function: str = "*"
    operator: str = "*"
    before: str = "*"
    after: str = "*"

    def fits(self, verdict: Verdict) -> bool:
        mutant = verdict.mutant
        pairs = (
            (mutant.file, self.file),
            (mutant.function, self.function),
            (mutant.operator, self.operator),
            (verdict.before, self.before),
            (verdict.after, self.after),
        )
        return all(pattern == "*" or value == pattern or fnmatchcase(value, pattern) for value, pattern in pairs)


class Triage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the survivors at some places survive: of what kind of `KINDS` they are, and the reason, a sentence."""

    kind: str
    reason: str
    where: tuple[Place, ...]

    def fits(self, verdict: Verdict) -> bool:
        return any(each.fits(verdict) for each in self.where)


KINDS = {
    "equivalent": "behaves as refgrad does",
    "cost": "takes more or less time or memory, and gives the same",
    "unobservable": "differs in what no scenario observes",
    "open": "may differ: sorted by what is changed, not looked into one by one; a scenario could be missing",
}


def read_triage(path: Path) -> list[Triage]:
    table = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return msgspec.convert(table.get("survivor", []), list[Triage])


def line(verdict: Verdict) -> str:
    mutant = verdict.mutant
    where = f"{mutant.file}:{mutant.line}:{mutant.column} {mutant.function} {mutant.operator} ({verdict.touching})"
    return f"{where}\n    - {verdict.before}\n    + {verdict.after}\n"


class Report:
    """Of what was judged."""

    def __init__(
        self,
        room: Room,
        making: Making,
        chosen: Chosen,
        verdicts: Sequence[Verdict],
        triage: Sequence[Triage],
        items: int,
    ) -> None:
        self.room, self.making, self.sample, self.seed = room, making, chosen.size, chosen.seed
        self.invalid, self.items = chosen.invalid, items
        self.valid = [each for each in verdicts if not each.invalid]
        self.survivors = sorted((each for each in self.valid if not each.killed), key=lambda each: each.mutant)
        self.killed = len(self.valid) - len(self.survivors)
        self.triage = triage

    @cached_property
    def triaged(self) -> dict[Triage, list[Verdict]]:
        found = defaultdict[Triage, list[Verdict]](list)
        for each in self.survivors:
            entry = next((entry for entry in self.triage if entry.fits(each)), None)
            if entry is not None:
                found[entry].append(each)
        return found

    @cached_property
    def kinds(self) -> Counter[str]:
        kinds = Counter[str]()
        for entry, some in self.triaged.items():
            kinds[entry.kind] += len(some)
        return kinds

    @property
    def estimated(self) -> int:
        """How many mutants there are that are Python, by the share of those that were drawn."""
        drawn = len(self.valid) + self.invalid
        return round(len(self.making.mutants) * len(self.valid) / drawn / 100) * 100

    @cached_property
    def open(self) -> list[Verdict]:
        """Survivors without a reason."""
        known = {each.mutant.key for some in self.triaged.values() for each in some}
        return [each for each in self.survivors if each.mutant.key not in known]

    def summary(self) -> str:
        count, (low, high) = len(self.valid), interval(self.killed, len(self.valid))
        unreached = sum(not each.touching for each in self.survivors)
        share = self.killed / count if count else 0
        triaged = ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common())
        return (
            f"{self.killed} of {count} mutants killed: {share:.2%} (95 %: {low:.2%} to {high:.2%}). "
            f"{len(self.survivors)} survive, {unreached} of them on lines that no scenario executes. "
            f"Triaged: {triaged or 'none'}; without a reason: {len(self.open)}."
        )

    def document(self, command: str) -> str:
        """The report, as a page of Markdown."""
        return "\n".join([*self.head(command), *self.making_of(), *self.tables(), *self.list()]) + "\n"

    def head(self, command: str) -> Iterator[str]:
        """What came out."""
        count, (low, high) = len(self.valid), interval(self.killed, len(self.valid))
        unreached = sum(not each.touching for each in self.survivors)
        yield "# Mutation testing of refgrad\n"
        yield f"Made by `{command}`.\n"
        yield "A mutant is refgrad with one small change. The suite alone is asked: a mutant is killed if a scenario does not"
        yield "pass on it. The score is raw: mutants on lines that no scenario executes survive, as do those that behave as"
        yield "refgrad does.\n"
        yield f"**{self.killed} of {count} mutants are killed: {self.killed / count:.2%}.**\\"
        yield f"{len(self.survivors)} survive, {unreached} of them on lines that no scenario executes. Of the mutants on the"
        yield f"other lines {self.killed / (count - unreached):.2%} are killed.\\"
        if self.sample is None:
            yield "These are all mutants.\\"
        else:
            yield f"They are a sample, drawn at random from every file in proportion (seed `{self.seed}`), of about"
            yield f"{self.estimated} mutants. The share of all that are killed is between {low:.2%} and {high:.2%} (Wilson's"
            yield "interval of 95 %). `python tools/bench/mutation.py --all` judges all.\\"
        yield f"refgrad `{self.room.package}`, suite `{self.room.suite}` (digests of their files), {self.items} items.\n"

    def making_of(self) -> Iterator[str]:
        """What a mutant is, and how it is judged."""
        yield "## What is made, and how it is judged\n"
        without = " and ".join(parametrized())
        yield f"cosmic-ray {metadata.version('cosmic-ray')}, all of its {len(operators())} operators but {without},"
        yield f"which want names of variables and make random changes. They apply at {len(self.making.mutants)} places. Besides,"
        yield f"{self.making.annotations} places in annotations were left alone: nothing reads those. A change that is"
        yield f"not Python any more (`def f(*, a)` made into `def f(-, a)`) is no mutant: {self.invalid} were drawn."
        yield "Docstrings are not changed.\n"
        yield "Asked are the items that execute a line whose instructions a mutant changes, measured once for every item; of what"
        yield "is executed while the package is loaded, the items that execute more of the same file, and the"
        yield "chapters about calls (which can only lower the score). Each mutant has a process of its own. One that uses more"
        yield f"than {SECONDS:g} s of its own time for an item (usually 0.002 s), and {USUAL} times what is usual, is killed if"
        yield f"it does so a second time, with {PATIENT} times as much to spend. Before the run, refgrad as it is passed so.\n"

    def tables(self) -> Iterator[str]:
        """By file, by what kills, and by kind of survivor."""
        yield "## How they end\n"
        yield from self.deaths()
        yield f"- {len(self.survivors)} survive\n"
        yield "| file | mutants | killed | survive | unexecuted |"
        yield "| --- | ---: | ---: | ---: | ---: |"
        yield from self.files()
        yield "\n## Survivors\n"
        yield "| kind | what it means | survivors |"
        yield "| --- | --- | ---: |"
        yield from (f"| {kind} | {words} | {self.kinds[kind]} |" for kind, words in KINDS.items())
        if self.open:
            yield f"| not triaged | nobody has looked at it yet | {len(self.open)} |"
        able = len(self.valid) - self.kinds["equivalent"]
        yield f"\nWithout the equivalent ones {self.killed / able:.2%} are killed.\n"

    def list(self) -> Iterator[str]:
        """Every survivor, under its reason."""
        for entry, some in sorted(self.triaged.items(), key=lambda pair: [*KINDS].index(pair[0].kind)):
            yield f"**{entry.kind}**: {entry.reason} ({len(some)})\n"
            yield from map(row, some)
            yield ""
        if self.open:
            yield "**Not triaged**\n"
            yield from map(row, self.open)

    def files(self) -> Iterator[str]:
        """A row for each file."""
        for file in sorted({each.mutant.file for each in self.valid}):
            own = [each for each in self.valid if each.mutant.file == file]
            killed, unreached = sum(each.killed for each in own), sum(not each.touching for each in own)
            yield f"| {file} | {len(own)} | {killed} | {len(own) - killed} | {unreached} |"

    def deaths(self) -> Iterator[str]:
        ways = Counter(way_of(each.how) for each in self.valid if each.killed)
        yield from (f"- {count} {way}" for way, count in ways.most_common())


def way_of(how: str) -> str:
    kind, _, rest = how.partition(": ")
    if kind == "crash":
        return "do not load" if "load" in rest else "end the process"
    return {"timeout": "do not end"}.get(kind, "leave another trace")


def row(verdict: Verdict) -> str:
    mutant = verdict.mutant
    return f"- `{mutant.file}:{mutant.line}` {mutant.operator}: {quoted(verdict.before)} → {quoted(verdict.after)}"


def quoted(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}" if text else "nothing"
