"""refgrad's generator against PyTorch's: the same numbers, bit for bit, and the same state left behind."""

from __future__ import annotations

import sys
from subprocess import run

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refgrad import random

torch = pytest.importorskip("torch")

FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
SIZES = [0, 1, 2, 15, 16, 17, 31, 32, 100, 1000]
SEEDS = [0, 42, -1, 2**32 + 7, 2**64 - 1]

needs_avx2 = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() == "DEFAULT",
    reason="without AVX2 PyTorch draws blocks of float32 normals with the C library's logarithm and sine",
)


def empty(shape, dtype):
    return torch.empty(shape, dtype=getattr(torch, dtype))


# name: what PyTorch does with (generator, size, dtype), what refgrad does, and the dtypes
DRAWS = {
    "rand": (
        lambda g, n, t: torch.rand(n, generator=g, dtype=getattr(torch, t)),
        random.rand,
        [*FLOATS, "complex64", "complex128"],
    ),
    "randn": (
        lambda g, n, t: torch.randn(n, generator=g, dtype=getattr(torch, t)),
        random.randn,
        [*FLOATS, "complex64", "complex128"],
    ),
    "uniform": (
        lambda g, n, t: empty(n, t).uniform_(-3.25, 7.5, generator=g),
        lambda g, n, t: random.uniform(g, n, t, -3.25, 7.5),
        FLOATS,
    ),
    "uniform, uneven": (
        lambda g, n, t: empty(n, t).uniform_(0.1, 0.37, generator=g),
        lambda g, n, t: random.uniform(g, n, t, 0.1, 0.37),
        ["float16", "float32"],
    ),
    "normal": (
        lambda g, n, t: empty(n, t).normal_(0.1, 0.37, generator=g),
        lambda g, n, t: random.normal(g, n, t, 0.1, 0.37),
        ["float16", "float32"],
    ),
    "normal, complex": (
        lambda g, n, t: empty(n, t).normal_(0.25, 2.0, generator=g),
        lambda g, n, t: random.normal(g, n, t, 0.25, 2.0),
        ["complex64"],
    ),
    "normal, strided": (
        lambda g, n, t: empty((*n, 2), t)[..., 0].normal_(generator=g),
        lambda g, n, t: random.normal(g, n, t, contiguous=False),
        FLOATS,
    ),
    "randint": (
        lambda g, n, t: torch.randint(-7, 100, n, generator=g, dtype=getattr(torch, t)),
        lambda g, n, t: random.randint(g, -7, 100, n, t),
        [*INTEGERS[1:], *FLOATS],
    ),
    "randint, byte": (
        lambda g, n, t: torch.randint(0, 256, n, generator=g, dtype=getattr(torch, t)),
        lambda g, n, t: random.randint(g, 0, 256, n, t),
        ["uint8"],
    ),
    "random_": (lambda g, n, t: empty(n, t).random_(generator=g), random.random_, ["bool", *INTEGERS, *FLOATS]),
    "random_ from": (
        lambda g, n, t: empty(n, t).random_(5, None, generator=g),
        lambda g, n, t: random.randint(g, 5, None, n, t),
        [*INTEGERS, *FLOATS],
    ),
    "bernoulli": (
        lambda g, n, t: empty(n, t).bernoulli_(0.3, generator=g),
        lambda g, n, t: random.bernoulli(g, 0.3, n, t),
        ["bool", *INTEGERS, *FLOATS],
    ),
    "bernoulli, tensor": (
        lambda g, n, t: torch.bernoulli(torch.full(n, 0.3, dtype=getattr(torch, t)), generator=g),
        lambda g, n, t: random.bernoulli(g, np.full(n, 0.3, t), n, t),
        FLOATS,
    ),
    "bernoulli, tensor without dimension": (
        lambda g, n, t: torch.bernoulli(torch.tensor(0.3, dtype=getattr(torch, t)), generator=g),
        lambda g, n, t: random.bernoulli(g, np.dtype(t).type(0.3), (), t),
        FLOATS,
    ),
    "exponential": (
        lambda g, n, t: empty(n, t).exponential_(0.3, generator=g),
        lambda g, n, t: random.exponential(g, n, t, 0.3),
        FLOATS,
    ),
    "randperm": (
        lambda g, n, t: torch.randperm(n[0] % 128, generator=g, dtype=getattr(torch, t)),
        lambda g, n, t: random.randperm(g, n[0] % 128, t),
        [*INTEGERS, *FLOATS],
    ),
}
CASES = [(name, dtype) for name, (_, _, dtypes) in DRAWS.items() for dtype in dtypes]


