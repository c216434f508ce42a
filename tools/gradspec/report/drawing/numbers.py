"""Numbers in a picture: as short as they can be said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gradspec.trace import Number

if TYPE_CHECKING:
    from gradspec.report.drawing.record import Brought, Local, Numbers

DIGITS = 4
LONGEST = 18  # characters of an array that is written out
PASSES_SHOWN = 3
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def short(number: Number | str) -> str:
    """To four digits: 0.3333, −2, 1e−05."""
    if isinstance(number, tuple):
        return f"({short(number[0])}, {short(number[1])}i)"
    if isinstance(number, str):
        return {"inf": "∞", "-inf": "−∞"}.get(number, number)
    return str(number) if isinstance(number, bool) else f"{number:.{DIGITS}g}".replace("-", "−").replace("e+", "e")


def shape_of(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "a number"


def array(shape: tuple[int, ...], numbers: tuple[Number, ...] | None) -> str:
    """A tensor: its number, its numbers where they are few, what they all are, or its shape."""
    size = math.prod(shape)
    if numbers is None or size == 0:
        return f"[{shape_of(shape)}]"
    if size == 1:
        return short(numbers[0])
    words = [short(each) for each in numbers]
    if len(numbers) == size and len(set(words)) == 1 and size > 2:
        return f"{words[0]} each"
    written = _nested(words, shape) if len(words) == size <= 12 else ""
    if written and len(written) <= LONGEST:
        return written
    if len(shape) == 1 and len(f"[{words[0]}, …, {words[-1]}]") <= LONGEST:
        return f"[{words[0]}, …, {words[-1]}]" if len(words) == size else f"[{words[0]}, …]"
    return f"[{shape_of(shape)}]"


def _nested(words: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return words[0]
    step = math.prod(shape[1:])
    return f"[{', '.join(_nested(words[row * step : (row + 1) * step], shape[1:]) for row in range(shape[0]))}]"


def value(numbers: Numbers) -> str:
    return array(numbers.shape, numbers.numbers)


def local(gradient: Local) -> str:
    if gradient.numbers is None:
        return f"J {gradient.rows}×{gradient.columns}"
    return array(gradient.shape, gradient.numbers)


def brought(gradients: tuple[Brought, ...], passes: int) -> str:
    """What passes bring, each with its number where there are several passes."""
    if passes < 2:
        return value(gradients[0].gradient) if gradients else ""
    shown = [f"{circled(each.number)} {value(each.gradient)}" for each in gradients]
    if len(shown) > PASSES_SHOWN:
        shown = [*shown[: PASSES_SHOWN - 1], "…", shown[-1]]
    return "  ".join(shown)


def circled(number: int) -> str:
    return CIRCLED[number - 1] if number <= len(CIRCLED) else f"({number})"
