"""`gradspec run`, `show` and `list`, and other names for `torch`."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from gradspec.adapters.loading import LoadingError, load
from gradspec.aliasing import aliased
from gradspec.suite import find_suite

SCRIPT = """
import sys
import torch
import torch.nn.functional as F
from torch.autograd import Variable
from torch import nn

print(torch.__name__, F.relu, Variable, nn.Linear, sys.argv[1:], __name__)
"""

LIBRARY = {
    "__init__.py": "from library import autograd, nn\nfrom library.core import tensor",
    "core.py": "tensor = float",
    "autograd.py": "Variable = 'a variable'",
    "nn/__init__.py": "Linear = 'a layer'",
    "nn/functional.py": "relu = 'a kink'",
}
ONE_FILE = """
tensor = float
class nn:
    Linear = "a layer"
    class functional:
        relu = "a kink"
class autograd:
    Variable = "a variable"
"""


@pytest.fixture
def library(tmp_path):
    for name, source in LIBRARY.items():
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path / "library"


def run(*arguments):
    command = [sys.executable, "-c", "from gradspec.cli import main; main()", "run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def script(tmp_path, source):
    path = tmp_path / "script.py"
    path.write_text(source)
    return path


def test_an_unmodified_script_runs_on_a_package(library, tmp_path):
    done = run(script(tmp_path, SCRIPT), "--impl", library, "one", "--two")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "library a kink a variable a layer ['one', '--two'] __main__\n"


def test_an_unmodified_script_runs_on_a_single_file(tmp_path):
    (tmp_path / "single.py").write_text(ONE_FILE)
    done = run(script(tmp_path, SCRIPT), "--impl", tmp_path / "single.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("torch a kink a variable a layer [] __main__")


ENDINGS = {
    "raise SystemExit(5)": (5, ""),
    "import sys; sys.exit('words')": (1, "words\n"),
    "print(torch.nothing)": (1, "AttributeError: module 'library' has no attribute 'nothing'\n"),
    "import torch.nothing": (1, "ModuleNotFoundError: No module named 'torch.nothing'\n"),
    "def": (1, "SyntaxError: invalid syntax\n"),
}


@pytest.mark.parametrize("statement", ENDINGS)
def test_a_script_ends_as_it_would_by_itself(statement, library, tmp_path):
    code, last = ENDINGS[statement]
    done = run(script(tmp_path, f"import torch\n{statement}\n"), "--impl", library)
    assert done.returncode == code
    assert done.stderr.endswith(last)
    assert "runpy" not in done.stderr
    assert "gradspec" not in done.stderr


def test_a_script_imports_its_neighbours(library, tmp_path):
    (tmp_path / "neighbour.py").write_text("import torch\nvalue = torch.tensor(2)")
    done = run(script(tmp_path, "from neighbour import value\nprint(value)"), "--impl", library)
    assert (done.returncode, done.stdout) == (0, "2.0\n")


@pytest.mark.parametrize("arguments", [("nowhere.py", "--impl", "json"), ("SCRIPT", "--impl", "no_such_module")])
def test_what_cannot_be_run_is_wrong_usage(arguments, tmp_path):
    path = script(tmp_path, "import torch")
    done = run(*(path if each == "SCRIPT" else each for each in arguments))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_other_name_is_given_back(monkeypatch):
    for name in ("torch", "torch.nn"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"}
    with aliased(SimpleNamespace(answer=42, nn=SimpleNamespace(inner=1))):
        import torch
        import torch.nn

        assert (torch.answer, torch.nn.inner) == (42, 1)
        with pytest.raises(ModuleNotFoundError, match=r"No module named 'torch\.optim'"):
            import torch.optim
    after = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"}
    assert after == before


def test_torch_itself_is_left_alone(monkeypatch):
    own = ModuleType("torch")
    monkeypatch.setitem(sys.modules, "torch", own)
    with aliased(own):
        assert sys.modules["torch"] is own


def test_a_scenario_is_shown(tiny, gradspec):
    code, printed, _ = gradspec("show", "basics.product", "--suite", tiny.root)
    assert code == 0
    assert "The gradient of a product is the other factor." in printed
    assert f"{tiny.root / 'basics.py'}:6" in printed
    assert "gradient: tensor(2.0, shape=(), dtype=float32, requires_grad=False, is_leaf=True)" in printed
    assert 'print("gradient", x.grad, sep=": ")' in printed


def test_a_course_script_is_shown(tiny, gradspec):
    code, printed, _ = gradspec("show", "lectures.hello", "--suite", tiny.root)
    assert (code, "gradient: 2.0" in printed, "import torch\n" in printed) == (0, True, True)


def test_scenarios_are_listed(tiny, gradspec):
    code, printed, _ = gradspec("list", "--suite", tiny.root, "-k", "basics")
    assert code == 0
    assert printed.splitlines()[0] == "basics.product: The gradient of a product is the other factor."
    assert len(printed.splitlines()) == 4


TRICKY = '''
import math
from gradspec import attempt, scenario

SIZE = 3  # what the helper uses


def helper(n):
    return SIZE * n


class Unused: ...


@scenario(cites="here")
def tricky(torch):
    """A clause."""
    # first a comment
    calls = 0

    def count(x):
        nonlocal calls
        calls += 1
        return x

    for index in range(2):
        yield f"ünï {index}", (
            count(helper(index)),
            attempt(math.sqrt, -1.0),
        )
    def pairs():
        yield "ä", 1
        yield "b", 2

    if calls:
        yield "ö" * 2, dict(
            pairs()
        )
        yield from pairs()
    yield "calls", calls
'''


def test_a_shown_script_brings_along_what_it_uses(own_tiny, gradspec, tmp_path):
    (own_tiny.root / "tricky.py").write_text(TRICKY)
    from gradspec.pasting import as_script

    text = as_script(own_tiny.items("tricky")[0])
    assert "class Unused" not in text
    assert "# first a comment" in text
    (tmp_path / "torch.py").write_text("")
    done = subprocess.run(
        [sys.executable, str(script(tmp_path, text))], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    error = "ValueError: math domain error"
    assert done.stdout.splitlines() == [
        f"ünï 0: (0, '{error}')",
        f"ünï 1: (3, '{error}')",
        "öö: {'ä': 1, 'b': 2}",
        "ä: 1",
        "b: 2",
        "calls: 2",
    ]


def test_every_scenario_can_be_shown_as_a_script():
    from gradspec.pasting import as_script

    suite = find_suite()
    scripts = {each.id: as_script(each) for chapter in suite.chapters for each in suite.items(chapter)}
    assert scripts
    for identifier, text in scripts.items():
        compile(text, identifier, "exec")


@pytest.mark.parametrize("name", ["torch", "mygrad"])
def test_a_known_library_that_is_missing_is_named_with_what_installs_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)  # what Python does where a module cannot be found
    monkeypatch.delitem(sys.modules, f"gradspec.adapters.{name}", raising=False)
    with pytest.raises(LoadingError, match=rf"{name} is not installed: `pip install {name}"):
        load(name)
