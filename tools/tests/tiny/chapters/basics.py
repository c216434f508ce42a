"""Basics: a chapter for testing the harness, small enough for an implementation of sixty lines."""

from gradspec import attempt, scenario


@scenario(cites="the harness's own tests")
def product(torch):
    """The gradient of a product is the other factor."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2.0
    yield "product", y
    y.backward()
    yield "gradient", x.grad


@scenario(cites="the harness's own tests")
def unlucky(torch):
    """Every number can be a tensor, 666 too."""
    yield "six hundred and sixty-six", torch.tensor(666.0)


@scenario(cites="the harness's own tests")
def constant(torch):
    """`backward()` on a constant raises."""
    yield "backward", attempt(torch.tensor(1.0).backward)


@scenario(cites="the harness's own tests", needs=("matmul",))
def text(torch):
    """An item is a Python number."""
    x = torch.tensor(2.5)
    yield "several", (x.item(), None, "text", [x])
