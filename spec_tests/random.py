"""Random numbers: what follows a seed."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "random")


@scenario(cites="torch.manual_seed", needs=NEEDS)
def a_seed_fixes_the_numbers(torch):
    """After manual_seed the numbers are the same in every run and on every machine."""
    torch.manual_seed(42)
    yield "uniform", torch.rand(3)
    yield "normal", torch.randn(3)
    yield "integers", torch.randint(100, (5,))
    yield "a permutation", torch.randperm(6)


@scenario(cites="torch.manual_seed", needs=NEEDS)
def the_same_seed_starts_again(torch):
    """Seeding again starts the same sequence again; another seed gives another."""
    torch.manual_seed(7)
    first = torch.rand(4)
    torch.manual_seed(7)
    again = torch.rand(4)
    torch.manual_seed(8)
    other = torch.rand(4)
    yield "the same seed", torch.equal(first, again)
    yield "another seed", torch.equal(first, other)


@scenario(cites="torch.rand", needs=NEEDS)
def draws_go_on_from_each_other(torch):
    """Two draws of uniform numbers give what one draw of both lengths gives."""
    torch.manual_seed(1)
    whole = torch.rand(5)
    torch.manual_seed(1)
    parts = torch.cat([torch.rand(2), torch.rand(3)])
    yield "the same numbers", torch.equal(whole, parts)


@scenario(cites="torch.rand", needs=NEEDS)
def shapes_are_filled_in_order(torch):
    """A tensor of any shape is filled in row-major order."""
    torch.manual_seed(3)
    yield "a matrix", torch.rand(2, 3)
    torch.manual_seed(3)
    yield "a row", torch.rand(6)


@scenario(cites="torch.rand", needs=("tensor", "random", "dtypes"))
def doubles_take_more_bits(torch):
    """float64 numbers are drawn with 53 bits, two words of the generator each: they are not the float32 numbers."""
    torch.manual_seed(0)
    yield "float64", torch.rand(3, dtype=torch.float64)
    torch.manual_seed(0)
    yield "float32", torch.rand(3)


@scenario(cites="torch.randn", needs=NEEDS)
def many_normals_are_drawn_in_blocks(torch):
    """Sixteen normal numbers and more are drawn in blocks of sixteen, the last block again where it is cut."""
    torch.manual_seed(0)
    yield "fifteen", torch.randn(15)
    torch.manual_seed(0)
    yield "sixteen", torch.randn(16)
    torch.manual_seed(0)
    yield "twenty", torch.randn(20)


@scenario(cites="torch.randn", needs=NEEDS)
def single_normals_come_in_pairs(torch):
    """Normal numbers drawn one at a time come in pairs: the second is kept for the next call."""
    torch.manual_seed(0)
    yield "three, one by one", [torch.randn(1) for _ in range(3)]
    torch.manual_seed(0)
    yield "three at once", torch.randn(3)


@scenario(cites="torch.randint", needs=NEEDS)
def integers_lie_below_the_upper_bound(torch):
    """randint draws from low up to, without, high; low is 0 unless given."""
    torch.manual_seed(0)
    drawn = torch.randint(-3, 3, (200,))
    yield "smallest and largest", (drawn.min(), drawn.max())
    yield "from zero", torch.randint(2, (8,))
    yield "with dtype", torch.randint(0, 10, (4,), dtype=torch.int32)


@scenario(cites="torch.randint", needs=NEEDS)
def an_empty_range_is_an_error(torch):
    """randint raises an error where there is no integer between its bounds."""
    yield "high below low", attempt(torch.randint, 5, 2, (3,))
    yield "high equal to low", attempt(torch.randint, 5, 5, (3,))


@scenario(cites="torch.randperm", needs=NEEDS)
def permutations_hold_each_number_once(torch):
    """randperm gives the numbers from 0 to n-1 in random order."""
    torch.manual_seed(0)
    drawn = torch.randperm(10)
    yield "the permutation", drawn
    yield "sorted", sorted(drawn.tolist())
    yield "of nothing", torch.randperm(0)
    yield "of a negative number", attempt(torch.randperm, -1)


@scenario(cites="torch.rand_like", needs=NEEDS)
def like_takes_shape_and_dtype(torch):
    """rand_like and randn_like draw in the shape and dtype of a tensor, and do not require grad unless told to."""
    torch.manual_seed(0)
    like = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    yield "rand_like", torch.rand_like(like)
    yield "randn_like", torch.randn_like(like)
    yield "requires_grad", torch.rand_like(like, requires_grad=True).requires_grad


@scenario(cites="torch.bernoulli", needs=NEEDS)
def bernoulli_draws_by_probability(torch):
    """bernoulli draws 1 with the probability that stands in its place, else 0, in the dtype of its input."""
    torch.manual_seed(0)
    yield "certain outcomes", torch.bernoulli(torch.tensor([0.0, 1.0, 0.0, 1.0]))
    yield "even chances", torch.bernoulli(torch.full((8,), 0.5))
    yield "a probability above one", attempt(torch.bernoulli, torch.tensor([1.5]))


@scenario(cites="torch.normal", needs=NEEDS)
def normal_takes_mean_and_deviation(torch):
    """normal draws with a mean and a standard deviation, an element each or one for all."""
    torch.manual_seed(0)
    yield "of size 3", torch.normal(10.0, 2.0, (3,))
    yield "means of a tensor", torch.normal(torch.tensor([0.0, 100.0]), 1.0)
    yield "both tensors", torch.normal(torch.tensor([0.0, 100.0]), torch.tensor([1.0, 10.0]))
    yield "a negative deviation", attempt(torch.normal, 0.0, -1.0, (3,))


@scenario(cites="torch.Tensor.uniform_", needs=("tensor", "random", "inplace"))
def filling_in_place(torch):
    """`uniform_`, `normal_` and `random_` fill a tensor in place, in its dtype."""
    torch.manual_seed(0)
    yield "uniform_", torch.empty(3).uniform_(-1, 1)
    yield "normal_", torch.empty(3).normal_(5, 0.1)
    yield "random_", torch.empty(3, dtype=torch.int64).random_(0, 10)
    yield "bernoulli_", torch.empty(4).bernoulli_(0.5)


@scenario(cites="torch.Tensor.uniform_", needs=("tensor", "random", "inplace", "flags"))
def filling_is_an_in_place_operation(torch):
    """Filling a leaf that requires grad is an error; filling a result cuts it off from its history."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a leaf", attempt(x.uniform_)
    torch.manual_seed(0)
    y = x * 2
    y.uniform_()
    y.sum().backward()
    yield "the gradient of what was there", x.grad


