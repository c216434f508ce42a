"""Libraries in submissions: imported, carried along in whatever disguise, or not at all."""

import ast
import base64
import importlib.util
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from gradspec.adapters.loading import load
from gradspec.grading import vendored
from gradspec.grading.fingerprints import RUN, WINDOW, fingerprints
from gradspec.grading.libraries import LIBRARIES, modules_of
from gradspec.grading.model import Rubric, RubricItem, Selected
from gradspec.grading.submissions import one_submission, stage
from gradspec.grading.vendored import find_library, imports_at_load, is_copy, known, union

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
STYLES = sorted((HERE / "handed_in").glob("*.py"))
ALL = tuple(LIBRARIES)
OURS = PROJECT / "impl" / "refgrad"


def found_in(tmp_path, files, forbid=ALL):
    for name, source in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return find_library(tmp_path, files, forbid)


# Imports.

IMPORTS = {
    "import torch": 1,
    "import os\nimport torch.nn as nn": 2,
    "from jax import numpy": 1,
    "if True:\n    import tensorflow": 2,
    "try:\n    import torch\nexcept ImportError:\n    torch = None": 2,
    "class A:\n    import mygrad": 2,
    "with open('x') as f:\n    import autograd": 2,
    "torch = __import__('torch')": 1,
    "import importlib\nt = importlib.import_module('tinygrad.tensor')": 2,
    "x = [__import__('micrograd') for _ in 'a']": 1,
    "def f(t=__import__('torch')): pass": 1,
}


@pytest.mark.parametrize("source", IMPORTS)
def test_imports_of_libraries_are_found(source, tmp_path):
    found = found_in(tmp_path, {"student.py": source})
    assert found.reason.startswith(f"student.py, line {IMPORTS[source]}, imports ")


@pytest.mark.parametrize(
    "source",
    [
        "import numpy, math",
        "from . import torch",
        "import torchless",
        "if __name__ == '__main__':\n    import torch",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
        "def compare_at_home():\n    import torch",  # the jail's to deny, where it is called
        "text = 'import torch'",
    ],
)
def test_what_is_no_import_is_let_through(source, tmp_path):
    assert found_in(tmp_path, {"student.py": source}) is None


def test_a_module_of_ones_own_may_be_called_as_a_library(tmp_path):
    files = {"student.py": "from autograd import tensor", "autograd.py": "def tensor(x):\n    return x"}
    assert found_in(tmp_path, files) is None


def test_tests_may_import_what_they_compare_with(tmp_path):
    files = {"student.py": "", "test_student.py": "import torch", "tests/more.py": "import torch"}
    assert found_in(tmp_path, files) is None


def test_what_the_rubric_allows_is_allowed(tmp_path):
    assert found_in(tmp_path, {"student.py": "import torch"}, ("jax",)) is None
    assert found_in(tmp_path, {"student.py": "import torch"}, ()) is None
    assert found_in(tmp_path, {"student.py": "import torch"}, ("torch",)).library == "torch"


def test_imports_of_every_kind_are_seen_in_order():
    tree = ast.parse("import a.b\nfrom c import d\nif 1:\n    import e\nelse:\n    import f\ndef g():\n    import h")
    assert list(imports_at_load(tree)) == [(1, "a.b"), (2, "c"), (4, "e"), (6, "f")]


def test_the_jail_is_told_the_modules_of_what_is_forbidden():
    assert modules_of(()) == ()
    assert "functorch" in modules_of(["torch"])


# Copies.


