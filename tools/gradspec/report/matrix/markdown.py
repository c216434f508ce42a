"""The matrix as Markdown, small enough to be kept with a project: chapters by implementations, in numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape

from gradspec.golden import TORCH_VERSION
from gradspec.outline import totals
from gradspec.report.matrix.model import SILENT, Column, Matrix, Tally
from gradspec.report.printable import clean

PAGE = """\
# Who keeps which promise

Made on {date} by `{command}`, with {gradspec}. Implementations of autograd, held to what
PyTorch {version} does: profile {profile}, {totals}

## What ran

{runs}

“Ran” is what was not unsupported. A clause that needs what an implementation does not claim to offer is unsupported:
neither pass nor fail. “Failed” ran and did not pass: a difference, an error, no answer in time, or a lost process.

## Outcomes

Passed / failed / unsupported.

{outcomes}

## Semantics and fidelity

Of the clauses that ran, how many kept all of their semantics (values, shapes, flags, errors raised) · and how many all of
their fidelity (dtypes, names, messages, warnings, printed text).

{promises}
"""


def markdown(matrix: Matrix) -> str:
    return PAGE.format(
        date=text(matrix.date),
        command=code(matrix.command),
        gradspec=ours(matrix),
        version=TORCH_VERSION,
        profile=text(matrix.profile),
        totals=totals(matrix.chapters),
        runs="\n".join(runs(matrix)),
        outcomes="\n".join(grid(matrix, outcomes)),
        promises="\n".join(grid(matrix, promises)),
    )


def ours(matrix: Matrix) -> str:
    return "gradspec out of a checkout" if matrix.gradspec == "unknown" else f"gradspec {text(matrix.gradspec)}"


def runs(matrix: Matrix) -> Iterator[str]:
    heads = ("implementation", "version", "Python", "NumPy", "ran", "passed", "failed", "unsupported", "semantics kept")
    yield line((*heads, "fidelity kept", "platform", "seconds", "record"))
    yield line(["---", "---", "---", "---", *["---:"] * 6, "---", "---:", "---"])
    for column in matrix.columns:
        yield line(run(column, column.tally(matrix.clauses)))


def run(column: Column, tally: Tally) -> Iterator[str]:
    header, versions = column.record.header, column.record.header.versions
    yield from map(text, (column.name, column.version or "?", versions.get("python", "?"), versions.get("numpy", "?")))
    numbers = (tally.ran, tally.counts["pass"], tally.failed, tally.total - tally.ran, tally.semantics, tally.fidelity)
    yield from (f"{each:,}" for each in numbers)
    yield from map(text, (versions.get("platform", header.platform), f"{column.record.footer.seconds:.0f}"))
    yield text(column.source or "this run")


def grid(matrix: Matrix, shown: Callable[[Tally], str]) -> Iterator[str]:
    """A line a chapter, the first of all of them, with what is `shown` of each implementation."""
    rows = [(f"**all {len(matrix.chapters)}**", matrix.clauses)]
    rows += [(text(each.title), each.clauses) for each in matrix.chapters]
    yield line(["chapter", *(text(each.name) for each in matrix.columns)])
    yield line(["---", *["---:"] * len(matrix.columns)])
    for title, clauses in rows:
        yield line([title, *(shown(each.tally(clauses)) for each in matrix.columns)])


def outcomes(tally: Tally) -> str:
    if not tally.ran:
        return "–"
    silent = sum(tally.counts[each] for each in SILENT)
    return f"{tally.counts['pass']} / {tally.failed} / {silent}"


def promises(tally: Tally) -> str:
    return f"{tally.semantics} · {tally.fidelity} of {tally.ran}" if tally.ran else "–"


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def text(words: str) -> str:
    """Any text, as text in a cell of Markdown; what stands between backquotes stays code."""
    return re.sub(r"([\\|*_\[\]])", r"\\\1", escape(" ".join(clean(words).split()), quote=False))


def code(words: str) -> str:
    return clean(words).replace("`", "'").replace("|", "\\|")
