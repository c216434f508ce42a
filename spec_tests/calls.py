"""Calls: which arguments have to be named, and what a call makes of what it was not meant for."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "matmul")


def by_place(function, *args):
    """`taken`, or the type of the error that a call raises."""
    found = attempt(function, *args)
    return "taken" if found.error is None else type(found.error).__name__


@scenario(cites="torch: signatures", needs=NEEDS)
def arguments_that_have_to_be_named(torch):
    """What stands behind the star in a signature has to be named: given by its place it is a TypeError, or another argument."""
    x, v = torch.eye(3) * 4 + torch.ones(3, 3), torch.tensor([1.0, 2.0, 3.0])
    L, index = torch.linalg, torch.tensor([0, 1, 2])
    LU, pivots = L.lu_factor(x)
    for label, call in {
        "cross": (L.cross, x, x, -1),
        "vecdot": (L.vecdot, x, x, 0),
        "diagonal": (L.diagonal, x, 1),
        "cholesky": (L.cholesky, x, True),
        "cholesky_ex": (L.cholesky_ex, x, True),
        "svd": (L.svd, x, True, None),
        "svdvals": (L.svdvals, x, None),
        "pinv": (L.pinv, x, 0.1, False, 0.1),
        "matrix_rank": (L.matrix_rank, x, 0.1, False, 0.1),
        "lu": (L.lu, x, True),
        "lu_factor": (L.lu_factor, x, True),
        "lu_factor_ex": (L.lu_factor_ex, x, True),
        "ldl_factor": (L.ldl_factor, x, False),
        "ldl_factor_ex": (L.ldl_factor_ex, x, False),
        "inv_ex": (L.inv_ex, x, True),
        "norm": (L.norm, x, None, None, False, torch.float64),
        "solve": (L.solve, x, x, True),
        "solve_ex": (L.solve_ex, x, x, True),
        "solve_triangular": (L.solve_triangular, x, x, True),
        "lu_solve": (L.lu_solve, LU, pivots, x, True),
        "ldl_solve": (L.ldl_solve, LU, pivots, x, False),
        "lstsq": (L.lstsq, x, x, None, "gels"),
        "gelu": (torch.nn.functional.gelu, x, "tanh"),
        "numpy": (x.numpy, True),
        "fftfreq": (torch.fft.fftfreq, 4, 1.0, torch.float64),
        "rfftfreq": (torch.fft.rfftfreq, 4, 1.0, torch.float64),
        "full": (torch.full, (2,), 1.0, torch.float64),
        "full_like": (torch.full_like, x, 1.0, torch.float64),
        "zeros_like": (torch.zeros_like, x, torch.float64),
        "rand_like": (torch.rand_like, x, torch.float64),
        "new_full": (x.new_full, (2,), 1.0, torch.float64),
        "new_tensor": (x.new_tensor, [1.0], torch.float64),
        "empty_strided": (torch.empty_strided, (2,), (1,), torch.float64),
        "eye": (torch.eye, 2, 2, torch.float64),
        "tril_indices": (torch.tril_indices, 2, 2, 0, torch.int64),
        "arange": (torch.arange, 0, 3, 1, torch.float64),
        "linspace": (torch.linspace, 0, 1, 3, torch.float64),
        "randperm": (torch.randperm, 3, torch.Generator()),
        "multinomial": (torch.multinomial, v, 1, True, torch.Generator()),
        "bernoulli": (torch.bernoulli, x / 9, 0.5, torch.Generator()),
        "normal": (torch.normal, 0.0, 1.0, (2,), torch.Generator()),
        "tensor": (torch.tensor, [1.0], torch.float64),
        "multi_grad_hook": (
            torch.autograd.graph.register_multi_grad_hook,
            [v.clone().requires_grad_()],
            lambda g: None,
            "any",
        ),
        "gradcheck": (torch.autograd.gradcheck, torch.sin, v.double().requires_grad_(), 1e-6),
        "gradgradcheck": (torch.autograd.gradgradcheck, torch.sin, v.double().requires_grad_(), None, 1e-6),
        "special.round": (torch.special.round, v, 1),
        "round": (torch.round, v, 1),
        "div": (torch.div, v, v, "floor"),
        "addcmul": (torch.addcmul, v, v, v, 2),
        "addcdiv": (torch.addcdiv, v, v, v, 2),
        "addmv": (torch.addmv, v, x, v, 2),
        "addr": (torch.addr, x, v, v, 2),
        "baddbmm": (torch.baddbmm, x[None], x[None], x[None], 2),
        "addbmm": (torch.addbmm, x, x[None], x[None], 2),
        "addmm": (torch.addmm, x, x, x, 2),
        "sum": (torch.sum, x, 0, False, torch.float64),
        "prod": (torch.prod, x, 0, False, torch.float64),
        "nansum": (torch.nansum, x, 0, False, torch.float64),
        "mean": (torch.mean, x, 0, False, torch.float64),
        "nanmean": (torch.nanmean, x, 0, False, torch.float64),
        "cumsum": (torch.cumsum, x, 0, torch.float64),
        "cumprod": (torch.cumprod, x, 0, torch.float64),
        "max": (torch.max, x, 0, False, None),
        "add": (torch.add, v, v, v),
        "add of four": (torch.add, v, 2, v, v),
        "sub_": (v.clone().sub_, v, v),
        "rsub": (torch.rsub, v, v, v),
        "clone": (torch.clone, x, torch.contiguous_format),
        "cat": (torch.cat, [v], 0, v),
        "stack": (torch.stack, [v], 0, v),
        "hstack": (torch.hstack, [v], v),
        "aminmax": (torch.aminmax, x, 0),
        "sort": (torch.sort, x, 0, False, True),
        "cov": (torch.cov, x, 0),
        "bucketize": (torch.bucketize, v, v, True),
        "searchsorted": (torch.searchsorted, v, v, True),
        "gradient": (torch.gradient, x, 1),
        "trapezoid": (torch.trapezoid, x, x, 1),
        "cumulative_trapezoid": (torch.cumulative_trapezoid, x, x, 1),
        "index_add": (torch.index_add, x, 0, index, x, 2),
        "gather": (torch.gather, x, 0, index[None], True),
        "repeat_interleave": (torch.repeat_interleave, x, 2, 0, 6),
        "nonzero": (torch.nonzero, x, True),
        "ndtr": (torch.special.ndtr, x, x),
        "scatter_reduce": (torch.scatter_reduce, x, 0, index[None], x, "sum", False),
        "index_reduce": (torch.index_reduce, x, 0, index, x, "prod", False),
        "quantile": (torch.quantile, x, 0.5, 0, False, "lower"),
        "var": (torch.var, x, 0, True, False, 1),
        "argsort": (torch.argsort, x, 0, False, True),
    }.items():
        yield label, by_place(*call)


@scenario(cites="torch: signatures", needs=NEEDS)
def arguments_that_are_no_tensors(torch):
    """A function of tensors refuses numbers, lists, text and None where a tensor has to stand, and the other way round."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for name in """exp log sin relu sum mean prod max min std var norm softmax cumsum sort argsort topk unique flip roll
    squeeze unsqueeze transpose permute reshape flatten chunk split unbind tril triu diag trace clone detach abs
    sign floor round clamp sqrt square isnan logical_not nonzero numel t median mode logsumexp diff""".split():
        function = getattr(torch, name)
        rest = {
            "softmax": (0,),
            "cumsum": (0,),
            "topk": (1,),
            "flip": ((0,),),
            "roll": (1,),
            "unsqueeze": (0,),
            "transpose": (0, 1),
            "permute": ((1, 0),),
        }
        rest |= {"reshape": ((4,),), "chunk": (2,), "split": (1,), "clamp": (0.0, 1.0), "logsumexp": (0,)}
        for label, given in (("a number", 1.5), ("a list", [1.0]), ("text", "x"), ("None", None)):
            yield f"{name} of {label}", attempt(function, given, *rest.get(name, ())).error is not None
    for (
        name
    ) in "add sub mul div pow matmul mm mv dot outer maximum minimum atan2 eq lt cat stack gather index_select".split():
        for label, given in (("text", "x"), ("None", None), ("a list", [1.0]), ("a dictionary", {})):
            yield f"{name} with {label}", attempt(getattr(torch, name), x, given).error is not None
    for label, call in {
        "a dimension that is a float": (torch.sum, x, 1.0),
        "a dimension that is text": (torch.sum, x, "rows"),
        "a dimension beyond": (torch.sum, x, 2),
        "a dimension before": (torch.sum, x, -3),
        "one dimension twice": (torch.sum, x, (0, -2)),
        "too many arguments": (torch.exp, x, x, x),
        "none": (torch.exp,),
        "a size that is text": (torch.zeros, "2"),
        "keepdim that is text": (torch.sum, x, 0, "yes"),
    }.items():
        yield label, attempt(*call).error is not None
    yield "an argument of no such name", attempt(torch.sum, x, axes=0).error is not None
    yield "an argument twice", attempt(torch.sum, x, 0, dim=1).error is not None
