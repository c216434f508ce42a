"""The specification as one page of HTML that needs nothing else: no server, no network, no framework."""

from __future__ import annotations

import contextlib
import io
import itertools
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from gradspec.golden import TORCH_VERSION
from gradspec.oracle import Oracle
from gradspec.outline import Chapter, Clause, totals
from gradspec.pasting import as_source
from gradspec.scenario import Item, Programs, Script
from gradspec.trace import Observation, Text, Value, show

HERE = Path(__file__).parent
TITLE = "What PyTorch’s autograd does"
# A page that opens at once has the beginning of what is long: characters of a program and of its answers, each answer's
# characters, and the numbers of one tensor.
PROGRAM_SHOWN, ANSWERS_SHOWN, ANSWER_SHOWN, NUMBERS_SHOWN = 800, 500, 200, 12
DRAWN = 0.36  # as much of that for what is drawn: it is many programs, each like the last
OWN = "@scenario("
CLASSES = {tokenize.COMMENT: "c", tokenize.STRING: "s", tokenize.NUMBER: "n"}
SPANS = {each: f'span class="{each}"' for each in "csnk"}
SHORT = {"c": "i", "s": "s", "k": "b"}  # there are tens of thousands

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>The autograd of PyTorch {version}, clause by clause. Under each clause stand the program that shows it and what PyTorch
left behind when it ran; of what is long, the beginning: <code>gradspec show</code> and a clause’s id print all of it.
The clauses’ links are permanent; their numbers are not.</p>
<p class="totals">{totals}</p>
</header>
<nav aria-label="Chapters">
<search hidden><input type="search" placeholder="Search clauses, citations, code" aria-label="Search"><output></output></search>
<details open><summary>Chapters</summary>
<ol>
{contents}</ol>
</details>
</nav>
<main>
{chapters}</main>
<script>
{script}</script>
</body>
</html>
"""


def page(chapters: Iterable[Chapter], oracle: Oracle) -> str:
    """The page for `chapters`, with what `oracle` knows of them. Raises HarnessError where a golden is of no use."""
    chapters = list(chapters)
    return PAGE.format(
        title=TITLE,
        version=TORCH_VERSION,
        totals=totals(chapters),
        contents="".join(map(_contents_line, chapters)),
        chapters="".join("\n".join(_chapter(each, oracle)) for each in chapters),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        script=(HERE / "page.js").read_text(encoding="utf-8"),
    )


def _contents_line(chapter: Chapter) -> str:
    link = f'<a href="#{chapter.name}">{_prose(chapter.title)}</a>'
    return f'<li value="{chapter.number}">{link} <small>{len(chapter.clauses)}</small></li>\n'


def _chapter(chapter: Chapter, oracle: Oracle) -> Iterator[str]:
    yield f'<section id="{escape(chapter.name)}">'
    yield f"<h2><b>{chapter.number}</b> {_prose(chapter.title)}</h2>"
    if chapter.about:
        yield f"<p>{_prose(chapter.about[0].upper() + chapter.about[1:])}</p>"
    for clause in chapter.clauses:
        yield from _clause(clause, oracle)
    yield "</section>\n"


def _clause(clause: Clause, oracle: Oracle) -> Iterator[str]:
    item = clause.item
    identifier = escape(item.id)
    yield f'<article id="{identifier}">'
    yield f'<h3><a href="#{identifier}">{clause.number}</a> {_prose(item.clause)}</h3>'
    needs = "".join(f" <i>{escape(need)}</i>" for need in item.needs)
    yield f"<p><code>{identifier}</code> <cite>{_prose(item.cites)}</cite>{needs}</p>"
    share = DRAWN if isinstance(item, Programs) else 1
    program, more = beginning(_source(item).split("\n"), share * PROGRAM_SHOWN, OWN)
    cut = f"<p>and {more} more lines</p>" if more else ""
    code = highlight("\n".join(program), SHORT)
    yield f"<details><summary>Program</summary><pre>{code}</pre>{cut}</details>"
    answers, more = beginning([*map(_answer, oracle.expected(item))], share * ANSWERS_SHOWN)
    cut = f"<tr><td colspan=2>and {more} more" if more else ""
    yield f"<details><summary>PyTorch’s answers</summary><table>{''.join(answers)}{cut}</table></details>"
    yield "</article>"


def beginning(parts: Sequence[str], most: float, own: str = "") -> tuple[Sequence[str], int]:
    """As many of the first as have `most` characters together, at least two of them; and how many are left.

    own: how the part begins at which to begin, where not all can be shown: what it uses stands before it.
    """
    count = len(parts)
    if own and sum(map(len, parts)) > most:
        parts = parts[next((at for at, each in enumerate(parts) if each.startswith(own)), 0) :]
    shown = max(2, sum(end <= most for end in itertools.accumulate(map(len, parts))))
    return parts[:shown], max(0, count - len(parts[:shown]))


def _source(item: Item) -> str:
    return item.path.read_text(encoding="utf-8").rstrip() if isinstance(item, Script) else as_source(item)


def _answer(observation: Observation) -> str:
    value = observation.value
    text = value.value.rstrip("\n") if isinstance(value, Text) and "\n" in value.value else _short(value)
    warned = "".join(f"<em>{escape(f'{each.category}: {each.message}')}</em>" for each in observation.warnings)
    return f"<tr><th>{_prose(observation.label)}<td><code>{escape(text, quote=False)}</code>{warned}"


def _short(value: Value) -> str:
    text = show(value, NUMBERS_SHOWN)
    return text if len(text) <= ANSWER_SHOWN else f"{text[:ANSWER_SHOWN]} …"


def _prose(text: str) -> str:
    """`text` as HTML; what stands between backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def highlight(source: str, elements: Mapping[str, str] = SPANS) -> str:
    """Python as HTML: comments, strings, numbers and keywords are marked. What is no Python stays as it is.

    elements: those that mark each of the four, by its letter; what has none is not marked.
    """
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    parts, done = [], 0
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = "k" if keyword.iskeyword(token.string) else CLASSES.get(token.type, "")
            element = elements.get(kind)
            if element is not None:
                start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
                marked = escape(source[start:end], quote=False)
                parts += [escape(source[done:start], quote=False), f"<{element}>{marked}</{element.split()[0]}>"]
                done = end
    return "".join([*parts, escape(source[done:], quote=False)])
