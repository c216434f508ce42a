"""Golden files: what PyTorch left behind, a JSON file a chapter and a text a course script, to be reviewed as diffs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gradspec.errors import HarnessError
from gradspec.observe import SEED
from gradspec.scenario import LECTURES
from gradspec.suite import Suite
from gradspec.trace import FORMAT, Trace

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
    clause: str
    cites: str
    observations: Trace


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The golden file of one chapter."""

    format: int
    provenance: Provenance
    scenarios: Mapping[str, GoldenScenario]


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
    text = read_text(path)
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.format != FORMAT:
            raise HarnessError(f"The golden {path} has format {head.format}, not {FORMAT}. {REMEDY}")
        if head.provenance.torch.partition("+")[0] != TORCH_VERSION:
            made = head.provenance.torch
            raise HarnessError(f"The golden {path} comes from torch {made}, not {TORCH_VERSION}. {REMEDY}")
        return msgspec.json.decode(text, type=Golden)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HarnessError(f"The golden {path} is truncated or malformed: {error}. {REMEDY}") from None


class _HeadProvenance(msgspec.Struct):
    torch: str


class _Head(msgspec.Struct):
    """What has to be known before the rest of a golden can be understood."""

    format: int
    provenance: _HeadProvenance


def golden_text(golden: Golden) -> str:
    """The JSON of a golden file, for review as a diff: sorted by name, one line an observation."""

    def line(value: object) -> str:
        return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()

    blocks = []
    for name, each in sorted(golden.scenarios.items()):
        observations = ",\n".join(f"    {line(observation)}" for observation in each.observations)
        head = f'   "clause": {line(each.clause)},\n   "cites": {line(each.cites)},\n   "observations": [\n'
        blocks.append(f"  {line(name)}: {{\n{head}{observations}\n   ]\n  }}")
    scenarios = ",\n".join(blocks)
    return (
        f'{{\n "format": {golden.format},\n "provenance": {line(golden.provenance)},\n'
        f' "scenarios": {{\n{scenarios}\n }}\n}}\n'
    )
