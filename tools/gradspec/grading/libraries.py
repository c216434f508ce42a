"""The libraries that do the work of an autograd: a submission may neither import nor carry along one of them."""

from __future__ import annotations

from collections.abc import Iterable

# What a rubric calls it: the top-level modules that it is imported by.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "torch": ("torch", "functorch", "torchvision", "torchaudio", "lightning", "pytorch_lightning"),
    "refgrad": ("refgrad",),
    "gradspec": ("gradspec",),
    "jax": ("jax", "jaxlib", "flax", "equinox"),
    "tensorflow": ("tensorflow", "tensorflow_probability", "keras", "tf_keras"),
    "autograd": ("autograd",),
    "mygrad": ("mygrad",),
    "micrograd": ("micrograd",),
    "minitorch": ("minitorch",),
    "tinygrad": ("tinygrad",),
    "cupy": ("cupy", "cupyx"),
    "chainer": ("chainer",),
    "mxnet": ("mxnet",),
    "paddle": ("paddle",),
    "mindspore": ("mindspore",),
    "oneflow": ("oneflow",),
    "jittor": ("jittor",),
    "mlx": ("mlx",),
    "theano": ("theano", "aesara", "pytensor"),
    "casadi": ("casadi",),
    "sympy": ("sympy",),
}


def modules_of(libraries: Iterable[str]) -> tuple[str, ...]:
    """The top-level modules of these libraries: what a jail is to deny for a rubric's `forbid`."""
    return tuple(module for each in libraries for module in LIBRARIES[each])
