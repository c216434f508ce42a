"""Holds `spec_tests/COVERAGE.md` to the citations of the scenarios, both ways; with `--write`, counts anew first.

A citation is `document: section`, or `name: section` for the reference page of that name; several are parted by `; `.
A row of the table holds what it names and whatever stands below that: the row `tutorial: Exercises` also holds
`tutorial: Exercises: XOR`, unless a row of its own does. A row in backquotes names the whole citation, where `*` is any
one name; any other row names a section of the document that is the heading above it.
Prints a sentence for each disagreement. Exit codes: 0 none, 1 some, 2 the suite or the table cannot be read.
"""

from __future__ import annotations

import functools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gradspec.scenario import Item, Programs, ScenarioError
from gradspec.suite import Suite

TABLE = "COVERAGE.md"
SECTION, CLAUSES, SCRIPTS, LEFT_OUT = "section", "clauses", "scripts", "left out"
NAME = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Row:
    """One row: the citation that it stands for, and what it says of it."""

    line: int
    citation: str
    clauses: int
    scripts: tuple[str, ...]
    left_out: str

    def holds(self, citation: str) -> bool:
        pattern = re.escape(self.citation).replace(r"\*", r"\w+")
        return re.fullmatch(rf"{pattern}(:.*)?", citation, re.IGNORECASE) is not None

    @property
    def precision(self) -> tuple[bool, int]:
        """Of the rows that hold a citation, the one that says most about it is its row."""
        return "*" not in self.citation, len(self.citation)


def cells(line: str) -> list[str] | None:
    return [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else None


def rows(text: str) -> Iterator[Row]:
    """The rows of all tables. Raises ValueError where one cannot be read."""
    document, header = "", None
    for number, line in enumerate(text.splitlines(), 1):
        found = cells(line)
        if line.startswith("## "):
            document = line[3:].strip()
        if found is None:
            header = None
        elif header is None:
            header = found
        elif not set(line) <= set("|-: "):
            row = dict(zip(header, found, strict=False))
            if len(found) != len(header) or not row.get(CLAUSES, "0").isdigit():
                raise ValueError(f"{TABLE}:{number}: {line!r} is no row of a table with {', '.join(header)}.")
            section = row[SECTION]
            whole = section[1:-1] if section.startswith("`") and section.endswith("`") else f"{document}: {section}"
            scripts = tuple(NAME.findall(row.get(SCRIPTS, "")))
            yield Row(number, whole, int(row.get(CLAUSES, 0)), scripts, row.get(LEFT_OUT, ""))


def row_of(citation: str, table: Iterable[Row]) -> Row | None:
    return max((row for row in table if row.holds(citation)), key=lambda row: row.precision, default=None)


def items(suite: Suite) -> list[Item]:
    """The scenarios: programs, which are drawn or found, cite no document."""
    found = (item for chapter in suite.chapters for item in suite.items(chapter))
    return [item for item in found if not isinstance(item, Programs)]


def citations(item: Item) -> list[str]:
    return [each.strip() for each in item.cites.split("; ")]


def count(table: list[Row], cited: Iterable[Item]) -> Counter[int]:
    """How many scenarios cite each row, by the row's line."""
    rows_of = functools.cache(lambda citation: row_of(citation, table))
    found = ({rows_of(each) for each in citations(item)} for item in cited)
    return Counter(row.line for hit in found for row in hit if row is not None)


def disagreements(table: list[Row], suite: Suite) -> Iterator[str]:
    """Each way in which the table and the suite do not say the same, as a sentence."""
    cited = items(suite)
    for item in cited:
        for each in citations(item):
            if row_of(each, table) is None:
                yield f"{item.path.name}:{item.line}: {item.id} cites {each!r}, which has no row in {TABLE}."
    counts = count(table, cited)
    for row in table:
        found = counts[row.line]
        where = f"{TABLE}:{row.line}: {row.citation!r}"
        if row.clauses != found:
            yield f"{where} says {row.clauses}, and {found} scenarios cite it."
        if not (found or row.scripts or row.left_out):
            yield f"{where} has no clause, and no reason why."
    for citation, times in Counter(row.citation.casefold() for row in table).items():
        if times > 1:
            yield f"{TABLE} has {times} rows for {citation!r}."
    named, present = {name for row in table for name in row.scripts}, {script.name for script in suite.scripts}
    yield from (f"{TABLE} names the script {name!r}, which does not exist." for name in sorted(named - present))
    yield from (f"lectures/{name}.py stands in no row of {TABLE}." for name in sorted(present - named))


def counted(text: str, suite: Suite) -> str:
    """The table's text with the numbers of clauses as they are now."""
    table = list(rows(text))
    found = count(table, items(suite))
    lines = text.splitlines(keepends=True)
    for row in table:
        head, section, number, rest = re.split(r"(?<!\\)\|", lines[row.line - 1], maxsplit=3)
        if number.strip().isdigit():
            lines[row.line - 1] = f"{head}|{section}| {found[row.line]} |{rest}"
    return "".join(lines)


def main(arguments: list[str]) -> int:
    roots = [Path(each) for each in arguments if each != "--write"]
    suite = Suite(roots[0] if roots else Path(__file__).resolve().parents[2] / "spec_tests")
    path = suite.root / TABLE
    try:
        if "--write" in arguments:
            path.write_text(counted(path.read_text(encoding="utf-8"), suite), encoding="utf-8")
        table = list(rows(path.read_text(encoding="utf-8")))
        problems = list(disagreements(table, suite))
    except (OSError, ValueError, KeyError, ScenarioError) as error:
        print(f"cannot compare citations and table: {error}", file=sys.stderr)
        return 2
    print(*problems, f"{len(table)} rows, {len(problems)} disagreements", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
