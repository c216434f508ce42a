"""refgrad: PyTorch's autograd in NumPy, small enough to be read. `import refgrad as torch`."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from refgrad import autograd, compiler, creation, dtypes, methods
from refgrad.autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from refgrad.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from refgrad.autograd.grad_mode import is_inference_mode_enabled
from refgrad.functions import need_tensor
from refgrad.functions.elsewhere import Elsewhere
from refgrad.printing import set_printoptions
from refgrad.random import Generator
from refgrad.serialization import load, save
from refgrad.tensor import Tensor

np.seterr(all="ignore")  # PyTorch says nothing of overflow and division by zero

_CREATED = """
    arange as_tensor bernoulli empty empty_like empty_strided eye from_numpy full full_like get_rng_state initial_seed linspace
    logspace manual_seed multinomial normal ones ones_like rand rand_like randint randint_like randn randn_like randperm
    set_rng_state tensor tril_indices triu_indices zeros zeros_like
""".split()
_TYPES = """
    Size can_cast cdouble cfloat channels_last complex64 complex128 contiguous_format device double dtype finfo float16 float32
    float64 get_default_dtype half iinfo int8 int16 int32 int64 long preserve_format promote_types set_default_dtype short
    strided uint8
""".split()
globals().update(
    {name: getattr(creation, name) for name in _CREATED} | {name: getattr(dtypes, name) for name in _TYPES}
)
bool, float, int, float_ = dtypes.bool_, dtypes.float32, dtypes.int32, dtypes.float32
inf, nan, pi, e, newaxis = math.inf, math.nan, math.pi, math.e, None
__version__ = "2.13.0"
FloatTensor = DoubleTensor = LongTensor = Tensor


def is_tensor(obj: Any) -> Any:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def _of_method(name: str) -> Any:
    """The method `name` as a function of the tensor."""

    def function(input: Tensor, *args: Any) -> Any:
        need_tensor(name, input)
        return getattr(input, name)(*args)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`input.{name}()`."
    return function


is_inference, is_floating_point, is_complex, is_nonzero, detach = map(
    _of_method, ("is_inference", "is_floating_point", "is_complex", "is_nonzero", "detach")
)


def set_num_threads(count: Any) -> None:
    """Accepted, and of no effect: there is one thread."""


def get_num_threads() -> Any:
    """How many threads compute: one."""
    return 1


# functions of `nn.functional` that are here, too
_OF_NN = """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d avg_pool1d
    adaptive_avg_pool1d pixel_shuffle pixel_unshuffle channel_shuffle cosine_similarity pairwise_distance rms_norm group_norm
    bilinear rrelu dropout alpha_dropout feature_alpha_dropout
""".split()
_MODULES = ("fft", "linalg", "nn", "optim", "special", "utils")  # loaded when they are first asked for
_PUBLIC = methods.PUBLIC | {name: Elsewhere("refgrad.nn.functional", name) for name in _OF_NN}
_PUBLIC |= {name: Elsewhere("refgrad.nn.functional", name, "NATIVE") for name in ("celu", "selu", "threshold")}


def __getattr__(name: str) -> Any:
    """The functions that come from tables are written when they are first asked for."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    found = _PUBLIC.get(name)
    if found is None:
        raise AttributeError(f"module 'torch' has no attribute '{name}'")
    globals()[name] = found = getattr(found, "recorded", found)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC, *_MODULES})
