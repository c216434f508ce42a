"""`gradspec draw`: what is in the picture, read from its SVG, against goldens and numbers known by hand."""

import html
import json
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from gradspec.report.drawing import numbers
from gradspec.report.drawing.asking import record_of_script
from gradspec.report.drawing.layout import Edge, Node, lay_out
from gradspec.report.drawing.record import Numbers, Operand, consistent
from gradspec.report.drawing.svg import drawing

PROJECT = Path(__file__).resolve().parents[2]
LECTURES = PROJECT / "spec_tests" / "lectures"
PICTURES = PROJECT / "tools" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
PARABOLA = """import torch
x = torch.tensor(1.0, requires_grad=True)
y = (2 * x + 3) ** 2
y.backward()
"""


class Picture:
    """An SVG, by the classes of what is in it."""

    def __init__(self, text):
        self.text = text
        self.root = ET.fromstring(text)

    def words(self, kind):
        """The lines of text with this class, in the order of the drawing."""
        return [
            each.text or each[0].tail for each in self.root.iter(f"{SVG}text") if kind in each.get("class", "").split()
        ]

    def marks(self, kind):
        return [each for each in self.root.iter() if kind in each.get("class", "").split()]

    @property
    def nodes(self):
        """The lines of each node, values and operations alike."""
        found = [each for each in self.root.iter(f"{SVG}g") if "node" in each.get("class").split()]
        return [[line.text for line in node.iter(f"{SVG}text")] for node in found]


@pytest.fixture
def draw(gradspec, tmp_path):
    """Draw a script, given as text or path, or a scenario; gives the picture and what the command says."""

    def run(subject, *options):
        if "\n" in str(subject):
            (tmp_path / "script.py").write_text(subject)
            subject = tmp_path / "script.py"
        file = tmp_path / "picture.svg"
        code, out, err = gradspec("draw", subject, "--svg", file, *options)
        assert (code, err) == (0, "")
        return Picture(file.read_text()), out

    return run


def without_legend(lines, count):
    """The last ones are samples in the legend."""
    return lines[: len(lines) - count]


@pytest.mark.parametrize("implementation", ["refgrad", pytest.param("torch", marks=needs_torch)])
def test_a_parabola_is_drawn_with_its_numbers(draw, implementation):
    picture, out = draw(PARABOLA, "--impl", implementation)
    assert picture.nodes == [["x", "1", ".grad 20"], ["2 ×"], ["+ 3"], ["( )²"], ["y", "25"]]
    assert without_legend(picture.words("value"), 1) == ["2", "5", "1", "25"]
    assert without_legend(picture.words("local"), 1) == ["2", "1", "10"]
    assert without_legend(picture.words("grad"), 1) == ["← 20", "← 10", "← 10", "← 1", ".grad 20"]
    assert len(picture.marks("wire")) == 4
    assert len(picture.marks("saved")) == 1 + 1  # what is squared; and a sample
    assert out.endswith("picture.svg: 3 operations, 4 values, 1 backward pass.\n")


def test_constants_have_no_gradient_and_names_are_the_script_s(draw):
    picture, _ = draw(LECTURES / "slides_least_squares_graph.py", "--impl", "refgrad")
    assert ["w", "1", ".grad −2"] in picture.nodes
    assert [each for each in picture.nodes if each[0] in "xy"] == [["x", "1"], ["y", "2"]]
    assert len(picture.marks("silent")) == 2
    assert len(picture.marks("constant")) == 2 + 1
    assert ["y_hat", "1"] in picture.nodes
    assert ["s", "−1"] in picture.nodes
    assert without_legend(picture.words("local"), 1) == ["1", "1", "−2"]


def test_gradients_that_meet_are_told_apart(draw):
    picture, _ = draw(
        "import torch\nx = torch.tensor(3.0, requires_grad=True)\nu = x * 2\n(u * u + u).backward()\n",
        "--impl",
        "refgrad",
    )
    grads = without_legend(picture.words("grad"), 1)
    assert grads.count("← 6") == 2  # u * u, by either way
    assert grads.count("← 13") == 2  # together, at u and on its way there
    assert "← 26" in grads
    assert ".grad 26" in grads


def test_what_is_saved_is_what_the_nodes_say(draw):
    script = "import torch\nx = torch.tensor(0.5, requires_grad=True)\ny = {}\n"
    for expression, inputs in (("x * x", 2), ("x + x", 0), ("x.sin()", 1), ("torch.exp(x)", 1)):
        picture, _ = draw(script.format(expression), "--impl", "refgrad")
        assert len(picture.marks("saved")) == inputs + (inputs > 0), expression


