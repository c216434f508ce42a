"""Convolutions, pooling, and what brings the statistics of channels in order; in one, two or three dimensions of space."""

import math
from typing import Any

from refgrad import creation, dtypes, messages
from refgrad.nn import functional as F
from refgrad.nn import init
from refgrad.nn.modules.activation import Calling
from refgrad.nn.modules.module import Module
from refgrad.nn.parameter import Parameter
from refgrad.tensor import Tensor


def each_dim(value: Any, dims: int) -> Any:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims


class _Convolution(Module):
    """A convolution. Shapes: (N, in_channels, ..) -> (N, out_channels, ..)."""

    dims = 0

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        messages.require(groups > 0, "nn.conv_groups")
        for name, n in (("in_channels", in_channels), ("out_channels", out_channels)):
            messages.require(n % groups == 0, "nn.conv_channels", name)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = (each_dim(v, self.dims) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else each_dim(padding, self.dims)
        self.weight = Parameter(creation.empty(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype))
        self.register_parameter("bias", Parameter(creation.empty(out_channels, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly, up to 1 / sqrt(number of elements that make one) either way."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        many = math.prod(self.weight.shape[1:])
        if self.bias is not None and many:
            init.uniform_(self.bias, -1 / math.sqrt(many), 1 / math.sqrt(many))

    def forward(self, input: Tensor) -> Tensor:
        convolve = getattr(F, f"conv{self.dims}d")
        return convolve(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        usual = {"padding": each_dim(0, self.dims), "dilation": each_dim(1, self.dims), "groups": 1}
        more = [f", {name}={value}" for name, value in ((k, getattr(self, k)) for k in usual) if value != usual[name]]
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        return sizes + "".join(more) + ", bias=False" * (self.bias is None)


class Conv1d(_Convolution):
    dims = 1


class Conv2d(_Convolution):
    dims = 2


class Conv3d(_Convolution):
    dims = 3


class _Pool(Calling):
    """Base of the pools: where no stride is given, windows do not overlap. shown: the settings that are printed."""

    shown: tuple = ("output_size",)

    def configure(self, settings: dict) -> None:
        if settings.get("stride", ...) is None:
            settings["stride"] = settings["kernel_size"]
        super().configure(settings)

    def extra_repr(self) -> str:
        return ", ".join(f"{k}={v!r}" for k, v in self.settings().items() if k in self.shown)


class MaxPool1d(_Pool, of=F.max_pool1d):
    """The maxima of windows."""

    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")


class MaxPool2d(_Pool, of=F.max_pool2d):
    """The maxima of windows."""

    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")


class AvgPool1d(_Pool, of=F.avg_pool1d):
    """The means of windows."""

    shown = ("kernel_size", "stride", "padding")

    def configure(self, settings: dict) -> None:
        super().configure(settings)
        for name in ("kernel_size", "stride", "padding"):
            setattr(self, name, each_dim(getattr(self, name), 1))


class AvgPool2d(_Pool, of=F.avg_pool2d):
    """The means of windows."""

    shown = ("kernel_size", "stride", "padding")


class AdaptiveAvgPool1d(_Pool, of=F.adaptive_avg_pool1d):
    """The means of as many windows as `output_size` says."""


class AdaptiveAvgPool2d(_Pool, of=F.adaptive_avg_pool2d):
    """The means of as many windows as `output_size` says."""


class AdaptiveMaxPool2d(_Pool, of=F.adaptive_max_pool2d):
    """The maxima of as many windows as `output_size` says."""


class _Scaled(Module):
    """Base of the norms: a weight of ones and a bias of zeros, of one shape, if they are asked for."""

    def _parameters_of(self, shape: Any, weight: bool, bias: bool, dtype: Any) -> None:
        self.register_parameter("weight", Parameter(creation.empty(shape, dtype=dtype)) if weight else None)
        self.register_parameter("bias", Parameter(creation.empty(shape, dtype=dtype)) if weight and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The weight 1 and the bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _BatchNorm(_Scaled):
    """Mean 0 and variance 1 of each channel: of the batch in training mode, else by the running statistics."""

    ndims: tuple = ()

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        buffers: Any = (None, None, None)
        if track_running_stats:
            zeros, ones = (make(num_features, dtype=dtype) for make in (creation.zeros, creation.ones))
            buffers = zeros, ones, creation.tensor(0, dtype=dtypes.int64)
        for name, value in zip(("running_mean", "running_var", "num_batches_tracked"), buffers, strict=True):
            self.register_buffer(name, value)
        self._parameters_of(num_features, affine, bias, dtype)

    def reset_running_stats(self) -> None:
        """Forget all batches: mean 0 and variance 1."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def forward(self, input: Tensor) -> Tensor:
        ndim = input.dim()
        messages.require(ndim in self.ndims, "nn.batch_norm_input", " or ".join(f"{n}D" for n in self.ndims), ndim)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            momentum = 1 / self.num_batches_tracked.item() if self.momentum is None else momentum
        of_batch = self.training or self.running_mean is None
        kept = (self.running_mean, self.running_var) if not self.training or self.track_running_stats else (None, None)
        return F.batch_norm(input, *kept, self.weight, self.bias, of_batch, momentum, self.eps)

    def extra_repr(self) -> str:
        shown = {"affine": self.affine, "bias": self.bias is not None, "track_running_stats": self.track_running_stats}
        rest = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, {rest}"


class BatchNorm1d(_BatchNorm):
    ndims = (2, 3)


class BatchNorm2d(_BatchNorm):
    ndims = (4,)


class BatchNorm3d(_BatchNorm):
    ndims = (5,)


class LayerNorm(_Scaled):
    """Mean 0 and variance 1 over the last dimensions, which have the shape `normalized_shape`."""

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape, self.eps = each_dim(normalized_shape, 1), eps
        self.elementwise_affine = elementwise_affine
        self._parameters_of(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class GroupNorm(_Scaled):
    """Mean 0 and variance 1 of each of `num_groups` groups of channels."""

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        messages.require(num_channels % num_groups == 0, "nn.group_channels", num_channels, num_groups)
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._parameters_of(num_channels, affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine = f"affine={self.affine}, bias={self.bias is not None}"
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, {affine}"
