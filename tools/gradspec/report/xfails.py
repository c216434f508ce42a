"""The file of expected failures that a run asks for: what is known keeps its reason, what is new gets what was seen."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from gradspec.expected_failures import NO_LINK, Entry, ExpectedFailures
from gradspec.files import write_atomically
from gradspec.report.printable import clean
from gradspec.report.text import because
from gradspec.results import OUTCOMES, Record, Result
from gradspec.suite import Suite

HEAD = """\
# In which scenarios {implementation} is known to differ from PyTorch: `gradspec check IMPL --xfails {name}`.
# A scenario that passes after all, and an id that is gone, fail the check: remove the entry. Each needs a reason, and a link
# to where the failure is tracked. `--write-xfails {name}` makes the entries anew, and keeps reasons and links."""
LONGEST = 200  # characters of a reason that was made here


@dataclass(frozen=True)
class Written:
    """The text of the file, and what it says."""

    text: str
    listed: int
    new: int
    removed: int
    unlinked: int

    def summary(self, path: Path) -> str:
        """What was written, and what to do next."""
        changes = [f"{self.new} new", *([f"{self.removed} removed"] if self.removed else [])]
        said = f"wrote {path}: {self.listed} expected failures, {', '.join(changes)}"
        if not self.unlinked:
            return said
        todo = f'put it where `link = "{NO_LINK}"` stands, or run this again with `--xfail-link URL`'
        return f"{said}; {self.unlinked} still need a link to where they are tracked: {todo}"


def write_expected_failures(
    path: Path, record: Record, known: ExpectedFailures, suite: Suite, link: str = ""
) -> Written:
    """Write `expected_failures` to `path`, wholly or not at all. Raises UsageError where that cannot be."""
    written = expected_failures(path.name, record, known, {each.id for each in known.stale(suite)}, link)
    write_atomically(path, written.text)
    return written


def expected_failures(
    name: str, record: Record, known: ExpectedFailures, gone: Collection[str], link: str = ""
) -> Written:
    """The file `name` that makes today's run one that went as expected.

    known: what the file says until now. What was not run today stays; what passed, is not supported, or is no scenario any
    more (`gone`) is removed. link: where new failures, and those that have no link yet, are tracked.
    """
    results = {each.id: each for each in record.results}
    entries = [*_kept(known, results, gone, link)]
    listed = {id for each in entries for id in each.ids}
    new = [each for each in record.results if fails(each) and each.id not in listed]
    entries += [Entry((each.id,), reason_for(each), link or NO_LINK) for each in new]
    head = known.head or HEAD.format(implementation=clean(record.header.implementation), name=clean(name))
    return Written(
        text="\n\n".join([head, *map(_table, entries)]) + "\n",
        listed=len(listed) + len(new),
        new=len(new),
        removed=sum(id not in listed for id in known.by_id),
        unlinked=sum(each.link == NO_LINK for each in entries),
    )


def fails(result: Result) -> bool:
    return result.outcome == "xfail" or (OUTCOMES[result.outcome] is False and result.outcome != "xpass")


def _kept(known: ExpectedFailures, results: dict[str, Result], gone: Collection[str], link: str) -> Iterator[Entry]:
    for each in known.entries:
        ids = tuple(id for id in each.ids if id not in gone and (id not in results or _stays(results[id])))
        if ids:
            yield Entry(ids, each.reason, link if link and each.link == NO_LINK else each.link)


def _stays(result: Result) -> bool:
    return fails(result) or result.outcome == "infrastructure"  # of which nothing is known today


def reason_for(result: Result) -> str:
    """What was seen, for want of anything better."""
    seen = f"{result.outcome}: {because(result)}" if result.reason else because(result)
    return f"{seen[: LONGEST - 1]}…" if len(seen) > LONGEST else seen


def _table(entry: Entry) -> str:
    if len(entry.ids) == 1:
        ids = f"id = {_text(entry.ids[0])}"
    else:
        ids = "\n".join(["ids = [", *(f"    {_text(each)}," for each in entry.ids), "]"])
    return f"[[xfails]]\n{ids}\nreason = {_text(entry.reason)}\nlink = {_text(entry.link)}"


def _text(text: str) -> str:
    return json.dumps(clean(text), ensure_ascii=False)  # which is a basic string of TOML, too
