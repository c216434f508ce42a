"""In which line of a TOML file each value stands, for messages that point at it; `tomllib` does not tell.

What is read here has been read by `tomllib` before: it is correct TOML, and only lines are of interest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]  # keys, and places in arrays: ("items", 0, "points")

TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}'''  # text of several lines
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*'"""  # of one
    r"""|\#[^\n]*|\n|\[|\]|\{|\}|=|,|\.|[^\s\[\]{}=,.#"']+""",
    re.DOTALL,
)


def lines_of(source: str) -> dict[Path, int]:
    """The line, from 1, in which each table, key and element of an array in `source` begins."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.tokens = list(_tokens(source))
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self.lengths: dict[Path, int] = {}  # of arrays of tables

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self.at < len(self.tokens):
            text, line = self.tokens[self.at]
            if text == "\n":
                self.at += 1
            elif text == "[":
                table = self.header(line)
            else:
                self.pair(table)
        return self.lines

    def header(self, line: int) -> Path:
        """`[table]` or `[[table]]`: its path, in which the last of the arrays passed through is meant."""
        is_array = self.tokens[self.at + 1][0] == "["
        self.at += 1 + is_array
        keys = self.keys("]")
        self.at += 1 + is_array
        path: Path = ()
        for depth, key in enumerate(keys, 1):
            path = (*path, key)
            if is_array and depth == len(keys):
                self.lengths[path] = self.lengths.get(path, 0) + 1
                self.lines.setdefault(path, line)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        self.lines.setdefault(path, line)
        return path

    def keys(self, end: str) -> list[str]:
        found = []
        while self.tokens[self.at][0] != end:
            if self.tokens[self.at][0] != ".":
                found.append(_plain(self.tokens[self.at][0]))
            self.at += 1
        return found

    def pair(self, table: Path) -> None:
        """`key = value`, `a.b = value`."""
        line = self.tokens[self.at][1]
        path: Path = table
        for key in self.keys("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        opening = self.tokens[self.at][0]
        if opening == "[":
            self.at += 1
            self.elements(path)
        elif opening == "{":
            self.at += 1
            while self.skip(",") != "}":
                self.pair(path)
            self.at += 1
        else:  # up to what ends it: a number with a point, a date with a blank are several tokens
            while self.at < len(self.tokens) and self.tokens[self.at][0] not in ("\n", ",", "]", "}"):
                self.at += 1

    def elements(self, path: Path) -> None:
        number = 0
        while self.skip(",") != "]":
            self.lines[*path, number] = self.tokens[self.at][1]
            self.value((*path, number))
            number += 1
        self.at += 1

    def skip(self, separator: str) -> str:
        """Go on to what is neither the separator nor the end of a line, and give it."""
        while self.tokens[self.at][0] in (separator, "\n"):
            self.at += 1
        return self.tokens[self.at][0]


def _tokens(source: str) -> Iterator[tuple[str, int]]:
    line, seen = 1, 0
    for found in TOKEN.finditer(source):
        line += source.count("\n", seen, found.start())
        seen = found.start()
        if not found[0].startswith("#"):
            yield found[0], line


def _plain(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key
