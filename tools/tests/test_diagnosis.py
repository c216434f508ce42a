"""Diagnosis: what a failing implementation most likely gets wrong, by what failed; silent where there is no telling."""

import ast
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from gradspec.compare import Difference
from gradspec.diagnosis import diagnosing
from gradspec.diagnosis.aspects import chapter_of
from gradspec.diagnosis.diagnosing import diagnose, fingerprints, likeness_of
from gradspec.diagnosis.fingerprints import FILE, pack, read_fingerprints, write_fingerprints
from gradspec.diagnosis.likeness import misconceptions
from gradspec.diagnosis.measuring import Trial, leave_out, pairs, trial
from gradspec.diagnosis.signs import signs
from gradspec.diagnosis.source import SEARCHES, files_of, places
from gradspec.errors import HarnessError
from gradspec.faults import BANK, VARIANTS, bank, find, variants
from gradspec.faults.loading import edited, package_root
from gradspec.grading.gradebook import Grade, ItemGrade
from gradspec.grading.model import Question, RubricItem, Selected, Submission, Verdict
from gradspec.report.diagnosis import document, figures, of_the_bank, reached
from gradspec.report.grading.suspicion import suspected
from gradspec.report.jsonl import read_record
from gradspec.results import Footer, Result
from gradspec.strength.measuring import Struck
from gradspec.suite import find_suite

OVERWRITES = "overwrites `.grad` instead of adding to it"
STUDENT = """
class Tensor:
    def backward(self):
        for node in self.order():
            node.grad = node.back(node.grad_of_output)
    def __add__(self, other):
        def backward():
            self.grad += out.grad
            other.grad += out.grad
        return out
    def detach(self):
        return Tensor(self.data.copy())
"""


def result(*differences, outcome="fail", reason=""):
    return Result("accumulation.second_backward_adds", outcome, 0.0, differences, reason)


@pytest.mark.parametrize(
    ("facet", "expected", "found", "sign"),
    [
        ("values", "4.0", "2.0", "values: half"),
        ("values", "[1.0, -2.0]", "[-1.0, 2.0]", "values: negative"),
        ("values", "[1.0, 2.0]", "[2.0, 1.0]", "values: in other places"),
        ("values", "[3.0, 1.0]", "[0.0, 1.0]", "values: some"),
        ("values", "[2.0, 4.0]", "[6.0, 12.0]", "values: several times"),
        ("values", "1.0", "nan", "values: nan"),
        ("values", "[1.0, 2.0]", "[1.5, 3.0]", "values: in proportion"),
        ("values", "[1.0, 2.0, 4.0]", "[3.0, 6.0, 12.0]", "values: times its size"),
        ("values", "[2.0, 4.0]", "[1.0, 2.0]", "values: by its size"),
        ("values", "[1.0, 2.0, 3.0]", "[3.0, 3.0, 0.0]", "values: of the same sum"),
        ("values", "[1.0, 2.0]", "[5.0, 5.0]", "values: all alike"),
        ("values", "[1.0, 2.0]", "[-1.0, 2.0]", "values: of the same size"),
        ("values", "4.0", "2.0", "values: half, first"),
        ("shape", "(2,)", "(3, 2)", "shape: more dimensions"),
        ("shape", "(2, 3)", "(3, 2)", "shape: transposed"),
        ("raised", "RuntimeError: a leaf Variable that", "None", "no error: RuntimeError a leaf Variable that"),
        ("raised", "tensor(1.0, shape=())", "ValueError: 3 is too much", "an error: ValueError is too much"),
        ("kind", "None", "tensor(1.0, shape=())", "None is tensor"),
        ("requires_grad", "True", "False", "requires_grad: True is False"),
        ("grad_fn", "None", "AddBackward0", "a node"),
        ("message", "one", "other", "message"),
    ],
)
def test_a_difference_is_read_as_what_is_wrong(facet, expected, found, sign):
    assert sign in signs(result(Difference("at", facet, expected, found)))


