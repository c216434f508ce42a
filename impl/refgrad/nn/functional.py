"""Activations and linear maps, as functions; and, from the files beside this one, windows, pools, images, norms and losses."""

import math
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from refgrad import errors, functions, messages, random
from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.nn import arguments, embeddings, images, losses, norms, pools, windows
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

how = arguments.how
SELU = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1)  # what keeps mean and variance


def declared(parameters: dict) -> Signature:
    """The signature with these `parameters` and what they are unless given."""
    return Signature([Parameter(k, Parameter.POSITIONAL_OR_KEYWORD, default=v) for k, v in parameters.items()])


def activation(name: str, summary: str, entry: str = "", then: tuple = (), **settings: Any) -> Callable:
    """The function `name(input, **settings)`: an operator of the table, by default `name`, with the settings, and `then`.

    Where `inplace` is among the settings, it does not go to the operator: it says whether to change the input.
    """
    new = TABLE[entry or name]
    in_place = TABLE.get(f"{entry or name}_in_place", new)
    defaults = tuple(value for setting, value in settings.items() if setting != "inplace") + then

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not (args or kwargs):
            return new.recorded(input, *defaults)
        given = settings | dict(zip(settings, args, strict=False)) | kwargs
        messages.require(len(args) <= len(settings), "nn.too_many", name, len(settings) + 1, len(args) + 1)
        messages.require(len(given) == len(settings), "nn.unexpected", name, [*given][-1])
        twice = next((setting for setting, _ in zip(settings, args, strict=False) if setting in kwargs), None)
        messages.require(twice is None, "nn.twice", name, twice)
        for place, (setting, value) in enumerate(given.items(), 2):
            if value.__class__ not in (int, float) and setting != "inplace":
                given[setting] = functions.arguments.as_number(value, name, setting, place)
        inplace, values = given.pop("inplace", False), (*given.values(), *then)
        return change(input, in_place, *values) if inplace else new.recorded(input, *values)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}, elementwise."
    function.__signature__ = declared({"input": Parameter.empty} | settings)  # type: ignore[attr-defined]
    return function


