"""The exam: the questions of one run, with inputs that nobody has seen, and what PyTorch answers to each."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

import msgspec

from gradspec.check import installed_version
from gradspec.compare import compare
from gradspec.errors import UsageError
from gradspec.grading.drawing import draw_programs, with_other_numbers
from gradspec.grading.fresh import choose, in_common
from gradspec.grading.gradients import gradients_in_programs, gradients_in_source
from gradspec.grading.model import Exam, Question, Rubric, RubricItem
from gradspec.grading.rubric import digest_of
from gradspec.grading.rubric_rules import selected_items
from gradspec.grading.skeleton import same_skeleton
from gradspec.grading.warmup import script_warmed_up, warmed_up
from gradspec.oracle import GoldenOracle, load_torch
from gradspec.pasting import as_body, body_as_script
from gradspec.programs.program import Block, Leaf, Program, decode, encode
from gradspec.programs.script import labelled, script
from gradspec.runner import Limits, WorkerRunner
from gradspec.scenario import Item, Programs, Scenario, Script, ready
from gradspec.suite import Suite
from gradspec.trace import Observation, Raised, Text, Trace, Traced, show, uncaught

SECOND = (
    "refgrad"  # beside PyTorch: that two agree says that a question has one right answer; PyTorch's is what is expected
)
LIVE, GOLDEN = "live", "golden"
LIMITS = Limits(loading=120.0, scenario=20.0, memory=4 << 30)
OTHERS = 6  # tries to find other numbers for a program
# Of a rubric that asks for nothing but random programs: what these may ask for.
BASIC = ("tensor", "broadcasting", "functions", "flags")
NO_PROGRAMS = "random programs need PyTorch itself: the goldens do not know their answers"
PROGRAM = "A random program: its values, and its gradients."


def torch_is_installed() -> bool:
    return importlib.util.find_spec("torch") is not None


def make_exam(rubric: Rubric, suite: Suite, seed: str, oracle: str = "") -> Exam:
    """The exam for `rubric`, its inputs drawn with `seed`; the same arguments give the same exam.

    oracle: `live`, or `golden`, which only knows the published inputs; without a name, live where torch is installed.
    Random programs have no published inputs: without PyTorch they are left out, and the exam says so.
    Raises UsageError where an item selects nothing, and where nothing at all can be asked.
    """
    oracle = oracle or (LIVE if torch_is_installed() else GOLDEN)
    if oracle not in (LIVE, GOLDEN):
        raise UsageError(f"There is no oracle {oracle!r}; there are {LIVE}, {GOLDEN}.")
    selected = {item.id: selected_items(suite, item.select) for item in rubric.items}
    for item in rubric.items:
        if not selected[item.id] and not item.select.programs:
            raise UsageError(f"The item {item.id} selects nothing: `gradspec rubric check` says why.")
    with _Examiner(suite, seed, oracle == LIVE, _offered(selected.values())) as examiner:
        questions = [*examiner.questions(rubric, selected)]
    left_out = {item.id: NO_PROGRAMS for item in rubric.items if item.select.programs and oracle != LIVE}
    if not questions:
        raise UsageError(
            f"{NO_PROGRAMS[0].upper()}{NO_PROGRAMS[1:]}; this rubric asks for nothing else: use `--oracle live`."
        )
    return Exam(seed, suite_version(suite), digest_of(rubric), oracle, tuple(questions), left_out)


def suite_version(suite: Suite) -> str:
    """The version of gradspec, and a digest of the chapters and goldens."""
    digest = hashlib.sha256()
    for path in [
        *suite.chapters.values(),
        *(each.path for each in suite.scripts),
        *sorted(suite.golden.glob("*.json")),
    ]:
        digest.update(path.read_bytes())
    return f"{installed_version()}+{digest.hexdigest()[:12]}"


def _offered(selected: Iterable[list[Item]]) -> frozenset[str]:
    """What random programs may ask for: what the scenarios of the rubric need, so that they ask for nothing new."""
    return frozenset({*BASIC, *(need for items in selected for each in items for need in each.needs)})


@dataclass(frozen=True)
class _Asked:
    """A question while it is put together."""

    request: dict[str, object]
    expected: Trace
    script: str
    gradients: tuple[str, ...]
    fresh: bool


class _Examiner:
    """Makes questions; asks PyTorch, if `live`, in one worker. Random programs are drawn in a thread beside the others."""

    def __init__(self, suite: Suite, seed: str, live: bool, offered: frozenset[str]) -> None:
        self.suite, self.seed, self.offered = suite, seed, offered
        self.golden = GoldenOracle(suite)
        self.runner = WorkerRunner("torch", LIMITS) if live else None
        self.second = WorkerRunner(SECOND, LIMITS)
        self.asking, self.asking_second = Lock(), Lock()  # whoever wants both takes that of the second first
        self.aside = ThreadPoolExecutor(1)
        self.made: dict[str, _Asked] = {}  # a scenario that two items select is one question

    def __enter__(self) -> _Examiner:
        if self.runner is not None:
            self.second.start()
            self.runner.start()
            load_torch(self.runner)
            self.second.load()
        return self

    def __exit__(self, *_: object) -> None:
        self.aside.shutdown(cancel_futures=True)
        self.second.close()
        if self.runner is not None:
            self.runner.close()

    def answer(self, request: dict[str, object]) -> Trace | None:
        """What PyTorch leaves behind; None where it does not finish."""
        assert self.runner is not None
        with self.asking:
            ending = self.runner.ask(msgspec.json.encode(request))
        return ending.observations if isinstance(ending, Traced) else None

    def settled(self, request: dict[str, object], published: dict[str, object], golden: Trace) -> Trace | None:
        """What PyTorch leaves behind, if a second implementation, which knows the published answer, does as well.

        Other inputs may have made it a question that PyTorch answers in one of several right ways.
        """
        with self.asking_second:
            self.second.push(msgspec.json.encode(request))  # the two run side by side
            first, second = self.answer(request), self.second.pull()
        if first is None or (isinstance(second, Traced) and not compare(first, second.observations)):
            return first
        with self.asking_second:
            known = self.second.ask(msgspec.json.encode(published))
        return None if isinstance(known, Traced) and not compare(golden, known.observations) else first

    def ask(self, program: Program) -> Trace | None:
        return self.answer(_program_request(program, self.offered))

    def agreed(self, program: Program) -> Trace | None:
        request = _program_request(program, self.offered)
        first = self.answer(request)
        if first is None or first != self.answer(request):
            return None
        with self.asking_second:
            second = self.second.ask(msgspec.json.encode(request))
        return first if isinstance(second, Traced) and not compare(first, second.observations) else None

    def questions(self, rubric: Rubric, selected: dict[str, list[Item]]) -> Iterator[Question]:
        """Those of each item, one after the other: the scenarios that it selects, then its random programs."""
        programs = [self.aside.submit(self._programs, item) for item in rubric.items]
        for item, drawn in zip(rubric.items, programs, strict=True):
            for each in selected[item.id]:
                if each.id not in self.made:
                    self.made[each.id] = self._make(each)
                yield _question(each.id, item, self.made[each.id], each)
            yield from drawn.result()

    def _make(self, each: Item) -> _Asked:
        if isinstance(each, Scenario):
            return self._scenario(each)
        if isinstance(each, Script):
            return self._script(each)
        return self._operator(each)

    def _scenario(self, scenario: Scenario) -> _Asked:
        source, golden = as_body(scenario), self.golden.expected(scenario)
        text, expected, other, answers = source, golden, source, golden
        fresh = False
        if self.runner is not None:
            published, seed = _request(scenario, source), f"{self.seed}:{scenario.id}"
            asked = choose(golden, lambda text: self.settled(_request(scenario, text), published, golden), source, seed)
            if asked is not None:
                text, expected, fresh = *asked, True
            if expected == golden:  # which may be known
                text, expected = self._warmed_up(scenario, text, seed) or (text, expected)
            other, answers = self._shown(scenario, source, golden, seed, asked[0] if asked else source)
        return _Asked(
            request=_request(scenario, text),
            expected=expected,
            script=body_as_script(other, f"# {scenario.id}: {scenario.clause}") + _answers(answers),
            gradients=gradients_in_source(text, expected),
            fresh=fresh,
        )

    def _shown(self, scenario: Scenario, source: str, golden: Trace, seed: str, asked: str) -> tuple[str, Trace]:
        """What may be shown of a question that asks for `asked`: on inputs none of which that has, or the published ones."""
        for number in range(OTHERS):
            found = choose(
                golden, lambda text: self.answer(_request(scenario, text)), source, f"{seed}:script {number}"
            )
            if found is None:
                break
            if not in_common(source, asked, found[0]):
                return found
        return source, golden

    def _warmed_up(self, scenario: Scenario, text: str, seed: str) -> tuple[str, Trace] | None:
        """With a warm-up, where that changes nothing else."""
        new = warmed_up(text, seed)
        without, trace = (self.answer(_request(scenario, each)) for each in (text, new))
        return (new, trace) if trace is not None and without is not None and trace[1:] == without else None

    def _script(self, item: Script) -> _Asked:
        text, expected = item.path.read_text(encoding="utf-8"), self.golden.expected(item)
        request: dict[str, object] = {"call": "printed", "source": text}
        if self.runner is not None:
            longer: dict[str, object] = {**request, "source": script_warmed_up(text, f"{self.seed}:{item.id}")}
            trace = self.answer(longer)
            if trace is not None and uncaught(trace) is None:
                request, expected = longer, trace
        return _Asked(request, expected, text, (), fresh=False)

    def _operator(self, item: Programs) -> _Asked:
        """The samples of an operator, drawn anew; of what has no samples to draw, the programs with other numbers."""
        golden = self.golden.expected(item)
        asked, expected = self._fresh_programs(item, golden, self.seed) or (item, golden)
        shown = self._fresh_programs(item, golden, f"{self.seed}:script", settled=False)
        return _Asked(
            request=_samples_request(asked),
            expected=expected,
            script=self._program_script(decode((shown[0] if shown else item).programs[0]), None),
            gradients=gradients_in_programs(map(decode, asked.programs), expected),
            fresh=asked is not item,
        )

    def _fresh_programs(
        self, item: Programs, golden: Trace, seed: str, settled: bool = True
    ) -> tuple[Programs, Trace] | None:
        if self.runner is None:
            return None
        sampled = self._chapter(item.chapter, seed).get(item.name)
        if isinstance(sampled, Programs) and sampled.programs != item.programs:
            return self._asked(item, sampled, golden, settled)
        for number in range(OTHERS):
            drawn = random.Random(f"{seed}:{item.id}:{number}")
            other = replace(
                item, draw=ready(*(encode(with_other_numbers(decode(each), drawn)) for each in item.programs))
            )
            found = self._asked(item, other, golden, settled)
            if found is not None and same_skeleton(golden, found[1]):
                return found
        return None

    def _asked(self, item: Programs, other: Programs, golden: Trace, settled: bool) -> tuple[Programs, Trace] | None:
        request = _samples_request(other)
        trace = self.settled(request, _samples_request(item), golden) if settled else self.answer(request)
        return (other, trace) if trace is not None else None

    @functools.cache  # noqa: B019 (one examiner an exam)
    def _chapter(self, name: str, seed: str) -> dict[str, Item]:
        return {each.name: each for each in replace(self.suite, seed=seed).items(name)}

    def _programs(self, item: RubricItem) -> list[Question]:
        if not item.select.programs or self.runner is None:
            return []
        found, seed = [], f"{self.seed}:{item.id}"
        for number, each in enumerate(draw_programs(item.select, self.offered, seed, self), 1):
            text = self._program_script(each.shown, each.answers)
            gradients = gradients_in_programs([each.program], each.expected)
            asked = _Asked(_program_request(each.program, self.offered), each.expected, text, gradients, fresh=True)
            found.append(_question(f"programs.{number}", item, asked))
        return found

    def _program_script(self, program: Program, answers: Trace | None) -> str:
        if answers is None and self.runner is not None:
            answers = self.answer(_program_request(program, None))
        answers = answers or ()
        raising = frozenset(each.label for each in answers if isinstance(each.value, Raised))
        told = {label for label, each in labelled(program.statements) if not isinstance(each, Leaf | Block)}
        notes = {each.label: f"PyTorch: {show(each.value)}" for each in answers if each.label in told}
        notes = {label: note for label, note in notes.items() if note != "PyTorch: None"}
        ends = [each for each in answers if each.label.endswith(".grad")]
        lines = [f"print({each.label.partition(': ')[2]})  # PyTorch: {show(each.value)}\n" for each in ends]
        return script(program, raising, notes) + "".join(lines)


def _request(scenario: Scenario, text: str) -> dict[str, object]:
    return {"call": "source", "source": text, "id": scenario.id}


def _samples_request(item: Programs) -> dict[str, object]:
    return {"call": "sequence", "programs": [msgspec.Raw(each) for each in item.programs]}


def _program_request(program: Program, offered: frozenset[str] | None) -> dict[str, object]:
    request: dict[str, object] = {"call": "sequence", "programs": [program]}
    return request if offered is None else {**request, "offered": sorted(offered)}


def _question(identifier: str, item: RubricItem, asked: _Asked, scenario: Item | None = None) -> Question:
    return Question(
        id=identifier,
        item=item.id,
        request=msgspec.Raw(msgspec.json.encode(asked.request)),
        expected=asked.expected,
        needs=scenario.needs if scenario is not None else (),
        clause=scenario.clause if scenario is not None else PROGRAM,
        cites=scenario.cites if scenario is not None else "",
        script=asked.script,
        fresh=asked.fresh,
        gradients=asked.gradients,
        ignores=scenario.ignores if isinstance(scenario, Programs) else (),
    )


def _answers(trace: Trace) -> str:
    """What PyTorch prints, as comments."""
    return "\n".join(["", "# PyTorch prints:", *(line for each in trace for line in _answer(each)), ""])


def _answer(each: Observation) -> Iterator[str]:
    shown = each.value.value if isinstance(each.value, Text) else show(each.value)
    first, *others = f"{each.label}: {shown}".split("\n")
    yield f"# {first}"
    yield from (f"#   {line}" for line in others)
    yield from (
        f"#   with {warned.category}: {warned.message.splitlines()[0]}" for warned in each.warnings if warned.message
    )