def pair(seed=0):
    return torch.Generator().manual_seed(seed), random.Generator().manual_seed(seed)


def same(theirs, ours):
    theirs = np.asarray(theirs)
    return theirs.dtype == ours.dtype and theirs.shape == ours.shape and theirs.tobytes() == ours.tobytes()


def same_state(theirs, ours):
    return same(theirs.get_state(), ours.get_state())


@needs_avx2
@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_numbers_and_state_are_pytorchs(name, dtype):
    expected, drawn, _ = DRAWS[name]
    for seed in SEEDS:
        theirs, ours = pair(seed)
        for size in SIZES:
            assert same(expected(theirs, (size,), dtype), drawn(ours, (size,), dtype)), (seed, size)
            assert same_state(theirs, ours), (seed, size)


@needs_avx2
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(-(2**63), 2**64 - 1), st.lists(st.tuples(st.sampled_from(CASES), st.integers(0, 700)), max_size=12))
def test_any_sequence_of_draws(seed, draws):
    theirs, ours = pair(seed)
    for (name, dtype), size in draws:
        expected, drawn, _ = DRAWS[name]
        assert same(expected(theirs, (size,), dtype), drawn(ours, (size,), dtype))
        assert same_state(theirs, ours)


@needs_avx2
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.1, 0.37), (-3.3, 7.1)])
def test_many_float32_normals(mean, std):
    theirs, ours = pair(7)
    expected = torch.empty(400_003).normal_(mean, std, generator=theirs)
    assert same(expected, random.normal(ours, (400_003,), np.float32, mean, std))


@pytest.mark.parametrize("size", [15, 5000])
def test_scaled_float64_is_within_a_rounding(size):
    # A fused multiply-add in float64 goes through long double, which rounds a second time in about one case of 2000.
    theirs, ours = pair(7)
    for name, arguments in {"uniform": (0.1, 0.37), "normal": (0.1, 0.37)}.items():
        expected = getattr(empty((size,), "float64"), name + "_")(*arguments, generator=theirs).numpy()
        drawn = getattr(random, name)(ours, (size,), np.float64, *arguments)
        np.testing.assert_array_max_ulp(expected, drawn, maxulp=1)
        assert np.mean(expected == drawn) > 0.99


@pytest.mark.parametrize("low", [0, -5, -(2**63)])
@pytest.mark.parametrize("span", [1, 2, 2**27 + 1, 2**28 - 1, 2**28, 2**31, 2**32, 2**32 + 1, 2**40, 2**62, 2**63 - 1])
def test_randint_of_every_range(low, span):
    theirs, ours = pair(3)
    expected = torch.randint(low, low + span, (50,), generator=theirs)
    assert same(expected, random.randint(ours, low, low + span, (50,)))
    assert same_state(theirs, ours)


def test_random_over_all_int64():
    theirs, ours = pair(3)
    expected = empty((50,), "int64").random_(-(2**63), None, generator=theirs)
    assert same(expected, random.randint(ours, -(2**63), None, (50,)))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 1000, 40_000])
def test_randperm(n):
    theirs, ours = pair(n)
    assert same(torch.randperm(n, generator=theirs), random.randperm(ours, n))
    assert same_state(theirs, ours)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("num_samples", [1, 2, 4])
@pytest.mark.parametrize("rows", [(), (1,), (3,)])
def test_multinomial(dtype, replacement, num_samples, rows):
    weights = np.random.RandomState(1).rand(*rows, 9).astype(dtype)
    weights[..., 2] = 0
    theirs, ours = pair(5)
    for _ in range(50):
        expected = torch.multinomial(torch.from_numpy(weights), num_samples, replacement, generator=theirs)
        assert same(expected, random.multinomial(ours, weights, num_samples, replacement))
        assert same_state(theirs, ours)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("categories", [2, 50, 1000])
