"""`gradspec check`: verdicts, exit codes, the report, and the record of a run."""

import json
from types import SimpleNamespace

import pytest

from gradspec.adapters import BASIC_FACETS
from gradspec.check import run_check
from gradspec.errors import HarnessError, UsageError
from gradspec.report.jsonl import read_record
from gradspec.report.text import around_the_difference
from gradspec.results import OUTCOMES, Result
from gradspec.selection import Selection, find_item, select

ANOTHER_TYPE = """
def backward(self, *upstream):
    if not self.requires_grad:
        raise TypeError("no")
    honest_backward(self, *upstream)

honest_backward, Tensor.backward = Tensor.backward, backward
"""
CHATTY = """
import warnings

def tensor(*args, **kwargs):
    warnings.warn("hm")
    return honest.tensor(*args, **kwargs)
"""
LIAR = """
class Liar(float):
    __hash__ = None
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__

Tensor.tolist = lambda self: Liar(7)
"""

# An implementation that is wrong in one way: (source, {id: facets}, whether semantics are broken)
WRONG = {
    "always": (
        "class Tensor(honest.Tensor):\n    tolist = lambda self: 42.0\nhonest.Tensor = Tensor",
        {"basics.product": {"values"}, "basics.text": {"values"}, "basics.unlucky": {"values"}},
        True,
    ),
    "no error": (
        "Tensor.backward = lambda self: None",
        {"basics.constant": {"raised"}, "basics.product": {"kind"}, "lectures.hello": {"observations", "text"}},
        True,
    ),
    "another type of error": (ANOTHER_TYPE, {"basics.constant": {"error_type", "message"}}, False),
    "another node": ("MulBackward0.__name__ = 'Times'", {"basics.product": {"grad_fn"}}, False),
    "chatty": (CHATTY, {"basics.product": {"warning"}, "basics.text": {"warning"}}, False),
    "a subclass of float": (
        "import numpy\nTensor.item = lambda self: numpy.float32(self.data)",
        {"basics.text": {"kind"}},
        True,
    ),
    "lies about equality": (LIAR, {"basics.product": {"values"}}, True),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name, fake, tiny):
    source, expected, semantics = WRONG[name]
    record = run_check(fake(source), suite=tiny)
    found = {each.id: {difference.facet for difference in each.differences} for each in record.results}
    assert record.exit_code == 1
    for identifier, facets in expected.items():
        assert found[identifier] == facets
    assert all(each.keeps("semantics") for each in record.results) is not semantics


def test_in_process_the_verdicts_are_the_same(honest, fake, tiny):
    assert run_check(honest, suite=tiny, in_process=True).exit_code == 0
    wrong = run_check(fake("tensor = lambda *_, **__: 1.0", "wrong.py"), suite=tiny, in_process=True)
    assert {each.outcome for each in wrong.results} == {"fail", "error"}
    with pytest.raises(UsageError, match="does not import: ZeroDivisionError"):
        run_check(fake("1 / 0", "worse.py"), suite=tiny, in_process=True)


@pytest.mark.parametrize("jobs", [2, 3, 9])
def test_several_workers_come_to_the_same_record_as_one(jobs, fake, tiny):
    source = "import os\nTensor.backward = lambda self: os._exit(1)"
    heard = []
    records = [
        run_check(fake(source), suite=tiny, jobs=n, listen=lambda line, total: heard.append(line)) for n in (1, jobs)
    ]
    alone, together = (
        [(each.id, each.outcome, each.differences, each.reason) for each in record.results] for record in records
    )
    assert alone == together
    assert [each.id for each in heard if isinstance(each, Result)] == [each[0] for each in [*alone, *together]]


def test_trouble_in_a_worker_s_thread_is_raised(honest, tiny, monkeypatch):
    def expected(item):
        raise ZeroDivisionError

    broken = SimpleNamespace(recorded=expected, prepare=lambda items: None, close=lambda: None)
    monkeypatch.setattr("gradspec.check.make_oracle", lambda *_: broken)
    with pytest.raises(ZeroDivisionError):
        run_check(honest, suite=tiny, jobs=2)


def test_the_honest_one_conforms(honest, tiny, gradspec):
    code, printed, complaint = gradspec("check", honest, "--suite", tiny.root)
    assert (code, complaint) == (0, "")
    assert f"{honest} conforms: 5 pass" in printed


def test_a_crash_where_an_error_is_expected_is_no_pass(fake, tiny):
    record = run_check(fake("import os\nTensor.backward = lambda self: os._exit(1)"), suite=tiny)
    results = {each.id: each.outcome for each in record.results}
    assert results["basics.constant"] == "crash"