@scenario(cites="torch.get_rng_state", needs=NEEDS)
def the_state_can_be_saved(torch):
    """get_rng_state gives the generator's state as bytes; set_rng_state goes on from there."""
    torch.manual_seed(0)
    torch.randn(3)
    state = torch.get_rng_state()
    yield "dtype and shape", (str(state.dtype), tuple(state.shape))
    first = torch.randn(5)
    torch.set_rng_state(state)
    yield "the same again", torch.equal(first, torch.randn(5))


@scenario(cites="torch.set_rng_state", needs=NEEDS)
def a_state_must_be_bytes_of_the_right_size(torch):
    """set_rng_state raises an error for what is no state."""
    yield "floats", attempt(torch.set_rng_state, torch.zeros(5056))
    yield "too short", attempt(torch.set_rng_state, torch.zeros(3, dtype=torch.uint8))


@scenario(cites="torch.Generator", needs=NEEDS)
def generators_are_independent(torch):
    """A Generator has a state of its own: drawing from it leaves the default generator alone."""
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    own = torch.Generator().manual_seed(5)
    yield "from the own generator", torch.rand(2, generator=own)
    yield "the default one is where it was", torch.equal(torch.rand(2), expected)


@scenario(cites="torch.Generator", needs=NEEDS)
def generators_give_the_same_numbers_for_a_seed(torch):
    """A Generator seeded like the default one gives the same numbers; without a seed it starts from a fixed one."""
    own = torch.Generator()
    yield "the seed it starts from", own.initial_seed()
    own.manual_seed(42)
    torch.manual_seed(42)
    yield "the same numbers", torch.equal(torch.rand(3, generator=own), torch.rand(3))
    yield "its seed", own.initial_seed()


@scenario(cites="torch.Generator", needs=NEEDS)
def the_state_of_a_generator(torch):
    """A Generator's state can be taken and set."""
    own = torch.Generator().manual_seed(1)
    torch.rand(3, generator=own)
    state = own.get_state()
    first = torch.rand(3, generator=own)
    own.set_state(state)
    yield "the same again", torch.equal(first, torch.rand(3, generator=own))


@scenario(cites="torch.initial_seed", needs=("random",))
def the_seed_can_be_asked(torch):
    """initial_seed tells the seed; a negative one counts from 2**64."""
    torch.manual_seed(42)
    yield "42", torch.initial_seed()
    torch.manual_seed(-1)
    yield "-1", torch.initial_seed()
    yield "too large", attempt(torch.manual_seed, 2**64)


