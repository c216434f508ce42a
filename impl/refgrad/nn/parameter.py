"""Parameters: the tensors that a module learns."""

from typing import Any

from refgrad import messages
from refgrad.tensor import Tensor, wrap


class Parameter(Tensor):
    """A leaf that shares the memory of `data`, and that a module registers when it is assigned to it."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        source = Tensor(0) if data is None else data
        messages.require(not requires_grad or source._data.dtype.kind in "fc", "nn.no_float")
        t = wrap(source._array(), cls)
        t._vc = source._counter()
        return t.requires_grad_(requires_grad)

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    __str__ = __repr__  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict) -> Any:
        """A copy of the data; the gradient stays behind."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce__(self) -> tuple:
        return rebuild_parameter, (self._data, self._rg)


def rebuild_parameter(data: Any, requires_grad: bool) -> Parameter:
    """What pickle makes a parameter of."""
    t = wrap(data, Parameter)
    t._rg = requires_grad
    return t


Parameter.__module__ = "torch.nn.parameter"
