"""Golden files: what PyTorch left behind, a JSON file a chapter and a text a course script, to be reviewed as diffs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from gradspec.errors import HarnessError
from gradspec.observe import SEED
from gradspec.scenario import LECTURES
from gradspec.suite import Suite
from gradspec.trace import FORMAT, Lines, Trace

TORCH_VERSION = "2.13.0"  # what the goldens are recorded with
REMEDY = "`gradspec record` writes it anew."


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What left these traces behind."""

    torch: str
    numpy: str
    python: str
    platform: str
    seed: int = SEED


class GoldenScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked, where it was drawn, stands beside what was answered: `Programs.programs` and `.witnesses`."""

    clause: str
    cites: str
    observations: Trace
    programs: tuple[msgspec.Raw, ...] = ()
    witnesses: tuple[msgspec.Raw, ...] = ()


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The golden file of one chapter."""

    format: int
    provenance: Provenance
    scenarios: Mapping[str, GoldenScenario]


class UnreadScenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clause: str
    cites: str
    observations: Lines
    programs: tuple[msgspec.Raw, ...] = ()
    witnesses: tuple[msgspec.Raw, ...] = ()


class UnreadGolden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A golden file whose observations nobody has read yet: most are only held against what is the same to the byte."""

    format: int
    provenance: Provenance
    scenarios: Mapping[str, UnreadScenario]


class _HeadProvenance(msgspec.Struct):
    torch: str


class _Head(msgspec.Struct):
    """What has to be known before the rest of a golden can be understood."""

    format: int
    provenance: _HeadProvenance


def golden_path(suite: Suite, chapter: str) -> Path:
    return suite.golden / f"{chapter}.json"


def script_path(suite: Suite, name: str) -> Path:
    return suite.golden / LECTURES / f"{name}.txt"


def read_text(path: Path) -> str:
    """The text of a golden file. Raises HarnessError where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HarnessError(f"There is no golden {path}. {REMEDY}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(f"The golden {path} cannot be read: {error}. {REMEDY}") from None


def read_golden(path: Path) -> Golden:
    """The golden file of a chapter. Raises HarnessError where it is unreadable, truncated or of another version."""
    return _read(path, Golden)


def read_unread(path: Path) -> UnreadGolden:
    """The same, but for the observations: what they say may still turn out to be malformed."""
    return _read(path, UnreadGolden)


Form = TypeVar("Form", Golden, UnreadGolden)


def _read(path: Path, form: type[Form]) -> Form:
    text = read_text(path)
    try:
        golden = msgspec.json.decode(text, type=form)
    except (msgspec.DecodeError, RecursionError) as error:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            _refuse_others(path, msgspec.json.decode(text, type=_Head))
        raise malformed(path, error) from None
    _refuse_others(path, golden)
    return golden


def _refuse_others(path: Path, head: _Head | Golden | UnreadGolden) -> None:
    """Raises HarnessError where a golden is of another version."""
    made = head.provenance.torch
    if head.format != FORMAT:
        raise HarnessError(f"The golden {path} has format {head.format}, not {FORMAT}. {REMEDY}")
    if made.partition("+")[0] != TORCH_VERSION:
        raise HarnessError(f"The golden {path} comes from torch {made}, not {TORCH_VERSION}. {REMEDY}")


def malformed(path: Path, error: Exception) -> HarnessError:
    return HarnessError(f"The golden {path} is truncated or malformed: {error}. {REMEDY}")


def line(value: object) -> str:
    """The JSON of `value`, on one line."""
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()


def _list(key: str, values: Iterable[object]) -> str:
    items = ",\n".join(f"    {line(each)}" for each in values)
    return f'   "{key}": [\n{items}\n   ]'


def golden_text(golden: Golden) -> str:
    """The JSON of a golden file, for review as a diff: sorted by name, one line an observation."""

    blocks = []
    for name, each in sorted(golden.scenarios.items()):
        head = f'   "clause": {line(each.clause)},\n   "cites": {line(each.cites)},\n'
        drawn = {"programs": each.programs, "witnesses": each.witnesses}
        asked = "".join(f"{_list(key, values)},\n" for key, values in drawn.items() if values)
        blocks.append(f"  {line(name)}: {{\n{head}{asked}{_list('observations', each.observations)}\n  }}")
    scenarios = ",\n".join(blocks)
    return (
        f'{{\n "format": {golden.format},\n "provenance": {line(golden.provenance)},\n'
        f' "scenarios": {{\n{scenarios}\n }}\n}}\n'
    )
