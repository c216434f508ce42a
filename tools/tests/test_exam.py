"""The exam: inputs that nobody has seen, verdicts that are true, and a cost that is bounded whatever is handed in."""

import ast
import json
import random
import re
from collections import Counter

import msgspec
import pytest

from gradspec.compare import Difference
from gradspec.errors import HarnessError, UsageError
from gradspec.grading.exam import make_exam
from gradspec.grading.fresh import Boldness, choose, jittered, shifted, vary
from gradspec.grading.gradients import gradients_in_source
from gradspec.grading.model import Exam, Question, Rubric, RubricItem, Selected
from gradspec.grading.outcomes import judge
from gradspec.grading.sitting import EXHAUSTED, PATIENCE, TRIES, examine
from gradspec.grading.skeleton import same_skeleton
from gradspec.grading.warmup import LABEL
from gradspec.oracle import GoldenOracle
from gradspec.pasting import as_body
from gradspec.process import Crashed, PlainProcess, TimedOut
from gradspec.suite import find_suite
from gradspec.trace import (
    Broken,
    Declined,
    Denied,
    Nothing,
    Observation,
    Raised,
    Refused,
    Scalar,
    Tensor,
    Text,
    Traced,
    decode_reply,
)

CHAPTERS = ("accumulation", "zeroing", "higher_order", "custom_function", "random", "dtypes")


def rubric(*selected, **settings):
    items = tuple(RubricItem(f"item{n}", f"Item {n}", 1.0, each) for n, each in enumerate(selected, 1))
    return Rubric("test", items, **settings)


ASKED = rubric(
    Selected(chapters=CHAPTERS),
    Selected(scenarios=("operators.exp", "operators.matmul", "lectures.tutorial_first_gradient")),
    Selected(programs=4, operators=("add", "mul", "tanh", "sum")),
    Selected(chapters=("regressions",)),
)


@pytest.fixture(scope="module")
def suite():
    return find_suite()


@pytest.fixture(scope="module")
def exam(suite):
    pytest.importorskip("torch")
    return make_exam(ASKED, suite, "a secret")


@pytest.fixture(scope="module")
def published(suite):
    """By id: what the goldens have."""
    oracle = GoldenOracle(suite)
    return {each.id: oracle.expected(each) for chapter in suite.names() for each in suite.items(chapter)}


def floats(text):
    constants = [each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)]
    return [each for each in constants if isinstance(each, float)]


def source_of(question):
    return json.loads(bytes(question.request)).get("source", "")


# -- fresh inputs


def test_the_same_seed_gives_the_same_exam(exam, suite):
    assert make_exam(ASKED, suite, "a secret") == exam


def test_another_seed_gives_other_inputs(exam, suite):
    small = rubric(Selected(chapters=("accumulation",)))
    one, other = (make_exam(small, suite, seed) for seed in ("one", "other"))
    assert [each.id for each in one.questions] == [each.id for each in other.questions]
    assert all(a.request != b.request for a, b in zip(one.questions, other.questions, strict=True))


def test_most_questions_have_fresh_inputs(exam):
    stale = [each.id for each in exam.questions if not each.fresh]
    assert len(stale) < len(exam.questions) / 7, stale


def test_fresh_inputs_keep_the_skeleton(exam, published):
    for each in exam.questions:
        if each.fresh and each.id in published and not each.id.startswith("operators."):
            asked = [one for one in each.expected if one.label != LABEL]
            assert same_skeleton(published[each.id], tuple(asked)), each.id


def test_no_answer_is_published(exam, published):
    known = [each.id for each in exam.questions if each.expected == published.get(each.id)]
    assert known == []


def test_scripts_give_no_input_away(exam, suite):
    sources = {each.id: as_body(each) for name in CHAPTERS for each in suite.items(name)}
    asked = [each for each in exam.questions if each.fresh and each.id in sources and LABEL not in source_of(each)]
    assert len(asked) > 50
    for each in asked:
        published = sorted(floats(sources[each.id]))
        own = [new for new, old in zip(sorted(floats(source_of(each))), published, strict=True) if new != old]
        assert not own or sorted(floats(each.script)) != sorted(floats(source_of(each))), each.id


def test_scripts_are_plain_pytorch(exam):
    for each in exam.questions:
        compile(each.script, each.id, "exec")
        assert "import torch\n" in each.script, each.id


def test_refgrad_passes_what_pytorch_answers(exam):
    """A second implementation: fresh inputs have not made a question that has several right answers."""
    verdicts = list(examine("refgrad", exam, ASKED))
    assert [each for each in verdicts if each.outcome != "pass"] == []


