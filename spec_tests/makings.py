"""Makings: new tensors from data of every kind, filled, counted and drawn, and of which dtype they are."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "flags")


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.tensor", needs=NEEDS)
def data_of_every_kind(torch):
    """`tensor` takes numbers, nested lists, tuples, ranges and tensors in lists, and finds the dtype that holds them all."""
    for label, data in {
        "an int": 3,
        "a bool": True,
        "a float": 2.5,
        "a complex number": 1 + 2j,
        "nothing": [],
        "nothing, nested": [[], []],
        "ints": [1, 2, 3],
        "bools and ints": [True, 2],
        "ints and floats": [[1, 2.5], [3, 4]],
        "floats and complex numbers": [1.5, 2j],
        "a tuple of lists": ([1, 2], [3, 4]),
        "a range": range(2, 9, 3),
        "three levels": [[[1.0], [2.0]], [[3.0], [4.0]]],
        "tensors of numbers": [torch.tensor(1.5), torch.tensor(2.5)],
        "tensors and numbers": [torch.tensor(1), 2.5],
        "float64 tensors": [torch.tensor(1.5, dtype=torch.float64), torch.tensor(2.5, dtype=torch.float64)],
        "large": [2**40, -(2**62)],
        "infinite": [float("inf"), float("-inf"), float("nan")],
    }.items():
        made = torch.tensor(data)
        yield label, (made, str(made.dtype), made.dim())
        for name in ("float64", "float32", "float16", "int32", "int8", "uint8", "bool", "complex64"):
            if label in ("tensors of numbers", "float64 tensors", "infinite") and name[:5] != "float":
                continue
            found = attempt(torch.tensor, data, dtype=getattr(torch, name))
            if found.error is None:
                yield f"{label} as {name}", found.value
    for label, data in {
        "ragged": [[1, 2], [3]],
        "ragged in depth": [1, [2]],
        "ragged in depth, otherwise": [[1], 2],
        "text": "abc",
        "texts": ["a"],
        "None": None,
        "None in a list": [None],
        "an object": object(),
        "a set": {1, 2},
        "a dictionary": {},
        "too large": [2**64],
    }.items():
        yield label, attempt(torch.tensor, data).error is not None
    for name, numbers in {
        "uint8": (256, -256, 255, -1),
        "int8": (127, 128, -129),
        "int16": (32767, 32768),
        "int32": (2**31 - 1, 2**31),
    }.items():
        for number in numbers:
            found = attempt(torch.tensor, number, dtype=getattr(torch, name))
            yield f"{number} as {name}", found.value if found.error is None else "an error"
            found = attempt(torch.tensor, [number], dtype=getattr(torch, name))
            yield f"[{number}] as {name}", found.value if found.error is None else "an error"
    for dtype in (torch.int64, torch.bool):
        yield f"a gradient for {dtype}", refused(torch.tensor, [1, 0], dtype=dtype, requires_grad=True)
    yield "a gradient for complex numbers", torch.tensor([1j], requires_grad=True)


@scenario(cites="torch: Creation Ops", needs=NEEDS)
def tensors_that_are_counted(torch):
    """`arange`, `linspace`, `logspace`, `eye` and the indices of triangles, up and down, by any step, of any dtype."""
    for numbers in (
        (5,),
        (2, 7),
        (2, 7, 2),
        (7, 2, -2),
        (0.0, 1.0, 0.25),
        (1, 2, 0.3),
        (5, 5),
        (0, -3, -1),
        (2.5,),
        (0, 1e-3, 4e-4),
    ):
        yield f"arange {numbers}", torch.arange(*numbers)
        yield f"arange {numbers} in float64", torch.arange(*numbers, dtype=torch.float64)
        yield f"arange {numbers} in int32", torch.arange(*numbers, dtype=torch.int32)
    for numbers in ((0, 1, 5), (0, 1, 1), (0, 1, 0), (3, -2, 4), (-1.5, 2.5, 2), (1, 1, 3), (0, 10, 6)):
        yield f"linspace {numbers}", torch.linspace(*numbers)
        yield f"linspace {numbers} in float64", torch.linspace(*numbers, dtype=torch.float64)
        yield f"linspace {numbers} in int64", torch.linspace(*numbers, dtype=torch.int64)
    for n, m in ((3, 3), (2, 4), (4, 2), (0, 3), (1, 1)):
        yield f"eye {n}, {m}", torch.eye(n, m)
        yield f"eye {n}, {m} in int64", torch.eye(n, m, dtype=torch.int64)
        for offset in (-1, 0, 2):
            yield f"tril {n}, {m}, {offset}", torch.tril_indices(n, m, offset)
            yield f"triu {n}, {m}, {offset}", torch.triu_indices(n, m, offset)
    yield "eye", torch.eye(3)
    yield "tril, without an offset", torch.tril_indices(3, 3)
    yield "triu, without an offset", torch.triu_indices(3, 3)
    for label, function in {
        "arange in no steps": lambda: torch.arange(0, 3, 0),
        "arange the wrong way": lambda: torch.arange(0, 3, -1),
        "arange down": lambda: torch.arange(3, 0),
        "linspace of less than nothing": lambda: torch.linspace(0, 1, -1),
        "eye of less than nothing": lambda: torch.eye(-1),
        "eye of less than no columns": lambda: torch.eye(1, -1),
        "tril of less than nothing": lambda: torch.tril_indices(-1, 1),
        "triu of less than no columns": lambda: torch.triu_indices(1, -1),
    }.items():
        yield label, refused(function)


@scenario(cites="torch: Creation Ops", needs=NEEDS)
def tensors_that_are_filled(torch):
    """`zeros`, `ones`, `full`, `empty` and their like take sizes in every form, a dtype, and whether a gradient is wanted."""
    x = torch.tensor([[1.5, 2.5, 3.5]], dtype=torch.float64)
    for name, filling in (
        ("zeros", ()),
        ("ones", ()),
        ("full", (2.5,)),
        ("full", (3,)),
        ("full", (True,)),
        ("full", (1j,)),
    ):
        make = getattr(torch, name)
        for size in ((2, 3), (0,), (), (1, 2, 1)):
            yield f"{name} {size} {filling}", make(size, *filling)
            yield (
                f"{name} {size} {filling} for a gradient",
                attempt(make, size, *filling, requires_grad=True, dtype=torch.float32).value
                if filling != (1j,)
                else None,
            )
        yield f"{name} {filling} in int64", make((2,), *filling, dtype=torch.int64) if filling != (1j,) else None
        like = getattr(torch, f"{name}_like")
        yield f"{name}_like {filling}", like(x, *filling) if filling != (1j,) else None
        yield f"{name}_like {filling} in float32", like(x, *filling, dtype=torch.float32) if filling != (1j,) else None
        new = getattr(x, f"new_{name}")
        yield f"new_{name} {filling}", new((2, 1), *filling) if filling != (1j,) else None
        yield f"new_{name} {filling} in int64", new((2, 1), *filling, dtype=torch.int64) if filling != (1j,) else None
    yield (
        "sizes one after the other",
        [torch.zeros(2, 1), torch.ones(1, 2), torch.zeros([2]), torch.ones(torch.Size([1]))],
    )
    yield (
        "empty",
        [
            torch.empty(2, 0).shape == (2, 0),
            torch.empty_like(x).dtype == torch.float64,
            x.new_empty(3).dtype == torch.float64,
        ],
    )
    yield "new_tensor", [x.new_tensor([1, 2]), x.new_tensor(3, dtype=torch.int32)]
    for size, stride in (
        ((2, 3), (3, 1)),
        ((2, 3), (1, 2)),
        ((2, 2), (0, 1)),
        ((0, 2), (1, 1)),
        ((3,), (4,)),
        ((), ()),
    ):
        made = torch.empty_strided(size, stride)
        yield f"empty_strided {size} {stride}", [str(tuple(made.shape)), str(made.stride()), made.is_contiguous()]
    for label, function in {
        "a negative size": lambda: torch.zeros(-1),
        "a size that is no integer": lambda: torch.zeros(1.5),
        "a dtype that is none": lambda: torch.zeros(2, dtype="float32"),
        "a gradient for integers": lambda: torch.ones(2, dtype=torch.int64, requires_grad=True),
        "full of nothing": lambda: torch.full((2,)),
        "like a number": lambda: torch.zeros_like(3.0),
    }.items():
        yield label, refused(function)
    out = torch.zeros(3)
    torch.ones(3, out=out)
    yield "into another", out


@scenario(cites="torch.promote_types", needs=NEEDS)
def dtypes_that_meet(torch):
    """Two dtypes meet in the smallest that holds both; a number, or a tensor without dimensions, counts by its kind alone."""
    names = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()
    dtypes = [getattr(torch, name) for name in names]
    for name, dtype in zip(names, dtypes, strict=True):
        x, one = torch.ones(2, dtype=dtype), torch.ones((), dtype=dtype)
        yield f"{name} and all", [str(torch.promote_types(dtype, other)) for other in dtypes]
        yield (
            f"{name} times numbers",
            [str((x * number).dtype) for number in (True, 2, 2.5, 2j)[: 3 if name == "float16" else 4]],
        )
        yield (
            f"{name} without dimensions times numbers",
            [str((one * number).dtype) for number in (True, 2, 2.5, 2j)[: 3 if name == "float16" else 4]],
        )
        yield f"{name} times tensors", [str((x * torch.ones(2, dtype=other)).dtype) for other in dtypes]
        yield (
            f"{name} times tensors without dimensions",
            [str((x * torch.ones((), dtype=other)).dtype) for other in dtypes],
        )
        yield f"{name} over itself", str((x / x).dtype)
        yield f"the sum of {name}", str(x.sum().dtype)
        yield (
            f"result_type of {name}",
            [str(torch.result_type(x, number)) for number in (True, 2, 2.5, 2j)[: 3 if name == "float16" else 4]],
        )
        yield f"can_cast {name}", [torch.can_cast(dtype, other) for other in dtypes]
        yield (
            f"what {name} is",
            [
                dtype.is_floating_point,
                dtype.is_complex,
                dtype.is_signed if name[:4] != "bool" else None,
                dtype.itemsize,
            ],
        )
        yield f"what a tensor of {name} is", [x.is_floating_point(), x.is_complex(), x.element_size()]
        for other in ("float32", "int64", "bool", "uint8", "complex64"):
            y = torch.tensor([0.0, 1.0, 2.75, 200.0]).to(dtype)
            if not (dtype.is_complex and other != "complex64"):
                yield f"{name} to {other}", y.to(getattr(torch, other))
    yield (
        "limits of floats",
        [
            [
                f(getattr(torch, name))
                for f in (lambda d: torch.finfo(d).eps, lambda d: torch.finfo(d).max, lambda d: torch.finfo(d).bits)
            ]
            for name in ("float16", "float32", "float64")
        ],
    )
    yield (
        "limits of integers",
        [
            [torch.iinfo(getattr(torch, name)).min, torch.iinfo(getattr(torch, name)).max]
            for name in ("int8", "uint8", "int16", "int32", "int64")
        ],
    )


@scenario(cites="torch: Random sampling", needs=(*NEEDS, "random"))
def numbers_that_are_drawn(torch):
    """After the same seed come the same numbers: uniform, normal, integers, permutations and choices, of any size and dtype."""
    for seed in (1, 2**40):
        torch.manual_seed(seed)
        yield (
            f"{seed}: one after the other",
            [torch.rand(3), torch.randn(3), torch.randint(10, (3,)), torch.randperm(4), torch.rand(2)],
        )
    for size in ((1,), (5,), (15,), (16,), (17,), (33,), (2, 9), (0,), ()):
        for dtype in (torch.float32, torch.float64)[: 2 if size in ((5,), (16,), (17,)) else 1]:
            torch.manual_seed(2)
            yield f"rand {size} {dtype}", torch.rand(size, dtype=dtype)
            yield f"randn {size} {dtype}", torch.randn(size, dtype=dtype)
            yield f"randn again {size} {dtype}", torch.randn(size, dtype=dtype)
    torch.manual_seed(3)
    for low, high in ((0, 2), (-5, 5), (0, 2**31), (10, 11), (0, 2**40), (-(2**33), 2**33)):
        yield f"randint {low}, {high}", torch.randint(low, high, (6,))
    for dtype in (torch.int32, torch.uint8, torch.int8, torch.float32, torch.float64):
        yield f"randint {dtype}", torch.randint(0, 100, (5,), dtype=dtype)
    for n in (0, 1, 2, 7, 20):
        yield f"randperm {n}", torch.randperm(n)
    like = torch.zeros(2, 3, dtype=torch.float64)
    yield (
        "like another",
        [torch.rand_like(like), torch.randn_like(like), torch.randint_like(like, 9), torch.randint_like(like, 3, 9)],
    )
    yield (
        "like another, of a dtype",
        [torch.rand_like(like, dtype=torch.float32), torch.randn_like(like, dtype=torch.float32)],
    )
    torch.manual_seed(4)
    chances = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    yield "bernoulli", [torch.bernoulli(chances), torch.bernoulli(chances, 0.5), torch.bernoulli(chances.double())]
    yield (
        "normal",
        [
            torch.normal(0.0, 1.0, (4,)),
            torch.normal(chances, 2.0),
            torch.normal(1.0, chances),
            torch.normal(chances, chances),
        ],
    )
    weights = torch.tensor([[0.0, 1.0, 3.0], [2.0, 0.0, 2.0]])
    torch.manual_seed(5)
    yield (
        "multinomial",
        [
            torch.multinomial(weights, 2),
            torch.multinomial(weights, 5, replacement=True),
            torch.multinomial(weights[0], 1),
        ],
    )
    torch.manual_seed(6)
    for label, change in {
        "uniform_": lambda t: t.uniform_(-2, 3),
        "normal_": lambda t: t.normal_(2, 0.5),
        "exponential_": lambda t: t.exponential_(2.0),
        "bernoulli_": lambda t: t.bernoulli_(0.3),
        "random_": lambda t: t.random_(5),
        "random_ between": lambda t: t.random_(-2, 3),
        "random_ of all": lambda t: t.random_(),
    }.items():
        for dtype in (torch.float32, torch.float64):
            yield f"{label} {dtype}", attempt(change, torch.zeros(7, dtype=dtype)).value
            yield f"{label} {dtype}, of many", attempt(change, torch.zeros(20, dtype=dtype)).value
    generator = torch.Generator().manual_seed(7)
    yield (
        "a generator of its own",
        [
            torch.rand(2, generator=generator),
            torch.randn(2, generator=generator),
            torch.randperm(3, generator=generator),
        ],
    )
    yield "its seed", generator.initial_seed()
    state = torch.get_rng_state()
    first = torch.rand(3)
    torch.set_rng_state(state)
    yield "a state come back to", bool((torch.rand(3) == first).all())
    for label, function in {
        "a negative size": lambda: torch.rand(-1),
        "randint the wrong way round": lambda: torch.randint(5, 5, (2,)),
        "randperm of less than nothing": lambda: torch.randperm(-1),
        "bernoulli of no chance": lambda: torch.bernoulli(chances + 0.5),
        "bernoulli of less than none": lambda: torch.bernoulli(chances, -0.5),
        "normal by less than nothing": lambda: torch.normal(0.0, -1.0, (2,)),
        "normal by less than nothing, each": lambda: torch.normal(chances, -chances - 1),
        "multinomial of too many": lambda: torch.multinomial(weights, 3),
        "multinomial of none": lambda: torch.multinomial(weights, 0),
        "multinomial of negative weights": lambda: torch.multinomial(-weights, 1),
        "multinomial of no weight": lambda: torch.multinomial(weights * 0, 1),
        "uniform the wrong way round": lambda: torch.zeros(2).uniform_(1, 0),
        "exponential of nothing": lambda: torch.zeros(2).exponential_(0.0),
        "normal_ by less than nothing": lambda: torch.zeros(2).normal_(0, -1),
        "random_ the wrong way round": lambda: torch.zeros(2).random_(3, 3),
        "rand of integers": lambda: torch.rand(2, dtype=torch.int64),
    }.items():
        yield label, attempt(function).error is not None
