"""What the books say in words, and how text that nobody trusts is put into them."""

from __future__ import annotations

import functools
import re
from html import escape

from gradspec.grading.gradebook import Grade, ItemGrade, shown
from gradspec.grading.model import Exam, Outcome, Verdict
from gradspec.report.printable import clean, shows

WORDS: dict[Outcome, str] = {
    "pass": "It does what PyTorch does.",
    "wrong gradient": "A gradient is not the one that PyTorch computes.",
    "wrong value": "A value is not the one that PyTorch computes.",
    "wrong shape": "A result does not have the shape that PyTorch gives it.",
    "exception": "An exception was raised where PyTorch raises none, or none where PyTorch raises one.",
    "timeout": "There was no answer in the time that is allowed.",
    "out of memory": "It used more memory than is allowed.",
    "killed": "The process ended before it had answered.",
    "output flood": "It printed or answered more than is allowed.",
    "import denied": "It builds on a library that is not allowed.",
    "unsupported": "It does not offer what is asked for here.",
    "infrastructure": "Not graded yet: the grader failed, not the submission.",
}
VISIBLE = {
    "visible": "",
    "hidden": "hidden",
    "after_due_date": "opens after the due date",
    "after_published": "opens when grades are published",
}


def html(text: str) -> str:
    """Any text, as text in HTML."""
    return escape(clean(text))


@functools.lru_cache(maxsize=4096)  # all students are told the same clauses
def prose(text: str) -> str:
    """A text of the rubric or of the specification, as HTML; what stands between backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html(text))


def said(verdict: Verdict) -> str:
    """What became of a question: the reason, where there is one of its own."""
    return verdict.reason or WORDS[verdict.outcome]


def counts(item: ItemGrade) -> str:
    """How many questions passed, and how the others ended."""
    if item.state == "left out":
        return "nothing was asked"
    others = [f"{count} {outcome}" for outcome, count in item.outcomes.items() if outcome != "pass"]
    return f"{item.passed} of {item.asked} passed" + (f" ({', '.join(others)})" if others else "")


def points(item: ItemGrade) -> str:
    if item.state == "left out":
        return "not graded here"
    return "not graded yet" if item.score is None else f"{shown(item.score)} of {shown(item.maximum)} points"


def standing(item: ItemGrade) -> str:
    """One word for an item, for people and for style sheets."""
    if item.state != "graded":
        return "skipped" if item.state in ("skipped", "left out") else "open"
    return "full" if item.full else "none" if item.share == 0 else "part"


def summary(grade: Grade) -> list[str]:
    """A sentence each on what is visible and on what is not: the two are never said in one."""
    found = []
    for part, name in ((grade.visible, "Visible"), (grade.hidden, "Hidden")):
        if part.items:
            earned = "not graded yet" if part.score is None else f"{shown(part.score)} of {shown(part.maximum)} points"
            found.append(f"{name} items: {earned}; {part.full} of {part.items} in full.")
    return found


def left_out(exam: Exam) -> str:
    """What was not asked, and that it does not count; nothing, where all was."""
    asked = {each.item for each in exam.questions}
    whole = [each for each in exam.left_out if each not in asked]
    parts = [each for each in exam.left_out if each in asked]
    why = next(iter(exam.left_out.values()), "")
    said = [
        *([f"Left out, their points not counted: {', '.join(whole)}."] if whole else []),
        *([f"Asked only in part: {', '.join(parts)}."] if parts else []),
    ]
    return f"{' '.join(said)} The reason: {why}." if said else ""


def folder(name: str) -> str:
    """What the directory of a student is called."""
    safe = "".join("_" if each in '/\\:*?"<>|' or not shows(each) or each in "\n\t" else each for each in name)
    return f"_{safe[1:]}" if safe.startswith(".") or not safe else safe
