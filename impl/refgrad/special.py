"""`torch.special`: special functions, under the names that they have there."""

from __future__ import annotations

from typing import Any

from refgrad import functions

SAME = {"psi": "digamma", "expit": "sigmoid", "gammaln": "lgamma", "multigammaln": "mvlgamma", "gammainc": "igamma",
        "gammaincc": "igammac"}  # fmt: skip
__all__ = """
    digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammainc gammaincc gammaln i0 i0e i1 i1e log1p log_ndtr log_softmax
    logit logsumexp multigammaln ndtr ndtri polygamma psi round sinc softmax xlog1py xlogy zeta
""".split()  # noqa: PLE0605


def round(input: Any, *, decimals: int = 0, out: Any = None) -> Any:
    """To so many decimals, of two numbers to the even one."""
    return functions.round(input, decimals=decimals, out=out)


def __getattr__(name: str) -> Any:
    """A function, when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'torch.special' has no attribute {name!r}")
    globals()[name] = found = getattr(functions, SAME.get(name, name))
    return found


def __dir__() -> list[str]:
    return __all__