def test_several_passes_are_numbered_and_one_that_is_refused_is_none(draw):
    script = PARABOLA.replace("y.backward()", "y.backward(retain_graph=True)\ny.backward()")
    script += "try:\n    y.backward()\nexcept RuntimeError:\n    pass\n"
    picture, out = draw(script, "--impl", "refgrad")
    assert "← ① 20  ② 20" in picture.words("grad")
    assert ".grad 40" in picture.words("grad")
    assert "2 backward passes" in out


def test_local_gradients_of_arrays(draw):
    picture, _ = draw(
        "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\nW = torch.ones(3, 2, requires_grad=True)\n"
        "(W @ x ** 2).sum().backward()\n",
        "--impl",
        "refgrad",
    )
    local = without_legend(picture.words("local"), 2)
    assert local == ["[2, 4]", "J 3×6", "J 3×2", "1 each"]
    assert ["x", "[1, 2]", "2", ".grad [6, 12]"] in picture.nodes


COURSE = (
    "slides_least_squares_graph", "tutorial_chain_rule", "next_linear_regression", "lecture_autograd_vector_jacobian"
)  # fmt: skip


@needs_torch
@pytest.mark.parametrize("name", COURSE)
def test_refgrad_and_torch_give_the_same_bytes(name):
    one, other = (drawing(record_of_script(LECTURES / f"{name}.py", each)) for each in ("refgrad", "torch"))
    assert one == other


def test_a_scenario_that_fails_shows_what_is_expected_where_it_belongs(draw):
    golden = json.loads((PROJECT / "golden" / "accumulation.json").read_text())
    observations = golden["scenarios"]["second_backward_adds"]["observations"]
    first, second = (f"{each['value']['values'][0]:g}" for each in observations)
    picture, out = draw("accumulation.second_backward_adds", "--impl", "fault:gradient_overwritten")
    (x,) = (each for each in picture.nodes if each[0] == "x")
    assert x == ["x", "1", f".grad {first}", f"PyTorch {second}", f"found {first}", "1", "2"]
    assert len(picture.marks("differs")) == 1
    assert (len(picture.marks("good")), len(picture.marks("bad"))) == (2, 2)  # on the graph, and in the table
    assert picture.words("wrong") == [f"found {first}", first]
    assert picture.words("right") == [f"PyTorch {second}", second]
    assert "1 of 2 observations differs." in out
    picture, out = draw("accumulation.second_backward_adds", "--impl", "refgrad")
    assert not picture.marks("differs")
    assert "0 of 2 observations differ." in out


def test_a_training_loop_is_one_step_a_curve_and_a_line(draw):
    printed = (PROJECT / "golden" / "lectures" / "tutorial_linear_regression.txt").read_text()
    picture, out = draw(LECTURES / "tutorial_linear_regression.py", "--impl", "refgrad")
    assert "the first of 100 steps" in out
    assert ["b", "0", ".grad −22.18"] in picture.nodes
    assert "dloss/dw -144.75  dloss/db -22.18" in printed
    assert float(re.search(r"epoch  0  loss ([\d.]+)", printed)[1]) == pytest.approx(158.85)
    assert any(each.startswith("loss: 158.9 → ") for each in picture.words("small"))
    assert len(picture.marks("point")) == 100
    (curve,) = picture.marks("curve")
    assert len(curve.get("points").split()) == 100
    early, line = picture.marks("line")
    assert len({each.split(",")[1] for each in early.get("points").split()}) == 1  # w and b are zero at first
    heights = [float(each.split(",")[1]) for each in line.get("points").split()]
    slopes = [after - before for before, after in pairwise(heights)]
    assert max(slopes) - min(slopes) < 0.25  # to a tenth of a pixel, at each end
    assert max(slopes) < 0


