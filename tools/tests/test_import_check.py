"""The import check finds what it is there to find, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[1] / "checks" / "imports.py"
ADAPTERS = "tools/gradspec/adapters"

ALLOWED = {
    "the standard library": {"impl/refgrad/engine.py": "import heapq\nfrom collections import abc"},
    "numpy in refgrad": {"impl/refgrad/tensor.py": "import numpy as np\nimport numpy.linalg"},
    "an arrow the right way": {
        "impl/refgrad/derivatives/__init__.py": "",
        "impl/refgrad/engine.py": "from refgrad.tensor import Tensor",
        "impl/refgrad/tensor.py": "from refgrad import derivatives",
    },
    "the package gathers": {"impl/refgrad/__init__.py": "from refgrad import optim", "impl/refgrad/optim.py": ""},
    "types only": {
        "impl/refgrad/engine.py": "",
        "impl/refgrad/tensor.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import refgrad.engine",
    },
    "a chapter": {
        "spec_tests/leaves.py": "import math\nfrom gradspec import attempt, scenario",
        "tools/gradspec/scenario.py": "",
    },
    "a course script": {
        "spec_tests/lectures/a.py": "import torch\nimport torch.nn.functional as F\nimport numpy as np"
    },
    "an adapter's library": {f"{ADAPTERS}/micrograd.py": "from micrograd.engine import Value"},
    "the command knows all": {
        "tools/gradspec/cli.py": "import typer\nfrom gradspec.report import table\nimport gradspec.runner",
        "tools/gradspec/report/__init__.py": "import rich\nfrom gradspec.check import run_check",
    },
}

# what: (files, the file and line that is to be named, a part of the sentence)
REFUSED = {
    "refgrad imports a stranger": (
        {"impl/refgrad/tensor.py": "import math\nimport scipy.special"},
        "impl/refgrad/tensor.py:2: imports scipy.special: refgrad knows NumPy alone",
    ),
    "inside a function": (
        {"impl/refgrad/engine.py": "", "impl/refgrad/tensor.py": "def f():\n    from refgrad import engine"},
        "impl/refgrad/tensor.py:2: imports refgrad.engine: derivatives <- tensor",
    ),
    "inside a method, under a condition": (
        {
            "impl/refgrad/nn/__init__.py": "class A:\n  def f(self):\n    if self:\n      import refgrad.optim.sgd",
            "impl/refgrad/optim/sgd.py": "",
        },
        "impl/refgrad/nn/__init__.py:4: imports refgrad.optim.sgd: derivatives <- tensor",
    ),
    "relative": (
        {"impl/refgrad/nn/functional.py": "", "impl/refgrad/autograd/graph.py": "from ..nn import functional"},
        "impl/refgrad/autograd/graph.py:1: imports refgrad.nn.functional: derivatives <- tensor",
    ),
    "through a module without a rank": (
        {
            "impl/refgrad/tensor.py": "import refgrad.views",
            "impl/refgrad/views.py": "import refgrad.printing",
            "impl/refgrad/printing.py": "import refgrad.nn",
            "impl/refgrad/nn.py": "",
        },
        "impl/refgrad/tensor.py:1: imports refgrad.views, which imports refgrad.printing, which imports refgrad.nn: ",
    ),
    "the package itself": (
        {"impl/refgrad/__init__.py": "", "impl/refgrad/tensor.py": "import refgrad"},
        "impl/refgrad/tensor.py:1: imports refgrad: derivatives <- tensor",
    ),
    "not for types only": (
        {"impl/refgrad/nn.py": "", "impl/refgrad/tensor.py": "if not TYPE_CHECKING:\n    import refgrad.nn"},
        "impl/refgrad/tensor.py:2: imports refgrad.nn: ",
    ),
    "a chapter knows an implementation": (
        {"spec_tests/leaves.py": "import refgrad"},
        "spec_tests/leaves.py:1: imports refgrad: a chapter knows gradspec.scenario alone",
    ),
    "a chapter knows the harness": (
        {"spec_tests/leaves.py": "from gradspec import runner", "tools/gradspec/runner.py": ""},
        "spec_tests/leaves.py:1: imports gradspec.runner: a chapter",
    ),
    "a course script knows gradspec": (
        {"spec_tests/lectures/a.py": "import gradspec"},
        "spec_tests/lectures/a.py:1: imports gradspec: a course script is plain PyTorch",
    ),
    "the worker side has a dependency": (
        {"tools/gradspec/worker.py": "import json\n\n\ndef f():\n    import msgspec"},
        "tools/gradspec/worker.py:5: imports msgspec: the worker side",
    ),
    "the worker side knows the parent": (
        {f"{ADAPTERS}/__init__.py": "import gradspec.runner", "tools/gradspec/runner.py": ""},
        f"{ADAPTERS}/__init__.py:1: imports gradspec.runner: the worker side",
    ),
    "one adapter knows another's library": (
        {f"{ADAPTERS}/mygrad.py": "import micrograd"},
        f"{ADAPTERS}/mygrad.py:1: imports micrograd: an adapter",
    ),
    "by name, but a literal one": (
        {"tools/gradspec/check.py": "import importlib\nimportlib.import_module('refgrad.nn')"},
        "tools/gradspec/check.py:2: imports refgrad.nn: gradspec loads an implementation by name",
    ),
    "an arrow of the harness": (
        {"tools/gradspec/runner.py": "from gradspec.check import run_check", "tools/gradspec/check.py": ""},
        "tools/gradspec/runner.py:1: imports gradspec.check: scenario, trace <- worker",
    ),
}


def check(root: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("files", ALLOWED.values(), ids=ALLOWED)
def test_allowed(files, tmp_path):
    run = check(tmp_path, files)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{len(files)} files, 0 imports that break a rule\n", "")


@pytest.mark.parametrize(("files", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(files, sentence, tmp_path):
    run = check(tmp_path, files)
    assert run.returncode == 1
    assert any(line.startswith(sentence) for line in run.stdout.splitlines()), run.stdout


@pytest.mark.parametrize(
    ("files", "sentence"),
    [({}, "no Python file of the project under"), ({"impl/refgrad/engine.py": "def"}, "cannot read the imports: ")],
    ids=["not the project", "not Python"],
)
def test_unusable(files, sentence, tmp_path):
    run = check(tmp_path, files)
    assert run.returncode == 2
    assert run.stderr.startswith(sentence)
    assert len(run.stderr.splitlines()) == 1