@scenario(cites="torch.rand", needs=("tensor", "random", "flags"))
def random_tensors_are_leaves(torch):
    """A random tensor is a leaf, which may require grad."""
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    yield "the leaf", x
    (x * x).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.rand", needs=("tensor", "random", "dtypes"))
def only_floats_are_drawn_from_intervals(torch):
    """rand and randn raise an error for integer dtypes."""
    yield "rand", attempt(torch.rand, 3, dtype=torch.int64)
    yield "randn", attempt(torch.randn, 3, dtype=torch.int64)
    yield "a negative size", attempt(torch.rand, -1)


@scenario(cites="torch.random.fork_rng", needs=NEEDS)
def a_fork_leaves_no_trace(torch):
    """What is drawn inside `torch.random.fork_rng()` does not move the generator outside."""
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    with torch.random.fork_rng():
        torch.rand(10)
    yield "where it was", torch.equal(torch.rand(2), expected)


@scenario(cites="torch.nn.functional.dropout", needs=("tensor", "random", "functions"))
def dropout_scales_what_it_keeps(torch):
    """Dropout zeroes elements with probability p and divides the others by 1-p, in the gradient, too."""
    torch.manual_seed(0)
    x = torch.ones(8, requires_grad=True)
    y = torch.nn.functional.dropout(x, 0.5)
    yield "kept and dropped", y
    y.sum().backward()
    yield "the gradient", x.grad
    yield "not in training", torch.nn.functional.dropout(x, 0.5, training=False)


@scenario(cites="torch.Tensor.exponential_", needs=(*NEEDS, "inplace"))
def waiting_times(torch):
    """`exponential_` fills in waiting times of the rate that is given, which must be positive."""
    yield "rate one", torch.empty(3).exponential_()
    yield "rate ten", torch.empty(2, dtype=torch.float64).exponential_(10.0)
    yield "rate zero", attempt(torch.empty(3).exponential_, 0.0)
    yield "integers", attempt(torch.zeros(3, dtype=torch.int64).exponential_)


@scenario(cites="torch.randn: dtype", needs=(*NEEDS, "dtypes"))
def many_normals_in_double_precision(torch):
    """Sixteen and more normals are drawn in blocks in float64, too."""
    yield "eighteen", torch.randn(18, dtype=torch.float64)


@scenario(cites="torch.multinomial", needs=NEEDS)
def indices_by_weight(torch):
    """`multinomial` draws indices in proportion to weights, each once or, with replacement, as often as it comes."""
    weights = torch.tensor([[0.0, 10.0, 3.0, 0.5], [1.0, 1.0, 0.0, 1.0]])
    yield "one each", torch.multinomial(weights, 1)
    yield "two of a row", weights[0].multinomial(2)
    yield "with replacement", torch.multinomial(weights, 5, replacement=True)
    yield "of one row, with replacement", torch.multinomial(weights[0], 5, replacement=True)


@scenario(cites="torch.multinomial", needs=NEEDS)
def weights_must_be_weights(torch):
    """`multinomial` refuses more samples than there are, none at all, negative weights, and weights that sum to zero."""
    weights = torch.tensor([1.0, 2.0])
    yield "three of two", attempt(torch.multinomial, weights, 3)
    yield "none", attempt(torch.multinomial, weights, 0)
    yield "negative", attempt(torch.multinomial, -weights, 1)
    yield "negative, with replacement", attempt(torch.multinomial, -weights, 2, True)
    yield "infinite, with replacement", attempt(torch.multinomial, weights / 0, 2, True)
    yield "zero", attempt(torch.multinomial, weights * 0, 1)
    yield "of three dimensions", attempt(torch.multinomial, torch.ones(1, 1, 2), 1)
    yield "of integers", attempt(torch.multinomial, torch.tensor([1, 2]), 1)


@scenario(cites="torch.Generator.clone_state", needs=NEEDS)
def a_clone_of_a_generator_goes_its_own_way(torch):
    """`clone_state` gives a generator that continues alike, independent of the first."""
    first = torch.Generator().manual_seed(3)
    torch.rand(2, generator=first)
    second = first.clone_state()
    yield "the first", torch.rand(3, generator=first)
    yield "the clone", torch.rand(3, generator=second)


@scenario(cites="torch.Generator.seed", needs=NEEDS)
def a_seed_can_be_made_up(torch):
    """`seed()` makes up a seed and gives it back; with it the same numbers can be had again."""
    generator = torch.Generator()
    seed = generator.seed()
    numbers = torch.rand(3, generator=generator)
    yield "is the initial seed", seed == generator.initial_seed()
    yield "again", torch.equal(numbers, torch.rand(3, generator=generator.manual_seed(seed)))


