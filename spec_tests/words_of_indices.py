"""Words of indices: what calls that cannot be right say of indices, of data, and of what a backward pass begins with."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes", "inplace", "numpy")

BACKWARD = (*NEEDS, "hooks", "autograd_grad", "grad_argument", "retain_graph", "partial", "higher_order", "clear_grad")


def put(x, index, value):
    x = x.clone()
    x[index] = value
    return x


def on_the_way(torch, x, upstream):
    """Of which dtype a gradient is between the result and the leaf, and what comes of it."""
    seen = []
    y = x * 2
    y.register_hook(lambda g: seen.append(str(g.dtype)))
    given = torch.autograd.grad(y, x, upstream)
    return [*seen, *given]


@scenario(cites="torch.Tensor.__getitem__", needs=NEEDS)
def indices_that_cannot_be(torch):
    """Indices that are not there, or are none, are refused with the number, the dimension and the size; any other is taken."""
    x = torch.arange(60.0).reshape(3, 4, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    i = torch.tensor
    mask = x > 9
    b34 = (x > 9)[:, :, 0]
    for label, call in {
        "too many": lambda: x[0, 0, 0, 0],
        "too many of a vector": lambda: v[0, 0],
        "too many behind dots": lambda: x[..., 0, 0, 0, 0],
        "number of a scalar": lambda: s[0],
        "negative number of a scalar": lambda: s[-1],
        "slice of a scalar": lambda: s[:],
        "dots of a scalar": lambda: s[...],
        "None of a scalar": lambda: s[None],
        "tensor of a scalar": lambda: s[i([0])],
        "tensor without dimensions of a scalar": lambda: s[i(0)],
        "mask of a scalar": lambda: s[s > 0],
        "truth of a scalar": lambda: s[True],
        "two of a scalar": lambda: s[0, 0],
        "slice and number of a scalar": lambda: s[:, 0],
        "dots and number of a scalar": lambda: s[..., 0],
        "behind": lambda: x[3],
        "before": lambda: x[-4],
        "behind in columns": lambda: x[:, 4],
        "before in the last": lambda: x[0, :, -6],
        "behind None": lambda: x[None, 3],
        "behind after None": lambda: x[:, None, 4],
        "behind after a number": lambda: x[1, 4],
        "behind dots": lambda: x[..., 5],
        "behind after a tensor": lambda: x[i([0]), 4],
        "tensor behind": lambda: x[i([0, 3])],
        "tensor before": lambda: x[i([0, -4])],
        "tensor behind in columns": lambda: x[:, i([0, 4])],
        "tensor behind in the last": lambda: x[..., i([5])],
        "tensors behind": lambda: x[i([0]), i([4])],
        "list behind": lambda: x[[0, 3]],
        "tensor just": lambda: x[i([2, -3]), i([3, -4]), i([4, -5])],
        "step 0": lambda: x[::0],
        "step back": lambda: x[:, ::-1],
        "step 2": lambda: x[:, 1:4:2],
        "slice of floats": lambda: x[1.5:],
        "slice of text": lambda: x["a":],
        "slice of tensors": lambda: x[i(1) : i(3)],
        "slice back": lambda: x[2:1],
        "slice far": lambda: x[-9:9, 5:],
        "slice from behind": lambda: x[:, -3:-1, -2:],
        "float": lambda: x[1.0],
        "text": lambda: x["a"],
        "float tensor": lambda: x[i([0.0])],
        "complex tensor": lambda: x[i([1j])],
        "int8": lambda: x[i([1], dtype=torch.int8)],
        "int16": lambda: x[i([1], dtype=torch.int16)],
        "int32": lambda: x[i([1, 0], dtype=torch.int32)],
        "bytes": lambda: x[i([1, 0, 2], dtype=torch.uint8)],
        "empty mask as an array": lambda: x[(v[:0] > 0).numpy()],
        "empty numbers as an array": lambda: x[v[:0].numpy()],
        "bytes in columns": lambda: x[:, i([1, 0, 2, 0], dtype=torch.uint8)],
        "byte without dimensions": lambda: x[i(1, dtype=torch.uint8)],
        "no byte": lambda: x[i(0, dtype=torch.uint8)],
        "empty list": lambda: x[[]],
        "empty lists": lambda: x[[], []],
        "empty float tensor": lambda: x[torch.zeros(0)],
        "None in a list": lambda: x[[0, None]],
        "slices in a list": lambda: x[[slice(0, 1)]],
        "dots in a list": lambda: x[[..., 0]],
        "tensors in a list": lambda: x[[i(0), i(2)]],
        "tensors in a list of two": lambda: x[[i([0, 1]), i([2, 3])]],
        "lists in a list": lambda: x[[[0, 1], [2, 3]]],
        "two dots": lambda: x[..., 0, ...],
        "an object": lambda: x[object()],
        "a dictionary": lambda: x[{}],
        "range": lambda: x[range(2)],
        "many in a list": lambda: x[[0] * 40].shape,
        "31 lists": lambda: v[[[0]] * 31].shape,
        "32 lists": lambda: v[[[0]] * 32].shape,
        "33 lists": lambda: v[[[0]] * 33].shape,
        "mask of rows": lambda: x[i([True, False])],
        "mask of columns": lambda: x[:, i([True] * 3)],
        "mask of two": lambda: x[torch.ones(3, 5, dtype=torch.bool)],
        "mask of two later": lambda: x[:, torch.ones(4, 4, dtype=torch.bool)],
        "mask of more": lambda: x[torch.ones(3, 4, 5, 1, dtype=torch.bool)],
        "mask of three": lambda: x[mask],
        "mask of two, right": lambda: x[b34],
        "mask of two later, right": lambda: x[:, torch.arange(20).reshape(4, 5) % 3 == 0],
        "mask and number": lambda: x[b34, 1],
        "mask and tensor": lambda: x[b34, torch.arange(int(b34.sum())) % 5],
        "mask and tensor that do not fit": lambda: x[b34, i([0, 1])],
        "mask, number between": lambda: x[i([True, False, True]), 1, i([0, 4])],
        "tensors that do not fit": lambda: x[i([0, 1]), i([0, 1, 2])],
        "tensors that stretch": lambda: x[i([[0], [2]]), i([1, 3, 0])],
        "tensors apart": lambda: x[i([0, 2]), :, i([1, 3])],
        "tensors behind None": lambda: x[None, i([0, 2]), None, i([1, 3])],
        "tensor and number": lambda: x[i([0, 2]), 1],
        "number and tensor": lambda: x[1, :, i([0, 2])],
        "number, slice, tensor": lambda: x[1, 1:3, i([0, 2])],
        "truth and tensor": lambda: x[True, i([0, 2])],
        "no truth": lambda: x[False].shape,
        "truth": lambda: x[True].shape,
        "truths": lambda: x[True, True].shape,
        "truth behind": lambda: x[0, True].shape,
        "empty tensor": lambda: x[i([], dtype=torch.int64)].shape,
        "empty tensor of nothing": lambda: z[i([], dtype=torch.int64)].shape,
        "tensor of nothing": lambda: z[i([0])],
        "nothing of columns": lambda: z[:, i([0, 2])].shape,
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.Tensor.__setitem__", needs=NEEDS)
def values_that_cannot_be_assigned(torch):
    """What is assigned fits where it goes, or is refused with both shapes, or dtypes."""
    x = torch.arange(60.0).reshape(3, 4, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    for label, call in {
        "assigned list": lambda: put(m, 0, [1.0, 2.0, 3.0]),
        "assigned array": lambda: put(m, 0, m[0].numpy()),
        "assigned text": lambda: put(m, 0, "a"),
        "assigned None": lambda: put(m, 0, None),
        "assigned too much": lambda: put(m, 0, torch.ones(2)),
        "assigned too much by a tensor": lambda: put(m, i([0, 1]), torch.ones(2)),
        "assigned too many rows": lambda: put(m, i([0, 1]), torch.ones(3, 3)),
        "assigned too much by a mask": lambda: put(m, m > 1, torch.ones(3)),
        "assigned just": lambda: put(m, m > 1, torch.ones(4)),
        "assigned with ones in front": lambda: put(m, 0, torch.ones(1, 1, 3)),
        "assigned with more in front": lambda: put(m, 0, torch.ones(2, 1, 3)),
        "assigned with ones in front by a tensor": lambda: put(m, i([0, 1]), torch.ones(1, 1, 2, 3)),
        "assigned one": lambda: put(m, i([0, 1]), torch.ones(1)),
        "assigned ones": lambda: put(m, (slice(None), 1), torch.ones(1, 1, 1)),
        "assigned double": lambda: put(m, 0, v.double()),
        "assigned to whole numbers": lambda: put(m.long(), 0, v),
        "assigned complex": lambda: put(m, 0, i(1j)),
        "assigned to truth values": lambda: put(m > 1, 0, v),
        "assigned a number to truth values": lambda: put(m > 1, 0, 2.5),
        "assigned to whole numbers, a number": lambda: put(m.long(), 0, 2.75),
        "assigned by a truth": lambda: put(m, True, 5.0),
        "assigned by no truth": lambda: put(m, False, 5.0),
        "assigned nothing": lambda: put(m, i([], dtype=torch.int64), 5.0),
        "assigned to a scalar": lambda: put(s, ..., 5.0),
        "assigned to a scalar by a number": lambda: put(s, 0, 5.0),
        "assigned through None": lambda: put(m, (None, 0), 5.0),
        "assigned twice": lambda: put(m, (i([0, 0]), i([1, 1])), 7.0),
        "assigned apart": lambda: put(x, (i([0, 2]), slice(None), i([1, 3])), torch.arange(8.0).reshape(2, 4)),
        "assigned turned": lambda: put(x, (slice(None), i([0, 2])), torch.arange(10.0).reshape(2, 5)),
        "assigned behind": lambda: put(m, 2, 0.0),
        "assigned steps": lambda: put(m, (slice(None), slice(0, 3, 2)), torch.ones(2, 1)),
        "index_put too many": lambda: m.index_put((i([0]), i([0]), i([0])), s),
        "index_put shapes": lambda: m.index_put((i([0, 1]), i([0, 1, 2])), s),
        "index_put values": lambda: m.index_put((i([0, 1]),), torch.ones(2)),
        "index_put dtype": lambda: m.index_put((i([0, 1]),), torch.ones(3).double()),
        "index_put behind": lambda: m.index_put((i([2]),), s),
        "index_put added": lambda: m.index_put((i([0, 0]), i([1, 1])), i([1.0, 2.0]), accumulate=True),
        "index_put None": lambda: m.index_put((None, i([0, 2])), i(5.0)),
        "index_put by a mask": lambda: m.index_put((m > 2,), i(5.0)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.tensor", needs=NEEDS)
def data_that_cannot_be(torch):
    """Data that make no tensor are refused with the level, the size or the number that is wrong."""
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    i = torch.tensor
    for label, call in {
        "ragged": lambda: i([[1.0], [1.0, 2.0]]),
        "ragged deeper": lambda: i([[[1.0], [2.0]], [[1.0], [1.0, 2.0]]]),
        "ragged in between": lambda: i([[[1.0], [2.0]], [[1.0]]]),
        "ragged deepest": lambda: i([[[[1.0, 2.0]]], [[[1.0]]]]),
        "number among lists": lambda: i([[1.0], 2.0]),
        "list among numbers": lambda: i([1.0, [2.0]]),
        "list among whole numbers": lambda: i([1, [2]]),
        "list among lists": lambda: i([[1], [[2]]]),
        "number deeper": lambda: i([[[1.0]], [2.0]]),
        "texts": lambda: i(["a"]),
        "None": lambda: i(None),
        "Nones": lambda: i([None]),
        "object": lambda: i([{}]),
        "large": lambda: i(2**64),
        "larges": lambda: i([2**63]),
        "uint8 below": lambda: i([-256], dtype=torch.uint8),
        "uint8 wrapped": lambda: i([-255, 255], dtype=torch.uint8),
        "uint8 above": lambda: i([256], dtype=torch.uint8),
        "grad of ints": lambda: i([1], requires_grad=True),
        "dtype text": lambda: i([1.0], dtype="float32"),
        "zeros negative": lambda: torch.zeros(2, -3),
        "zeros later negative": lambda: torch.zeros((2, 3, -1)),
        "ones negative": lambda: torch.ones(2, -3),
        "empty negative": lambda: torch.empty(-3),
        "full negative": lambda: torch.full((2, -3), 1.0),
        "rand negative": lambda: torch.rand(2, -3),
        "eye": lambda: torch.eye(-1),
        "eye columns": lambda: torch.eye(2, -3),
        "eye none": lambda: torch.eye(0, 2),
        "tril_indices": lambda: torch.tril_indices(-1, 2),
        "triu_indices": lambda: torch.triu_indices(2, -1),
        "arange step": lambda: torch.arange(1, 5, 0),
        "arange sign": lambda: torch.arange(1, 5, -2),
        "arange sign back": lambda: torch.arange(5, 1, 2),
        "arange nothing": lambda: torch.arange(5, 5, -2),
        "arange back": lambda: torch.arange(5, 1, -1.5),
        "linspace": lambda: torch.linspace(1, 2, -1),
        "linspace of tensors": lambda: torch.linspace(i(1.0), 2, 3),
        "full text": lambda: torch.full((2,), "a"),
        "full_like text": lambda: torch.full_like(v, "a"),
        "zeros_like": lambda: torch.zeros_like(1.0),
        "ones_like": lambda: torch.ones_like([1.0]),
        "empty_strided lengths": lambda: torch.empty_strided((2, 3), (1,)).shape,
        "empty_strided beyond": lambda: torch.empty_strided((2, 3), (5, 2)).as_strided((11,), (1,)),
        "empty_strided just": lambda: torch.empty_strided((2, 3), (5, 2)).as_strided((10,), (1,)).shape,
        "empty_strided of one": lambda: torch.empty_strided((1, 3), (5, 2)).as_strided((6,), (1,)),
        "empty_strided of nothing": lambda: torch.empty_strided((0, 3), (5, 2)).as_strided((1,), (1,)),
        "empty_strided of no dimensions": lambda: torch.empty_strided((), ()).as_strided((2,), (1,)),
        "normal": lambda: torch.normal(0.0, -1.0, (2,)),
        "normal of tensors": lambda: torch.normal(v, v),
        "multinomial": lambda: torch.multinomial(v, 1),
        "randint": lambda: torch.randint(3, 3, (2,)),
        "randperm": lambda: torch.randperm(-1),
        "from_numpy": lambda: torch.from_numpy([1.0]),
        "from_numpy backwards": lambda: torch.from_numpy(v.numpy()[::-1]),
        "from_numpy backwards in columns": lambda: torch.from_numpy(m.numpy()[:, ::-1]),
        "from_numpy of no dimensions": lambda: torch.from_numpy(torch.tensor(2.5).numpy()),
        "from_numpy of nothing": lambda: torch.from_numpy(v[:0].numpy()),
        "zeros_like, by name": lambda: torch.zeros_like(input=v),
        "ones_like, by name": lambda: torch.ones_like(input=m, dtype=torch.int64),
        "rand_like, by name": lambda: torch.rand_like(input=v).shape,
        "linspace, by name": lambda: torch.linspace(start=1, end=2, steps=3),
        "linspace of nothing": lambda: torch.linspace(1, 2, 0),
        "randint, by name": lambda: torch.randint(high=1, size=(2,)),
        "randint, by names": lambda: torch.randint(low=3, high=4, size=(2,)),
        "randint, one by name": lambda: torch.randint(1, size=(3,)),
        "randint, two, and a size by name": lambda: torch.randint(4, 5, size=(2,)),
        "from_numpy turned": lambda: torch.from_numpy(m.numpy().T).stride(),
        "as_tensor shares": lambda: torch.as_tensor(v.numpy()).data_ptr() == v.data_ptr(),
        "as_tensor of another dtype": lambda: torch.as_tensor(v.numpy(), dtype=torch.float64),
        "as_tensor of a lower dtype": lambda: torch.as_tensor(v.numpy(), dtype=torch.float16),
        "as_tensor itself": lambda: torch.as_tensor(v) is v,
        "as_tensor of its dtype": lambda: torch.as_tensor(v.numpy(), dtype=torch.float32).data_ptr() == v.data_ptr(),
        "new_tensor of a tensor": lambda: v.new_tensor(m),
        "tensor of a tensor": lambda: torch.tensor(m),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.autograd.backward", needs=BACKWARD)
def passes_that_cannot_begin(torch):
    """A backward pass begins with a gradient for each tensor, of its shape and kind, or is refused with what is wrong."""
    v = torch.tensor([0.5, -1.5, 2.5])
    for label, call in {
        "no history": lambda p, q: v.backward(),
        "second without history": lambda p, q: torch.autograd.backward([p.sum(), v.sum()]),
        "implicit": lambda p, q: (p * 2).backward(),
        "implicit of two": lambda p, q: torch.autograd.backward([p.sum(), p * 2]),
        "implicit of one": lambda p, q: [torch.autograd.grad((p * 2).sum().reshape(1, 1), p)[0]],
        "implicit of whole numbers": lambda p, q: torch.autograd.grad((p * 2).sum().long(), p),
        "shape": lambda p, q: (p * 2).backward(torch.ones(3)),
        "shape of more": lambda p, q: (p * 2).backward(torch.ones(1, 2, 3)),
        "shape of a scalar": lambda p, q: p.sum().backward(torch.ones(1)),
        "shape in grad": lambda p, q: torch.autograd.grad(p * 2, p, torch.ones(2)),
        "no tensor": lambda p, q: (p * 2).backward(1.0),
        "a list": lambda p, q: (p * 2).backward([1.0]),
        "too few": lambda p, q: torch.autograd.backward([p.sum(), q.sum()], [torch.tensor(1.0)]),
        "too many": lambda p, q: torch.autograd.backward([p.sum()], [torch.tensor(1.0), torch.tensor(1.0)]),
        "double for float": lambda p, q: torch.autograd.grad(p * 2, p, torch.full((2, 3), 0.1).double()),
        "float for double": lambda p, q: torch.autograd.grad(q * 2, q, torch.full((2, 3), 0.1)),
        "half for float": lambda p, q: torch.autograd.grad(p * 2, p, torch.full((2, 3), 0.1).half()),
        "complex for float": lambda p, q: torch.autograd.grad(p * 2, p, torch.full((2, 3), 1j)),
        "whole numbers for float": lambda p, q: torch.autograd.grad(p * 2, p, torch.ones(2, 3).long()),
        "truth values for float": lambda p, q: torch.autograd.grad(p * 2, p, torch.ones(2, 3, dtype=torch.bool)),
        "truth values for complex": lambda p, q: torch.autograd.grad(p * 1j, p, torch.ones(2, 3, dtype=torch.bool)),
        "double for float, on the way": lambda p, q: on_the_way(torch, p, torch.full((2, 3), 0.1).double()),
        "half for float, on the way": lambda p, q: on_the_way(torch, p, torch.full((2, 3), 0.1).half()),
        "float for double, on the way": lambda p, q: on_the_way(torch, q, torch.full((2, 3), 0.1)),
        "of a row that was unsqueezed": lambda p, q: torch.autograd.grad(
            p[0].mul(2).unsqueeze_(0), p, torch.ones(1, 3)
        ),
        "of a matrix that was unsqueezed": lambda p, q: torch.autograd.grad(
            p.mul(2).unsqueeze_(0).unsqueeze_(0), p, torch.ones(1, 1, 2, 3)
        ),
        "of a row that was squeezed": lambda p, q: torch.autograd.grad(p[:1].mul(2).squeeze_(0), p, torch.ones(3)),
        "of a number that was unsqueezed": lambda p, q: torch.autograd.grad(p.sum().mul(2).unsqueeze_(0), p),
        "double for float, recorded": lambda p, q: (
            torch.autograd.grad(p * 2, p, torch.full((2, 3), 0.1).double(), create_graph=True)[
                0
            ].dtype.is_floating_point
        ),
        "float for complex": lambda p, q: torch.autograd.grad(p * 1j, p, torch.ones(2, 3)),
        "complex128 for complex64": lambda p, q: torch.autograd.grad(
            p * 1j, p, torch.full((2, 3), 1 + 2j, dtype=torch.complex128)
        ),
        "inputs none": lambda p, q: p.sum().backward(inputs=[]),
        "grad of none": lambda p, q: torch.autograd.grad(p.sum(), []),
        "input without history": lambda p, q: torch.autograd.grad(p.sum(), v),
        "input no tensor": lambda p, q: torch.autograd.grad(p.sum(), [1.0]),
        "unused": lambda p, q: torch.autograd.grad(p.sum(), q),
        "unused second": lambda p, q: torch.autograd.grad(p.sum(), [p, q]),
        "unused allowed": lambda p, q: torch.autograd.grad(p.sum(), [p, q], allow_unused=True),
        "unused, zeros": lambda p, q: torch.autograd.grad(p.sum(), [p, q], materialize_grads=True),
        "zeros not allowed": lambda p, q: torch.autograd.grad(
            p.sum(), [p, q], materialize_grads=True, allow_unused=False
        ),
        "twice": lambda p, q: [f.backward() for f in [(p * p).sum()] * 2],
        "output no tensor": lambda p, q: torch.autograd.grad(1.0, p),
        "batched": lambda p, q: torch.autograd.grad(
            p * 2, p, torch.arange(12.0).reshape(2, 2, 3), is_grads_batched=True
        ),
        "Variable": lambda p, q: torch.autograd.Variable(p, requires_grad=True).is_leaf,
        "Variable of none": lambda p, q: torch.autograd.Variable().shape,
        "Variable of a number": lambda p, q: torch.autograd.Variable(1.0),
        "grad_variables": lambda p, q: torch.autograd.backward([p.sum()], grad_variables=[torch.tensor(1.0)]),
        "both": lambda p, q: torch.autograd.backward(
            [p.sum()], [torch.tensor(1.0)], grad_variables=[torch.tensor(1.0)]
        ),
        "changed shape": lambda p, q: [
            y.t_().sum() * 0 + torch.autograd.grad(y, p, torch.arange(6.0).reshape(3, 2))[0].sum() for y in [p * 2]
        ],
        "a gradient assigned": lambda p, q: setattr(p, "grad", torch.ones(3, 2)),
        "a gradient of another dtype": lambda p, q: setattr(p, "grad", torch.ones(2, 3).double()),
        "a gradient that is no tensor": lambda p, q: setattr(p, "grad", 1.0),
        "its own gradient": lambda p, q: setattr(p, "grad", p),
    }.items():
        p, q = (
            torch.arange(6.0, dtype=d).reshape(2, 3).mul(2).requires_grad_() for d in (torch.float32, torch.float64)
        )
        yield label, attempt(call, p, q)


@scenario(cites="torch.Tensor.__setitem__", needs=(*NEEDS, "grad_modes", "flags"))
def leaves_that_are_assigned_into(torch):
    """Into a leaf that requires grad nothing is assigned, by whatever index, but without grad mode."""
    mask = torch.tensor([[True, False, True], [False, True, False]])
    for label, index in {
        "a number": 0,
        "a slice": (slice(None), slice(1, None)),
        "dots": ...,
        "None": None,
        "a tensor": torch.tensor([1, 0]),
        "a tensor in columns": (slice(None), torch.tensor([0, 2])),
        "two tensors": (torch.tensor([0, 1]), torch.tensor([2, 1])),
        "a mask": mask,
        "a list": [1],
        "nothing": torch.tensor([], dtype=torch.int64),
        "a truth": True,
        "no truth": False,
    }.items():
        for what, value in {
            "a number": 5.0,
            "a tensor": torch.tensor(7.0),
            "a leaf": torch.tensor(9.0, requires_grad=True),
            "several": torch.tensor([8.0]),
        }.items():
            x = torch.arange(6.0).reshape(2, 3).clone().requires_grad_()
            yield f"{label}, {what}", attempt(put, x, index, value)
            found = attempt(x.__setitem__, index, value)
            yield f"{label}, {what}, into the leaf", found if found.error is not None else x.detach().clone()
            with torch.no_grad():
                found = attempt(x.__setitem__, index, value)
            yield f"{label}, {what}, without grad mode", [found if found.error is not None else x.detach(), x._version]
