"""refgrad's printing against PyTorch's: the same text, character for character."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from refgrad import printing

torch = pytest.importorskip("torch")

FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", *FLOATS, *COMPLEX]
# Scalars, empty ones, one line, wrapped lines, several dimensions, and what is summarised in some or all of them.
SHAPES = [
    *[(), (1,), (3,), (10,), (30,), (0,), (0, 3), (2, 0, 3), (2, 3), (2, 3, 4), (1, 1, 1, 1), (40, 3), (3, 40)],
    *[(2, 2, 2, 2, 2), (1001,), (7, 143), (143, 7), (2, 600), (1, 1, 1, 1001), (6, 6, 30), (7, 7, 1, 30)],
]
OPTIONS = [
    {},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "edgeitems": 1, "precision": 3},
    {"profile": "unheard of"},
    {"sci_mode": True},
    {"sci_mode": False},
    {"precision": 0},
    {"precision": 10},
    {"linewidth": 30},
    {"linewidth": 3},
    {"threshold": 5},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 5, "edgeitems": 0},
    {"threshold": 20, "edgeitems": 5, "linewidth": 200},
]


@pytest.fixture(autouse=True)
def default_options():
    yield
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")
    torch.set_default_dtype(torch.float32)


def set_both(**options):
    for set_printoptions in (torch.set_printoptions, printing.set_printoptions):
        set_printoptions(profile="default")
        set_printoptions(**options)


def tensor(array):
    return torch.from_numpy(np.array(array))


def assert_same(array):
    assert printing.tensor_str(array) == repr(tensor(array))


def numbers(kind, shape, draw):
    """Real numbers of one kind."""
    return {
        "normal": lambda: draw.randn(*shape),
        "small integers": lambda: draw.randint(-5, 5, shape).astype(float),
        "large integers": lambda: draw.randint(-(10**9), 10**9, shape).astype(float),
        "far apart": lambda: 10.0 ** draw.uniform(-6, 6, shape),
        "tiny": lambda: draw.randn(*shape) * 1e-5,
        "powers of ten": lambda: 10.0 ** draw.randint(-4, 9, shape),
        "non-finite": lambda: draw.choice([0.0, -0.0, 1.0, -1.5, math.nan, math.inf, -math.inf], shape),
        "only non-finite": lambda: draw.choice([math.nan, math.inf, -math.inf], shape),
        "zeros": lambda: draw.choice([0.0, -0.0], shape),
    }[kind]()


KINDS = ["normal", "small integers", "large integers", "far apart", "tiny", "powers of ten"]
KINDS += ["non-finite", "only non-finite", "zeros"]


def sample(dtype, kind, shape, seed=0):
    draw = np.random.RandomState(seed)
    dtype = np.dtype(dtype)
    with np.errstate(all="ignore"):
        if dtype.kind == "f":
            return np.asarray(numbers(kind, shape, draw)).astype(dtype)
        if dtype.kind == "c":
            other = KINDS[(KINDS.index(kind) + seed) % len(KINDS)]
            return (numbers(kind, shape, draw) + 1j * np.asarray(numbers(other, shape, draw))).astype(dtype)
        return draw.randint(-(2 ** (8 * dtype.itemsize - 2)), 2**62, shape).astype(dtype)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_shape_and_option(dtype, options):
    set_both(**options)
    kinds = itertools.cycle(KINDS)
    for seed, shape in enumerate(SHAPES):
        assert_same(sample(dtype, next(kinds), shape, seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", FLOATS + COMPLEX)
@pytest.mark.parametrize("sci_mode", [None, True, False])
def test_every_kind_of_number(dtype, kind, sci_mode):
    set_both(sci_mode=sci_mode)
    for shape in [(), (1,), (7,), (3, 4), (40, 30)]:
        for seed in range(3):
            assert_same(sample(dtype, kind, shape, seed))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(["bool", "uint8", "int16", "int64", *FLOATS, *COMPLEX]).flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6))
    )
)
def test_any_array(array):
    assert_same(array)


@pytest.mark.parametrize(
    "value",
    [
        1e8,
        100_000_001.0,
        1e-4,
        9.99e-5,
        0.00010001,
        1000.0,
        0.1,
        99999.5,
        1e-45,
        3e38,
        2.0**53,
        math.nan,
        -math.inf,
        -0.0,
    ],
)
def test_thresholds_of_the_scientific_form(value):
    for other in (0.0, 1.0, 0.5, 1e-3, 1e4, value):
        for dtype in ("float32", "float64"):
            assert_same(np.array(value, dtype))
            assert_same(np.array([value, other], dtype))
            assert_same(np.array([value, -999 / 1001 / 1e3 * value], dtype))
            assert_same(np.array([value, -value / 1000], dtype))


def test_numpy_scalars_print_as_tensors_without_dimension():
    assert printing.tensor_str(np.float32(1.02)) == repr(torch.tensor(1.02))
    assert printing.tensor_str(np.bool_(True)) == repr(torch.tensor(True))


@pytest.mark.parametrize("default", ["float16", "float32", "float64"])
def test_the_default_dtype_is_not_mentioned(default):
    torch.set_default_dtype(getattr(torch, default))
    for dtype in DTYPES:
        for shape in [(), (2,), (0,), (0, 2)]:
            array = np.ones(shape, dtype)
            assert printing.tensor_str(array, default_dtype=default) == repr(tensor(array))


def test_suffixes_go_to_a_new_line_where_they_would_run_over():
    for linewidth in (30, 80):
        set_both(linewidth=linewidth)
        for length, dtype in itertools.product(range(26), FLOATS):
            leaf = torch.full((length,), 0.5, dtype=getattr(torch, dtype), requires_grad=True)
            array = leaf.detach().numpy()
            assert printing.tensor_str(array, suffixes=["requires_grad=True"]) == repr(leaf)
            assert printing.tensor_str(array, suffixes=["grad_fn=<MulBackward0>"]) == repr(leaf * 1)
            rows = leaf.reshape(1, length) * torch.ones(2, 1, dtype=leaf.dtype)
            assert printing.tensor_str(rows.detach().numpy(), suffixes=["grad_fn=<MulBackward0>"]) == repr(rows)


def test_the_prefix_sets_the_indent():
    class Longer(torch.Tensor):
        pass

    array = np.arange(60, dtype=np.float32).reshape(2, 30)
    assert printing.tensor_str(array, prefix="Longer(") == repr(tensor(array).as_subclass(Longer))


def test_options_are_kept_until_they_are_set():
    for options in [{"precision": 2}, {"sci_mode": True}, {"edgeitems": 1}, {"profile": "full"}, {"linewidth": 40}, {}]:
        torch.set_printoptions(**options)
        printing.set_printoptions(**options)
        assert printing.get_printoptions() == torch._tensor_str.get_printoptions()
