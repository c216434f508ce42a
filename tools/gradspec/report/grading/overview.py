"""The page for the teacher: how grades are spread, what most fail at, who needs a second look, and everybody in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from gradspec.grading.changes import Regraded
from gradspec.grading.gradebook import NOTHING, Grade, rounded, shown
from gradspec.grading.model import Exam, Outcome, Rubric
from gradspec.report.grading.frame import page
from gradspec.report.grading.words import VISIBLE, folder, html, prose

HERE = Path(__file__).parent
MOST_FAILED = 15  # questions that are listed
CLASSES = 10  # of the distribution
WIDTH, HEIGHT, FOOT = 400, 150, 22  # of the drawing, in its own units


@dataclass
class Tally:
    """What the page is made of, added up grade by grade, so that not all of them are held."""

    rubric: Rubric
    exam: Exam
    rows: list[str] = field(default_factory=list)
    outliers: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    scores: list[Fraction] = field(default_factory=list)  # shares of the maximum
    ungraded: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)  # questions, by item and id
    how: dict[tuple[str, str], Counter[Outcome]] = field(default_factory=dict)
    earned: dict[str, list[Fraction]] = field(default_factory=dict)  # shares, by item
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def left_out(self) -> set[str]:
        """Items of which nothing was asked."""
        return {*self.exam.left_out} - {each.item for each in self.exam.questions}

    def add(self, grade: Grade) -> None:
        self.rows.append(_row(grade))
        if grade.flags or grade.refused:
            self.outliers.append(_outlier(grade))
        if grade.notes:
            notes = "<br>".join(map(prose, grade.notes))
            self.noted.append(f"<tr><td>{_link(grade.submission.name)}</td><td>{notes}</td></tr>")
        if grade.score is None:
            self.ungraded += 1
        elif grade.maximum:
            self.scores.append(grade.score / grade.maximum)
        for item in grade.items:
            if item.share is not None:
                self.earned.setdefault(item.item.id, []).append(item.share)
            self.skipped[item.item.id] += item.state == "skipped"
            for question, verdict in item.answers:
                if verdict.outcome not in ("pass", "infrastructure"):
                    key = (item.item.id, question.id)
                    self.failed[key] += 1
                    self.how.setdefault(key, Counter())[verdict.outcome] += 1


def overview(tally: Tally, provenance: str, regraded: tuple[Regraded, ...]) -> str:
    """The page."""
    main = "\n".join(
        [
            *_distribution(tally),
            *_items(tally),
            *_questions(tally),
            *_outliers(tally),
            *_noted(tally),
            *_regraded(regraded),
            *_submissions(tally),
        ]
    )
    header = f"<h1>{prose(tally.rubric.name)}</h1>\n<p>{_count(tally)}</p>\n<p>{prose(provenance)}</p>"
    script = (HERE / "overview.js").read_text(encoding="utf-8")
    return page(f"{tally.rubric.name}: grades", header, f"{main}\n", script)


def _count(tally: Tally) -> str:
    graded = len(tally.rows) - tally.ungraded
    rest = f", {tally.ungraded} not graded yet" if tally.ungraded else ""
    return f"{len(tally.rows)} submissions: {graded} graded{rest}. The gradebook is <a href='gradebook.csv'>gradebook.csv</a>."


def _distribution(tally: Tally) -> Iterator[str]:
    yield '<section id="distribution">\n<h2>Grades</h2>'
    if tally.scores:
        ordered = sorted(tally.scores)
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        mean = sum(ordered, NOTHING) / len(ordered)
        span = f"from {_percent(ordered[0])} to {_percent(ordered[-1])}"
        yield (
            f"<p>Median {_percent(middle)}, mean {_percent(mean)}, {span} of all points, hidden items included; below, how many"
            f" earned which part of them, in percent.</p>"
        )
        yield _bars(ordered)
    yield "</section>"


def _bars(shares: list[Fraction]) -> str:
    """A histogram: tenths of all points, the last of which holds the full score too."""
    counts = Counter(min(CLASSES - 1, int(each * CLASSES)) for each in shares)
    most, wide = max(counts.values()), WIDTH / CLASSES
    parts = [f'<svg class="bars" viewBox="0 0 {WIDTH} {HEIGHT + FOOT}" role="img" aria-label="Distribution of grades">']
    for place in range(CLASSES):
        tall = counts[place] / most * (HEIGHT - 30)
        middle = (place + 0.5) * wide
        if counts[place]:
            parts.append(
                f'<rect x="{place * wide + 3:g}" y="{HEIGHT - tall:.1f}" width="{wide - 6:g}" height="{tall:.1f}" rx="2"/>'
            )
            parts.append(f'<text x="{middle:g}" y="{HEIGHT - tall - 6:.1f}">{counts[place]}</text>')
        last = 100 if place == CLASSES - 1 else (place + 1) * 10 - 1
        parts.append(f'<text x="{middle:g}" y="{HEIGHT + 15}">{place * 10}–{last}</text>')
    return "".join([*parts, "</svg>"])


def _percent(share: Fraction) -> str:
    return f"{rounded(share * 100):.1f}%"


def _items(tally: Tally) -> Iterator[str]:
    yield '<section id="items">\n<h2>Items</h2>\n<div class="scroll"><table class="list"><thead><tr>'
    yield "<th>item</th>"
    yield from (f'<th class="number">{each}</th>' for each in ("points", "mean", "full", "none", "skipped"))
    yield "</tr></thead><tbody>"
    for item in tally.rubric.items:
        shares = tally.earned.get(item.id, [])
        mean = _percent(sum(shares, NOTHING) / len(shares)) if shares else "–"
        later = VISIBLE[item.visibility]
        chip = f" <i>{html(later)}</i>" if later else ""
        points = "not graded here" if item.id in tally.left_out else f"{item.points:g}"
        numbers = (points, mean, shares.count(Fraction(1)), shares.count(NOTHING), tally.skipped[item.id])
        cells = "".join(f'<td class="number">{each}</td>' for each in numbers)
        yield f"<tr><td>{prose(item.title)}{chip}</td>{cells}</tr>"
    yield "</tbody></table></div></section>"


def _questions(tally: Tally) -> Iterator[str]:
    clauses = {(each.item, each.id): each for each in tally.exam.questions}
    most = sorted(tally.failed.items(), key=lambda each: (-each[1], each[0]))[:MOST_FAILED]
    if not most:
        return
    yield '<section id="failed">\n<h2>Most often failed</h2>\n<div class="scroll"><table class="list"><thead><tr>'
    yield "<th>question</th><th class='number'>failed by</th><th>how</th></tr></thead><tbody>"
    for key, count in most:
        question = clauses[key]
        how = ", ".join(f"{number} {outcome}" for outcome, number in sorted(tally.how[key].items()))
        yield (
            f"<tr><td>{prose(question.clause or question.id)}<br><code>{html(question.id)}</code></td>"
            f'<td class="number">{count} of {len(tally.rows)}</td><td>{html(how)}</td></tr>'
        )
    yield "</tbody></table></div></section>"


def _link(name: str) -> str:
    return f'<a href="students/{html(quote(folder(name)))}/feedback.html">{html(name)}</a>'


def _outlier(grade: Grade) -> str:
    outcomes = ", ".join(f"{count} {each}" for each, count in grade.outcomes.items() if each in grade.flags)
    why = grade.refused or outcomes
    return (
        f"<tr><td>{_link(grade.submission.name)}</td><td>{html('; '.join(grade.flags))}</td><td>{html(why)}</td></tr>"
    )


def _outliers(tally: Tally) -> Iterator[str]:
    yield '<section id="outliers">\n<h2>To be looked at</h2>'
    if not tally.outliers:
        yield "<p>Nothing: no forbidden import, no flood, no timeout, nothing killed.</p>\n</section>"
        return
    yield '<div class="scroll"><table class="list"><thead><tr><th>name</th><th>flags</th><th>why</th></tr></thead><tbody>'
    yield from tally.outliers
    yield "</tbody></table></div></section>"


def _noted(tally: Tally) -> Iterator[str]:
    if not tally.noted:
        return
    yield '<section id="notes">\n<h2>How they were read</h2>'
    yield f"<details><summary>{len(tally.noted)} with notes: what was left out, and what teaching code was read as</summary>"
    yield '<div class="scroll"><table class="list"><thead><tr><th>name</th><th>notes</th></tr></thead><tbody>'
    yield from tally.noted
    yield "</tbody></table></div></details></section>"


def _regraded(regraded: tuple[Regraded, ...]) -> Iterator[str]:
    if not regraded:
        return
    yield '<section id="regraded">\n<h2>Regraded</h2>'
    moved = sum(each.moved for each in regraded)
    yield f"<p>{moved} totals changed. All changes are in <a href='changes.csv'>changes.csv</a>.</p>"
    yield '<div class="scroll"><table class="list"><thead><tr>'
    yield "<th>name</th><th class='number'>before</th><th class='number'>now</th><th>why</th></tr></thead><tbody>"
    for one in regraded:
        why = "<br>".join(f"{html(each.item)}: {html(each.why)}" for each in one.changes)
        numbers = "".join(f'<td class="number">{html(each)}</td>' for each in (one.before, one.after))
        yield f"<tr><td>{_link(one.name)}</td>{numbers}<td>{why}</td></tr>"
    yield "</tbody></table></div></section>"


def _submissions(tally: Tally) -> Iterator[str]:
    yield '<section id="submissions">\n<h2>Submissions</h2>'
    yield '<search hidden><input type="search" placeholder="Search names, flags" aria-label="Search"><output></output></search>'
    yield '<div class="scroll"><table class="list"><thead><tr>'
    yield "<th>name</th>"
    yield from (f'<th class="number">{each}</th>' for each in ("total", "visible", "hidden"))
    yield "<th>flags</th></tr></thead><tbody>"
    yield from tally.rows
    yield "</tbody></table></div></section>"


def _row(grade: Grade) -> str:
    cells = "".join(
        f'<td class="number" data-number="{-1 if each is None else rounded(each)}">{shown(each)}</td>'
        for each in (grade.score, grade.visible.score, grade.hidden.score)
    )
    standing = "none" if grade.score == 0 else ""
    flags = html("; ".join(grade.flags) if grade.graded else "not graded yet")
    return f'<tr class="{standing}"><td>{_link(grade.submission.name)}</td>{cells}<td>{flags}</td></tr>'
