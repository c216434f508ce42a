"""Words of shapes: what calls that cannot be right say of parts, shapes and neighbours, and how far right ones go."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes")


@scenario(cites="torch.narrow", needs=NEEDS)
def parts_that_cannot_be(torch):
    """A part that cannot be had is refused with the numbers that say why; the last that can be is had."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    s = torch.tensor(2.5)
    for label, call in {
        "select of a scalar": lambda: s.select(0, 0),
        "select behind": lambda: x.select(1, 3),
        "select before": lambda: x.select(-1, -6),
        "select beyond": lambda: x.select(3, 0),
        "narrow of a scalar": lambda: torch.narrow(s, 0, 0, 1),
        "narrow by less": lambda: x.narrow(2, 1, -1),
        "narrow before": lambda: x.narrow(2, -6, 1),
        "narrow behind": lambda: x.narrow(2, 6, 0),
        "narrow too far": lambda: x.narrow(1, 2, 2),
        "narrow too far from behind": lambda: x.narrow(-1, -2, 3),
        "diagonal once": lambda: x.diagonal(0, 2, -1),
        "diagonal beyond": lambda: x.diagonal(0, 0, 3),
        "diagonal of a vector": lambda: v.diagonal(),
        "diag of three": lambda: torch.diag(x),
        "diag of a scalar": lambda: torch.diag(s),
        "diag_embed once": lambda: torch.diag_embed(x, 0, 1, -3),
        "diag_embed beyond": lambda: torch.diag_embed(x, 0, 1, 4),
        "diag_embed of a scalar": lambda: torch.diag_embed(s),
        "diag_embed of a scalar, dims": lambda: torch.diag_embed(s, 0, 0, 0),
        "unfold less": lambda: x.unfold(1, -1, 1),
        "unfold more": lambda: x.unfold(-1, 6, 1),
        "unfold no steps": lambda: x.unfold(0, 1, 0),
        "unfold of a scalar": lambda: s.unfold(0, 1, 1),
        "unfold of a scalar, more": lambda: s.unfold(0, 2, 1),
        "unfold beyond": lambda: x.unfold(3, 1, 1),
        "as_strided lengths": lambda: x.as_strided((2, 3), (1,)),
        "as_strided negative": lambda: x.as_strided((2, 3), (3, -1)),
        "as_strided before": lambda: x.as_strided((2, 3), (3, 1), -1),
        "as_strided beyond": lambda: x.as_strided((2, 3), (20, 5), 1),
        "as_strided beyond, float64": lambda: x.double().as_strided((2, 3), (20, 5), 1),
        "as_strided just": lambda: x.as_strided((2, 3), (20, 4), 1),
        "as_strided beyond what was resized": lambda: torch.zeros(2).resize_(5).as_strided((6,), (1,)),
        "as_strided of what was resized": lambda: torch.zeros(2).resize_(5).as_strided((5,), (1,)).shape,
        "as_strided of what was made smaller": lambda: torch.zeros(4).resize_(2).as_strided((4,), (1,)),
        "as_strided of nothing beyond": lambda: x.as_strided((0, 3), (100, 4), 1),
        "as_strided beyond of a part": lambda: x[1].as_strided((16,), (1,)),
        "as_strided beyond of a part, in all": lambda: x[1].as_strided((30,), (1,), 1),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.split", needs=NEEDS)
def pieces_that_cannot_be(torch):
    """Pieces that do not add up, and parts put where they do not fit, are refused with their sizes."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    for label, call in {
        "unbind of a scalar": lambda: s.unbind(),
        "unbind beyond": lambda: x.unbind(3),
        "unbind of a scalar, dim": lambda: s.unbind(-1),
        "split of a scalar": lambda: s.split(1),
        "split by less": lambda: x.split(-1, 1),
        "split by nothing": lambda: x.split(0, 1),
        "split nothing by nothing": lambda: z.split(0),
        "split nothing by 2": lambda: z.split(2),
        "split by text": lambda: x.split("a"),
        "split by a float": lambda: x.split(1.5),
        "split beyond": lambda: x.split(1, 3),
        "split sizes of a scalar": lambda: s.split([1]),
        "split sizes too few": lambda: x.split([1, 1], 1),
        "split sizes negative": lambda: x.split([4, -1], 1),
        "split sizes of floats": lambda: x.split([1.0, 2.0], 1),
        "split_with_sizes a number": lambda: torch.split_with_sizes(x, 3, 1),
        "split_with_sizes too many": lambda: x.split_with_sizes([2, 2], -2),
        "split of a list": lambda: torch.split([1.0], 1),
        "chunk of a scalar": lambda: s.chunk(1),
        "chunk none": lambda: x.chunk(0),
        "chunk": lambda: x.chunk(2),
        "chunk of rows": lambda: m.chunk(2),
        "split nothing": lambda: z.split([]),
        "split into nothing": lambda: x.split([]),
        "chunk less": lambda: x.chunk(-2),
        "chunk beyond": lambda: x.chunk(1, 3),
        "tensor_split of a scalar": lambda: s.tensor_split(1),
        "tensor_split none": lambda: x.tensor_split(0),
        "tensor_split less": lambda: x.tensor_split(-2),
        "tensor_split beyond": lambda: x.tensor_split(1, 3),
        "hsplit of a scalar": lambda: torch.hsplit(s, 1),
        "vsplit of a vector": lambda: v.vsplit(1),
        "dsplit of a matrix": lambda: m.dsplit(1),
        "hsplit unevenly": lambda: x.hsplit(2),
        "vsplit unevenly": lambda: x.vsplit(3),
        "dsplit unevenly": lambda: x.dsplit(4),
        "hsplit of a vector unevenly": lambda: v.hsplit(2),
        "hsplit none": lambda: x.hsplit(0),
        "dsplit less": lambda: x.dsplit(-2),
        "vsplit less": lambda: x.vsplit(-1),
        "select_scatter shape": lambda: x.select_scatter(v, 0, 0),
        "slice_scatter shape": lambda: x.slice_scatter(v, 0, 0, 1),
        "diagonal_scatter shape": lambda: x.diagonal_scatter(v),
        "as_strided_scatter shape": lambda: x.as_strided_scatter(v, (2,), (1,)),
        "slice_scatter no step": lambda: x.slice_scatter(x, 0, 0, 2, 0),
        "slice_scatter a step back": lambda: x.slice_scatter(x, 0, 0, 2, -1),
        "slice_scatter beyond": lambda: x.slice_scatter(x, 3),
        "slice_scatter of a scalar": lambda: s.slice_scatter(s),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.reshape", needs=NEEDS)
def shapes_that_cannot_be(torch):
    """Shapes and orders of dimensions that cannot be are refused with the sizes and dimensions that are wrong."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    i = torch.tensor
    for label, call in {
        "unflatten nothing": lambda: x.unflatten(1, ()),
        "unflatten a scalar": lambda: s.unflatten(0, (1,)),
        "unflatten other": lambda: x.unflatten(2, (2, 3)),
        "unflatten inferred": lambda: x.unflatten(-1, (2, -1)),
        "unflatten twice": lambda: x.unflatten(-1, (-1, -1)),
        "flatten": lambda: x.flatten(2, 1),
        "permute length": lambda: x.permute(0, 1),
        "permute twice": lambda: x.permute(0, 1, -2),
        "permute beyond": lambda: x.permute(0, 1, 3),
        "adjoint of a vector": lambda: v.adjoint(),
        "adjoint of a scalar": lambda: s.adjoint(),
        "mT of a scalar": lambda: s.mT,
        "mH of a scalar": lambda: s.mH,
        "T of a scalar": lambda: s.T,
        "H of a scalar": lambda: s.H,
        "mT of a vector": lambda: v.mT,
        "mH of a vector": lambda: v.mH,
        "H of a vector": lambda: v.H,
        "H of three": lambda: x.H,
        "T of three": lambda: x.T,
        "reversed": lambda: list(reversed(v)),
        "reversed scalar": lambda: reversed(s),
        "t of three": lambda: x.t(),
        "movedim twice": lambda: x.movedim((0, 0), (1, 2)),
        "movedim lengths": lambda: x.movedim((0, 1), (1,)),
        "movedim into the same": lambda: x.movedim((0, 1), (1, -2)),
        "roll nothing": lambda: x.roll(()),
        "roll lengths": lambda: x.roll((1, 2), (0,)),
        "roll several": lambda: x.roll((1, 2)),
        "roll a scalar": lambda: s.roll(1, 0),
        "roll beyond": lambda: x.roll(1, 3),
        "repeat fewer": lambda: x.repeat(2, 2),
        "repeat negative": lambda: x.repeat(1, -2, 1),
        "repeat negative in front": lambda: x.repeat(-2, 1, 1, 1),
        "repeat nothing in front": lambda: x.repeat(0, 1, 1, 1),
        "rot90 three": lambda: x.rot90(1, (0, 1, 2)),
        "rot90 one": lambda: x.rot90(1, (0,)),
        "rot90 vector": lambda: v.rot90(),
        "rot90 same": lambda: x.rot90(1, (1, -2)),
        "rot90 beyond": lambda: x.rot90(1, (0, 3)),
        "flipud": lambda: s.flipud(),
        "fliplr": lambda: v.fliplr(),
        "flip twice": lambda: x.flip(0, -3),
        "flip beyond": lambda: x.flip(3),
        "repeats negative": lambda: x.repeat_interleave(-1, 0),
        "repeats float": lambda: x.repeat_interleave(i([1.0, 2.0]), 0),
        "repeats sizes": lambda: x.repeat_interleave(i([1, 2, 3]), 0),
        "repeats negative in a tensor": lambda: x.repeat_interleave(i([1, -2]), 0),
        "repeats matrix": lambda: x.repeat_interleave(i([[1, 2]]), 0),
        "expand fewer": lambda: x.expand(2, 3),
        "expand in front": lambda: x.expand(-1, 2, 3, 5),
        "expand other": lambda: x.expand(2, 6, 5),
        "expand other in front": lambda: x.expand(7, 2, 3, 4),
        "expand first": lambda: x.expand(4, 3, 5),
        "expand negative": lambda: x.expand(2, -3, 5),
        "broadcast_to": lambda: torch.broadcast_to(x, (3, 5)),
        "broadcast_tensors": lambda: torch.broadcast_tensors(x, m),
        "broadcast_tensors of numbers": lambda: torch.broadcast_tensors(1.0),
        "view": lambda: x.transpose(0, 1).view(6, 5),
        "reshape": lambda: x.reshape(7, 5),
        "reshape inferred": lambda: x.reshape(4, -1),
        "reshape twice": lambda: x.reshape(-1, -1),
        "reshape negative": lambda: x.reshape(2, -3, 5),
        "reshape nothing": lambda: z.reshape(-1, 0),
        "reshape without": lambda: x.reshape(),
        "squeeze beyond": lambda: x.squeeze(3),
        "squeeze twice": lambda: x.squeeze((0, -3)),
        "unsqueeze beyond": lambda: x.unsqueeze(4),
        "unsqueeze before": lambda: x.unsqueeze(-5),
        "transpose beyond": lambda: x.transpose(0, -4),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.cat", needs=NEEDS)
def tensors_that_cannot_be_joined(torch):
    """Tensors that do not fit together are refused with their sizes, and with which of them it is."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    y = torch.ones(2, 4, 5)
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    for label, call in {
        "cat nothing": lambda: torch.cat([]),
        "cat with nothing first": lambda: torch.cat([torch.zeros(0), x, x], 2),
        "cat with nothing alone": lambda: torch.cat([torch.zeros(0), torch.zeros(0)]),
        "cat with nothing alone, beyond": lambda: torch.cat([torch.zeros(0), torch.zeros(0)], 1),
        "cat with nothing first, beyond": lambda: torch.cat([torch.zeros(0), x], 3),
        "cat scalar": lambda: torch.cat([v, s]),
        "cat dims": lambda: torch.cat([x, m]),
        "cat sizes": lambda: torch.cat([x, y], 2),
        "cat sizes later": lambda: torch.cat([x, x, y], 0),
        "cat beyond": lambda: torch.cat([x], 3),
        "cat number": lambda: torch.cat([x, 1.0]),
        "cat tensor": lambda: torch.cat(x),
        "stack nothing": lambda: torch.stack([]),
        "stack sizes": lambda: torch.stack([x, x, y]),
        "stack beyond": lambda: torch.stack([x, x], 5),
        "hstack nothing": lambda: torch.hstack([]),
        "vstack nothing": lambda: torch.vstack([]),
        "dstack sizes": lambda: torch.dstack([m, v]),
        "column_stack sizes": lambda: torch.column_stack([m, v]),
        "block_diag": lambda: torch.block_diag(m, x),
        "meshgrid nothing": lambda: torch.meshgrid(indexing="ij"),
        "meshgrid dtype": lambda: torch.meshgrid(v, i([1, 2]), indexing="ij"),
        "meshgrid of a lower dtype": lambda: torch.meshgrid(v, i([1, 2], dtype=torch.int8), indexing="ij"),
        "meshgrid of a lower dtype first": lambda: torch.meshgrid(i([1, 2], dtype=torch.int8), v, indexing="ij"),
        "meshgrid kind": lambda: torch.meshgrid(v, indexing="zz"),
        "meshgrid": lambda: torch.meshgrid(v, s),
        "cartesian_prod": lambda: torch.cartesian_prod(v, m),
        "combinations": lambda: torch.combinations(m),
        "combinations negative": lambda: torch.combinations(v, -1),
        "combinations none": lambda: torch.combinations(v, 0),
        "combinations scalar": lambda: torch.combinations(s),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.diff", needs=NEEDS)
def neighbours_that_are_not_there(torch):
    """Differences, slopes and integrals are refused where there are too few elements or places, or no neighbours at all."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    y = torch.ones(2, 4, 5)
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    for label, call in {
        "diff scalar": lambda: torch.diff(s),
        "diff order": lambda: torch.diff(x, -1),
        "diff beyond": lambda: torch.diff(x, 1, 3),
        "diff none": lambda: torch.diff(x, 0),
        "diff all": lambda: torch.diff(x, 5),
        "diff more": lambda: torch.diff(x, 7),
        "diff but one": lambda: torch.diff(x, 4),
        "diff of bools": lambda: torch.diff(i([True, False, False]), 2),
        "diff prepend dims": lambda: torch.diff(x, prepend=v),
        "diff prepend sizes": lambda: torch.diff(x, prepend=y),
        "diff prepend 3 order": lambda: torch.diff(m, 2, 0, m * 3, m[:1] - 2),
        "gradient lengths": lambda: torch.gradient(x, spacing=[1.0, 2.0]),
        "gradient order": lambda: torch.gradient(x, edge_order=3),
        "gradient without spacing": lambda: torch.gradient(m, spacing=None),
        "gradient order 0": lambda: torch.gradient(x, edge_order=0),
        "gradient size": lambda: torch.gradient(m, dim=0, edge_order=2),
        "gradient size 1": lambda: torch.gradient(m[:1], dim=0),
        "gradient spacing tensor": lambda: torch.gradient(v, spacing=i(1.0)),
        "gradient places matrix": lambda: torch.gradient(v, spacing=[m]),
        "gradient repeated": lambda: torch.gradient(m, dim=(0, 0)),
        "gradient beyond": lambda: torch.gradient(m, dim=2),
        "gradient one place for all": lambda: torch.gradient(m, spacing=[i([1.0, 2.0, 4.0])]),
        "gradient of a scalar": lambda: torch.gradient(s),
        "gradient of ints": lambda: torch.gradient(i([1, 4, 9, 16])),
        "trapezoid scalar": lambda: torch.trapezoid(s),
        "trapezoid bool": lambda: torch.trapezoid(i([True])),
        "cumulative_trapezoid bool": lambda: torch.cumulative_trapezoid(i([True])),
        "trapezoid places": lambda: torch.trapezoid(x, v),
        "cumulative_trapezoid places": lambda: torch.cumulative_trapezoid(x, v),
        "cumulative_trapezoid scalar": lambda: torch.cumulative_trapezoid(s),
        "trapezoid beyond": lambda: torch.trapezoid(x, dim=3),
        "trapezoid of nothing": lambda: torch.trapezoid(torch.zeros(2, 0, 3), dim=1),
        "cumulative_trapezoid of nothing": lambda: torch.cumulative_trapezoid(torch.zeros(2, 0, 3), dim=1),
        "trapezoid of one": lambda: torch.trapezoid(torch.ones(2, 1, 3), dim=1),
        "trapezoid places of fewer dims": lambda: torch.trapezoid(x, torch.arange(15.0).reshape(3, 5) ** 1.5),
        "trapezoid places of fewer dims in 0": lambda: torch.trapezoid(
            x, torch.arange(15.0).reshape(3, 5) ** 1.5, dim=0
        ),
        "trapezoid places of more dims": lambda: torch.trapezoid(m, torch.arange(30.0).reshape(5, 2, 3) ** 1.5),
        "trapezoid places of a scalar": lambda: torch.trapezoid(x, s),
        "cumulative_trapezoid 2-d places": lambda: torch.cumulative_trapezoid(
            x, torch.arange(15.0).reshape(3, 5) ** 1.5, dim=1
        ),
        "cumulative_trapezoid dx": lambda: torch.cumulative_trapezoid(x, dx=0.7, dim=0),
    }.items():
        yield label, attempt(call)
