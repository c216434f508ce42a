"""Expected failures: in which scenarios an implementation is known to differ, why, and where that is tracked.

They are kept in a TOML file, one `[[xfails]]` an entry: `id` or `ids`, `reason` and `link`. They hold both ways: what fails
as expected does not count against anybody, and what passes after all, or is no scenario any more, does.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from gradspec import positions
from gradspec.errors import UsageError
from gradspec.results import OUTCOMES, Expectation, Result, Stale
from gradspec.suite import Suite

KEYS = ("id", "ids", "reason", "link")
NO_LINK = "TODO"  # stands in a file that was written by command, until somebody fills it in
LINK = re.compile(r"[a-z][a-z0-9+.-]*://\S+|mailto:\S+", re.IGNORECASE)

NOT_A_LINK = "{!r} is no link: give a URL, such as https://example.org/issues/7."


@dataclass(frozen=True)
class Entry:
    """Scenarios that fail for one reason. line: where the entry begins; lines: where each id stands."""

    ids: tuple[str, ...]
    reason: str
    link: str
    line: int = 0
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class ExpectedFailures:
    """What stands in the file `path`; with an empty path, nothing is expected to fail. head: the text above the entries."""

    path: str = ""
    entries: tuple[Entry, ...] = ()
    head: str = ""

    @cached_property
    def by_id(self) -> dict[str, Expectation]:
        return {
            id: Expectation(each.reason, each.link, self.path, line)
            for each in self.entries
            for id, line in zip(each.ids, each.lines, strict=True)
        }

    def judge(self, result: Result) -> Result:
        """The result in the light of what was expected: `xfail` or `xpass`, where it is listed and ran."""
        expected = self.by_id.get(result.id)
        if expected is None:
            return result
        if result.outcome == "pass":
            reason = f"It passes, and {expected.place} says that it fails: remove it there."
            return msgspec.structs.replace(result, outcome="xpass", reason=reason, expected=expected)
        if OUTCOMES[result.outcome] is False:
            return msgspec.structs.replace(result, outcome="xfail", expected=expected)
        return result

    def stale(self, suite: Suite) -> Iterator[Stale]:
        """The listed ids that no scenario of `suite` has."""
        known: dict[str, set[str]] = {}
        for id, expected in self.by_id.items():
            chapter, _, name = id.partition(".")
            if chapter not in known:
                known[chapter] = {item.name for item in suite.items(chapter)} if chapter in suite.names() else set()
            if name not in known[chapter]:
                near = difflib.get_close_matches(name, known[chapter], n=1)
                hint = f" Did you mean {chapter}.{near[0]}?" if near else ""
                says = f"There is no scenario {id!r} any more, or never was: remove it, or correct it.{hint}"
                yield Stale(id, expected, says)


def read_expected_failures(path: Path | None, *, finished: bool = True) -> ExpectedFailures:
    """What stands in `path`; nothing, without one. finished: refuse entries whose link is still to be filled in.

    Raises UsageError with file, line and what to do for whatever is wrong with the file.
    """
    if path is None:
        return ExpectedFailures()
    try:
        source = path.read_bytes().decode().replace("\r\n", "\n")
        data = tomllib.loads(source)
    except OSError as error:
        hint = " `--write-xfails` makes one." if isinstance(error, FileNotFoundError) else ""
        raise UsageError(f"{path} cannot be read: {error.strerror}.{hint}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        text, _, place = str(error).rpartition(" (at line ")
        line = place.partition(",")[0] if text else str(source.rstrip().count("\n") + 1)
        raise UsageError(f"{path}:{line}: this is no TOML: {text or error}.") from None
    reader = _Reader(path, positions.lines_of(source), finished)
    return ExpectedFailures(str(path), tuple(reader.entries(data)), _head(source))


def _head(source: str) -> str:
    """The comments above the first entry."""
    lines = source.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if not line.startswith("#") and line.strip()), len(lines))
    return "".join(lines[:end]).strip("\n")


class _Reader:
    """Reads what tomllib has read once more, with an eye on mistakes."""

    def __init__(self, path: Path, lines: dict[positions.Path, int], finished: bool) -> None:
        self.path, self.lines, self.finished = path, lines, finished
        self.seen: dict[str, int] = {}

    def wrong(self, place: positions.Path, sentence: str) -> UsageError:
        while place not in self.lines:  # what is missing is missed where it belongs
            place = place[:-1]
        return UsageError(f"{self.path}:{self.lines[place]}: {sentence}")

    def entries(self, data: dict[str, Any]) -> Iterator[Entry]:
        for key in data:
            if key != "xfails":
                raise self.wrong((key,), f"there is no key {key!r}: each entry begins with [[xfails]].")
        listed = data.get("xfails", [])
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise self.wrong(("xfails",), "`xfails` is a list of tables: each entry begins with [[xfails]].")
        for number, each in enumerate(listed):
            yield self.entry(each, ("xfails", number))

    def entry(self, table: dict[str, Any], place: positions.Path) -> Entry:
        for key in table:
            if key not in KEYS:
                near = difflib.get_close_matches(key, KEYS, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KEYS)}."
                raise self.wrong((*place, key), f"there is no key {key!r} in an entry; {hint}")
        ids, lines = self.ids(table, place)
        reason = self.text(table, "reason", place, "why it fails")
        link = self.text(table, "link", place, "where that is tracked")
        if link == NO_LINK and self.finished:
            says = "say where the failure is tracked, or write the file again with `--xfail-link URL`."
            raise self.wrong((*place, "link"), f'the link of {ids[0]!r} is still "{NO_LINK}": {says}')
        if link != NO_LINK and not LINK.fullmatch(link):
            raise self.wrong(
                (*place, "link"), f"{link!r} is no link: give a URL, such as https://example.org/issues/7."
            )
        return Entry(ids, reason, link, self.lines[place], lines)

    def ids(self, table: dict[str, Any], place: positions.Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
        if ("id" in table) == ("ids" in table):
            raise self.wrong(place, 'an entry has either `id = "chapter.name"` or `ids = ["chapter.name", ...]`.')
        if "id" in table:
            found = {(*place, "id"): table["id"]}
        elif isinstance(table["ids"], list):
            found = {(*place, "ids", i): each for i, each in enumerate(table["ids"])}
        else:
            raise self.wrong((*place, "ids"), "`ids` is a list of texts.")
        if not found:
            raise self.wrong((*place, "ids"), "`ids` is empty: remove the entry, or say what fails.")
        for where, each in found.items():
            if not isinstance(each, str) or not each.strip():
                raise self.wrong(
                    where, f"{each!r} is no id of a scenario, such as 'accumulation.second_backward_adds'."
                )
            if each in self.seen:
                raise self.wrong(where, f"{each!r} stands in line {self.seen[each]}, too: each scenario once.")
            self.seen[each] = self.lines[where]
        return tuple(found.values()), tuple(self.lines[where] for where in found)

    def text(self, table: dict[str, Any], key: str, place: positions.Path, what: str) -> str:
        value = table.get(key)
        if value is None:
            raise self.wrong(place, f'the entry has no {key}: say {what}, `{key} = "..."`.')
        if not isinstance(value, str) or not value.strip():
            raise self.wrong((*place, key), f"the {key} is {'empty' if value == '' else repr(value)}: say {what}.")
        return value.strip()


def known_until_now(path: Path | None, otherwise: ExpectedFailures) -> ExpectedFailures:
    """What the file that is about to be written says already; `otherwise`, where there is none. Raises UsageError."""
    if path is None or not path.exists():
        return otherwise
    return read_expected_failures(path, finished=False)


def check_link(link: str, path: Path | None) -> None:
    """Raises UsageError for what is no link, and where there is no file to write it to."""
    if path is None:
        raise UsageError("`--xfail-link` is for what `--write-xfails FILE` writes.")
    if not LINK.fullmatch(link):
        raise UsageError(NOT_A_LINK.format(link))
