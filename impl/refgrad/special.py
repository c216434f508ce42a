"""`torch.special`: special functions, under the names that they have there."""

from refgrad.functions import ops
from refgrad.functions.forms import FORMS
from refgrad.functions.reductions import log_softmax, logsumexp, softmax

erf, erfc, erfinv, expm1, exp2, log1p = (
    FORMS["erf"],
    FORMS["erfc"],
    FORMS["erfinv"],
    ops.expm1,
    FORMS["exp2"],
    ops.log1p,
)
entr, ndtr, digamma, psi = FORMS["entr"], FORMS["ndtr"], FORMS["digamma"], FORMS["digamma"]
gammaln, sinc, logit, expit = FORMS["lgamma"], FORMS["sinc"], FORMS["logit"], ops.sigmoid
xlogy, xlog1py, polygamma = FORMS["xlogy"], FORMS["xlog1py"], ops.polygamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p", "log_softmax", "logit",
    "logsumexp", "ndtr", "polygamma", "psi", "sinc", "softmax", "xlog1py", "xlogy",
]  # fmt: skip
