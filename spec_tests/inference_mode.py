"""Inference mode: what is made in it is never recorded, not even later."""

from gradspec import attempt, scenario


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference",))
def inference_mode_switches_recording_off(torch):
    """inference_mode disables grad mode, too; both are as before after its block."""
    yield "before", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    with torch.inference_mode():
        yield "inside", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    yield "after", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())


@scenario(cites="torch.inference_mode", needs=("inference",))
def inference_mode_false_is_normal_mode(torch):
    """inference_mode(False) inside an inference_mode block is normal mode: operations are recorded."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.inference_mode():
        with torch.inference_mode(False):
            yield "modes", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
            y = x * x
        yield "after the inner block", torch.is_inference_mode_enabled()
    y.backward()
    yield "the gradient", x.grad


@scenario(cites="torch.inference_mode", needs=("inference",))
def an_error_restores_inference_mode(torch):
    """An inference_mode block that is left by an error restores the modes."""
    try:
        with torch.inference_mode():
            raise KeyError("left early")
    except KeyError:
        yield "after the error", (torch.is_inference_mode_enabled(), torch.is_grad_enabled())


@scenario(cites="torch.inference_mode", needs=("inference",))
def inference_mode_decorates_functions(torch):
    """As a decorator inference_mode holds while the function runs, with or without parentheses."""

    @torch.inference_mode()
    def called():
        return torch.is_inference_mode_enabled()

    @torch.inference_mode
    def bare():
        return torch.is_inference_mode_enabled()

    yield "with parentheses", called()
    yield "without", bare()
    yield "afterwards", torch.is_inference_mode_enabled()


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "flags"))
def tensors_made_in_inference_mode(torch):
    """Tensors created or computed in inference mode are inference tensors; those from outside stay normal."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.inference_mode():
        made = torch.tensor(2.0)
        y = x * made
    yield "created", made.is_inference()
    yield "computed", (y.is_inference(), y.requires_grad)
    yield "from outside", x.is_inference()


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference",))
def inference_tensors_cannot_be_saved(torch):
    """An inference tensor cannot be saved for a backward pass outside: a product with a variable raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor(2.0)
    yield "a product saves it", attempt(lambda: x * c)
    yield "a sum does not", x + c
    yield "a product without variables does not", c * c


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference",))
def a_clone_of_an_inference_tensor_is_normal(torch):
    """A clone made outside of an inference tensor is a normal tensor, and can be saved."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor(2.0)
    copy = c.clone()
    yield "is_inference", copy.is_inference()
    (x * copy).backward()
    yield "the gradient", x.grad


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "inplace"))
def inference_tensors_cannot_be_changed_outside(torch):
    """An inference tensor may be changed in place in inference mode, and not outside."""
    with torch.inference_mode():
        c = torch.tensor(2.0)
        c.add_(1)
    yield "changed inside", c
    yield "changing it outside", attempt(c.add_, 1)


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "versions"))
def inference_tensors_have_no_version(torch):
    """Inference tensors do not track versions."""
    with torch.inference_mode():
        c = torch.tensor(2.0)
    yield "_version", attempt(lambda: c._version)


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "flags"))
def inference_tensors_cannot_become_variables_outside(torch):
    """Outside inference mode an inference tensor cannot be made to require grad."""
    with torch.inference_mode():
        c = torch.tensor(2.0)
    yield "requires_grad_", attempt(c.requires_grad_)
    yield "the flag", attempt(setattr, c, "requires_grad", True)


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "tensor", "indexing", "views"))
def views_in_inference_mode(torch):
    """A view of a normal tensor is normal even in inference mode; a view of an inference tensor is one, even outside."""
    x = torch.tensor([1.0, 2.0])
    with torch.inference_mode():
        view = x[0]
        c = torch.tensor([1.0, 2.0])
    yield "of a normal tensor", view.is_inference()
    yield "of an inference tensor", c[0].is_inference()


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "tensor", "indexing", "views", "inplace"))
def a_view_made_in_inference_mode_cannot_be_changed_outside(torch):
    """A view of a recorded tensor that was made in inference mode may not be changed with grad mode enabled."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    with torch.inference_mode():
        view = y[1:]
    yield "changing it", attempt(view.mul_, 2)


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "inplace", "versions"))
def normal_tensors_can_be_changed_in_inference_mode(torch):
    """A normal tensor may be changed in inference mode, and its version counts that."""
    c = torch.tensor(2.0)
    with torch.inference_mode():
        c.add_(1)
    yield "value", c
    yield "version", c._version


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "grad_modes"))
def nothing_is_recorded_in_inference_mode_even_with_grad_enabled(torch):
    """In inference mode nothing is recorded, although `enable_grad` inside of it says that grad mode is on."""
    x = torch.tensor(2.0, requires_grad=True)
    with torch.inference_mode():
        with torch.enable_grad():
            yield "grad mode", torch.is_grad_enabled()
            yield "the result requires grad", (x * 3).requires_grad
        yield "grad mode after it", torch.is_grad_enabled()
    yield "grad mode outside", torch.is_grad_enabled()


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "flags"))
def inference_tensors_among_themselves_are_not_recorded(torch):
    """What is computed from inference tensors alone is not recorded outside, even where they say that they require grad."""
    with torch.inference_mode():
        c = torch.tensor(2.0, requires_grad=True)
    yield "it requires grad", c.requires_grad
    yield "its square", c * c


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "tensor", "inplace", "shapes"))
def the_shape_of_an_inference_tensor_stays_outside(torch):
    """An inference tensor's dimensions cannot be rearranged in place outside of inference mode."""
    with torch.inference_mode():
        c = torch.tensor([[1.0, 2.0]])
    yield "transposed", attempt(c.transpose_, 0, 1)


@scenario(cites="Autograd mechanics: Inference Mode", needs=("inference", "clear_grad"))
def nothing_is_added_to_an_inference_tensor(torch):
    """An inference tensor may be assigned to `.grad`, but a backward pass outside of inference mode cannot add to it."""
    x = torch.tensor(2.0, requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor(5.0)
    x.grad = c
    yield "a backward pass", attempt((x * 3).backward)