class Renamed(ast.NodeTransformer):
    """Other names for everything, other numbers, no docstrings, no annotations, no imports."""

    def visit_Import(self, node):
        return ast.Pass()

    def visit_ImportFrom(self, node):
        return ast.Pass()

    def visit(self, node):
        for field in ("name", "id", "attr", "arg"):
            value = getattr(node, field, None)
            if isinstance(value, str) and not isinstance(node, ast.alias):
                setattr(node, field, f"v{zlib.crc32(value.encode())}")
        for field in ("annotation", "returns"):
            if hasattr(node, field) and not isinstance(node, ast.AnnAssign):
                setattr(node, field, None)
        if (
            hasattr(node, "body")
            and isinstance(node.body, list)
            and len(node.body) > 1
            and isinstance(node.body[0], ast.Expr)
        ):
            del node.body[0]
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            node.value = node.value + 1
        return super().visit(node)


def disguised(source, seed=0):
    """`source` with other names, other comments, and its definitions in another order."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.Module):
            first = [each for each in node.body if not isinstance(each, ast.FunctionDef)]
            later = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            random.Random(seed).shuffle(later)
            node.body = first + later
    return ast.unparse(ast.fix_missing_locations(Renamed().visit(tree)))


def sources_of(library):
    directory = OURS if library == "refgrad" else Path(importlib.util.find_spec(library).origin).parent
    paths = [each for each in sorted(directory.rglob("*.py")) if "tests" not in each.parts]
    return {each.relative_to(directory).as_posix(): each.read_text() for each in paths}


COPIED = ["refgrad", "autograd", "mygrad"]


@pytest.mark.parametrize("library", COPIED)
def test_copies_are_found_in_disguise(library, tmp_path):
    files = {f"mine/{zlib.crc32(name.encode())}.py": disguised(text) for name, text in sources_of(library).items()}
    found = found_in(tmp_path, files)
    assert found.library == library
    assert found.reason.startswith(f"It carries {library} along: mine/")
    assert found_in(tmp_path, files, [each for each in ALL if each != library]) is None


@pytest.mark.parametrize("library", COPIED)
def test_a_copy_in_one_file_is_found(library, tmp_path):
    whole = "\n".join(disguised(text) for name, text in sources_of(library).items() if "__init__" not in name)
    whole = whole.replace("from __future__ import annotations", "")
    assert found_in(tmp_path, {"student.py": whole}).library == library


@pytest.mark.parametrize(
    ("library", "names"), [("autograd", ("core.py", "tracer.py")), ("refgrad", ("engine.py", "tensor.py", "node.py"))]
)
def test_the_heart_of_a_library_among_other_code_is_found(library, names, tmp_path):
    sources = sources_of(library)
    files = {"own.py": (HERE / "handed_in" / "derivative_table.py").read_text()}
    files |= {f"x{number}.py": disguised(sources[name]) for number, name in enumerate(names)}
    assert found_in(tmp_path, files).library == library


@pytest.mark.parametrize(
    "wrap",
    [
        lambda source: f"exec({source!r})",
        lambda source: f"import base64\nexec(base64.b64decode({base64.b64encode(source.encode())!r}))",
        lambda source: (
            f"import base64, zlib\nexec(zlib.decompress(base64.b85decode("
            f"{base64.b85encode(zlib.compress(source.encode()))!r})))"
        ),
        lambda source: f"import zlib\nexec(zlib.decompress(bytes.fromhex({zlib.compress(source.encode()).hex()!r})))",
    ],
    ids=["plain", "base64", "zlib and base85", "zlib and hex"],
)
def test_copies_in_texts_are_found(wrap, tmp_path):
    whole = "\n".join(sources_of("mygrad").values()).replace("from __future__ import annotations", "")
    assert ast.parse(whole)
    assert found_in(tmp_path, {"student.py": wrap(whole)}).library == "mygrad"


def test_copies_in_data_files_are_found(tmp_path):
    whole = "\n".join(sources_of("mygrad").values()).replace("from __future__ import annotations", "")
    files = {"student.py": "exec(open('weights.bin').read())", "weights.bin": zlib.compress(whole.encode())}
    found = found_in(tmp_path, files)
    assert found.library == "mygrad"
    assert "weights.bin" in found.reason


def test_micrograd_is_a_copy_only_as_a_whole_with_its_names(tmp_path):
    files = sources_of("micrograd")
    assert found_in(tmp_path / "whole", files).library == "micrograd"
    lecture = (HERE / "handed_in" / "lecture_value.py").read_text()
    assert found_in(tmp_path / "lecture", {"student.py": lecture}) is None
    data = known()["micrograd"]
    share = len(data.numbers() & fingerprints(ast.parse(lecture), named=True)) / len(data.numbers())
    assert 0 < share < vendored.WHOLE / 1.5  # alike, and far from the whole


@pytest.mark.parametrize("path", [*STYLES, HERE / "honest.py"], ids=lambda path: path.stem)
def test_what_students_write_resembles_no_library(path):
    prints = fingerprints(ast.parse(path.read_bytes()))
    assert prints
    for data in known().values():
        assert data.named or len(data.numbers() & prints) * data.every <= 5


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_what_students_write_works(path):
    torch = load(str(path)).torch
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(-2.0, requires_grad=True)
    z = x * y + x * x - y * 4.0
    z.backward()
    slopes = [each.grad for each in (x, y)]
    read = [float(each.tolist() if hasattr(each, "tolist") else getattr(each, "data", each)) for each in slopes]
    assert read == [4.0, -1.0]


OTHERS = [
    "networkx.algorithms",
    "numpy.lib",
    "rich",
    "hypothesis",
    "refgrad",
    "autograd",
    "mygrad",
    "msgspec",
    "gradspec",
]


@pytest.mark.parametrize("package", OTHERS)
def test_independent_code_is_far_from_every_library(package):
    """The most that large packages share with one another by chance, however much larger than a homework they are."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        pytest.skip(f"{package} is not installed")
    paths = [each for each in Path(spec.origin).parent.rglob("*.py") if "tests" not in each.parts]
    prints = union(fingerprints(ast.parse(each.read_bytes())) for each in paths)
    for library, data in known().items():
        if library != package and not data.named:
            shared = data.every * len(data.numbers() & prints)
            assert shared <= vendored.LEAST_SHARED / 2
            assert not is_copy(data, data.numbers(), prints)


