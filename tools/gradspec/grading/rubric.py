"""Rubrics: read from TOML, checked against the suite, and explained line by line where they are wrong."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gradspec import positions
from gradspec.adapters import FACETS
from gradspec.errors import UsageError
from gradspec.grading import rubric_rules
from gradspec.grading.libraries import LIBRARIES
from gradspec.grading.model import Rubric, RubricItem, Selected
from gradspec.grading.rubric_rules import Finding, did_you_mean
from gradspec.suite import Suite, find_suite

READY = Path(__file__).resolve().parent / "rubrics"  # those that come along, a file each


@dataclass(frozen=True)
class Problem:
    """One mistake in a rubric: the line, counted from 1, and what to do. A warning leaves the rubric fit for use."""

    line: int
    text: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.line}: {'warning: ' if self.warning else ''}{self.text}"


def ready() -> tuple[str, ...]:
    """The names of the rubrics that come along."""
    return tuple(sorted(path.stem for path in READY.glob("*.toml")))


def path_of(which: str | Path) -> Path:
    """The file of a rubric that is given as a path or by the name of a ready one. Raises UsageError."""
    path = Path(which)
    if path.is_file():
        return path
    if str(which) in ready():
        return READY / f"{which}.toml"
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise UsageError(f"There is no rubric {which}.")
    hint = did_you_mean(str(which), ready()) or "."
    raise UsageError(f"There is no rubric {str(which)!r}{hint} It is a .toml file, or one of {', '.join(ready())}.")


def read_rubric(which: str | Path, suite: Suite | None = None) -> Rubric:
    """The rubric in a file, or the ready one of that name, with everything that it leaves out filled in.

    Raises UsageError with its first mistake, and how many more there are.
    """
    path = path_of(which)
    rubric, problems = _read(path, suite or find_suite())
    mistakes = [each for each in problems if not each.warning]
    if rubric is None or mistakes:
        more = f" `gradspec rubric check {path}` shows {len(mistakes) - 1} more." if len(mistakes) > 1 else ""
        raise UsageError(f"{path}:{mistakes[0]}{more}")
    return rubric


def explain(path: Path, suite: Suite | None = None) -> list[Problem]:
    """Everything that is wrong with the rubric in the file `path`, in order of line. Raises UsageError without a file."""
    suite = suite or find_suite()
    rubric, problems = _read(path, suite)
    if rubric is not None and not any(not each.warning for each in problems):
        lines = positions.lines_of(_text(path))
        problems += _located(rubric_rules.worthless(rubric, suite), lines)
    return sorted(problems, key=lambda each: (each.line, each.warning))


def digest_of(rubric: Rubric) -> str:
    """The SHA-256 of a rubric as it is understood: blanks, comments and the order of keys are none of it."""
    return hashlib.sha256(msgspec.json.encode(rubric, order="deterministic")).hexdigest()


def schema() -> dict[str, Any]:
    """The JSON schema of a rubric, made from the model; editors complete and check TOML files with it."""
    from gradspec.programs.catalogue import CATALOGUE

    made = msgspec.json.schema(Rubric)
    rubric, item, select = (made["$defs"][each.__name__]["properties"] for each in (Rubric, RubricItem, Selected))
    rubric["facets"] = {**_one_of((*rubric_rules.GROUPS, *FACETS)), "default": ["semantics"]}
    rubric["forbid"] = {**_one_of(LIBRARIES), "default": list(LIBRARIES)}
    item["points"]["exclusiveMinimum"] = 0
    item["id"]["pattern"] = f"^{rubric_rules.ID.pattern}$"
    select["chapters"] |= _one_of(find_suite().names())
    select["operators"] |= _one_of(CATALOGUE)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A rubric of gradspec", **made}


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": list(names)}}


def text_of(which: str | Path) -> str:
    """The source of a rubric. Raises UsageError where there is none."""
    return _text(path_of(which))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8.") from None


def _read(path: Path, suite: Suite) -> tuple[Rubric | None, list[Problem]]:
    """The rubric, where its structure is right, and its mistakes."""
    source = _text(path).replace("\r\n", "\n")
    try:
        data = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [_syntax(str(error), source)]
    lines = positions.lines_of(source)
    problems = list(_located(rubric_rules.structure(Rubric, data), lines))
    if problems:
        return None, problems
    rubric = msgspec.convert(_filled_in(data), Rubric)
    return rubric, list(_located(rubric_rules.meaning(rubric, suite), lines))


def _syntax(message: str, source: str) -> Problem:
    """tomllib's own words end with `(at line 3, column 7)` or `(at end of document)`."""
    text, _, place = message.rpartition(" (at ")
    line = place.removeprefix("line ").partition(",")[0]
    last = source.rstrip().count("\n") + 1
    return Problem(int(line) if line.isdigit() else last, f"This is no TOML: {text or message}.")


def _located(findings: Iterator[Finding], lines: dict[positions.Path, int]) -> Iterator[Problem]:
    for each in findings:
        place = each.place
        while place not in lines:  # what is missing is missed where it belongs
            place = place[:-1]
        yield Problem(lines[place], each.text, each.warning)


def _filled_in(data: dict[str, Any]) -> dict[str, Any]:
    """What a rubric leaves out, and the facets that `semantics` and `fidelity` stand for."""
    asked = data.get("facets", ["semantics"])
    facets = [name for name, group in FACETS.items() if name in asked or group in asked]
    unknown = [each for each in asked if each not in FACETS and each not in FACETS.values()]
    return {"forbid": list(LIBRARIES), **data, "facets": [*facets, *unknown]}
