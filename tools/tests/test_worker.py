"""The worker starts in an environment that has nothing but Python, and pulls in nothing else."""

import json
import subprocess
import sys

from gradspec.runner import request_for, worker_command

BARE = [sys.executable, "-I", "-S"]  # no site-packages


def converse(*requests):
    command = [*BARE, *worker_command("worker")[1:]]
    lines = "".join(json.dumps({"number": number, **request}) + "\n" for number, request in enumerate(requests))
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_worker_needs_the_standard_library_alone(honest, tiny):
    product, *_ = tiny.items("basics")
    loaded, traced = converse({"call": "load", "implementation": honest}, request_for(product))
    assert (loaded["reply"], loaded["number"], loaded["name"]) == ("loaded", 0, honest)
    assert (traced["reply"], traced["number"]) == ("traced", 1)
    assert traced["observations"][1]["value"]["values"] == [2.0]


def test_a_scenario_that_is_not_there_is_said(honest, tiny):
    request = {"call": "scenario", "path": str(tiny.chapters["basics"]), "name": "nothing"}
    _, broken = converse({"call": "load", "implementation": honest}, request)
    assert (broken["reply"], "no scenario 'nothing'" in broken["reason"]) == ("broken", True)


def test_what_is_printed_does_not_reach_the_wire(fake, tiny):
    path = fake("import os, sys\nprint('hello')\nos.write(1, b'hello')\nprint(sys.stdin.read())")
    (loaded,) = converse({"call": "load", "implementation": path})
    assert loaded["reply"] == "loaded"


def test_the_package_pulls_in_scenarios_alone():
    code = "import sys; before = set(sys.modules); import gradspec; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = [each for each in done.stdout.split() if each.partition(".")[0] == "gradspec"]
    assert ours == ["gradspec", "gradspec.scenario"]
    assert not {"numpy", "msgspec", "typer", "rich", "pytest"} & set(done.stdout.split())
