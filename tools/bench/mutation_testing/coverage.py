"""Which scenarios execute which lines of the unchanged refgrad: measured once, and kept by the digest of both."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from mutation_testing.lines import LineKey

Line = tuple[str, int, str, int]  # file, first line and name of a function, and a line in it


class Executed(msgspec.Struct, frozen=True):
    """What an item executes, by the numbers of `lines`; `source`: digest of what the item is made of."""

    source: str
    numbers: list[int]


class Kept(msgspec.Struct):
    """What was measured: by item, and what loading the package executes."""

    lines: list[Line]
    imported: list[int]
    items: dict[str, Executed]

    def add(self, item: str, source: str, executed: set[Line]) -> None:
        self.items[item] = Executed(source, self.numbered(executed))

    def numbered(self, lines: set[Line]) -> list[int]:
        known = {line: number for number, line in enumerate(self.lines)}
        for line in lines:
            if line not in known:
                known[line] = len(self.lines)
                self.lines.append(line)
        return sorted(known[line] for line in lines)


SIGNATURES = ("calls", "bad_calls")  # chapters that call what is then refused before a line of it is executed


class Coverage:
    """Which of `items` execute which lines; what loading the package executes counts for all that execute more of a file."""

    def __init__(self, kept: Kept, items: Sequence[str]) -> None:
        self.count = len(items)
        self.sizes = [len(kept.items[each].numbers) for each in items]
        self.imported = frozenset(kept.lines[number] for number in kept.imported)
        self.by_line = defaultdict[Line, set[int]](set)
        self.by_file = defaultdict[str, set[int]](set)
        self.calling = {place for place, each in enumerate(items) if each.partition(".")[0] in SIGNATURES}
        for place, each in enumerate(items):
            for number in kept.items[each].numbers:
                line = kept.lines[number]
                self.by_line[line].add(place)
                if line not in self.imported:
                    self.by_file[line[0]].add(place)

    def touching(self, file: str, keys: Iterable[LineKey]) -> tuple[set[int], bool]:
        """The items that execute one of these lines, and whether loading the package does.

        Then they are those that execute any more of the file, and those about calls: where less is asked, less is killed.
        """
        found = set[int]()
        for key in keys:
            if (file, *key) in self.imported:
                more = self.by_file.get(file)
                return more | self.calling if more else set(range(self.count)), True
            found |= self.by_line.get((file, *key), set())
        return found, False


def digest(paths: Iterable[Path], root: Path) -> str:
    """Of what stands in these files, and of how they are called."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]