relu = activation("relu", "max(input, 0)", inplace=False)
relu6 = activation("relu6", "The input held between 0 and 6", "hardtanh", (0.0, 6.0), inplace=False)
_hardtanh = activation("hardtanh", "The input held in a range", min_val=..., max_val=..., inplace=...)
leaky_relu = activation("leaky_relu", "input, times a slope where negative", negative_slope=0.01, inplace=False)
_threshold = activation("threshold", "Held above a `threshold`", threshold=..., value=..., inplace=...)
elu = activation("elu", "input, alpha * (exp(input) - 1) where negative", then=(1, 1), alpha=1.0, inplace=False)
celu = activation("celu", "input, alpha * (exp(input / alpha) - 1) where negative", alpha=1.0, inplace=False)
selu = activation("selu", "A multiple of elu that keeps mean and variance", "elu", SELU, inplace=False)
_silu = activation("silu", "input * sigmoid(input)", inplace=...)
mish = activation("mish", "input * tanh(softplus(input))", inplace=False)
hardsigmoid = activation("hardsigmoid", "(input + 3) / 6 held between 0 and 1", inplace=False)
hardswish = activation("hardswish", "input * hardsigmoid(input)", inplace=False)
hardshrink, prelu = functions.hardshrink, functions.prelu
softplus = activation("softplus", "log(1 + exp(beta x)) / beta, x beyond `threshold`", beta=1.0, threshold=20.0)
logsigmoid = activation("logsigmoid", "log(sigmoid(input))", "log_sigmoid")
# those that `torch` has, too, where they are never in place
NATIVE = {
    "celu": activation("celu", "`nn.functional.celu`", alpha=1.0),
    "selu": activation("selu", "`nn.functional.selu`", "elu", SELU),
    "threshold": activation("threshold", "`nn.functional.threshold`", threshold=..., value=...),
}


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """The input held in a range, elementwise."""
    messages.require(not min_val > max_val, "layers.hardtanh")
    return _hardtanh(input, min_val, max_val, inplace)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), elementwise."""
    result = _silu(input, inplace)
    functions.arguments.need_real_slope("silu", input)
    return result


def changing(function: Any) -> Callable:
    """`function`, in place. Where the slope is negative there is no way back."""

    def in_place(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return function(input, *args, **kwargs, inplace=True)

    in_place.__name__ = in_place.__qualname__ = f"{function.__name__}_"
    in_place.__doc__ = f"`{function.__name__}` in place."
    return in_place


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """input times the normal distribution's P(X <= input), elementwise; `approximate` may be "tanh"."""
    if not isinstance(approximate, str):
        raise errors.argument("gelu", "approximate", 0, approximate, "str")
    messages.require(approximate in ("none", "tanh"), "nn.approximate")
    return ops.gelu(input, approximate)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The input above `threshold`, else `value`, elementwise."""
    return _threshold(input, threshold, value, inplace)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """The input moved towards 0 by `lambd`, elementwise."""
    lambd = functions.arguments.as_number(lambd, "softshrink", "lambd", 2)
    if functions.need_tensor("softshrink", input)._data.dtype.kind == "f":
        most = float(np.finfo(input._data.dtype).max)
        messages.require(0 <= lambd <= most, "layers.lambd", most, input, lambd)
    return ops.softshrink(input, lambd, 0)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of the input along `dim` times sigmoid of the second."""
    messages.require(input.dim(), "layers.glu_scalar")
    shape = input._data.shape
    d = functions.as_dim(dim, len(shape), "glu", "dim", 2)
    messages.require(not shape[d] % 2, "layers.glu", d, shape[d])
    functions.need_dtype("glu", input)
    half = shape[d] // 2
    result = ops.mul(functions.narrow(input, d, 0, half), ops.sigmoid(functions.narrow(input, d, half, half)))
    return arguments.as_kernel(result, "GluBackward0", input)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """input, times a slope where negative: (lower + upper) / 2, or, while `training`, one drawn between them for each."""
    if not isinstance(training, bool):
        raise errors.argument("rrelu", "training", 4, training, "bool")
    for place, (name, bound) in enumerate((("lower", lower), ("upper", upper)), 2):
        number = functions.arguments.as_number(bound, "rrelu", name, place)
        messages.require(math.isfinite(number), "layers.rrelu_infinite", name, bound)
    messages.require(lower <= upper, "layers.rrelu")
    if not training:
        return arguments.as_node(leaky_relu(input, (lower + upper) / 2, inplace), "RreluWithNoiseBackward0")
    negative = input._data <= 0
    slopes = np.ones_like(input._data)
    drawn = random.uniform(random.default_generator, (int(negative.sum()),), np.float64, lower, upper)
    slopes[negative] = drawn
    entry = TABLE["rrelu_with_noise"]
    return change(input, entry, slopes) if inplace else entry.recorded(input, slopes)


