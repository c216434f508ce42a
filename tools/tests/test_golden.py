"""Goldens: what is refused with which sentence, and that they are what PyTorch does."""

import pytest

from gradspec.files import write_atomically
from gradspec.golden import golden_path, golden_text, read_golden, script_path
from gradspec.recording import drift, flaws, orphans, record, remove_orphans
from gradspec.scenario import ScenarioError
from gradspec.suite import Suite

SPOILED = {
    "truncated": (lambda text: text[:700], "is truncated or malformed"),
    "empty": (lambda text: "", "is truncated or malformed"),
    "no JSON": (lambda text: "hello", "is truncated or malformed"),
    "a field too many": (lambda text: text.replace('"cites"', '"sites"'), "is truncated or malformed"),
    "another kind": (lambda text: text.replace('"kind": "tensor"', '"kind": "matrix"'), "is truncated or malformed"),
    "another format": (lambda text: text.replace('"format": 1', '"format": 99'), "has format 99, not 1"),
    "another torch": (lambda text: text.replace('"2.13.0+cpu"', '"2.12.1"'), "comes from torch 2.12.1, not 2.13.0"),
    "a scenario missing": (lambda text: text.replace('"product": {', '"produce": {'), "has no scenario 'product'"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_golden_is_the_harness_s_fault(name, honest, own_tiny, gradspec):
    spoil, words = SPOILED[name]
    path = golden_path(own_tiny, "basics")
    text = path.read_text()
    path.write_text(spoil(text))
    code, printed, complaint = gradspec("check", honest, "--suite", own_tiny.root)
    assert (code, printed) == (3, "")
    assert f"{path} {words}" in complaint
    assert "`gradspec record`" in complaint
    assert complaint.count("\n") == 1


UNREADABLE = {
    "missing": lambda path: path.unlink(),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("path", ["basics.json", "lectures/hello.txt"])
def test_an_unreadable_golden_is_the_harness_s_fault(name, path, honest, own_tiny, gradspec):
    UNREADABLE[name](own_tiny.golden / path)
    code, _, complaint = gradspec("check", honest, "--suite", own_tiny.root)
    assert (code, str(own_tiny.golden / path) in complaint, complaint.count("\n")) == (3, True, 1)


def test_an_unknown_implementation_is_named_before_a_missing_golden(own_tiny, gradspec):
    golden_path(own_tiny, "basics").unlink()
    assert gradspec("check", "no_such_module", "--suite", own_tiny.root)[0] == 2


def test_a_chapter_that_does_not_import_is_the_harness_s_fault(honest, own_tiny, gradspec):
    (own_tiny.root / "broken.py").write_text("1 / 0")
    code, _, complaint = gradspec("check", honest, "--suite", own_tiny.root)
    assert (code, "broken.py does not import: ZeroDivisionError" in complaint) == (3, True)


def test_golden_files_have_a_line_for_each_observation(tiny):
    path = golden_path(tiny, "basics")
    golden = read_golden(path)
    assert golden_text(golden) == path.read_text()
    observations = sum(len(each.observations) for each in golden.scenarios.values())
    assert path.read_text().count('\n    {"label": ') == observations
    assert list(golden.scenarios) == sorted(golden.scenarios)


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert [each.name for each in path.parent.iterdir()] == ["a.json"]
    assert path.read_text() == "old"


FLAWED = '''
from gradspec import scenario

@scenario(cites=" ")
def nowhere(torch):
    """A clause."""
    yield "one", 1

@scenario(cites="somewhere")
def silent(torch):
    yield "one", 1
'''


def test_flaws_are_named(own_tiny):
    (own_tiny.root / "flawed.py").write_text(FLAWED)
    suite = Suite(own_tiny.root)
    found = list(flaws("flawed", suite.items("flawed")))
    assert [each.partition(": ")[2] for each in found] == [
        "flawed.nowhere has no citation.",
        "flawed.silent has no clause: its docstring is empty.",
    ]


def test_two_scenarios_of_one_name_are_refused(own_tiny):
    source = FLAWED.replace("silent", "nowhere")
    (own_tiny.root / "twice.py").write_text(source)
    with pytest.raises(ScenarioError, match=r"twice\.nowhere is written twice, in lines 4 and 9"):
        Suite(own_tiny.root).items("twice")


def test_a_chapter_without_scenarios_is_a_flaw(own_tiny):
    assert list(flaws("empty", ())) == ["The chapter empty has no scenario."]


@pytest.fixture(scope="module")
def oracle():
    pytest.importorskip("torch")
    from gradspec.oracle import LiveOracle

    live = LiveOracle()
    yield live
    live.close()


def test_the_goldens_are_what_torch_does(tiny, oracle):
    assert list(drift(tiny, tiny.names(), oracle)) == []
    assert list(orphans(tiny)) == []


def test_recording_writes_what_is_there(own_tiny, tiny, oracle):
    for path in own_tiny.golden.rglob("*.*"):
        path.unlink()
    written = record(own_tiny, own_tiny.names(), oracle)
    assert written == [golden_path(own_tiny, "basics"), script_path(own_tiny, "hello")]
    assert list(drift(own_tiny, own_tiny.names(), oracle)) == []
    ours, theirs = read_golden(written[0]), read_golden(golden_path(tiny, "basics"))
    assert ours.scenarios == theirs.scenarios
    assert written[1].read_text() == script_path(tiny, "hello").read_text()


# What drifts, and how: (file, before, after, words of what is said)
DRIFTS = {
    "a value": ("golden/basics.json", "[6.0]", "[6.5]", "basics.product, 'product', values"),
    "a name": ("golden/basics.json", "MulBackward0", "Times", "basics.product, 'product', grad_fn"),
    "a message": ("golden/basics.json", "element 0", "element 1", "-element 1 of tensors does not require grad"),
    "a clause": ("golden/basics.json", "other factor.", "same factor.", "basics.product, clause"),
    "a citation": ("chapters/basics.py", "own tests", "own book", "basics.product, cites"),
    "an output": ("golden/lectures/hello.txt", "2.0", "2.1", "-gradient: 2.1\n  +gradient: 2.0"),
    "a golden too many": ("golden/basics.json", '"product": {', '"produce": {', "'produce', which is no scenario"),
    "a golden too few": ("golden/basics.json", '"product": {', '"produce": {', "basics.product has no golden"),
    "a label": ("chapters/basics.py", '"product", y', '"result", y', "basics.product, 'product', observations"),
    "no observation": ("chapters/basics.py", 'yield "backward"', 'if 0: yield "backward"', "observes nothing"),
    "a label twice": (
        "chapters/basics.py",
        '"gradient", x',
        '"product", x',
        "two observations with the label 'product'",
    ),
    "unobservable": ("chapters/basics.py", "x.item()", "x.item", "is not observable"),
    "a slip of its own": ("chapters/basics.py", "x.item()", "z.item()", "is NameError: name 'z' is not defined"),
    "no pair": ("chapters/basics.py", 'yield "gradient", x.grad', "yield x.grad", "yields pairs"),
    "a failing script": ("chapters/lectures/hello.py", "2.0)", "2.0).nothing", "fails on torch: AttributeError"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_shown(name, own_tiny, oracle):
    file, before, after, words = DRIFTS[name]
    path = own_tiny.root.parent / file
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    assert words in "\n".join(drift(own_tiny, own_tiny.names(), oracle))


def test_goldens_that_belong_to_nothing_are_found_and_removed(own_tiny):
    strays = [own_tiny.golden / "stray.json", own_tiny.golden / "lectures" / "stray.txt"]
    for path in strays:
        path.write_text("{}")
    assert list(orphans(own_tiny)) == strays
    assert remove_orphans(own_tiny) == strays
    assert list(orphans(own_tiny)) == []


def test_the_command_records_and_checks(own_tiny, gradspec):
    pytest.importorskip("torch")
    path = golden_path(own_tiny, "basics")
    path.write_text(path.read_text().replace("[6.0]", "[6.5]"))
    code, printed, _ = gradspec("record", "--check", "--suite", own_tiny.root)
    assert (code, "-6.5\n  +6.0" in printed) == (1, True)
    code, printed, _ = gradspec("record", "--suite", own_tiny.root)
    assert (code, f"wrote {path}" in printed) == (0, True)
    assert gradspec("record", "--check", "--suite", own_tiny.root)[0] == 0