@scenario(cites="torch.randint_like", needs=NEEDS)
def whole_numbers_in_the_form_of_another(torch):
    """`randint_like` takes shape and dtype from a tensor, and bounds like `randint`."""
    yield "up to ten", torch.randint_like(torch.zeros(2, 2), 10)
    yield "between", torch.randint_like(torch.zeros(3, dtype=torch.int64), 5, 9)


@scenario(cites="torch.Tensor.uniform_; torch.Tensor.bernoulli_", needs=(*NEEDS, "inplace"))
def bounds_of_drawing(torch):
    """Drawing in place refuses bounds in the wrong order, probabilities beyond 0 and 1 and negative deviations."""
    x = torch.zeros(2)
    yield "uniform_", attempt(x.uniform_, 2.0, 1.0)
    yield "normal_", attempt(x.normal_, 0.0, -1.0)
    yield "bernoulli_", attempt(x.bernoulli_, 1.5)
    yield "random_", attempt(x.random_, 5, 5)


@scenario(cites="torch.Tensor.random_; torch.Tensor.uniform_", needs=(*NEEDS, "inplace", "dtypes"))
def drawing_all_numbers_of_a_dtype(torch):
    """`random_` without bounds goes up to the largest number that the dtype holds exactly."""
    for name in ("uint8", "int32", "int64", "float32", "float64", "bool"):
        yield name, torch.zeros(3, dtype=getattr(torch, name)).random_()
    yield "from five", torch.zeros(3, dtype=torch.uint8).random_(5, None)
    yield "below five", torch.zeros(3).random_(5)


@scenario(cites="torch.manual_seed", needs=NEEDS)
def seeds_and_states_at_their_edges(torch):
    """A seed has 64 bits, and a state says how much is left of the numbers that were made; others are refused."""
    for seed in (0, 1, -1, 2**31, 2**32, 2**32 + 5, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1):
        found = attempt(torch.manual_seed, seed)
        drawn = torch.rand(2) if found.error is None else None
        yield f"seed {seed}", (type(found.error).__name__, drawn, torch.initial_seed() if found.error is None else None)
    for count in (0, 1, 623, 624, 625):
        torch.manual_seed(3)
        if count:
            torch.rand(count)
        torch.randn(1) if count % 2 else None
        state = torch.get_rng_state()
        yield f"after {count}", (state[:8], state[8:24], state[24:64], state[-40:], state.long().sum())
        torch.rand(3)
        torch.set_rng_state(state)
        yield f"after {count}, again", (torch.rand(3), torch.randn(1))
    torch.manual_seed(5)
    torch.rand(7)
    good = torch.get_rng_state()
    for place, values in {8: (0, 1), 9: (2,), 12: (0,), 16: (112, 113), 17: (2,)}.items():
        for value in values:
            state = good.clone()
            state[place] = value
            found = attempt(torch.set_rng_state, state)
            yield f"byte {place} is {value}", found if found.error is not None else "taken"
            torch.set_rng_state(good)
    for state in (good[:-1], good.long(), torch.zeros(5056, dtype=torch.uint8)):
        yield f"{list(state.shape)}, {state.dtype}", type(attempt(torch.set_rng_state, state).error).__name__


