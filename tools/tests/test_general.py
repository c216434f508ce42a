"""Teaching code in ten styles, read without a line of help: what is right passes, what is wrong fails by its mistake."""

import html
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gradspec.adapters.loading import load
from gradspec.adapting import recognised
from gradspec.check import run_check
from gradspec.grading.sitting import read_as
from gradspec.selection import Selection
from gradspec.suite import Suite, find_suite

HOMEWORK = Path(__file__).parent / "homework"
CHAPTERS = ("leaves", "accumulation", "arithmetic", "broadcasting", "products", "zeroing", "graph_lifetime")

# What a gradient that is a number from the start cannot do: PyTorch's is None until something arrives.
FROM_ZERO = {
    "leaves.grad_is_none_before_backward",
    "leaves.unreached_leaf_keeps_none",
    "zeroing.nothing_to_zero_before_backward",
}
# What each is read as, at least how many scenarios pass, and which do not.
RIGHT = {
    "closures": ("variable(data), values in x['value'], backward(y), gradients in x['grad']", 20, FROM_ZERO),
    "dataclass_nodes": ("Node(data), values in x.value, gradients in get_gradients(y)[x]", 18, set()),
    "deutsch": ("Groesse(data), values in x.wert, y.rueckwaerts(), gradients in x.ableitung", 30, set()),
    "functional": ("a function f differentiated by grad(f)(data)", 18, set()),
    "pullbacks": ("a function f differentiated by vjp(f, data)[1](1.0)[0]", 18, set()),
    "scalar": ("Num(data), values in x.v, y.backprop(), gradients in x.g", 30, set()),
    "tape": ("with GradientTape() as tape:", 18, set()),
    "tensors": (
        "Tensor(data, requires_grad=requires_grad), values in x.data, y.backward(), gradients in x.grad",
        70,
        set(),
    ),
}
# The first difference, by which each mistake shows, in a scenario; and one that passes in spite of it.
WRONG = {
    "function_objects": (
        "broadcasting.a_row_collects_over_rows",
        ("the row", "shape", "(3,)", "(2, 3)"),
        "accumulation.accumulation_is_elementwise",
    ),
    "generators": (
        "accumulation.short_and_long_paths_meet",
        ("the leaf behind the meeting point", "values", "154.5", "46.5"),
        "accumulation.both_operands_count",
    ),
    "two_names": (
        "accumulation.second_backward_adds",
        ("after the second backward", "values", "4.0", "2.0"),
        "leaves.backward_on_a_leaf",
    ),
}
# What there is, and what is missing, where there is nothing that could be held to PyTorch.
NOT_READ = {
    "layers": "Linear, ReLU, MeanSquaredError and others are layers with forward and backward, and there is no object",
    "pairs": "add, mul, exp and others give values with a pullback, and nothing chains them",
}
# What is put into the right ones, one at a time, and the scenario that fails then: (homework, text, another, scenario).
MISTAKES = {
    "an operand forgotten": (
        "scalar",
        "((self, other.v), (other, self.v))",
        "((self, other.v),)",
        "leaves.every_leaf_gets_its_own_partial",
    ),
    "a sign": ("deutsch", "(andere, -1.0)", "(andere, 1.0)", "accumulation.contributions_cancel"),
    "never begun": ("closures", 'result["grad"] += 1.0', "pass", "leaves.gradient_lands_on_the_leaf"),
    "overwritten": ("closures", 'each["grad"] += part', 'each["grad"] = part', "accumulation.both_operands_count"),
    "raises": ("scalar", "for number in reversed(order)", "for number in ordered", "leaves.gradient_lands_on_the_leaf"),
    "another power": ("dataclass_nodes", "self.value ** (exponent - 1)", "self.value**exponent", None),
    "a path lost": (
        "tape",
        "sensitivity.get(operand, 0.0) + arrived",
        "0.0 * arrived + arrived",
        "accumulation.both_operands_count",
    ),
    "no product rule": ("functional", "(lambda a, b: b, lambda a, b: a)", "(lambda a, b: b, lambda a, b: b)", None),
    "a pullback of the other operand": ("pullbacks", "(s * b, s * a)", "(s * a, s * b)", None),
    "a sensitivity forgotten": (
        "pullbacks",
        "total.get(id(operand), 0.0) + part",
        "part",
        "accumulation.both_operands_count",
    ),
    "the wrong factor": ("tensors", "(g * other.data, g * self.data)", "(g * self.data, g * other.data)", None),
    "not summed": ("tensors", "g = g.sum(axis=0)", "g = g[0]", "broadcasting.a_row_collects_over_rows"),
    "not transposed": (
        "tensors",
        "g @ b.swapaxes(-1, -2), a.swapaxes",
        "g @ b, a.swapaxes",
        "products.matrix_times_matrix",
    ),
}

