"""`torch.special`: special functions, under the names that they have there."""

from refgrad import functions
from refgrad.functions import log_softmax, logsumexp, ops, softmax

FORMED = "digamma entr erf erfc erfinv exp2 lgamma logit ndtr sinc xlog1py xlogy".split()
digamma, entr, erf, erfc, erfinv, exp2, gammaln, logit, ndtr, sinc, xlog1py, xlogy = (
    getattr(functions, n) for n in FORMED
)
psi, expit, expm1, log1p, polygamma = digamma, ops.sigmoid, ops.expm1, ops.log1p, ops.polygamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p", "log_softmax", "logit",
    "logsumexp", "ndtr", "polygamma", "psi", "sinc", "softmax", "xlog1py", "xlogy",
]  # fmt: skip
