"""The smallest parts of a drawing, and text that nobody trusts made fit for it."""

from __future__ import annotations

from html import escape

from gradspec.report.printable import clean


def xml(text: str) -> str:
    """Any text, as text in XML."""
    return escape(clean(text))


def text(x: float, y: float, words: str, kind: str = "", whole: str = "") -> str:
    """A line of text. kind: its classes. whole: what is seen where one points at it."""
    classes = f' class="{kind}"' if kind else ""
    title = f"<title>{xml(whole)}</title>" if whole else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{classes}>{title}{xml(words)}</text>'


def rectangle(kind: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}"/>'


def rule(x: float, y: float, width: float, opacity: float = 0.4) -> str:
    return f'<path class="rule" stroke-opacity="{opacity:g}" d="M{x:.1f} {y:.1f}h{width:.1f}"/>'


def chip(middle: float, y: float, width: float, words: str) -> str:
    """A local gradient."""
    return rectangle("chip", middle - width / 2, y - 8.5, width, 17, 8.5) + text(middle, y + 4, words, "m local")


def badge(x: float, y: float, number: int, agrees: bool) -> str:
    """The number of an observation."""
    kind = "good" if agrees else "bad"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="8.5"/>' + text(x, y + 4, str(number), "m in")


def saved(x: float, y: float) -> str:
    """The mark of what is saved for the backward pass."""
    return rectangle("saved", x - 4.5, y - 4.5, 9, 9, 2)