relu_, leaky_relu_, elu_, selu_, celu_ = map(changing, (relu, leaky_relu, elu, selu, celu))
hardtanh_, threshold_, rrelu_ = map(changing, (hardtanh, threshold, rrelu))


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-input)), elementwise."""
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent, elementwise."""
    return input.tanh()


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), elementwise."""
    return ops.div(input, ops.add(input.abs(), 1))


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input), elementwise."""
    return ops.sub(input, input.tanh())


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Non-negative numbers that sum to 1 along `dim`, in proportion to exp(input)."""
    return input.softmax(implicit_dim("softmax", input) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input, dim)), computed without overflow."""
    return input.log_softmax(implicit_dim("log_softmax", input) if dim is None else dim, dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of the negated input."""
    return (-input).softmax(implicit_dim("softmin", input) if dim is None else dim, dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A draw of one of the classes along `dim`: softmax((logits + Gumbel noise) / tau).

    hard: 1 for the greatest and 0 for the others, with the gradient of what they were before.
    """
    shape, dtype = logits._data.shape, logits._data.dtype
    noise = -np.log(random.exponential(random.default_generator, shape, dtype))
    soft = functions.softmax(ops.div_scalar(ops.add(logits, wrap(noise)), tau), dim)
    if not hard:
        return soft
    chosen = soft._data == soft._data.max(axis=dim, keepdims=True)
    first = chosen & (np.cumsum(chosen, axis=dim) == 1)
    return ops.add(ops.sub(wrap(first.astype(dtype)), soft.detach()), soft)


def implicit_dim(name: str, input: Tensor) -> int:
    messages.warn("nn.implicit_dim", name)
    return 0 if input._data.ndim in (0, 1, 3) else 1


def _need_share(name: str, p: float, training: bool) -> None:
    """Refuse a probability that is none, and a `training` that is neither true nor false."""
    if p < 0 or p > 1:
        raise messages.error("nn.dropout", p)
    if not isinstance(training, bool):
        raise errors.argument(name, "train", 3, training, "bool")
    if math.isnan(p):
        raise messages.error("nn.dropout_nan", p)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While `training`, zero each element with probability `p`, and multiply the others by 1 / (1 - p)."""
    functions.need_tensor("dropout", input)
    _need_share("dropout", p, training)
    if not (training and p and input._data.size):
        return input
    mask = wrap(random.dropout_mask(random.default_generator, input._data.shape, input._data.dtype, p))
    return change(input, TABLE["mul"], mask) if inplace else ops.mul(input, mask)


def _dropout_of_channels(dims: int) -> Callable:
    name = f"dropout{dims}d"

    def function(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        _need_share("feature_dropout", p, training)
        ndim = input._data.ndim
        messages.require(dims > 1 or ndim in (2, 3), "nn.dropout1d", ndim)
        if dims > 1 and ndim not in (dims + 1, dims + 2):
            messages.warn(f"nn.dropout{dims}d", ndim)
        if dims == 2 and ndim == 3:
            messages.warn("nn.dropout2d_line")
        if not (training and p and input._data.size):
            return input
        shape = input._data.shape
        messages.require(len(shape) + (dims == 3) > 1, "nn.no_channels")
        lead = 1 if dims != 2 and len(shape) != dims + 2 else 2  # of 3 dimensions, PyTorch takes the first for a batch
        each = (*shape[:lead], *(1,) * (len(shape) - lead))
        mask = wrap(random.dropout_mask(random.default_generator, each, input._data.dtype, p))
        return change(input, TABLE["mul"], mask) if inplace else ops.mul(input, mask)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "`dropout` of whole channels (N, C, ..)."
    return function


dropout1d, dropout2d, dropout3d = map(_dropout_of_channels, (1, 2, 3))


def _alpha_dropout(name: str, whole_channels: bool) -> Callable:
    def function(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
        functions.need_tensor(name, input)
        _need_share(name, p, training)
        if not (training and p and input._data.size):
            return input
        shape, dtype = input._data.shape, input._data.dtype
        messages.require(len(shape) > 1 or not whole_channels or p == 1, "nn.no_channels")
        if p == 1:
            nothing = wrap(dtype.type(0))
            return change(input, TABLE["mul"], nothing) if inplace else ops.mul(input, nothing)
        each = (*shape[:2], *(1,) * (len(shape) - 2)) if whole_channels else shape
        low = SELU[0] * SELU[1]  # selu of minus infinity, but for the sign
        scale = 1 / math.sqrt((low * low * p + 1) * (1 - p))
        kept = random.bernoulli(random.default_generator, 1 - p, each, dtype)
        shift = wrap(((kept - 1) * (low * scale) + low * scale * p).astype(dtype))
        result = ops.add(ops.mul(input, wrap((kept * scale).astype(dtype))), shift)
        result = change(input, TABLE["copy"], result) if inplace else result
        result._bump()  # made in place, in two steps, in PyTorch
        return result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = """`dropout` for `selu`: keeps mean and variance; what is dropped takes selu's least value."""
    return function


alpha_dropout = _alpha_dropout("alpha_dropout", False)
feature_alpha_dropout = _alpha_dropout("feature_alpha_dropout", True)


# -- linear maps, and other functions


def linear(input: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    """input @ weight.T + bias. Shapes: (..., in), (out, in), (out) -> (..., out)."""
    shape, turned = functions.need_tensor("linear", input)._data.shape, functions.t(weight)
    messages.require(shape and turned._data.ndim, "functions.linear_scalar", len(shape), turned._data.ndim)
    if bias is None:
        return functions.matmul(input, turned)
    if not isinstance(bias, Tensor):
        raise errors.argument("linear", "bias", 3, bias)
    if len(shape) != 2 and (not input.is_contiguous() or (turned._data.ndim == 1 and not bias._data.ndim)):
        return functions.matmul(input, turned).add_(bias)
    messages.require(turned._data.ndim == 2, "functions.linear_vector")
    a, b, c = bias._data.dtype, input._data.dtype, weight._data.dtype
    if not a is b is c:
        for x, name in ((bias, "self"), (input, "mat1")):
            messages.require(x._data.dtype == c, "functions.addmm_dtypes", name, x, weight)
    if len(shape) == 2:
        return ops.addmm(bias, input, turned)
    rows = functions.reshape(input, (math.prod(shape[:-1]), shape[-1]))
    return ops.view(ops.addmm(bias, rows, turned), (*shape[:-1], weight._data.shape[0]))


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    """input1 @ weight[k] @ input2 + bias[k] for each k. Shapes: (.., n), (.., m), (out, n, m), (out) -> (.., out)."""
    given = {"input1": input1, "input2": input2, "weight": weight} | ({} if bias is None else {"bias": bias})
    for position, (name, t) in enumerate(given.items(), 1):
        functions.need_tensor("bilinear", t, name, position)
    ndims = input1._data.ndim, input2._data.ndim
    messages.require(ndims[0] == ndims[1], "layers.bilinear_ndim", *ndims)
    functions.as_dim(1, weight._data.ndim), functions.as_dim(2, weight._data.ndim)
    if bias is not None:
        messages.require(bias._data.ndim, "functions.unbind", 0)
    (*lead, n), (*other, m), (out, *sides) = (t._data.shape for t in (input1, input2, weight))
    for d, (a, b) in enumerate(zip(lead, other, strict=False)):
        messages.require(a == b, "layers.bilinear_batch", d, a, b)
    for i, (have, want) in enumerate(zip((n, m), sides, strict=False), 1):
        messages.require(have == want, "layers.bilinear_size", i, have, want)
    have = None if bias is None else bias._data.shape
    messages.require(bias is None or have == (out,), "layers.bilinear_bias", have and have[0], out)
    same = len({t._data.dtype for t in given.values()}) == 1
    messages.require(same, "layers.bilinear_dtypes" if bias is None else "layers.bilinear_dtypes_bias", *given.values())
    rows = math.prod(lead)
    left = functions.reshape(functions.permute(weight, (1, 0, 2)), (n, out * m))
    x, y = functions.reshape(input1, (-1, n)), functions.reshape(input2, (-1, m))
    halves = functions.reshape(functions.matmul(x, left), (rows, out, m))
    sums = functions.sum(ops.mul(halves, functions.reshape(y, (rows, 1, m))), 2)
    sums = ops.kernel(sums, None, None, y, x)
    sums = arguments.as_kernel(sums, "TrilinearBackward0", None, None, weight)
    result = functions.reshape(sums, (*lead, out))
    return result if bias is None else ops.add(result, bias)


# what is written, when it is first asked for, from the files beside this one
PUBLIC = {
    name: functions.declared(name, function)
    for module in (windows, pools, images, norms, losses, embeddings)
    for name, function in functions.functions_of(module).items()
}


def __getattr__(name: str) -> Any:
    """A function, written when it is first asked for."""
    found = PUBLIC.get(name)
    if found is None:
        raise AttributeError(f"module 'torch.nn.functional' has no attribute {name!r}")
    globals()[name] = found = getattr(found, "recorded", found)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
