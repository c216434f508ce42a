"""Custom Functions that programs call: each does something else that a Function may do. Standard library only."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any


def define(torch: Any) -> dict[str, Any]:
    """The Functions by name, made for `torch`."""

    class Double(torch.autograd.Function):
        """Saves nothing."""

        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    class Square(torch.autograd.Function):
        """Saves its input, and can be differentiated twice."""

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x

    class Exponential(torch.autograd.Function):
        """Saves its result."""

        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, g):
            (result,) = ctx.saved_tensors
            return g * result

    class Straight(torch.autograd.Function):
        """Rounds, and lets the gradient through as if it had not."""

        @staticmethod
        def forward(ctx, x):
            return x.round()

        @staticmethod
        def backward(ctx, g):
            return g

    class SumAndDifference(torch.autograd.Function):
        """Two inputs, two results."""

        @staticmethod
        def forward(ctx, x, y):
            return x + y, x - y

        @staticmethod
        def backward(ctx, g, h):
            return g + h, g - h

    class Scaled(torch.autograd.Function):
        """An argument that is no tensor, and nothing for it."""

        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None

    class Incremented(torch.autograd.Function):
        """Changes its input in place."""

        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g

    class Sign(torch.autograd.Function):
        """A result that has no gradient."""

        @staticmethod
        def forward(ctx, x):
            result = x.sign()
            ctx.mark_non_differentiable(result)
            return x.clone(), result

        @staticmethod
        def backward(ctx, g, h):
            return g

    return {name: each for name, each in locals().items() if isinstance(each, type)}


CHANGING = frozenset({"Incremented"})  # those that change what they are given
TAKES = {  # name: how many tensors it takes, other arguments, how many results it gives
    "Double": (1, (), 1),
    "Square": (1, (), 1),
    "Exponential": (1, (), 1),
    "Straight": (1, (), 1),
    "SumAndDifference": (2, (), 2),
    "Scaled": (1, (3,), 1),
    "Incremented": (1, (), 1),
    "Sign": (1, (), 2),
}


def source(name: str) -> str:
    """The class `name` as a script spells it, without its docstring."""
    lines = textwrap.dedent(inspect.getsource(define)).split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith(f"    class {name}("))
    end = next((n for n in range(start + 1, len(lines)) if lines[n][:5].strip()), len(lines))
    kept = [line for line in lines[start:end] if '"""' not in line]
    return textwrap.dedent("\n".join(kept)).strip() + "\n"