SOURCE = '''
def slopes(torch):
    """To be kept, at 2.0."""
    x = torch.tensor([1.0, -2.0, 2.0, 0.0, 0.3], requires_grad=True)
    y = (x * x).clamp(-8, 6) ** 2.0 + 1e-12
    yield "at 2, times 3", torch.allclose(x * 3, y, atol=0.5)
'''


@pytest.mark.parametrize("seed", range(20))
def test_order_signs_zeros_and_equality_stay(seed):
    new = vary(SOURCE, random.Random(seed), Boldness())
    tree = ast.parse(new)
    data = next(each for each in ast.walk(tree) if isinstance(each, ast.List))
    one, minus_two, two, zero, third = map(ast.literal_eval, data.elts)
    assert minus_two == -two != -2.0  # equal numbers stay equal
    assert 0 == zero < third < one < two
    assert third != 0.3
    assert "** 2.0 + 1e-12" in new  # exponents and limits
    assert "atol=0.5" in new
    assert '"""To be kept, at 2.0."""' in new
    assert new.count("\n") == SOURCE.count("\n")


@pytest.mark.parametrize("mapper", [jittered, shifted])
@pytest.mark.parametrize("seed", range(20))
def test_numbers_stay_between_what_is_fixed(mapper, seed):
    values, fixed = [0.1, 0.25, 0.9, 1.5, 2.0, 7.0, 7.5], [1.0, 6.0]
    found = mapper(values, fixed, random.Random(seed))
    new = [found.get(each, each) for each in values]
    assert new == sorted(set(new))
    for wall in fixed:
        assert [each < wall for each in new] == [each < wall for each in values]
    if mapper is jittered:
        assert all(old / 1.5 < each < old * 1.5 and each != old for each, old in zip(new, values, strict=True))


def test_a_variant_that_pytorch_takes_otherwise_is_not_asked():
    golden = (Observation("a", Scalar(1.0)),)
    ran = []

    def run(text):
        ran.append(text)
        return (Observation("a", Raised("ValueError", "out of range")),)

    assert choose(golden, run, SOURCE, "seed") is None
    assert len(ran) > 3


def test_without_torch_the_published_questions_are_asked(tiny):
    asked = rubric(Selected(chapters=("basics",)))
    made = make_exam(asked, tiny, "seed", "golden")
    assert (made.oracle, {each.fresh for each in made.questions}) == ("golden", {False})
    with pytest.raises(UsageError, match="Random programs need PyTorch"):
        make_exam(rubric(Selected(programs=1)), tiny, "seed", "golden")


# -- a table of answers

# Answers by the name of the scenario that calls: whatever is done to a tensor gives it back, and `.grad` the next answer.
LOOKUP = """
import json, sys
TABLE = json.load(open({table!r}))
asked = {{}}

class Known:
    dtype, requires_grad, is_leaf, grad_fn, shape = "float32", False, True, None, ()
    def __init__(self, values=(), shape=()):
        self.values, self.shape = list(values), shape
    def tolist(self):
        values = self.values
        return values[0] if not self.shape else values
    @property
    def grad(self):
        frame = sys._getframe(1)
        while frame and frame.f_code.co_name not in TABLE:
            frame = frame.f_back
        if frame is None:
            return Known([1.0])
        number = asked[id(frame)] = asked.get(id(frame), -1) + 1
        answers = TABLE[frame.f_code.co_name]
        return Known(*answers[number % len(answers)]) if answers else None
    def __getattr__(self, name):
        return lambda *args, **kwargs: self
    def _same(self, *args, **kwargs):
        return self
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = __rtruediv__ = __pow__ = __neg__ = _same

def tensor(*args, **kwargs):
    return Known([0.0])
"""


def test_a_table_of_published_answers_is_worth_nothing(suite, published, tmp_path):
    pytest.importorskip("torch")
    table = {
        identifier.partition(".")[2]: [
            (each.value.values, each.value.shape) for each in trace if isinstance(each.value, Tensor)
        ]
        for identifier, trace in published.items()
        if identifier.startswith("accumulation.")
    }
    (tmp_path / "table.json").write_bytes(msgspec.json.encode(table))
    cheat = tmp_path / "cheat.py"
    cheat.write_text(LOOKUP.format(table=str(tmp_path / "table.json")))
    asked = rubric(Selected(chapters=("accumulation",)), facets=("observations", "kind", "values", "shape", "raised"))
    passed = {
        oracle: sum(each.outcome == "pass" for each in examine(str(cheat), make_exam(asked, suite, "s", oracle), asked))
        for oracle in ("golden", "live")
    }
    assert passed["golden"] > 5  # the cheat is one
    assert passed["live"] == 0