@scenario(cites="torch.randperm", needs=NEEDS)
def draws_at_the_edges_of_dtypes(torch):
    """What is drawn has to fit into its dtype: bounds, orders, rates and probabilities are refused just beyond it."""
    for dtype, counts in {
        torch.uint8: (0, 1, 255, 256, 257),
        torch.int8: (127, 128, 129),
        torch.int16: (5,),
        torch.int32: (5,),
        torch.float16: (5, 2048, 2049, 2050),
        torch.float32: (5,),
        torch.float64: (5,),
        torch.bool: (2,),
        torch.complex64: (2,),
    }.items():
        for n in counts:
            found = attempt(torch.randperm, n, dtype=dtype)
            yield f"order of {n}, {dtype}", found if found.error is not None else (found.value[:5], found.value.shape)
    yield "order of -1", attempt(torch.randperm, -1)
    for dtype, most in {
        torch.float16: 65504.0,
        torch.float32: 3.4028234663852886e38,
        torch.float64: 1.7976931348623157e308,
    }.items():
        for low, high in ((0, 1), (1, 0), (0, most), (-most / 2, most / 2), (-most, most), (-most, most / 8)):
            yield f"{dtype} from {low} to {high}", attempt(lambda: torch.zeros(3, dtype=dtype).uniform_(low, high))
        for bound in (most * 1.01, -most * 1.01, float("nan"))[dtype == torch.float64 :]:
            yield f"{dtype} to {bound}", attempt(lambda: torch.zeros(3, dtype=dtype).uniform_(-1.0, bound))
    for dtype, bounds in {
        torch.uint8: ((0, 256), (0, 257), (-1, 5), (255, 256), (5, 5), (6, 5)),
        torch.int8: ((-128, 128), (-128, 129), (-129, 0)),
        torch.int16: ((-32768, 32768), (0, 32769)),
        torch.bool: ((0, 2), (0, 3), (-1, 1)),
        torch.int64: ((-(2**63), 2**63 - 1), (0, 2**40)),
        torch.float16: ((-2048, 2049), (0, 2049)),
        torch.float32: ((-(2**24), 2**24), (0, 2**24)),
        torch.float64: ((0, 2**53),),
    }.items():
        for low, high in bounds:
            yield f"{dtype} between {low} and {high}", attempt(lambda: torch.zeros(4, dtype=dtype).random_(low, high))
        yield f"{dtype}, any", torch.zeros(4, dtype=dtype).random_()
    for dtype, counts in {
        torch.float16: (2, 17),
        torch.float32: (1, 15, 16, 33),
        torch.float64: (15, 17),
        torch.complex64: (1, 7, 8, 17),
        torch.complex128: (2, 9),
    }.items():
        for count in counts:
            torch.manual_seed(count)
            yield f"{count} normal {dtype}", torch.randn(count, dtype=dtype)
        yield f"{count} normal {dtype}, wider", torch.zeros(count, dtype=dtype).normal_(2.0, 3.0)
        yield f"{dtype}, uniform", torch.rand(5, dtype=dtype)
    for dtype in (torch.float32, torch.complex64):
        yield f"{dtype}, without width", attempt(lambda: torch.zeros(3, dtype=dtype).normal_(1.5, 0.0))
        yield f"{dtype}, less than no width", attempt(lambda: torch.zeros(3, dtype=dtype).normal_(1.5, -0.5))
    for name, dtype, values in (
        ("bernoulli_", torch.float32, (0.0, 0.3, 1.0, -0.1, 1.1)),
        ("bernoulli_", torch.float64, (0.3,)),
        ("bernoulli_", torch.int64, (0.3, 1.1)),
        ("exponential_", torch.float32, (0.5, 2.0, 0.0, -1.0)),
        ("exponential_", torch.float64, (2.0,)),
        ("exponential_", torch.int64, (0.5, -1.0)),
    ):
        for value in values:
            torch.manual_seed(2)
            found = attempt(lambda: getattr(torch.zeros(6, dtype=dtype), name)(value))
            yield f"{name} {value}, {dtype}", found if found.error is None else type(found.error).__name__
    for p in (
        torch.tensor([0.0, 0.25, 0.5, 1.0]),
        torch.tensor([0.5, 1.1]),
        torch.tensor([-0.1, 0.5]),
        torch.tensor([0, 1]),
        torch.tensor([0.2, 0.9]).double(),
    ):
        torch.manual_seed(6)
        yield f"bernoulli of {p.tolist()}, {p.dtype}", attempt(torch.bernoulli, p)
    weights = torch.tensor([[0.1, 0.0, 2.0, 0.4], [1.0, 3.0, 0.0, 0.5]])
    for rows, count, again in (
        (weights, 1, False),
        (weights, 2, False),
        (weights, 3, False),
        (weights, 5, True),
        (weights, 5, False),
        (weights, 0, False),
        (weights[0], 1, True),
        (weights[0], 2, False),
        (weights[0], 0, False),
        (weights[0], 5, False),
        (weights.double(), 1, True),
        (weights.double(), 3, False),
        (weights.half(), 1, False),
        (weights.half(), 5, True),
    ):
        torch.manual_seed(7)
        yield f"{list(rows.shape)}, {rows.dtype}, {count}, {again}", attempt(torch.multinomial, rows, count, again)
    for place, rows in enumerate(
        (weights - 1, weights * 0, weights / 0, weights[None], weights.long(), weights * float("nan"))
    ):
        found = attempt(torch.multinomial, rows, 2, place % 2 == 0)
        yield f"{rows.reshape(-1)[:3].tolist()}, {list(rows.shape)}, {rows.dtype}", type(found.error).__name__