ADAPTER = """
from gradspec.adapters import Adapter, Unsupported, describe_tensor
from types import SimpleNamespace

def tensor(data, requires_grad=False):
    if data == 666.0:
        raise Unsupported("the number of the beast")
    return honest.tensor(data, requires_grad)

adapter = Adapter(
    name="a library",
    torch=SimpleNamespace(tensor=tensor),
    capabilities=frozenset({"tensor"}),
    facets=frozenset(FACETS),
    describe=lambda value: describe_tensor(value) if isinstance(value, honest.Tensor) else None,
)
"""


def test_an_adapter_says_what_its_library_has(fake, tiny):
    facets = f"FACETS = {sorted(BASIC_FACETS)}\nMulBackward0.__name__ = 'Times'\nTensor.requires_grad = 1\n"
    record = run_check(fake(facets + ADAPTER) + ":adapter", suite=tiny)
    outcomes = {each.id: (each.outcome, each.reason) for each in record.results}
    assert outcomes["basics.product"] == ("pass", ""), "a facet that is not claimed is not compared"
    assert outcomes["basics.text"] == ("unsupported", "a library does not offer matmul")
    assert outcomes["basics.unlucky"] == ("unsupported", "the number of the beast")
    assert outcomes["lectures.hello"][0] == "unsupported"
    assert record.exit_code == 0
    assert record.header.implementation == "a library"


BAD_ADAPTERS = {
    "FACETS = ['values']\n": "lacks a facet that all have",
    "FACETS = ['values', 'colour']\n": "claims 'colour'",
}


@pytest.mark.parametrize("facets", BAD_ADAPTERS)
def test_an_adapter_with_impossible_claims_is_refused(facets, fake, tiny):
    with pytest.raises(UsageError, match=BAD_ADAPTERS[facets]):
        run_check(fake(facets + ADAPTER) + ":adapter", suite=tiny)


def test_an_object_in_a_file_can_be_an_implementation(fake, tiny):
    path = fake("class space:\n    class inner:\n        tensor = staticmethod(honest.tensor)")
    assert run_check(path + ":space.inner", suite=tiny).exit_code == 0


def test_a_package_directory_can_be_an_implementation(fake, tmp_path, tiny, monkeypatch):
    fake("", "unused.py")
    package = tmp_path / "library"
    package.mkdir()
    (package / "__init__.py").write_text("from library.inner import tensor")
    (package / "inner.py").write_text("from honest import tensor")
    assert run_check(str(package), suite=tiny).exit_code == 0
    monkeypatch.chdir(tmp_path)
    assert run_check("library", suite=tiny).exit_code == 0, "a module of the working directory"
    assert run_check("./library", suite=tiny).exit_code == 0


def test_where_nothing_is_supported_nothing_is_green(fake, tiny, gradspec):
    facets = f"FACETS = {sorted(BASIC_FACETS)}\n"
    code, printed, _ = gradspec("check", fake(facets + ADAPTER) + ":adapter", "--suite", tiny.root, "-k", "unlucky")
    assert code == 2
    assert "supports nothing of what was selected" in printed


# Arguments of `check` that are wrong usage: words of the one sentence.
WRONG_USAGE = {
    ("no_such_module_anywhere",): "no_such_module_anywhere does not exist",
    ("no/such/file.py",): "no/such/file.py does not exist",
    ("HONEST:nothing",): "There is no 'nothing' in",
    ("/",): "is no package",
    ("json",): "has no `tensor`",
    ("HONEST", "--chapter", "basic"): "did you mean 'basics'? There are basics, lectures",
    ("HONEST", "--profile", "cor"): "did you mean 'core'?",
    ("HONEST", "--oracle", "gold"): "There is no oracle 'gold'",
    ("HONEST", "-k", "nothing_like_it"): "Nothing is selected",
    ("HONEST", "-k", "a +"): "no keyword expression",
    ("HONEST", "-k", "product or f()"): "no keyword expression",
    ("HONEST", "--json", "/nowhere/at/all"): "/nowhere/at/all cannot be written",
    ("HONEST", "--json", "/"): "cannot be written",
    ("torch", "--oracle", "live"): "never against itself",
    ("HONEST", "--suite", "/nowhere"): "no chapters in",
}


@pytest.mark.parametrize("arguments", WRONG_USAGE)
def test_wrong_usage_gets_a_sentence(arguments, honest, tiny, gradspec):
    given = [each.replace("HONEST", honest) for each in arguments]
    suite = [] if "--suite" in arguments else ["--suite", tiny.root]
    code, printed, complaint = gradspec("check", *given, *suite)
    assert (code, printed) == (2, "")
    assert WRONG_USAGE[arguments] in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("arguments", [("check",), ("check", "torch", "--bogus"), ("nonsense",)])
def test_what_is_no_command_line_is_wrong_usage(arguments, gradspec):
    code, printed, complaint = gradspec(*arguments)
    assert (code, printed) == (2, "")
    assert "Traceback" not in complaint


