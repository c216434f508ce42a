"""What a scenario cannot say of gradcheck and functional: old callers' functions, the modules' places, many calls at once."""

from __future__ import annotations

import importlib
import itertools
import warnings

import pytest

import refgrad

torch = pytest.importorskip("torch")


def module(library):
    return importlib.import_module(f"{library.__name__}.autograd.gradcheck")


def leaf(library, values):
    return library.tensor(values, dtype=library.float64, requires_grad=True)


def said(call, library):
    """What `call(library)` gives or raises, and its warnings, as text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = repr(call(library))
        except Exception as error:  # noqa: BLE001 (whatever it raises is compared)
            result = f"{type(error).__name__}: {error}"
    return result, [f"{each.category.__name__}: {each.message}" for each in caught]


def pair(inputs):
    x, y = inputs
    return 2 * x + y, x + 2 * y


def numerical(library, **options):
    x, y = leaf(library, [1.0, 2.0]), leaf(library, [3.0, 4.0])
    return module(library).get_numerical_jacobian(pair, (x, y), **options)


def analytical(library, *options):
    x = leaf(library, [1.0, 2.0])
    return module(library).get_analytical_jacobian((x,), x * x, *options)


def of_one_input(library):
    x, y = leaf(library, [1.0, 2.0]), leaf(library, [3.0, 4.0])
    function = module(library).get_numerical_jacobian_wrt_specific_input
    return function(lambda *args: pair(args), 1, (x, y), (x, y), 1e-6)


OLD = {
    "numerical": lambda library: numerical(library, eps=1e-6),
    "numerical grad_out": lambda library: numerical(library, grad_out=2.0),
    "analytical": analytical,
    "analytical grad_out": lambda library: analytical(library, 0.0, 2.0),
    "one input": of_one_input,
}


@pytest.mark.parametrize("name", OLD)
def test_old_functions(name):
    assert said(OLD[name], refgrad) == said(OLD[name], torch)


@pytest.mark.parametrize("library", [torch, refgrad], ids=["torch", "refgrad"])
def test_name_is_the_function_and_the_module(library):
    assert library.autograd.gradcheck is module(library).gradcheck
    assert library.autograd.gradgradcheck is module(library).gradgradcheck
    assert issubclass(module(library).GradcheckError, RuntimeError)
    assert {"jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"} <= set(library.autograd.functional.__all__)


FUNCTIONS = {
    "squares": lambda x, y: x * x * y.sum(),
    "linear": lambda x, y: 3 * x + y.sum(),
    "one unused": lambda x, y: x * x,
    "constant": lambda x, y: x.detach() * 2,
    "a number": lambda x, y: (x**3).sum() * y.sum(),
    "a linear number": lambda x, y: x.sum() + y.sum(),
    "two outputs": lambda x, y: (x * x, y.sum()),
    "no tensor": lambda x, y: 3,
}
VECTORS = {
    "none": lambda library: None,
    "as the inputs": lambda library: (library.tensor([1.0, 10.0]), library.tensor([[5.0, 7.0]])),
    "as an output": lambda library: library.tensor([1.0, 10.0]),
    "of another shape": lambda library: (library.tensor([1.0, 10.0]), library.tensor([5.0, 7.0])),
}


def inputs(library, requires_grad):
    return library.tensor([1.0, 2.0], requires_grad=requires_grad), library.tensor([[2.0, 4.0]])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("what", ["jacobian", "hessian"])
def test_matrices_in_all_modes(what, name):
    for create_graph, strict, vectorize, requires_grad in itertools.product((False, True), repeat=4):

        def call(library):
            found = getattr(library.autograd.functional, what)
            point = inputs(library, requires_grad)  # noqa: B023 (called at once)
            return found(FUNCTIONS[name], point, create_graph, strict, vectorize)  # noqa: B023

        assert said(call, refgrad) == said(call, torch), (create_graph, strict, vectorize, requires_grad)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("what", ["vjp", "jvp", "vhp", "hvp"])
def test_products_in_all_modes(what, name):
    for vector, (create_graph, strict, requires_grad) in itertools.product(
        VECTORS, itertools.product((False, True), repeat=3)
    ):

        def call(library):
            found = getattr(library.autograd.functional, what)
            point = inputs(library, requires_grad)  # noqa: B023 (called at once)
            return found(FUNCTIONS[name], point, VECTORS[vector](library), create_graph, strict)  # noqa: B023

        assert said(call, refgrad) == said(call, torch), (vector, create_graph, strict, requires_grad)
