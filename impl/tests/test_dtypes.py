"""Which element types functions take, what they make of them, and in which words they refuse the others: as PyTorch does."""

from __future__ import annotations

import operator

import pytest

import refgrad

torch = pytest.importorskip("torch")

DTYPES = "bool uint8 int8 int16 int32 int64 float16 float32 float64 complex64 complex128".split()
OF_ONE = """
    abs floor ceil trunc round frac sign sgn relu selu celu hardshrink erf erfc erfinv logit lgamma digamma i0 deg2rad rad2deg
    isposinf isneginf isfinite signbit sinc exp sigmoid max min amax amin aminmax median nanmedian mode sort msort argsort
    argmax argmin unique unique_consecutive nansum nanmean std mean sum prod trace abs_ floor_ relu_ sqrt_ erf_ sign_
    deg2rad_ sigmoid_ special.i0e special.i1 special.i1e special.entr special.erfcx special.ndtri special.log_ndtr special.ndtr
    nn.functional.elu nn.functional.leaky_relu nn.functional.gelu nn.functional.silu nn.functional.mish nn.functional.softplus
    nn.functional.softshrink nn.functional.hardsigmoid nn.functional.hardswish nn.functional.logsigmoid nn.functional.hardtanh
    nn.functional.relu6 nn.functional.softsign nn.functional.rrelu nn.functional.glu linalg.inv linalg.det linalg.slogdet
    linalg.cholesky linalg.qr linalg.eigvalsh linalg.svdvals linalg.pinv linalg.matrix_rank linalg.cond linalg.lu linalg.vander
    linalg.lu_factor linalg.matrix_norm fft.fft
""".split()
OF_TWO = """
    lt eq maximum fmax hypot nextafter logaddexp logaddexp2 xlogy special.xlog1py special.zeta igamma atan2 fmod remainder
    floor_divide bitwise_and bitwise_left_shift gcd clamp_min pow sub div float_power dist linalg.vecdot linalg.solve
    nn.functional.mse_loss nn.functional.smooth_l1_loss nn.functional.l1_loss nn.functional.huber_loss
    nn.functional.cosine_similarity
""".split()
VALUES = [[4.0, 1.0, 0.0, 1.0], [1.0, 3.0, 1.0, 0.0], [0.0, 1.0, 5.0, 2.0], [1.0, 0.0, 2.0, 6.0]]


def outcome(lib, name, *dtypes):
    """The dtypes of the results, or the class and the words of the error."""
    tensors = [lib.tensor(VALUES).to(getattr(lib, dtype)) for dtype in dtypes]
    function = operator.attrgetter(f"Tensor.{name}" if name.endswith("_") else name)(lib)
    try:
        results = function(*tensors)
    except (RuntimeError, TypeError) as error:
        return type(error).__name__, str(error)
    return [str(t.dtype) for t in (results if isinstance(results, tuple) else (results,))]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_ONE)
def test_of_each_dtype(name):
    for dtype in DTYPES:
        assert outcome(refgrad, name, dtype) == outcome(torch, name, dtype), dtype


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_TWO)
def test_of_two_dtypes(name):
    for one in DTYPES:
        for other in DTYPES:
            found, expected = (outcome(lib, name, one, other) for lib in (refgrad, torch))
            assert found[:1] == expected[:1], (one, other)