def test_the_report_shows_expected_and_found(fake, tiny, gradspec):
    source, _, _ = WRONG["always"]
    code, printed, _ = gradspec("check", fake(source), "--suite", tiny.root)
    assert code == 1
    assert "The gradient of a product is the other factor." in printed
    assert "basics.py:6; the harness's own tests" in printed
    lines = [line.split() for line in printed.splitlines()]
    assert ["product", "values", "6.0", "42.0"] in lines
    assert ["chapter", "pass", "fail", "semantics", "fidelity"] in lines
    assert ["basics", "1", "3", "1/4", "4/4"] in lines


def test_the_text_of_an_implementation_is_not_markup(fake, tiny, gradspec):
    words = "[bold]not bold[/bold] [/]"
    source = f"def backward(self): raise RuntimeError({words!r})\nTensor.backward = backward"
    _, printed, _ = gradspec("check", fake(source), "--suite", tiny.root)
    assert words in printed


def test_the_record_is_written_and_read(fake, tiny, tmp_path, gradspec):
    path = tmp_path / "run.jsonl"
    path.write_text("something older\n" * 1000)
    source, _, _ = WRONG["always"]
    gradspec("check", fake(source), "--suite", tiny.root, "--json", path)
    header, *results, footer = map(json.loads, path.read_text().splitlines())
    assert (header["record"], header["oracle"], header["versions"].keys() >= {"python", "numpy"}) == (
        "header",
        "golden",
        True,
    )
    assert (len(results), footer["counts"]) == (5, {"pass": 2, "fail": 3})
    assert {"id", "outcome", "seconds", "differences"} <= results[0].keys()
    record = read_record(path)
    assert (record.exit_code, len(record.results)) == (1, 5)


SPOILED = {
    "without footer": lambda lines: lines[:-1],
    "without header": lambda lines: lines[1:],
    "cut short": lambda lines: [*lines[:-1], lines[-1][:9]],
    "two runs": lambda lines: lines * 2,
    "empty": lambda lines: [],
    "another format": lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]],
    "of something else": lambda lines: ['{"a": 1}'],
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_record_is_refused(name, honest, tiny, tmp_path, gradspec):
    path = tmp_path / "run.jsonl"
    gradspec("check", honest, "--suite", tiny.root, "--json", path)
    assert read_record(path).exit_code == 0
    path.write_text("\n".join(SPOILED[name](path.read_text().splitlines())))
    with pytest.raises(UsageError):
        read_record(path)


def test_every_outcome_counts_for_or_against_or_for_nobody():
    assert OUTCOMES["infrastructure"] is None
    assert [outcome for outcome, conforms in OUTCOMES.items() if conforms] == ["pass", "unsupported", "xfail"]


def test_trouble_with_the_oracle_is_nobody_s_fault(honest, tiny, monkeypatch):
    def expected(item):
        raise HarnessError("torch fell over")

    broken = SimpleNamespace(recorded=expected, prepare=lambda items: None, close=lambda: None)
    monkeypatch.setattr("gradspec.check.make_oracle", lambda *_: broken)
    record = run_check(honest, suite=tiny)
    assert {(each.outcome, each.reason) for each in record.results} == {("infrastructure", "torch fell over")}
    assert record.exit_code == 3


SELECTIONS = {
    Selection(): 5,
    Selection(chapters=("basics",)): 4,
    Selection(chapters=("lectures", "basics", "lectures")): 5,
    Selection(profile="lecture"): 1,
    Selection(profile="lecture", chapters=("basics",)): 4,
    Selection(keyword="unlucky or hello"): 2,
    Selection(keyword="basics and not (text or product)"): 2,
    Selection(keyword="BASICS.product"): 1,
}


@pytest.mark.parametrize("selection", SELECTIONS)
def test_items_are_selected(selection, tiny):
    assert len(select(tiny, selection)) == SELECTIONS[selection]


def test_an_item_is_found_by_its_id(tiny):
    assert find_item(tiny, "basics.product").line == 6
    with pytest.raises(UsageError, match=r"did you mean 'basics\.product'"):
        find_item(tiny, "basics.products")


def test_a_full_disk_is_said(honest, tiny, gradspec):
    code, _, complaint = gradspec("check", honest, "--suite", tiny.root, "--json", "/dev/full")
    assert (code, "/dev/full cannot be written: No space left" in complaint) == (2, True)


def test_a_fault_of_the_harness_is_no_verdict(honest, gradspec, monkeypatch):
    monkeypatch.setattr("gradspec.check.run_check", lambda *_, **__: 1 / 0)
    code, _, complaint = gradspec("check", honest)
    assert (code, "ZeroDivisionError" in complaint) == (3, True)


def test_of_long_texts_the_difference_is_shown():
    same = "the same words " * 20
    expected, found = around_the_difference(f"{same}the solution{same}", f"{same}a solution{same}")
    assert "words the solution" in expected
    assert "words a solution" in found
    assert len(expected) < 80
    assert around_the_difference("short", "shorter") == ("short", "shorter")
    assert around_the_difference(same, same + "!")[1].endswith("words !")