def test_multinomial_of_many(dtype, categories):
    weights = np.random.RandomState(1).rand(2, categories).astype(dtype)
    for num_samples, replacement in [(500, True), (2, False)]:
        theirs, ours = pair(5)
        expected = torch.multinomial(torch.from_numpy(weights), num_samples, replacement, generator=theirs)
        assert same(expected, random.multinomial(ours, weights, num_samples, replacement))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("p", [0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_dropout(dtype, p):
    torch.manual_seed(11)
    ours = random.Generator().manual_seed(11)
    ones = np.ones((5, 20), dtype)
    assert same(
        torch.nn.functional.dropout(torch.from_numpy(ones), p), ones * random.dropout_mask(ours, (5, 20), dtype, p)
    )
    assert same_state(torch.default_generator, ours)


@pytest.mark.parametrize("name", ["uniform", "exponential", "random"])
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_fills_go_by_memory(name, axes):
    theirs, ours = pair(1)
    tensor, array = torch.zeros(3, 4, 5).permute(axes), np.zeros((3, 4, 5), np.float32).transpose(axes)
    getattr(tensor, name + "_")(generator=theirs)
    view = random.memory_order(array)
    view[...] = getattr(random, "random_" if name == "random" else name)(ours, view.shape, view.dtype)
    assert same(tensor.numpy(), array)


@needs_avx2
def test_the_cached_normal():
    theirs, ours = pair(1)
    for size in (1, 16, 1, 3, 17, 1):  # odd series leave a sine behind, blocks pass it by
        assert same(torch.randn(size, generator=theirs), random.randn(ours, (size,)))
        assert same(torch.rand(2, generator=theirs), random.rand(ours, (2,)))
    theirs.manual_seed(2)
    ours.manual_seed(2)
    assert same(torch.randn(3, generator=theirs), random.randn(ours, (3,)))


@pytest.mark.parametrize("draw", [lambda g: None, *[lambda g, n=n: random.rand(g, (n,)) for n in (1, 623, 624, 625)]])
@pytest.mark.parametrize("odd_normals", [False, True])
def test_a_state_goes_round(draw, odd_normals):
    theirs, ours = torch.Generator(), random.Generator().manual_seed(9)
    draw(ours)
    if odd_normals:
        random.randn(ours, (1,))
    state = ours.get_state()
    clone = ours.clone_state()
    assert np.array_equal(clone.get_state(), state)
    theirs.set_state(torch.from_numpy(state.copy()))
    assert np.array_equal(theirs.get_state().numpy(), state)
    expected = [random.randn(ours, (3,)).tobytes(), random.rand(ours, (700,)).tobytes()]
    ours.set_state(state)
    assert ours.initial_seed() == clone.initial_seed() == 9
    for generator in (ours, clone):
        assert [random.randn(generator, (3,)).tobytes(), random.rand(generator, (700,)).tobytes()] == expected
    assert same(torch.randn(3, generator=theirs), np.frombuffer(expected[0], np.float32))


def test_seeds():
    assert random.Generator().initial_seed() == torch.Generator().initial_seed()
    assert same(torch.rand(3, generator=torch.Generator()), random.rand(random.Generator(), (3,)))
    generator = random.Generator()
    assert generator.seed() == generator.initial_seed() != generator.seed()


BAD_CALLS = {
    "seed type": (lambda g: g.manual_seed(1.5), lambda g: g.manual_seed(1.5)),
    "seed too large": (lambda g: g.manual_seed(2**64), lambda g: g.manual_seed(2**64)),
    "seed too small": (lambda g: g.manual_seed(-(2**63) - 1), lambda g: g.manual_seed(-(2**63) - 1)),
    "state size": (
        lambda g: g.set_state(torch.zeros(3, dtype=torch.uint8)),
        lambda g: g.set_state(np.zeros(3, np.uint8)),
    ),
    "state dtype": (lambda g: g.set_state(torch.zeros(5056)), lambda g: g.set_state(np.zeros(5056))),
    "state of zeros": (
        lambda g: g.set_state(torch.zeros(5056, dtype=torch.uint8)),
        lambda g: g.set_state(np.zeros(5056, np.uint8)),
    ),
    "rand of integers": (
        lambda g: torch.rand(2, generator=g, dtype=torch.int64),
        lambda g: random.rand(g, (2,), "int64"),
    ),
    "randn of bools": (
        lambda g: torch.randn(2, generator=g, dtype=torch.bool),
        lambda g: random.randn(g, (2,), "bool"),
    ),
    "uniform bounds": (lambda g: torch.empty(2).uniform_(2, 1), lambda g: random.uniform(g, (2,), "float32", 2, 1)),
    "uniform range": (
        lambda g: torch.empty(2).uniform_(-3e38, 3e38),
        lambda g: random.uniform(g, (2,), "float32", -3e38, 3e38),
    ),
    "uniform from": (
        lambda g: empty(2, "float16").uniform_(-1e38, 0),
        lambda g: random.uniform(g, (2,), "float16", -1e38, 0),
    ),
    "uniform nan": (
        lambda g: torch.empty(2).uniform_(0, float("nan")),
        lambda g: random.uniform(g, (2,), "float32", 0, float("nan")),
    ),
    "std": (lambda g: torch.empty(2).normal_(0, -1.5), lambda g: random.normal(g, (2,), "float32", 0, -1.5)),
    "std nan": (
        lambda g: torch.empty(2).normal_(0, float("nan")),
        lambda g: random.normal(g, (2,), "float32", 0, float("nan")),
    ),
    "randint order": (lambda g: torch.randint(5, 3, (2,)), lambda g: random.randint(g, 5, 3, (2,))),
    "randint complex": (
        lambda g: torch.randint(0, 3, (2,), dtype=torch.complex64),
        lambda g: random.randint(g, 0, 3, (2,), "complex64"),
    ),
    **{
        f"randint {bound} {dtype}": (
            lambda g, dtype=dtype, low=low, high=high: empty(2, dtype).random_(low, high),
            lambda g, dtype=dtype, low=low, high=high: random.randint(g, low, high, (2,), dtype),
        )
        for dtype in ["bool", *INTEGERS[:-1], "float16"]
        for bound, low, high in [("from", -(2**63), 5), ("to", 0, 2**63 - 1)]
    },
    "randperm negative": (lambda g: torch.randperm(-2), lambda g: random.randperm(g, -2)),
    "randperm bool": (lambda g: torch.randperm(2, dtype=torch.bool), lambda g: random.randperm(g, 2, "bool")),
    **{
        f"randperm {dtype}": (
            lambda g, dtype=dtype: torch.randperm(70_000, dtype=getattr(torch, dtype)),
            lambda g, dtype=dtype: random.randperm(g, 70_000, dtype),
        )
        for dtype in ["uint8", "int8", "int16", "float16"]
    },
    "bernoulli p": (lambda g: torch.empty(2).bernoulli_(1.5), lambda g: random.bernoulli(g, 1.5, (2,))),
    "bernoulli nan": (
        lambda g: torch.bernoulli(torch.tensor([float("nan")])),
        lambda g: random.bernoulli(g, np.array([np.nan], np.float32), (1,)),
    ),
    "bernoulli of integers": (
        lambda g: torch.bernoulli(torch.tensor([1])),
        lambda g: random.bernoulli(g, np.array([1]), (1,), "int64"),
    ),
    "exponential rate": (lambda g: torch.empty(2).exponential_(-1), lambda g: random.exponential(g, (2,), lambd=-1)),
    "exponential of integers": (
        lambda g: empty(2, "int32").exponential_(),
        lambda g: random.exponential(g, (2,), "int32"),
    ),
    **{
        f"multinomial {weights} {arguments}": (
            lambda g, w=weights, a=arguments: torch.multinomial(torch.from_numpy(np.array(w)), *a),
            lambda g, w=weights, a=arguments: random.multinomial(g, np.array(w), *a),
        )
        for weights, arguments in [
            (1.0, (1,)),
            ([1, 2], (1,)),
            ([1.0, 2.0], (0,)),
            ([1.0, 2.0], (3,)),
            ([1.0, -2.0], (1,)),
            ([1.0, -2.0], (3, True)),
            ([1.0, np.inf], (1,)),
            ([1.0, np.nan], (3, True)),
            ([[0.0, 0.0], [1.0, 1.0]], (1,)),
            ([0.0, 0.0], (3, True)),
        ]
    },
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_calls_fail_as_in_pytorch(name):
    theirs, ours = BAD_CALLS[name]
    with pytest.raises(Exception) as expected:  # noqa: PT011 (PyTorch says which error it is)
        theirs(torch.Generator())
    with pytest.raises(expected.type) as found:
        ours(random.Generator())
    assert str(found.value) == str(expected.value).split("\nException raised from")[0]


def test_numpy_random_is_loaded_with_the_first_number():
    code = """
import sys
from refgrad import random
generator = random.Generator().manual_seed(1)
assert "numpy.random" not in sys.modules
random.rand(generator, (1,))
assert "numpy.random" in sys.modules
"""
    assert run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0