# -- outcomes

GRADIENT = Observation("the gradient", Tensor((2.0, 4.0), (2,), "float32", False, True, None))
VALUE = Observation("the value", Scalar(3.0))
FAILING = Observation("an attempt", Raised("RuntimeError", "no"))
QUESTION = Question("a.b", "item", msgspec.Raw(b"{}"), (VALUE, GRADIENT, FAILING), gradients=("the gradient",))
ERROR = Observation("uncaught error", Raised("TypeError", "what"))


def tensor(*values, shape=(2,), label="the gradient"):
    return Observation(label, Tensor(values, shape, "float32", False, True, None))


# What became of QUESTION: (ending, outcome, words of the reason)
ENDINGS = {
    "right": (Traced(1, (VALUE, GRADIENT, FAILING)), "pass", ""),
    "almost right": (Traced(1, (VALUE, tensor(2.000001, 4.0), FAILING)), "pass", ""),
    "gradient": (Traced(1, (VALUE, tensor(2.0, 5.0), FAILING)), "wrong gradient", "'the gradient'"),
    "no gradient": (Traced(1, (VALUE, Observation("the gradient", Nothing()), FAILING)), "wrong gradient", "gradient"),
    "value": (Traced(1, (Observation("the value", Scalar(4.0)), GRADIENT, FAILING)), "wrong value", "'the value'"),
    "value first": (Traced(1, (Observation("the value", Scalar(4.0)), tensor(9.0, 9.0), FAILING)), "wrong value", ""),
    "shape": (Traced(1, (VALUE, tensor(2.0, 4.0, shape=(2, 1)), FAILING)), "wrong shape", "(2, 1)"),
    "raises": (Traced(1, (VALUE, ERROR)), "exception", "raised TypeError: what, where PyTorch raises nothing"),
    "raises nothing": (
        Traced(1, (VALUE, GRADIENT, tensor(1.0, label="an attempt"))),
        "exception",
        "nothing was raised",
    ),
    "raises within": (
        Traced(1, (VALUE, Observation("the gradient", Raised("E", "m")), FAILING)),
        "exception",
        "raised E: m, where PyTorch raises nothing",
    ),
    "another error": (
        Traced(1, (VALUE, GRADIENT, Observation("an attempt", Raised("E", "no")))),
        "exception",
        "another",
    ),
    "stops early": (Traced(1, (VALUE,)), "wrong value", "observations"),
    "says nothing": (Traced(1, ()), "wrong value", "observations"),
    "memory error": (
        Traced(1, (Observation("uncaught error", Raised("MemoryError", "")),)),
        "out of memory",
        "ran out of memory",
    ),
    "full disk": (
        Traced(1, (Observation("uncaught error", Raised("OSError", "[Errno 27] File too large")),)),
        "output flood",
        "printed more",
    ),
    "timeout": (TimedOut("no answer within 10 s"), "timeout", "No answer within 10 s."),
    "killed": (Crashed("killed by SIGSEGV"), "killed", "SIGSEGV"),
    "out of memory": (Crashed("out of memory: it used more than 1 MB", "out of memory"), "out of memory", "1 MB"),
    "flood": (Crashed("it printed more than it may", "output flood"), "output flood", "It printed more"),
    "babble": (Crashed("its answer is malformed: no", "babbled"), "killed", "malformed"),
    "denied": (Denied(1, ("torch",)), "import denied", "torch"),
    "declined": (Declined(1, "no hooks"), "unsupported", "No hooks."),
    "blames the question": (Broken(1, "The scenario is written wrongly."), "exception", "written wrongly"),
    "refused": (Refused(1, "It does not import."), "exception", "does not import"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_outcomes(name):
    ending, outcome, words = ENDINGS[name]
    found = judge(QUESTION, ending)
    assert found.outcome == outcome, found
    assert words in found.reason


def test_only_the_facets_of_the_rubric_count():
    wrong = Traced(1, (VALUE, tensor(2.0, 4.0), Observation("an attempt", Raised("Other", "words"))))
    assert judge(QUESTION, wrong, frozenset({"values", "raised"})).outcome == "pass"
    ignoring = msgspec.structs.replace(QUESTION, ignores=("error_type", "message"))
    assert judge(ignoring, wrong).outcome == "pass"


def test_the_largest_error_is_told():
    found = judge(QUESTION, Traced(1, (VALUE, tensor(2.5, 3.0), FAILING)))
    assert found.error == pytest.approx(0.25)
    assert found.differences == (Difference("the gradient", "values", "[2.0, 4.0]", "[2.5, 3.0]"),)


LABELS = """
def one(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    yield "the value", y
    y.backward()
    yield "plain", x.grad
    first, = torch.autograd.grad(x * x, x)
    twice = first * 2
    yield "made of one", twice
    for n in range(2):
        yield f"turn {n}", x.grad
    yield from more(torch)
"""


def test_a_label_says_the_new_number_where_it_stands_alone():
    source = 'def scenario(torch):\n    x = torch.tensor(2.0)\n    yield "a 2x3 leaf at 2", x\n'
    fresh = vary(source, random.Random(1), Boldness())
    number = re.search(r"tensor\((.*)\)", fresh)[1]
    assert number != "2.0"
    assert f'"a 2x3 leaf at {float(number):g}"' in fresh


def test_which_labels_are_gradients():
    trace = tuple(Observation(each, Nothing()) for each in ("the value", "plain", "made of one", "turn 0", "turn 1"))
    assert gradients_in_source(LABELS, trace) == ("plain", "made of one", "turn 0", "turn 1")


# What a liar may say in place of the observations of QUESTION, as JSON.
LIES = {
    "a huge whole number": '[{"label":"the value","value":{"kind":"number","value":' + "9" * 4000 + "}}]",
    "nan": '[{"label":"the value","value":{"kind":"number","value":"nan"}}]',
    "infinity": '[{"label":"the value","value":{"kind":"number","value":"inf"}}]',
    "a complex number": '[{"label":"the value","value":{"kind":"tensor","values":[[1.0,"nan"]],"shape":[]}}]',
    "values without end": '[{"label":"the value","value":{"kind":"tensor","values":[%s1],"shape":[]}}]'
    % ("0," * 50_000),
    "a negative shape": '[{"label":"the value","value":{"kind":"tensor","values":[],"shape":[-1,-1]}}]',
    "one label many times": "["
    + ",".join(['{"label":"the value","value":{"kind":"number","value":3.0}}'] * 5_000)
    + "]",
    "a label without end": '[{"label":"%s","value":{"kind":"none"}}]' % ("x" * 100_000),
    "what cannot be printed": r'[{"label":"\u0000\u202e\u001b[2J","value":{"kind":"text","value":"\ufffe"}}]',
    "many extra observations": (
        '[{"label":"the value","value":{"kind":"number","value":3.0}},'
        '{"label":"the gradient","value":{"kind":"tensor","values":[2.0,4.0],"shape":[2],"dtype":"float32",'
        '"requires_grad":false,"is_leaf":true,"grad_fn":null}},'
        '{"label":"an attempt","value":{"kind":"error","type":"RuntimeError","message":"no"}}'
        + "".join(f',{{"label":"{n}","value":{{"kind":"none"}}}}' for n in range(5_000))
        + "]"
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_liar_is_told_from_who_is_right(name):
    reply = decode_reply(b'{"reply":"traced","number":1,"observations":%s}' % LIES[name].encode())
    found = judge(QUESTION, reply)
    assert found.outcome in ("wrong value", "wrong gradient", "wrong shape", "exception"), found
    assert len(msgspec.json.encode(found)) < 30_000
    assert "\x1b" not in str(found)


MALFORMED = {
    "a number that is too large": b'[{"label":"a","value":{"kind":"number","value":1e999}}]',
    "NaN": b'[{"label":"a","value":{"kind":"number","value":NaN}}]',
    "half a character": rb'[{"label":"\ud800","value":{"kind":"none"}}]',
    "deep": b'[{"label":"a","value":' + b'{"kind":"sequence","form":"list","items":[' * 50_000,
    "nine deep": b'[{"label":"a","value":%s{"kind":"none"}%s}]'
    % (b'{"kind":"sequence","form":"list","items":[' * 9, b"]}" * 9),
    "an unknown field": b'[{"label":"a","value":{"kind":"none"},"outcome":"pass"}]',
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_reply_is_refused(name):
    with pytest.raises(ValueError, match=r"\S"):
        decode_reply(b'{"reply":"traced","number":1,"observations":%s}' % MALFORMED[name])


# -- sittings

ALL = Selected(chapters=("basics",))
UNLUCKY = """
import os, signal, sys, time

def write_everywhere(message):
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, message)
        except OSError:
            pass

def tensor(data, requires_grad=False):
    if data == 666.0:
        {misdeed}
    return Tensor(data, requires_grad)
"""
# What happens at the unlucky number: (statements, outcome)
MISDEEDS = {
    "leaves": ("os._exit(0)", "killed"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "killed"),
    "hangs": ("while True: pass", "timeout"),
    "eats memory": ("hoard = [bytearray(1 << 20) for _ in range(600)]; time.sleep(60)", "out of memory"),
    "floods": ("print('x' * (40 << 20)); sys.stdout.flush()", "output flood"),
    "raises MemoryError": ("raise MemoryError", "out of memory"),
    "babbles": ("write_everywhere(b'hello\\n')", "killed"),
    "babbles without end": ("write_everywhere(b'x' * (17 << 20))", "output flood"),
    "answers for others": (
        """write_everywhere(b'{"reply": "traced", "number": 99, "observations": []}\\n')""",
        "killed",
    ),
    "exits": ("sys.exit(0)", "exception"),
    "blames the scenario": ("from gradspec.scenario import ScenarioError; raise ScenarioError('no')", "exception"),
    "declines": ("from gradspec.adapters import Unsupported; raise Unsupported('no')", "exception"),
}


@pytest.fixture
def basics(tiny):
    """An exam of the tiny suite, on published inputs, and its rubric."""
    asked = rubric(ALL, seconds=1.5, memory=400 << 20)
    return make_exam(asked, tiny, "seed", "golden"), asked


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_misdeed_costs_its_question_alone(name, fake, basics):
    misdeed, outcome = MISDEEDS[name]
    found = {each.question: each for each in examine(fake(UNLUCKY.format(misdeed=misdeed)), *basics)}
    unlucky = found.pop("basics.unlucky")
    assert unlucky.outcome == outcome, unlucky
    assert {each.outcome for each in found.values()} == {"pass"}, found


def test_an_honest_one_passes(honest, basics):
    exam, asked = basics
    verdicts = list(examine(honest, exam, asked))
    assert [each.question for each in verdicts] == [each.id for each in exam.questions]
    assert {each.outcome for each in verdicts} == {"pass"}


def many(exam, item="item1", times=10):
    """The exam with its questions so many times over."""
    questions = [
        msgspec.structs.replace(each, id=f"{each.id} {n}", item=item) for n in range(times) for each in exam.questions
    ]
    return msgspec.structs.replace(exam, questions=tuple(questions))


class Counting:
    """Starts processes, and counts them; the first few cannot be started."""

    def __init__(self, failing=0):
        self.started, self.failing = 0, failing

    def __call__(self):
        self.started += 1
        if self.started <= self.failing:
            raise HarnessError("no process to be had")
        return PlainProcess()


def test_who_hangs_everywhere_is_not_waited_for(fake, basics):
    exam, asked = basics
    asked = msgspec.structs.replace(asked, seconds=0.2)
    lazy = fake("import time\ndef tensor(data, requires_grad=False):\n    time.sleep(60)")
    processes = Counting()
    questions = [each for n in range(6) for each in many(exam, f"item{n}").questions]
    longer = msgspec.structs.replace(exam, questions=tuple(questions))
    verdicts = list(examine(lazy, longer, asked, processes))
    assert len(verdicts) == len(questions)
    assert {each.outcome for each in verdicts} == {"timeout"}
    waited = [each for each in verdicts if "Not asked" not in each.reason]
    assert len(waited) == EXHAUSTED
    assert max(Counter(each.item for each in waited).values()) == PATIENCE
    assert processes.started <= EXHAUSTED + 1


def test_a_failure_of_the_house_is_nobodys(honest, basics):
    exam, asked = basics
    processes = Counting(failing=1_000)
    verdicts = list(examine(honest, many(exam), asked, processes))
    assert {(each.outcome, each.reason) for each in verdicts} == {("infrastructure", "no process to be had")}
    assert processes.started == TRIES


def test_a_failure_of_the_house_is_tried_again(honest, basics):
    verdicts = list(examine(honest, *basics, Counting(failing=TRIES - 1)))
    assert {each.outcome for each in verdicts} == {"pass"}


def test_what_does_not_load_is_said_of_every_question(fake, basics):
    exam, asked = basics
    processes = Counting()
    verdicts = list(examine(fake("1 / 0"), many(exam), asked, processes))
    assert {each.outcome for each in verdicts} == {"exception"}
    assert all("ZeroDivisionError" in each.reason for each in verdicts)
    assert processes.started == 1


def test_an_exam_survives_its_own_json(exam):
    assert msgspec.json.decode(msgspec.json.encode(exam), type=Exam) == exam


def test_texts_are_compared_as_texts():
    question = Question("a.b", "item", msgspec.Raw(b"{}"), (Observation("output", Text("one\ntwo\nthree\n")),))
    found = judge(question, Traced(1, (Observation("output", Text("one\n2\nthree\n")),)))
    assert (found.outcome, found.differences[0].found) == ("wrong value", "line 2: '2'")
