"""Faults by chapters as a picture: how many scenarios of a chapter reject a fault is how dark its square is."""

from __future__ import annotations

from collections import Counter, defaultdict
from html import escape
from itertools import groupby

from gradspec.strength.analysis import Strength, Verdict

CELL, LEFT, TOP, BOTTOM = 9, 260, 110, 40
# From one scenario, from three, from ten: a scale that can be told apart in grey print, too.
SHADES = ((10, "#08306b"), (3, "#4292c6"), (1, "#c6dbef"))
OWN, SURVIVES = "#e08214", "#b2182b"


def matrix(strength: Strength) -> str:
    """An SVG: a row a fault, grouped by misconception, a column a chapter; what belongs to a chapter is framed."""
    chapters = [each.name for each in strength.chapters]
    columns = {name: LEFT + place * CELL for place, name in enumerate(chapters)}
    squares = defaultdict[str, list[str]](list)
    words = []
    y = TOP
    for misconception, group in groupby(strength.verdicts, lambda each: each.fault.misconception):
        words.append(text(4, y + CELL - 2, misconception, weight="bold"))
        y += CELL + 2
        for verdict in group:
            words.append(text(12, y + CELL - 2, verdict.fault.name, colour=None if verdict.rejected else SURVIVES))
            for colour, square in row(verdict, columns, y):
                squares[colour].append(square)
            y += CELL
        y += 2
    heads = [
        f'<text transform="translate({x + CELL - 2},{TOP - 4}) rotate(-60)">{escape(name)}</text>'
        for name, x in columns.items()
    ]
    paths = [f'<path fill="{colour}" d="{"".join(squares[colour])}"/>' for _, colour in SHADES if squares[colour]]
    frames = f'<path fill="none" stroke="{OWN}" d="{"".join(squares[OWN])}"/>'
    width, height = LEFT + len(chapters) * CELL + 60, y + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="7">\n'
        f'<title>Which chapter rejects which fault</title>\n<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join([*heads, *words, *paths, frames, legend(y + CELL)])
        + "\n</svg>\n"
    )


def row(verdict: Verdict, columns: dict[str, int], y: int) -> list[tuple[str, str]]:
    """The squares of a fault, with their colours."""
    count = Counter(each.chapter for each in verdict.struck.rejections)
    filled = [
        (next(colour for least, colour in SHADES if often >= least), square(columns[chapter], y, CELL - 1))
        for chapter, often in count.items()
    ]
    framed = [(OWN, square(columns[name], y, CELL - 1)) for name in verdict.fault.chapters if name in columns]
    return [*filled, *framed]


def square(x: int, y: int, size: int) -> str:
    return f"M{x} {y}h{size}v{size}h-{size}z"


def text(x: int, y: int, words: str, weight: str = "", colour: str | None = None) -> str:
    said = (f' font-weight="{weight}"' if weight else "") + (f' fill="{colour}"' if colour else "")
    return f'<text x="{x}" y="{y}"{said}>{escape(words)}</text>'


def legend(y: int) -> str:
    parts, x = [], LEFT
    for least, colour in reversed(SHADES):
        parts.append(f'<path fill="{colour}" d="{square(x, y, CELL - 1)}"/>')
        parts.append(text(x + CELL + 2, y + CELL - 2, f"{least} or more scenarios"))
        x += 100
    parts.append(f'<path fill="none" stroke="{OWN}" d="{square(x, y, CELL - 1)}"/>')
    parts.append(text(x + CELL + 2, y + CELL - 2, "whose business it is"))
    return "\n".join(parts)
