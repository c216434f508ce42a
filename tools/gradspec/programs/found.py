"""Programs that a fuzzer has found and somebody has kept: a JSON file each, with the clause that it pins down."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gradspec.programs.program import Program, encode
from gradspec.scenario import Programs, ScenarioError, ready


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a file."""

    clause: str
    cites: str
    needs: tuple[str, ...]
    program: Program


def folder_of(chapter: Path) -> Path:
    """Where the programs of the chapter at this path are kept."""
    return chapter.with_suffix("")


def found_programs(chapter: Path) -> tuple[Programs, ...]:
    """The items of the chapter, in alphabetical order. Raises ScenarioError for a file that holds no program."""
    items = []
    for path in sorted(folder_of(chapter).glob("*.json")):
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Found)
        except msgspec.DecodeError as error:
            raise ScenarioError(f"{path} holds no program: {error}.") from None
        program = ready(encode(found.program))
        items.append(Programs(path, chapter.stem, path.stem, found.clause, found.cites, program, found.needs))
    return tuple(items)
