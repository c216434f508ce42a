"""Of a training loop: its scalar from step to step, and the line that it fits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradspec.report.drawing import numbers
from gradspec.report.drawing.graph import Graph
from gradspec.report.drawing.marks import rule, text
from gradspec.report.drawing.record import Fit, Loop, Record

HEIGHT, GAP, LEFT, BOTTOM, TOP = 230.0, 36.0, 48.0, 38.0, 26.0
WIDEST = 460.0
Pairs = list[tuple[float, float]]


def panels(record: Record, graph: Graph, x: float, y: float, width: float) -> tuple[list[str], float]:
    """The curve and the fit beside it. Returns them with their height; nothing, where there is no loop."""
    loop = record.drawn.loop
    if loop is None or len(loop.scalars) < 2:
        return [], 0.0
    count = 2 if loop.fit else 1
    wide = min(WIDEST, (width - GAP * (count - 1)) / count)
    parts = _losses(loop, x, y, wide)
    if loop.fit:
        parts += _fitted(loop.fit, loop.steps, x + wide + GAP, y, wide)
    return parts, HEIGHT + 24


def _losses(loop: Loop, x: float, y: float, width: float) -> list[str]:
    points = _finite(enumerate(loop.scalars, 1))
    name = loop.root or "the scalar"
    frame = _Frame(x, y, width, [0.0, *(each for _, each in points)], [1.0, float(loop.steps)])
    parts = frame.axes("step", f"{name}: {numbers.short(loop.scalars[0])} → {numbers.short(loop.scalars[-1])}")
    return [*parts, frame.line(points, "curve")]


def _fitted(fit: Fit, steps: int, x: float, y: float, width: float) -> list[str]:
    points = _finite(zip(fit.x, fit.y, strict=False))
    first, last = (sorted(_finite(zip(fit.x, each, strict=False))) for each in (fit.first, fit.last))
    heights = [each for _, each in (*points, *first, *last)]
    frame = _Frame(x, y, width, heights, [each for each, _ in points])
    heading = f"prediction at step 1 (dashed) and at step {steps}"
    dots = [f'<circle class="point" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2.5"/>' for a, b in points]
    return [
        *frame.axes(fit.x_name or "x", f"{fit.y_name or 'y'}; {heading}"),
        *dots,
        frame.line(first, "line early"),
        frame.line(last, "line"),
    ]


def _finite(pairs: object) -> Pairs:
    found = []
    for one, other in pairs:  # type: ignore[attr-defined]
        if not isinstance(one, str) and not isinstance(other, str):
            found.append((float(one), float(other)))
    return found


class _Frame:
    """Axes with a few round numbers on them, and the way from numbers to places."""

    def __init__(self, x: float, y: float, width: float, heights: Sequence[float], along: Sequence[float]) -> None:
        self.left, self.top, self.right, self.bottom = x + LEFT, y + TOP, x + width, y + HEIGHT - BOTTOM
        self.low, self.high = _range(heights)
        self.first, self.last = min(along, default=0.0), max(along, default=1.0)

    def x(self, number: float) -> float:
        return self.left + (number - self.first) / ((self.last - self.first) or 1.0) * (self.right - self.left)

    def y(self, number: float) -> float:
        return self.bottom - (number - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def axes(self, below: str, heading: str) -> list[str]:
        parts = [text(self.left, self.top - 12, heading, "small")]
        for tick in ticks(self.low, self.high):
            y = self.y(tick)
            parts.append(rule(self.left, y, self.right - self.left, 0.3))
            parts.append(text(self.left - 7, y + 4, numbers.short(tick), "e small"))
        for tick in ticks(self.first, self.last):
            x = self.x(tick)
            parts.append(f'<path class="rule" d="M{x:.1f} {self.bottom:.1f}v4"/>')
            parts.append(text(x, self.bottom + 17, numbers.short(tick), "m small"))
        parts.append(f'<path class="rule" d="M{self.left:.1f} {self.top:.1f}V{self.bottom:.1f}H{self.right:.1f}"/>')
        middle = (self.left + self.right) / 2
        parts.append(text(middle, self.bottom + 33, below, "m small"))
        return parts

    def line(self, points: Pairs, kind: str) -> str:
        places = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in points)
        return f'<polyline class="{kind}" points="{places}"/>'


def _range(heights: Sequence[float]) -> tuple[float, float]:
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    room = (high - low) * 0.05 or 1.0
    return (low if low == 0.0 else low - room), high + room


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two, at most a few more than `about`."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    return [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