def test_only_the_first_difference_is_said_to_be_first():
    found = signs(result(Difference("a", "shape", "(2,)", "(3,)"), Difference("b", "dtype", "int64", "float32")))
    assert {"shape, first", "dtype"} <= found
    assert "dtype, first" not in found


def test_how_a_scenario_ended_is_a_sign():
    assert "timeout" in signs(result(outcome="timeout"))
    assert "stopped by TypeError no such" in signs(result(outcome="error", reason="TypeError: no such"))


def test_every_variant_can_be_made_and_is_of_a_fault_of_its_misconception():
    assert len(variants()) >= 40
    assert not set(variants()) & set(bank())
    assert {path.name for path in VARIANTS.glob("*.toml")} <= {path.name for path in BANK.glob("*.toml")}
    for each in variants().values():
        assert bank()[each.of].misconception == each.misconception, each.name
        for file in {edit.file for edit in each.edits}:
            before = text = (package_root() / file).read_text("utf-8")
            for edit in each.edits:
                if edit.file == file:
                    text = edited(text, edit)
            assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(before)), each.name


def test_every_misconception_has_an_entry():
    assert set(misconceptions()) == {each.misconception for each in bank().values()}
    known = {*find_suite().names(), *map(chapter_of, fingerprints().scenarios)}
    for name, entry in misconceptions().items():
        assert set(entry.look) <= set(SEARCHES), name
        assert set(entry.chapters) <= known, name
    assert {each for entry in misconceptions().values() for each in entry.look} == set(SEARCHES)


def test_two_faults_at_once():
    both = find("gradient_averaged+sine_with_minus")
    assert len(both.edits) == 2
    assert len(set(pairs())) == len(pairs()) >= 60
    assert all(find(each).edits for each in pairs())


def test_the_fingerprints_that_come_along_are_of_the_bank():
    assert FILE.stat().st_size < 350_000
    kept = fingerprints()
    assert len(kept.faults) >= 0.9 * len(bank())
    assert "accumulation.second_backward_adds" in kept.of("gradient_overwritten")


def test_fingerprints_are_kept(tmp_path):
    path, found = tmp_path / "f.json", {"one": {"a.b": frozenset({"values", "nan"})}, "other": {}}
    write_fingerprints(path, pack(found, ["a.a", "a.b"]))
    read = read_fingerprints(path)
    assert {name: read.of(name) for name in read.faults} == found
    path.write_text("{}")
    with pytest.raises(HarnessError, match="cannot be read"):
        read_fingerprints(path)


def failing(fault):
    """Results of the whole suite, of which those fail that the fault fails, with an equal sign."""
    shown = fingerprints().of(fault)
    wrong = Difference("at", "values", "4.0", "2.0")
    return [
        Result(id, "fail", 0.0, (wrong,)) if id in shown else Result(id, "pass", 0.0) for id in fingerprints().scenarios
    ]


def test_a_known_fault_is_recognised(tmp_path):
    path = tmp_path / "student.py"
    path.write_text(STUDENT)
    first, *_ = diagnose(failing("gradient_overwritten"), str(path))
    assert first.misconception == OVERWRITES
    assert first.chance >= diagnosing.SURE
    assert first.read == "tutorial: Accumulating Gradients"
    assert first.like in {each.says for each in bank().values() if each.misconception == OVERWRITES}
    assert first.shown_by
    assert [(each.file, each.line) for each in first.places] == [("student.py", 5)]


def test_nothing_is_said_where_there_is_no_telling():
    ids = fingerprints().scenarios
    assert diagnose([Result(id, "pass", 0.0) for id in ids]) == ()
    assert diagnose([Result(id, "error", 0.0, reason="TypeError: no") for id in ids]) == ()
    assert diagnose([Result("another.suite", "fail", 0.0)]) == ()
    missing = "AttributeError: module 'student' has no attribute 'relu'"
    assert diagnose([Result(ids[0], "error", 0.0, reason=missing), Result(ids[1], "pass", 0.0)]) == ()


