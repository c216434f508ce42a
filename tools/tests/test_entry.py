"""Which file of a submission is the implementation, and what a notebook is as a module."""

import json

import msgspec
import pytest

from gradspec.grading.entry import INSIDE
from gradspec.grading.model import Rubric, RubricItem, Selected
from gradspec.grading.submissions import one_submission, stage

SOURCE = "def tensor(data, requires_grad=False):\n    return data\n"
RUBRIC = Rubric("homework", (RubricItem("a", "A", 1.0, Selected(("leaves",))),))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "handed_in").mkdir()
    return tmp_path / "handed_in"


@pytest.fixture
def staged(tmp_path):
    return lambda path, rubric=RUBRIC: stage(one_submission(path), tmp_path / "stage", rubric)


def rubric_with(**changes):
    return msgspec.structs.replace(RUBRIC, **changes)


def files_of(result):
    return sorted(
        each.relative_to(result.directory).as_posix() for each in result.directory.rglob("*") if each.is_file()
    )


# The entry.


def handed_in(folder, files):
    for name, source in files.items():
        path = folder / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder / "a"


USES = "from engine import tensor\nprint(tensor(1.0))\n"
ENTRIES = {
    "the only file": ({"x y.py": "x = 1"}, "x y.py"),
    "the only file, in a directory": ({"hw/src/x.py": ""}, "hw/src/x.py"),
    "beside its tests": ({"x.py": "", "test_x.py": SOURCE, "tests/y.py": SOURCE, "setup.py": ""}, "x.py"),
    "the package": ({"lib/__init__.py": "from lib.core import *", "lib/core.py": SOURCE, "demo.py": USES}, "lib"),
    "a package among scripts": ({"lib/__init__.py": "", "one.py": "", "two.py": ""}, "lib"),
    "a package in src": ({"src/lib/__init__.py": "", "docs/conf.py": ""}, "src/lib"),
    "the one that defines tensor": ({"engine.py": SOURCE, "demo.py": USES, "ops.py": ""}, "engine.py"),
    "tensor under an if": (
        {"engine.py": f"if True:\n    {SOURCE.splitlines()[0]} return 1\n", "b.py": ""},
        "engine.py",
    ),
    "tensor by assignment": ({"engine.py": "tensor = float", "b.py": ""}, "engine.py"),
    "the one that gathers": (
        {"engine.py": SOURCE, "all.py": "from engine import tensor\nfrom ops import exp"},
        "all.py",
    ),
    "the one with a class": ({"a.py": "class Tensor: pass", "b.py": "class Helper: pass"}, "a.py"),
    "a package at the top": ({"__init__.py": "from .core import tensor", "core.py": SOURCE}, "a"),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_the_entry_is_found(case, folder, staged):
    files, entry = ENTRIES[case]
    assert staged(handed_in(folder, files)).implementation == f"{INSIDE}/{entry}"


def test_where_the_entry_cannot_be_told_the_candidates_are_named(folder, staged):
    reason = staged(handed_in(folder, {"one.py": SOURCE, "two.py": SOURCE, "three.py": ""})).reason
    assert (
        reason
        == "Which of one.py, two.py is the implementation cannot be told: each of them defines `tensor`. Hand in one."
    )


def test_no_python_at_all(folder, staged):
    assert "no Python file" in staged(handed_in(folder, {"essay.txt": "x"})).reason


@pytest.mark.parametrize(
    ("entry", "files", "found"),
    [
        ("student.py", {"student.py": "", "other.py": SOURCE}, "student.py"),
        ("student.py", {"hw/student.py": "", "hw/other.py": SOURCE}, "hw/student.py"),
        ("student.py", {"student.py": "", "old/student.py": SOURCE}, "student.py"),
        ("student.py", {"lovelaceada_123_student-1.py": ""}, "lovelaceada_123_student-1.py"),
        ("mylib", {"hw/mylib/__init__.py": "", "demo.py": SOURCE}, "hw/mylib"),
        ("student.py:torch", {"student.py": "", "x.py": ""}, "student.py:torch"),
        ("src/student.py", {"src/student.py": "", "student.py": ""}, "src/student.py"),
        ("student.py", {"one.py": "", "two.py": ""}, None),
        ("student.py", {"a/student.py": "", "b/student.py": ""}, None),
    ],
)
def test_the_rubrics_entry(entry, files, found, folder, staged):
    result = staged(handed_in(folder, files), rubric_with(entry=entry))
    if found is None:
        assert "student.py" in result.reason
    else:
        assert result.implementation == f"{INSIDE}/{found}"


# Notebooks.


def notebook(path, *cells):
    kinds = [{"cell_type": "markdown", "source": "# Homework"}]
    kinds += [{"cell_type": "code", "source": each.splitlines(keepends=True)} for each in cells]
    path.write_text(json.dumps({"cells": kinds, "nbformat": 4}))
    return path


def module_from(folder, staged, *cells):
    result = staged(notebook(folder / "hw.ipynb", *cells))
    assert result.implementation == f"{INSIDE}/hw.py"
    namespace = {}
    exec(compile((result.directory / "hw.py").read_text(), "hw.py", "exec"), namespace)
    return namespace, result.notes


def test_a_notebook_is_a_module(folder, staged):
    namespace, notes = module_from(
        folder,
        staged,
        "%matplotlib inline\n!pip install x\nimport numpy as np\nfiles = !ls\nif True:\n    %time 1\nnp?",
        SOURCE,
        '%%time\nn = 1\ntext = """\n%kept\n"""',
        "%%bash\nrm -rf /",
        "def broken(:",
        "last = tensor(3)",
    )
    assert (namespace["tensor"](2), namespace["n"], namespace["text"], namespace["last"]) == (2, 1, "\n%kept\n", 3)
    assert namespace["files"] is None
    assert any("cell 5" in each and "no Python" in each for each in notes)
    assert any("%%bash" in each for each in notes)
    assert any("!pip install" in each for each in notes)


def test_what_a_notebook_shows_does_not_cost_its_definitions(folder, staged):
    namespace, _ = module_from(
        folder,
        staged,
        "import math, no_such_plotting as plt",
        "from math import *",
        "plt.plot([1])",
        "y = undefined + 1",
        SOURCE,
        "class Tensor: pass\nTensor.double = lambda self: 2",
    )
    assert namespace["tensor"](1) == 1
    assert namespace["Tensor"]().double() == 2
    assert namespace["pi"] > 3


def test_an_old_notebook(folder, staged):
    cells = [{"cell_type": "code", "input": SOURCE}]
    (folder / "hw.ipynb").write_text(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}))
    assert staged(folder / "hw.ipynb").implementation == f"{INSIDE}/hw.py"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cells": 3}', '{"cells": []}', '{"cells": [{"cell_type": "code"}]}']
)
def test_a_notebook_that_is_none(content, folder, staged):
    (folder / "hw.ipynb").write_text(content)
    assert "notebook" in staged(folder / "hw.ipynb").reason


def test_a_notebook_beside_modules_is_not_the_implementation(folder, staged):
    place = handed_in(folder, {"engine.py": SOURCE})
    notebook(place / "demo.ipynb", "from engine import tensor")
    result = staged(place)
    assert result.implementation == f"{INSIDE}/engine.py"
    assert "demo.py" not in files_of(result)
