"""Whatever an implementation does in one scenario costs that scenario and nothing else, and is called by its name."""

import time

import msgspec
import pytest

from gradspec.check import run_check
from gradspec.errors import UsageError
from gradspec.runner import Crashed, Limits, WorkerRunner, request_for
from gradspec.trace import Traced, Unread

# What happens at the unlucky number: (statements, outcome, words of the reason)
MISDEEDS = {
    "leaves": ("os._exit(7)", "crash", "exit code 7"),
    "leaves quietly": ("os._exit(0)", "crash", "exit code 0"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crash", "SIGSEGV"),
    "kills itself": ("os.kill(os.getpid(), 9)", "crash", "SIGKILL"),
    "hangs": ("while True: pass", "timeout", "no answer within"),
    "sleeps deaf": ("signal.signal(15, signal.SIG_IGN); time.sleep(60)", "timeout", "no answer within"),
    "leaves a child behind": ("os.fork() or time.sleep(60); os._exit(3)", "crash", "exit code 3"),
    "eats memory": ("hoard = [bytearray(1 << 20) for _ in range(600)]; time.sleep(60)", "crash", "out of memory"),
    "floods": ("print('x' * (40 << 20)); sys.stdout.flush()", "error", "File too large"),
    "exits": ("sys.exit(0)", "error", "SystemExit"),
    "declines": ("from gradspec.adapters import Unsupported; raise Unsupported('no')", "error", "Unsupported"),
    "forges a reply": ('write_everywhere(b\'{"reply": "traced"}\\n\')', "crash", "malformed"),
    "babbles": ("write_everywhere(b'hello\\n')", "crash", "malformed"),
    "babbles in the depth": ("write_everywhere(b'[' * 100_000 + b'\\n')", "crash", "malformed"),
    "babbles without end": ("write_everywhere(b'x' * (17 << 20))", "crash", "longer than 16 MB"),
    "answers what was not asked": (
        """write_everywhere(b'{"reply": "traced", "number": 99, "observations": []}\\n')""",
        "crash",
        "was not made",
    ),
    "closes everything": ("os.closerange(3, 100); time.sleep(60)", "crash", "closed its end"),
}

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

LIMITS = Limits(scenario=1.5, memory=400 << 20)


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_misdeed_costs_its_scenario_alone(name, fake, tiny):
    misdeed, outcome, words = MISDEEDS[name]
    record = run_check(fake(UNLUCKY.format(misdeed=misdeed)), suite=tiny, limits=LIMITS)
    results = {each.id: each for each in record.results}
    unlucky = results.pop("basics.unlucky")
    assert (unlucky.outcome, words in unlucky.reason) == (outcome, True), unlucky
    assert {each.outcome for each in results.values()} == {"pass"}, results
    assert record.exit_code == 1


LATE = """
import os, threading, time

def babble():
    time.sleep(0.2)
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"late\\n")
        except OSError:
            pass

def tensor(data, requires_grad=False):
    if data == 666.0:
        threading.Thread(target=babble).start()
    return Tensor(data, requires_grad)
"""


def test_a_message_between_two_scenarios_costs_neither(fake, tiny):
    items = {item.name: item for item in tiny.items("basics")}
    runner = WorkerRunner(fake(LATE))
    try:
        runner.load()
        assert isinstance(runner.run(items["unlucky"]), Traced)
        time.sleep(0.6)
        assert isinstance(runner.run(items["product"]), Traced)
    finally:
        runner.close()


DEPARTING = """
import os, threading, time

def tensor(data, requires_grad=False):
    if data == 666.0:
        threading.Timer(0.1, os._exit, (5,)).start()
    else:
        time.sleep(0.3)
    return Tensor(data, requires_grad)
"""


def test_what_a_scenario_leaves_behind_does_not_cost_those_that_were_sent_after_it(fake, tiny):
    record = run_check(fake(DEPARTING), suite=tiny)
    assert {each.id: each.outcome for each in record.results if each.outcome != "pass"} == {}


def test_answers_come_in_order_and_with_those_who_ask(fake, tiny):
    requests = {item.name: msgspec.json.encode(request_for(item)) for item in tiny.items("basics")}
    misdeed, deed = requests["unlucky"], requests["product"]
    runner = WorkerRunner(fake(UNLUCKY.format(misdeed="os._exit(7)")))
    try:
        runner.load()
        asked = [("nothing", []), ("two", [deed, misdeed]), ("none", []), *((n, [deed]) for n in range(20))]
        answers = {who: [type(each) for each in said] for who, said in runner.answers(asked)}
    finally:
        runner.close()
    assert answers == {"nothing": [], "two": [Unread, Crashed], "none": [], **{n: [Unread] for n in range(20)}}


# What makes an implementation impossible to load: (source, words of the sentence)
UNLOADABLE = {
    "raises": ("1 / 0", "does not import: ZeroDivisionError: division by zero"),
    "names the line": ("\n1 / 0", "fake.py, line 4)"),
    "does not parse": ("def", "does not import: SyntaxError"),
    "exits": ("raise SystemExit(0)", "does not import: SystemExit"),
    "dies": ("import os; os._exit(5)", "does not import: the process ended with exit code 5"),
    "hangs": ("while True: pass", "did not finish importing within 1 s"),
    "has no tensor": ("del tensor, Tensor, honest", "has no `tensor`"),
    "lacks a module": ("import nowhere_to_be_found", "No module named 'nowhere_to_be_found'"),
}


@pytest.mark.parametrize("name", UNLOADABLE)
def test_what_cannot_be_loaded_is_wrong_usage(name, fake, tiny):
    source, words = UNLOADABLE[name]
    with pytest.raises(UsageError) as error_info:
        run_check(fake(source), suite=tiny, limits=Limits(loading=1 if name == "hangs" else 20))
    assert words in str(error_info.value)
    assert "\n" not in str(error_info.value)