def test_a_fault_that_is_left_out_is_not_what_is_most_alike():
    likeness = likeness_of(fingerprints())
    shown = fingerprints().of("gradient_overwritten")
    assert likeness.compare(shown)[0].fault == "gradient_overwritten"
    assert "gradient_overwritten" not in {each.fault for each in likeness.compare(shown, {"gradient_overwritten"})}
    assert sum(each.chance for each in likeness.compare(shown)) == pytest.approx(1)


def test_all_faults_are_left_out_at_once_as_each_is_alone():
    likeness = likeness_of(fingerprints())
    at_once = likeness.left_out()
    for name in ("gradient_overwritten", "cosine_without_minus"):
        alone, _ = likeness.scores(fingerprints().of(name), {name})
        assert at_once[likeness.faults.index(name)] == pytest.approx(alone, abs=1e-4)
    left = leave_out(likeness)
    assert len(left) == len(likeness.faults)
    assert sum(each.place == 1 for each in left) > 0.75 * len(left)
    assert of_the_bank(left)["a fault of the bank, left out, first"][1] == len(left)


def test_a_trial_leaves_out_what_it_is_a_variant_of():
    likeness = likeness_of(fingerprints())
    shown = fingerprints().of("gradient_overwritten")
    made = trial(Struck("gradient_forgotten_first"), shown, likeness)
    assert made.misconceptions == (OVERWRITES,)
    assert "gradient_overwritten" not in {each.fault for each in made.likely}
    assert trial(Struck("gradient_forgotten_first"), {}, likeness).problem


def test_what_was_measured_is_counted():
    likely = tuple(likeness_of(fingerprints()).compare(fingerprints().of("gradient_overwritten")))
    right, wrong = likely[0].misconception, likely[-1].misconception
    trials = [
        Trial("a", (right,), 3, likely),
        Trial("b", (wrong,), 3, likely),
        Trial("c+d", (wrong, right), 3, likely),
        Trial("e", (right,), 0, problem="the suite does not notice it"),
    ]
    found = figures(trials)
    assert (found["first"], found["in the first three"], found["one of a pair first"]) == ((1, 2), (1, 2), (1, 1))
    assert not reached(trials)
    assert reached([trials[0], trials[2]])
    assert "- `e`: the suite does not notice it" in document(trials)


@pytest.mark.parametrize(
    ("search", "text", "line"),
    [
        ("grad_assigned", STUDENT, 5),
        ("detach_copies", STUDENT, 12),
        ("never_reduced", STUDENT, 6),
        ("augmented_rebinds", STUDENT, 2),
        ("grad_assigned", "def backward(t):\n    t.grad = t.grad + g", None),
        ("grad_assigned", "def backward(t):\n    if t.grad is None:\n        t.grad = f(g)", None),
        ("grad_assigned", "def backward(t):\n    t.grad = np.ones_like(t.data)", None),
        ("grad_shared", "def backward(t, g):\n    t.grad = g", 2),
        ("grad_zeros_at_birth", "class V:\n    def __init__(self):\n        self.grad = 0.0", 3),
        ("detach_gives_itself", "def detach(self):\n    return self", 2),
        ("float64_named", "x = np.zeros(3, np.float64)", 1),
        ("power_rule_zero", "def __pow__(self, n):\n    return f(self, n)", 1),
        ("power_rule_zero", "def __pow__(self, n):\n    return n * self ** (n - 1)", None),
        ("difference_adds", "def __sub__(a, b):\n    def back(g):\n        b.grad += g\n    return back", 2),
        ("difference_adds", "def __sub__(a, b):\n    def back(g):\n        b.grad += -g\n    return back", None),
        ("no_grad_empty", "class no_grad:\n    def __enter__(self):\n        return self", 2),
        ("recursive_walk", "def visit(n):\n    for p in n.parents:\n        visit(p)", 3),
        ("seen_in_list", "seen = []\ndef f(n):\n    return n in seen", 3),
        ("recursion_without_visited", "def backward(self):\n    self.parent.backward()", 2),
        ("recursion_without_visited", "def backward(self, seen):\n    self.parent.backward(seen)", None),
        ("kink_included", "def relu(x):\n    return g * (x >= 0)", 2),
        ("mean_undivided", "def mean(x):\n    def back(g):\n        x.grad += g\n    return back", 2),
        ("product_untransposed", "def __matmul__(a, b):\n    def back(g):\n        return g @ b\n    return back", 2),
        (
            "product_untransposed",
            "def __matmul__(a, b):\n    def back(g):\n        return g @ b.T\n    return back",
            None,
        ),
    ],
)
def test_a_search_finds_the_line(search, text, line):
    found = [node.lineno for node, _ in SEARCHES[search](ast.parse(text))]
    assert found[:1] == ([] if line is None else [line])