def test_nine_steps_are_no_loop_and_too_many_nodes_are_refused(gradspec, tmp_path):
    script = tmp_path / "steps.py"
    step = "    ((w * 2 - 1) ** 2).backward()\n"
    script.write_text(f"import torch\nw = torch.tensor(1.0, requires_grad=True)\nfor _ in range(9):\n{step}")
    code, out, _ = gradspec("draw", script, "--impl", "refgrad", "--svg", tmp_path / "steps.svg")
    assert code == 0
    assert "27 operations, 28 values, 9 backward passes" in out
    script.write_text(
        "import torch\ny = torch.tensor(1.0, requires_grad=True)\nfor _ in range(150):\n    y = y * 1.01\n"
    )
    code, out, err = gradspec("draw", script, "--impl", "refgrad", "--svg", tmp_path / "long.svg")
    assert (code, out) == (2, "")
    assert err.startswith("gradspec: The graph of steps.py has 301 values and operations, and 200 are as many")
    assert not (tmp_path / "long.svg").exists()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import torch\nprint(torch.tensor(1.0) + 1)\n", "makes no graph on refgrad: nothing in it is computed"),
        ("raise ValueError('too early')\n", "makes no graph on refgrad: it ended with ValueError: too early."),
        ("import os\nos._exit(3)\n", "cannot be drawn on refgrad: the process ended with exit code 3."),
    ],
)
def test_where_there_is_nothing_to_draw_one_sentence_says_so(gradspec, tmp_path, script, sentence):
    (tmp_path / "none.py").write_text(script)
    code, out, err = gradspec("draw", tmp_path / "none.py", "--impl", "refgrad", "--svg", tmp_path / "none.svg")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert sentence in err


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("no_such.py", "There is no script no_such.py."),
        ("accumulation.second_backward_add", "did you mean 'accumulation.second_backward_adds'?"),
        ("operators.add", "is several programs"),
    ],
)
def test_what_cannot_be_drawn_is_wrong_usage(gradspec, tmp_path, subject, sentence):
    code, _, err = gradspec("draw", subject, "--impl", "refgrad", "--svg", tmp_path / "none.svg")
    assert code == 2
    assert sentence in err


def test_a_script_that_ends_early_is_drawn_as_far_as_it_got(draw):
    picture, out = draw(
        PARABOLA + "raise ValueError('</svg><script>alert(1)</script>\\x1b\\u202e')\n", "--impl", "refgrad"
    )
    assert ["y", "25"] in picture.nodes
    assert "The script ended with ValueError" in out
    assert not list(picture.root.iter(f"{SVG}script"))
    assert html.escape("</svg><script>alert(1)</script>") in picture.text
    assert "\\u001b\\u202e" in picture.text


def test_names_and_titles_are_text(draw):
    picture, _ = draw(
        '"""A & B <b>bold</b>."""\nimport torch\n'
        "d = {'<img src=x>&': torch.tensor(1.0, requires_grad=True)}\n(d['<img src=x>&'] * 2).backward()\n",
        "--impl",
        "refgrad",
    )
    assert picture.nodes[0] == ["d['<img src=x>&']", "1", ".grad 2"]
    assert "A & B <b>bold</b>." in picture.words("soft")


def test_a_library_without_hooks_is_drawn_as_far_as_it_shows_itself(draw):
    pytest.importorskip("micrograd")
    picture, out = draw(PARABOLA, "--impl", "micrograd")
    assert picture.nodes[0] == ["x", "1", ".grad 20"]
    assert without_legend(picture.words("local"), 1) == ["2", "1", "10"]
    assert not picture.marks("saved")
    assert "(capability `hooks`)" in out


def test_a_scenario_that_needs_more_is_refused(gradspec, tmp_path):
    pytest.importorskip("micrograd")
    code, _, err = gradspec(
        "draw", "hooks.a_tensor_hook_is_given_the_gradient", "--impl", "micrograd", "--svg", tmp_path / "none.svg"
    )
    assert code == 2
    assert "which micrograd does not offer" in err


def test_drawing_does_not_change_what_a_script_prints(tmp_path):
    """Watched, the library gives what it gives unwatched: a script that asserts so ends without an error."""
    script = tmp_path / "careful.py"
    script.write_text(
        "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x * 3).sum()\ny.backward()\n"
        "assert repr(y) == 'tensor(9., grad_fn=<SumBackward0>)'\nassert x.grad.tolist() == [3.0, 3.0]\n"
        "assert x.is_leaf and not y.is_leaf and y.grad_fn.next_functions[0][0].name() == 'MulBackward0'\n"
    )
    assert record_of_script(script, "refgrad").drawn.ended is None


def test_a_record_that_tells_of_no_graph_is_not_believed(tmp_path):
    (tmp_path / "script.py").write_text(PARABOLA)
    drawn = record_of_script(tmp_path / "script.py", "refgrad").drawn
    first, *others = drawn.operations
    lost = msgspec.structs.replace(drawn.values[0], value=Numbers((2,), ()))
    assert consistent(drawn)
    assert not consistent(msgspec.structs.replace(drawn, values=drawn.values[1:]))
    assert not consistent(msgspec.structs.replace(drawn, values=(lost, *drawn.values[1:])))
    assert not consistent(msgspec.structs.replace(drawn, operations=(*others, first)))
    assert not consistent(msgspec.structs.replace(drawn, operations=(first, first)))
    wrong = msgspec.structs.replace(first, operands=(Operand(input=7),))
    assert not consistent(msgspec.structs.replace(drawn, operations=(wrong, *others)))


