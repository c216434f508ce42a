"""The module: parameters, buffers and other modules, under names, and a `forward` that uses them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from refgrad.autograd.grad_mode import no_grad
from refgrad.autograd.graph import RemovableHandle, add_hook
from refgrad.dtypes import dtype as DType
from refgrad.dtypes import float16, float32, float64
from refgrad.functions import to
from refgrad.nn.modules.hooks import BackwardHook
from refgrad.nn.modules.state import load_state, state_of
from refgrad.nn.parameter import Buffer, Parameter
from refgrad.tensor import Tensor


class Kind(NamedTuple):
    """What a module keeps in a table of its own: what may stand there, what goes there by itself, and the words for it."""

    table: str
    type: type
    entered: type
    register: str
    word: str
    needed: str
    before: str


class Hook(NamedTuple):
    """A forward hook, and how it wants to be called."""

    call: Callable
    with_kwargs: bool = False
    always: bool = False


HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
CALL_FIRST = "cannot assign {} before Module.__init__() call"


def type_name(value: Any) -> str:
    """The name of `value`'s type in messages."""
    if isinstance(value, Tensor):
        return value.type()  # type: ignore[attr-defined]
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def check_name(word: str, name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{word} name should be a string. Got {type(name).__name__}")
    if "." in name:
        raise KeyError(f'{word} name can\'t contain "."' + (f", got: {name}" if word == "module" else ""))
    if not name:
        raise KeyError(f'{word} name can\'t be empty string ""')


def indented(text: str) -> str:
    return text.replace("\n", "\n  ")


class Module:
    """Base of all modules: assign parameters and modules to attributes in `__init__`, and define `forward`."""

    _version = 1
    training: bool

    def __init__(self) -> None:
        members: dict[str, Any] = {"training": True, "_parameters": {}, "_buffers": {}, "_modules": {}}
        members |= {name: OrderedDict() for name in HOOKS} | {"_non_persistent_buffers_set": set()}
        self.__dict__.update(members)

    def forward(self, *args: Any) -> Any:
        """What calling the module computes."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # -- attributes

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, ()):
                return self.__dict__[table][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        """A parameter, module or Buffer is entered in its table; what is entered stays of its kind, or becomes None."""
        for kind in KINDS:
            table = self.__dict__.get(kind.table)
            if isinstance(value, kind.entered):
                if table is None:
                    raise AttributeError(CALL_FIRST.format(kind.before))
                for other in (self.__dict__, *[self.__dict__[k.table] for k in KINDS if k is not kind]):
                    other.pop(name, None)
                options = (value.persistent,) if isinstance(value, Buffer) else ()
                return getattr(self, kind.register)(name, value, *options)
            if table is not None and name in table:
                if value is not None and not isinstance(value, kind.type):
                    raise TypeError(
                        f"cannot assign '{type_name(value)}' as {kind.word} '{name}' ({kind.needed} expected)"
                    )
                table[name] = value
                return None
        return object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for kind in KINDS:
            if name in self.__dict__[kind.table]:
                del self.__dict__[kind.table][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted({name for name in names if not name[0].isdigit()})

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Enter `param`, or None as the place of one, under `name`."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        check_name("parameter", name)
        if hasattr(self, name) and name not in self._parameters:
            raise KeyError(f"attribute '{name}' already exists")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type_name(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Enter a tensor that belongs to the module but is not learned; `persistent`: it is part of `state_dict`."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        check_name("buffer", name)
        if hasattr(self, name) and name not in self._buffers:
            raise KeyError(f"attribute '{name}' already exists")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Enter `module` under `name`."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        if not isinstance(name, str):
            raise TypeError(f"module name should be a string. Got {type_name(name)}")
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        check_name("module", name)
        self._modules[name] = module

    register_module = add_module

    # -- what it contains

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """This module and all below it, each with its path."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(memo, prefix + "." * bool(prefix) + name, remove_duplicate)

    def _named(self, table: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen = set()
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]:
            for name, value in getattr(module, table).items():
                if value is not None and value not in seen:
                    seen.update([value] if remove_duplicate else [])
                    yield path + "." * bool(path) + name, value

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module and, if `recurse`, of all below it, each once, with their paths."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The buffers, likewise."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, with their names."""
        return self._named("_modules", "", False, True)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, without their paths."""
        return (value for _, value in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        return (value for _, value in self.named_buffers(recurse=recurse))

    def children(self) -> Iterator[Module]:
        return (value for _, value in self.named_children())

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        return (value for _, value in self.named_modules(remove_duplicate=remove_duplicate))

    def get_submodule(self, target: str) -> Module:
        """The module at the path `target`."""
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def _at(self, target: str, table: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        if name not in getattr(module, table):
            raise AttributeError(f"`{name}` is not {what}")
        return getattr(module, name)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at the path `target`."""
        return self._at(target, "_parameters", "an nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at the path `target`."""
        return self._at(target, "_buffers", "a buffer")

    # -- changing all of it

    def apply(self, fn: Callable) -> Any:
        """Call `fn` with every module, those below first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable) -> Any:
        """Put `fn` of every parameter's and buffer's data in its place; parameters stay the objects that they are."""
        for module in self.modules():
            for p in [p for p in module._parameters.values() if p is not None]:
                p.data = fn(p.detach())
                if p._grad is not None:
                    p._grad.data = fn(p._grad.detach())
            module._buffers.update({name: b if b is None else fn(b) for name, b in module._buffers.items()})
        return self

    def to(self, *args: Any, device: Any = None, dtype: DType | None = None, **kwargs: Any) -> Any:
        """Cast the floating point parameters and buffers to `dtype`, or to that of a tensor. Changes the module itself."""
        given = [a.dtype if isinstance(a, Tensor) else a for a in (*args, dtype)]
        wanted = next((a for a in given if isinstance(a, DType)), None)
        if wanted is None:
            return self
        if not (wanted.is_floating_point or wanted.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted}"
            )
        return self._apply(lambda t: to(t, wanted) if t.dtype.is_floating_point or t.dtype.is_complex else t)

    def type(self, dst_type: DType) -> Any:
        return self._apply(lambda t: to(t, dst_type))

    def half(self) -> Any:
        return self.to(float16)

    def float(self) -> Any:
        return self.to(float32)

    def double(self) -> Any:
        return self.to(float64)

    def cpu(self) -> Any:
        return self

    def train(self, mode: bool = True) -> Any:
        """Switch training mode, which Dropout heeds, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Any:
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Say whether the parameters learn: False freezes them."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the parameters' gradients to None, or to zero, without history."""
        clear_gradients(self.parameters(), set_to_none)

    # -- hooks

    def _hook(self, table: str, entry: Any, prepend: bool) -> RemovableHandle:
        handle = add_hook(getattr(self, table), entry)
        if prepend:
            getattr(self, table).move_to_end(handle.id, last=False)
        return handle

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; it may give back other arguments."""
        return self._hook("_forward_pre_hooks", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; it may give back another output."""
        return self._hook("_forward_hooks", Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the outputs' gradients are known; it may give back others."""
        return self._hook("_backward_pre_hooks", hook, prepend)

    register_backward_pre_hook = register_full_backward_pre_hook

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the inputs' gradients are; it may give back others."""
        return self._hook("_backward_hooks", hook, prepend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        d = self.__dict__
        if d["_forward_hooks"] or d["_forward_pre_hooks"] or d["_backward_hooks"] or d["_backward_pre_hooks"]:
            return self._call_hooked(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_hooked(self, args: tuple, kwargs: dict) -> Any:
        called: set = set()
        result = None
        try:
            for hook in [*self._forward_pre_hooks.values()]:
                args, kwargs = self._before(hook, args, kwargs)
            backward = None
            if self._backward_hooks or self._backward_pre_hooks:
                backward = BackwardHook(self, [*self._backward_hooks.values()], [*self._backward_pre_hooks.values()])
                args = backward.inputs(args)
            result = self.forward(*args, **kwargs)
            for key, hook in [*self._forward_hooks.items()]:
                called.add(key)
                result = self._after(hook, args, kwargs, result)
            return result if backward is None else backward.outputs(result)
        except Exception:
            for key, hook in self._forward_hooks.items():
                if hook.always and key not in called:
                    result = self._after(hook, args, kwargs, result)
            raise

    def _before(self, hook: Hook, args: tuple, kwargs: dict) -> tuple:
        given = hook.call(self, args, kwargs) if hook.with_kwargs else hook.call(self, args)
        if given is None:
            return args, kwargs
        if not hook.with_kwargs:
            return given if isinstance(given, tuple) else (given,), kwargs
        if not isinstance(given, tuple) or len(given) != 2:
            raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {given}.")
        return given

    def _after(self, hook: Hook, args: tuple, kwargs: dict, result: Any) -> Any:
        given = hook.call(self, args, kwargs, result) if hook.with_kwargs else hook.call(self, args, result)
        return result if given is None else given

    # -- state and text

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by path: the same memory, without history unless `keep_vars`."""
        return state_of(self, destination, prefix, keep_vars)

    @no_grad()
    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy the values of `state_dict` in, or `assign` its tensors; gives back what was missing and unexpected.

        Raises RuntimeError, with all that is wrong, for other shapes and, if `strict`, for other keys.
        """
        return load_state(self, state_dict, strict, assign)

    def extra_repr(self) -> str:
        """What stands between the brackets where the module is printed."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _lines(self) -> list[str]:
        return [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]

    def __repr__(self) -> str:
        extra, lines = self.extra_repr(), self._lines()
        if not lines and "\n" not in extra:
            return f"{self._get_name()}({extra})"
        body = "\n  ".join([*filter(None, extra.split("\n")), *lines])
        return f"{self._get_name()}(\n  {body}\n)"


KINDS = (
    Kind("_parameters", Parameter, Parameter, "register_parameter", "parameter", "torch.nn.Parameter or None", "parameters"),
    Kind("_modules", Module, Module, "add_module", "child module", "torch.nn.Module or None", "module"),
    Kind("_buffers", Tensor, Buffer, "register_buffer", "buffer", "torch.nn.Buffer, torch.Tensor or None", "buffer"),
)


def clear_gradients(params: Any, set_to_none: bool) -> None:
    """Set the gradient of each of `params` to None, or to zero, without history."""
    for p in params:
        if p._grad is None:
            continue
        if set_to_none:
            p._grad = None
        else:
            p._grad = p._grad if p._grad._node is None else p._grad.detach()
            p._grad.requires_grad_(False)
            with no_grad():
                p._grad.zero_()