def test_a_source_that_is_not_to_be_had_has_no_places(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("def (")
    assert places(str(broken), SEARCHES) == ()
    assert places("no_such_module_anywhere", SEARCHES) == ()
    assert files_of(str(tmp_path / "missing.py")) == []


def test_check_says_what_is_wrong_and_diagnose_says_it_again(gradspec, tmp_path):
    path = tmp_path / "record.jsonl"
    code, printed, _ = gradspec("check", "fault:gradient_overwritten", "--profile", "lecture", "--json", str(path))
    assert code == 1
    assert f"it {OVERWRITES}" in " ".join(printed.split())
    assert read_record(path).footer.diagnosis[0].misconception == OVERWRITES
    code, again, _ = gradspec("diagnose", str(path))
    assert code == 0
    assert f"it {OVERWRITES}" in " ".join(again.split())
    assert gradspec("diagnose")[0] == 2


ODD_AND_WRONG = {  # a construction of `odd/`; what is written there, and what is written instead
    OVERWRITES: ("kahn", "surface.py", "self._grad.values[...] += found", "self._grad.values[...] = found"),
    "gets a sign wrong": ("tape", "calculus.py", "lambda g, y, a, b: (g, -g)", "lambda g, y, a, b: (g, g)"),
}


@pytest.mark.parametrize("misconception", ODD_AND_WRONG)
def test_what_is_wrong_is_seen_in_another_construction_too(misconception, gradspec, tmp_path):
    construction, file, old, new = ODD_AND_WRONG[misconception]
    for path in (Path(__file__).parent / "odd").glob("*.py"):
        text = path.read_text("utf-8")
        assert path.name != file or text.count(old) == 1
        (tmp_path / path.name).write_text(text.replace(old, new) if path.name == file else text)
    chapters = [part for name in ("accumulation", "arithmetic", "leaves", "training") for part in ("--chapter", name)]
    record = tmp_path / "record.jsonl"
    assert gradspec("check", f"{tmp_path / construction}.py:adapter", *chapters, "--json", str(record))[0] == 1
    assert [each.misconception for each in read_record(record).footer.diagnosis][:1] == [misconception]


def test_a_record_of_before_has_no_diagnosis():
    assert msgspec.json.decode(b'{"counts": {}, "seconds": 1.0, "record": "footer"}', type=Footer).diagnosis == ()


def graded(visibility):
    """A grade for all scenarios, in one item: what `gradient_overwritten` fails is wrong by half."""
    item = RubricItem("all", "All", 10.0, Selected(), visibility)
    answers = []
    for each in failing("gradient_overwritten"):
        outcome = "pass" if each.outcome == "pass" else "wrong gradient"
        question = Question(each.id, "all", msgspec.Raw(b"{}"), ())
        answers.append((question, Verdict(each.id, "all", outcome, "", each.differences)))
    made = ItemGrade(item, "graded", Fraction(1, 2), len(answers), {}, answers=tuple(answers))
    return Grade(Submission("ann", "ann", ""), "limits", "", (made,))


def test_a_page_of_feedback_says_what_is_likely_wrong_by_what_is_visible():
    told = "".join(suspected(graded("visible")))
    assert "overwrites <code>.grad</code> instead of adding to it" in told
    assert "tutorial: Accumulating Gradients" in told
    assert "".join(suspected(graded("hidden"))) == ""