@pytest.mark.parametrize("seed", range(20))
def test_layout_leaves_nodes_apart_and_edges_go_right(seed):
    draws = random.Random(seed)
    nodes = [Node(draws.uniform(20, 120), draws.uniform(30, 90)) for _ in range(draws.randint(2, 40))]
    edges = [
        Edge(draws.choice(nodes[:place]), node, draws.randint(0, 2), draws.uniform(0, 40), draws.uniform(0, 40))
        for place, node in enumerate(nodes)
        if place
        for _ in range(draws.randint(0, 3))
    ]
    width, height = lay_out(nodes, edges)
    assert all(edge.source.x + edge.source.width / 2 < edge.target.x - edge.target.width / 2 for edge in edges)
    for place, one in enumerate(nodes):
        assert one.width / 2 - 1e-6 <= one.x <= width - one.width / 2 + 1e-6
        assert one.height / 2 - 1e-6 <= one.y <= height - one.height / 2 + 1e-6
        for other in nodes[:place]:
            apart = abs(one.x - other.x) >= (one.width + other.width) / 2 - 1e-6
            assert apart or abs(one.y - other.y) >= (one.height + other.height) / 2 - 1e-6


def test_numbers_are_short():
    shown = [numbers.short(each) for each in (1.0, -2.0, 1 / 3, 1e-05, 123456.0, "nan", "-inf", True, (1.0, -1.0))]
    assert shown == ["1", "−2", "0.3333", "1e−05", "1.235e05", "nan", "−∞", "True", "(1, −1i)"]
    assert numbers.array((3,), (0.0, 0.0, 0.0)) == "0 each"
    assert numbers.array((100,), tuple(map(float, range(100)))) == "[0, …, 99]"
    assert numbers.array((2, 2), (1.0, 2.0, 3.0, 4.0)) == "[[1, 2], [3, 4]]"
    assert numbers.array((20, 10), None) == "[20×10]"


PICTURED = {
    "least_squares": (str(LECTURES / "slides_least_squares_graph.py"), "refgrad"),
    "second_backward": ("accumulation.second_backward_adds", "fault:gradient_overwritten"),
    "regression": (str(LECTURES / "tutorial_linear_regression.py"), "refgrad"),
}


@pytest.mark.parametrize("name", PICTURED)
def test_the_pictures_that_are_kept_are_what_the_command_draws(draw, name):
    subject, implementation = PICTURED[name]
    kept = (PICTURES / f"{name}.svg").read_text()
    assert draw(subject, "--impl", implementation)[0].text == kept
    assert len(kept.encode()) < 30_000


# In each node the lines within its frame, measured by a browser: widths are estimated when the picture is made.
MEASURE = """<script>
const out = [];
for (const node of document.querySelectorAll("g.node")) {
  const frame = node.querySelector("rect").getBoundingClientRect();
  for (const line of node.querySelectorAll("text:not(.in):not(.small)")) {
    const box = line.getBoundingClientRect();
    if (box.left < frame.left || box.right > frame.right) out.push(line.textContent);
  }
}
const svgs = [...document.querySelectorAll("svg")];
const paper = (svg) => getComputedStyle(svg.querySelector(".page")).fill;
document.querySelector("pre").textContent = JSON.stringify({ out, nodes: document.querySelectorAll("g.node").length,
  svgs: svgs.length, papers: svgs.map(paper), page: getComputedStyle(document.querySelector("p.line")).stroke });
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_in_a_page_the_words_fit_and_styles_keep_to_their_drawing(tmp_path):
    pictures = [(PICTURES / f"{name}.svg").read_text() for name in PICTURED]
    page = tmp_path / "page.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><p class=line>no drawing</p>{''.join(pictures)}<pre></pre>{MEASURE}"
    )
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
        "--v=0",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(html.unescape(re.search(r"<pre>(.+?)</pre>", done.stdout, re.DOTALL)[1]))
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert found["out"] == []
    assert found["svgs"] == len(pictures) == len(PICTURED)
    assert found["nodes"] > 20
    assert set(found["papers"]) == {"rgb(255, 255, 255)"}
    assert found["page"] == "none"
