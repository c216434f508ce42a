"""What a student reads of one item: which questions failed, what was expected and found, and how to see it at home."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from gradspec.grading.gradebook import ItemGrade
from gradspec.grading.model import Question, Rubric, Verdict
from gradspec.report.grading.words import counts, html, prose, said
from gradspec.report.page import highlight
from gradspec.report.printable import clean
from gradspec.report.text import around_the_difference

SHOWN = 12  # questions of one item with all that is known; of the others, the sentence alone
DIFFERENCES = 4  # of one question

Draw = Callable[[Question, Verdict], str]  # a picture as markup, or nothing


def undrawn(question: Question, verdict: Verdict) -> str:
    """For pages without pictures."""
    return ""


def closed(item: ItemGrade) -> Iterator[str]:
    """All that is said of an item that is not open: how many passed, and the hint. Never an input, nor what came of it."""
    yield f"<p>{html(counts(item))}.</p>"
    yield from _reason_and_hint(item)


def opened(item: ItemGrade, module: str, draw: Draw = undrawn) -> Iterator[str]:
    """All that is known of an item. `module` is what scripts import in the place of torch.

    Of what failed, the first question that makes a graph shows it.
    """
    yield f"<p>{html(counts(item))}.</p>"
    yield from _reason_and_hint(item)
    failed = [(question, verdict) for question, verdict in item.answers if verdict.outcome != "pass"]
    pictures = ((place, draw(*each)) for place, each in enumerate(failed[:SHOWN]))
    drawn = dict([next((each for each in pictures if each[1]), (0, ""))])
    for place, (question, verdict) in enumerate(failed[:SHOWN]):
        yield from _failed(question, verdict, module, drawn.get(place, ""))
    if len(failed) > SHOWN:
        yield f"<details><summary>{len(failed) - SHOWN} more</summary><ul>"
        yield from (f"<li>{_clause(question)} {_sentence(verdict)}</li>" for question, verdict in failed[SHOWN:])
        yield "</ul></details>"
    passed = [question for question, verdict in item.answers if verdict.outcome == "pass"]
    if passed:
        yield f"<details><summary>{len(passed)} passed</summary><ul>"
        yield from (f"<li>{_clause(question)}</li>" for question in passed)
        yield "</ul></details>"


def _reason_and_hint(item: ItemGrade) -> Iterator[str]:
    if item.reason:
        word = {"skipped": "Skipped: ", "left out": "Not graded here: ", "not graded yet": "Not graded yet: "}.get(
            item.state, ""
        )
        yield f"<p><strong>{word}{html(item.reason)}</strong></p>"
    if item.item.hint and not item.full and item.state != "left out":
        yield f'<p class="hint">{prose(item.item.hint)}</p>'


def _clause(question: Question) -> str:
    return prose(question.clause or question.id)


def _sentence(verdict: Verdict) -> str:
    return f"<strong>{html(verdict.outcome)}</strong>: {html(said(verdict))}"


def _failed(question: Question, verdict: Verdict, module: str, picture: str) -> Iterator[str]:
    yield f"<article><h3>{_clause(question)}</h3>"
    cites = f" <cite>{prose(question.cites)}</cite>" if question.cites else ""
    yield f"<p><code>{html(question.id)}</code>{cites}</p>"
    yield f'<p class="verdict">{_sentence(verdict)}</p>'
    if verdict.differences:
        yield '<table class="sides"><thead><tr><th>at</th><th>PyTorch</th><th>yours</th></tr></thead><tbody>'
        for each in verdict.differences[:DIFFERENCES]:
            expected, found = around_the_difference(clean(each.expected), clean(each.found))
            yield (
                f"<tr><th>{prose(each.label)} <small>{html(each.facet)}</small></th>"
                f"<td><code>{html(expected)}</code></td><td><code>{html(found)}</code></td></tr>"
            )
        yield "</tbody></table>"
    if len(verdict.differences) > DIFFERENCES:
        yield f"<p>and {len(verdict.differences) - DIFFERENCES} more differences</p>"
    if verdict.error is not None:
        yield f"<p>Largest relative error: {verdict.error:.2g}</p>"
    if not question.fresh:
        yield "<p>Asked with the inputs that are published.</p>"
    yield picture
    if question.script:
        yield "<details><summary>A script that shows it on your machine</summary>"
        yield f"<pre>{_highlighted(question.script, module)}</pre></details>"
    yield "</article>"


@functools.lru_cache(maxsize=4096)  # every student who fails a question is shown the same script
def _highlighted(script: str, module: str) -> str:
    """A script of ours as HTML, with the student's module in the place of torch."""
    theirs = re.sub(r"^import torch$", f"import {module} as torch", script, count=1, flags=re.MULTILINE)
    return highlight("\n".join(map(clean, theirs.rstrip().split("\n"))))


def module_of(rubric: Rubric) -> str:
    """What a student's implementation is called at home."""
    stem = PurePath(rubric.entry.partition(":")[0]).stem
    return stem if stem.isidentifier() else "your_file"
