"""What a smoke test found, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from gradspec.smoking.smoke import Finding


def lines(whose: str, finding: Finding) -> Iterator[str]:
    """A finding in a line, and the frames of the implementation below it, the innermost last."""
    yield f"{'ok  ' if finding.well else 'FAIL'}  {whose}: {finding.says}"
    yield from (f"        {each}" for each in finding.frames)