def test_a_run_of_nodes_is_found_wherever_it_stands():
    body = "".join(f"    a{i} = b[c] + d.e(f, {i}) * -g\n" for i in range(8))
    alone, among = (
        f"def f(x):\n{body}",
        f"def h():\n    return 1\n\nclass K:\n    def m(self):\n        pass\n\ndef g(y):\n{body}",
    )
    assert fingerprints(ast.parse(alone)) == fingerprints(ast.parse(disguised(alone)))
    assert fingerprints(ast.parse(alone)) & fingerprints(ast.parse(among))
    assert fingerprints(ast.parse("x = 1")) == frozenset()
    assert RUN + WINDOW - 1 < 30


def test_what_is_known_is_what_is_installed():
    check = subprocess.run(
        [sys.executable, PROJECT / "tools" / "checks" / "fingerprints.py"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stderr) == (0, "")


def test_the_data_are_small():
    assert vendored.DATA.stat().st_size < 300_000
    assert set(known()) <= set(LIBRARIES)
    assert {"torch", "refgrad", "autograd", "mygrad", "micrograd", "tinygrad", "jax"} <= set(known())


# In the staging.


def test_a_copy_is_refused_when_it_is_staged(tmp_path):
    rubric = Rubric("homework", (RubricItem("a", "A", 1.0, Selected(("leaves",))),), forbid=ALL)
    handed_in = tmp_path / "handed_in"
    for name, text in sources_of("refgrad").items():
        path = handed_in / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    refused = stage(one_submission(handed_in), tmp_path / "refused", rubric)
    assert (refused.outcome, "refgrad" in refused.reason) == ("import denied", True)
    allowed = Rubric("homework", rubric.items, forbid=())
    assert stage(one_submission(handed_in), tmp_path / "staged", allowed).implementation == "/submission/mine"