TWO_CLASSES = """
class Value:
    def __init__(self, data):
        self.data, self.grad = data, 0.0
    def __mul__(self, other):
        made = NAME(self.data * other.data)
        made.before = self, other
        return made
    def backward(self):
        for one, other in (self.before, self.before[::-1]):
            one.grad += other.data
"""
AMBIGUOUS = TWO_CLASSES.replace("NAME", "Value") + TWO_CLASSES.replace("NAME", "Scalar").replace("Value", "Scalar")
# What cannot be read: (its text, words of the sentence).
UNREAD = {
    "nothing": ("ANSWER = 42", "it defines nothing of its own"),
    "no arithmetic": ("class Value:\n    def __init__(self, data): self.data = data", "no class in it can be made"),
    "two classes": (AMBIGUOUS, "Value and Scalar each could be meant"),
    "no gradient": (
        TWO_CLASSES.replace("NAME", "Value").partition("    def backward")[0],
        "nothing was found that gives",
    ),
}


def check(path, chapters=CHAPTERS):
    record = run_check(str(path), suite=find_suite(), selection=Selection(chapters=chapters))
    return record.header, {each.id: each for each in record.results}


def outcomes(results):
    return {each.id: each.outcome for each in results.values()}


def wrong(results):
    return {each.id for each in results.values() if each.outcome not in ("pass", "unsupported")}


def test_every_piece_is_tested():
    assert {path.stem for path in HOMEWORK.glob("*.py")} == {*RIGHT, *WRONG, *NOT_READ}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name):
    reading, least, expected = RIGHT[name]
    header, results = check(HOMEWORK / f"{name}.py")
    assert reading in header.reading
    assert wrong(results) == expected
    assert sum(each.outcome == "pass" for each in results.values()) >= least


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_fails_by_its_mistake(name):
    scenario, difference, other = WRONG[name]
    _, results = check(HOMEWORK / f"{name}.py")
    first = results[scenario].differences[0]
    assert (first.label, first.facet, first.expected, first.found) == difference
    assert results[other].outcome == "pass"


@pytest.mark.parametrize("name", MISTAKES)
def test_reading_hides_no_mistake(name, tmp_path):
    homework, text, another, scenario = MISTAKES[name]
    source = (HOMEWORK / f"{homework}.py").read_text()
    assert source.count(text) == 1
    path = tmp_path / f"{homework}_{name.replace(' ', '_')}.py"
    path.write_text(source.replace(text, another))
    _, results = check(path)
    failed = wrong(results) - RIGHT[homework][2]
    assert scenario in failed if scenario else failed


def test_a_seed_is_set_by_callers_only_where_the_code_says_so(tmp_path):
    source = TWO_CLASSES.replace("NAME", "Value").replace("+= other.data", "+= other.data * self.grad")
    said, unsaid = tmp_path / "said.py", tmp_path / "unsaid.py"
    said.write_text('"""y = x * w; y.grad = 1.0; y.backward()"""\n' + source)
    unsaid.write_text(source)
    assert "y.grad = seed; y.backward()" in load(str(said)).reading
    assert "seed" not in load(str(unsaid)).reading
    assert "leaves.gradient_lands_on_the_leaf" not in wrong(check(said, ("leaves",))[1])
    assert "zeroing.zeroing_concerns_one_leaf" not in wrong(check(said, ("zeroing",))[1])
    assert "accumulation.second_backward_adds" in wrong(check(unsaid, ("accumulation",))[1])


def test_differences_are_not_taken_for_derivatives(tmp_path):
    source = TWO_CLASSES.replace("NAME", "Value").replace("+= other.data", "+= other.data * self.grad")
    path = tmp_path / "checked.py"
    path.write_text(f"{source}\ndef derivative(f, x, h=1e-6):\n    return (f(x + h) - f(x - h)) / (2 * h)\n")
    assert "y.backward()" in load(str(path)).reading
    assert "accumulation.second_backward_adds" in wrong(check(path, ("accumulation",))[1])


def test_check_says_what_it_was_read_as(gradspec):
    code, printed, _ = gradspec("check", HOMEWORK / "scalar.py", "--chapter", "leaves")
    assert code == 0
    assert "scalar.py read as Num(data), values in x.v, y.backprop(), gradients in x.g" in printed


@pytest.mark.parametrize("name", NOT_READ)
def test_what_leaves_the_chain_rule_to_its_caller_is_told_so(name, gradspec):
    for command in ("check", "adapt"):
        code, _, complaint = gradspec(command, HOMEWORK / f"{name}.py")
        assert code == 2
        assert NOT_READ[name] in complaint
        assert len(complaint.splitlines()) == 1


def test_a_pullback_takes_a_gradient_of_the_result():
    assert "grad_argument" in load(str(HOMEWORK / "pullbacks.py")).capabilities
    assert "grad_argument" not in load(str(HOMEWORK / "functional.py")).capabilities


def test_a_class_can_be_named(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(AMBIGUOUS)
    assert load(f"{path}:Scalar").reading.startswith("Scalar(data)")


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_gets_a_sentence(name, tmp_path, gradspec):
    source, words = UNREAD[name]
    path = tmp_path / "unread.py"
    path.write_text(source)
    for command in (("check", path), ("adapt", path)):
        code, _, complaint = gradspec(*command)
        assert code == 2
        assert words in complaint
        assert len(complaint.splitlines()) == 1
    assert "gradspec adapt" in gradspec("check", path)[2]


@pytest.mark.parametrize("name", ["scalar", "tensors", "closures", "functional", "tape", "two_names"])
def test_a_starter_adapter_gives_the_same_verdicts(name, tmp_path, gradspec):
    path, adapter = HOMEWORK / f"{name}.py", tmp_path / "adapter.py"
    code, printed, _ = gradspec("adapt", path, "--write", adapter)
    assert code == 0
    assert f"wrote {adapter}" in printed
    compile(adapter.read_text(), "adapter.py", "exec")
    chapters = ("leaves", "accumulation", "broadcasting")
    assert outcomes(check(f"{adapter}:adapter", chapters)[1]) == outcomes(check(path, chapters)[1])


def test_adapt_shows_what_is_claimed_and_why_not_more(gradspec):
    code, printed, _ = gradspec("adapt", HOMEWORK / "deutsch.py")
    assert code == 0
    for words in (
        "class",
        "Groesse",
        "x.wert",
        "y.rueckwaerts()",
        "sqrt: x.wurzel()",
        "tensor: it holds single numbers",
    ):
        assert words in printed


def test_adapt_replaces_nothing_unasked(tmp_path, gradspec):
    adapter = tmp_path / "adapter.py"
    adapter.write_text("mine")
    arguments = ("adapt", HOMEWORK / "scalar.py", "--write", adapter)
    code, _, complaint = gradspec(*arguments)
    assert (code, adapter.read_text()) == (2, "mine")
    assert "--force" in complaint
    assert gradspec(*arguments, "--force")[0] == 0
    assert "adapter_for" in adapter.read_text()


@pytest.mark.parametrize("named", ["homework.py", "homework", "./homework.py"])
def test_no_force_replaces_what_is_adapted(named, tmp_path, monkeypatch, gradspec):
    monkeypatch.chdir(tmp_path)
    source = (HOMEWORK / "scalar.py").read_text()
    Path("homework.py").write_text(source)
    code, _, complaint = gradspec("adapt", named, "--write", "homework.py", "--force")
    assert (code, Path("homework.py").read_text()) == (2, source)
    assert "homework.py is what is to be adapted" in complaint


def test_an_error_of_several_lines_is_said_in_one(tmp_path, gradspec):
    path = tmp_path / "loud.py"
    path.write_text(r"raise ValueError('one\n\x1b[31mtwo')")
    for command in ("check", "adapt"):
        code, _, complaint = gradspec(command, path)
        assert code == 2
        assert rf"ValueError: one \u001b[31mtwo ({path}, line 1)." in complaint
        assert len(complaint.splitlines()) == 1


def test_adapt_writes_what_is_missing_where_nothing_is_recognised(tmp_path, gradspec):
    path, adapter = tmp_path / "unread.py", tmp_path / "adapter.py"
    path.write_text(UNREAD["no arithmetic"][0])
    assert gradspec("adapt", path, "--write", adapter)[0] == 2
    assert "# missing" in adapter.read_text()


@pytest.mark.parametrize(("implementation", "words"), [("micrograd", "has an adapter"), ("HONEST", "needs no adapter")])
def test_adapt_of_what_needs_none(implementation, words, honest, gradspec):
    code, _, complaint = gradspec("adapt", implementation.replace("HONEST", honest))
    assert code == 2
    assert words in complaint


def test_smoke_of_what_works(gradspec):
    code, printed, _ = gradspec("smoke", HOMEWORK / "deutsch.py")
    assert code == 0
    assert "FAIL" not in printed
    assert "the gradient is right" in printed


# What smoke says of implementations: (the source, exit code, words, whether there are frames of theirs).
SMOKED = {
    "raises": ("raise ValueError('no')", 1, "ValueError: no", True),
    "ends": ("import os; os._exit(3)", 1, "exit code 3", False),
    "raises backward": (
        TWO_CLASSES.replace("NAME", "Value").replace("self.before,", "self.after,"),
        1,
        "'after'",
        True,
    ),
    "a wrong gradient": (
        TWO_CLASSES.replace("NAME", "Value").replace("+= other.data", "+= 7.0"),
        1,
        "the derivative of 3x is 3, and x.grad is",
        False,
    ),
    "nothing to run": ("ANSWER = 42", 2, "cannot be read as teaching code", False),
}


@pytest.mark.parametrize("name", SMOKED)
def test_smoke_says_whose_fault_it_is(name, tmp_path, gradspec):
    source, expected, words, frames = SMOKED[name]
    path = tmp_path / "smoked.py"
    path.write_text(source)
    code, printed, _ = gradspec("smoke", path)
    assert code == expected
    assert words in printed
    assert (f"        {path}:" in printed) == frames
    assert "ok    harness" in printed
    assert "FAIL  harness" not in printed


def test_smoke_of_a_broken_harness(own_tiny, monkeypatch, gradspec):
    next(own_tiny.golden.glob("*.json")).write_text("{")
    monkeypatch.setattr("gradspec.suite.find_suite", lambda: Suite(own_tiny.root))
    code, printed, _ = gradspec("smoke", HOMEWORK / "scalar.py")
    assert code == 3
    assert "FAIL  harness" in printed
    assert "The harness is at fault" in printed


def test_grading_reads_homework_too(tmp_path):
    folder, rubric, out = tmp_path / "handed in", tmp_path / "rubric.toml", tmp_path / "out"
    folder.mkdir()
    for name in ("scalar", "two_names", "tape"):
        (folder / f"{name}.py").write_text((HOMEWORK / f"{name}.py").read_text())
    rubric.write_text(
        'name = "small"\nfacets = ["observations", "kind", "raised", "number", "values", "shape"]\n'
        '[[items]]\nid = "sums"\ntitle = "Sums"\npoints = 1\n[items.select]\n'
        'scenarios = ["accumulation.all_paths_are_summed", "accumulation.contributions_cancel"]\n'
        '[[items]]\nid = "flags"\ntitle = "Flags"\npoints = 1\n[items.select]\n'
        'scenarios = ["leaves.requires_grad_is_false_by_default"]\n'
    )
    command = [sys.executable, "-c", "from gradspec.cli import main; main()", "grade", folder, "--rubric", rubric]
    done = subprocess.run(
        [*command, "--out", out, "--min-tier", "limits", "--oracle", "golden", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scores = {path.parent.name: json.loads(path.read_text())["score"] for path in out.glob("students/*/results.json")}
    assert scores == {"scalar": 1.0, "tape": 1.0, "two_names": 0.0}
    told = (out / "students" / "scalar" / "feedback.html").read_text()
    assert "Num has nothing like Tensor.requires_grad" in told or "has nothing like" in told
    read = {each: recognised(str(HOMEWORK / f"{each}.py")).sentence for each in ("scalar", "tape")}
    for name, sentence in read.items():
        for page in (out / "index.html", out / "students" / name / "feedback.html"):
            assert f"Read as teaching code: <code>{html.escape(sentence)}</code>" in page.read_text()
    rubric.write_text(rubric.read_text().replace("points = 1", "points = 2"))
    done = subprocess.run(
        [*command, "--out", out, "--min-tier", "limits", "--oracle", "golden", "--seed", "1", "--resume"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert read["tape"] in html.unescape((out / "index.html").read_text())  # nothing is asked again, nor forgotten


def test_what_a_submission_says_that_it_is_read_as_is_one_line_of_text():
    said = read_as("`x`\n<b>" + "y" * 999)
    assert said.startswith("Read as teaching code: `'x' <b>yyy")
    assert said.count("`") == 2
    assert len(said) < 300
