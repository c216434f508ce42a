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
from refgrad.nn.parameter import Parameter
from refgrad.tensor import Tensor


class Kind(NamedTuple):
    """What a module keeps in a table of its own: what may stand there, and the words for it in messages."""

    table: str
    type: type
    word: str
    slot: str
    needed: str
    refusal: str


HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")


def type_name(value: Any) -> str:
    """The name of `value`'s type in messages."""
    return value.type() if isinstance(value, Tensor) else type(value).__qualname__


def indented(text: str) -> str:
    return text.replace("\n", "\n  ")


class Module:
    """Base of all modules: assign parameters and modules to attributes in `__init__`, and define `forward`."""

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
        """A parameter or module is entered in its table; what stands in a table stays of its kind, or becomes None."""
        for kind in KINDS:
            table = self.__dict__.get(kind.table)
            if isinstance(value, kind.type) and kind is not BUFFER:
                if table is None:
                    raise AttributeError(f"cannot assign {kind.slot} before Module.__init__() call")
                for other in (self.__dict__, *[self.__dict__[k.table] for k in KINDS if k is not kind]):
                    other.pop(name, None)
                return self._register(kind, name, value)
            if table is not None and name in table:
                if value is not None and not isinstance(value, kind.type):
                    what = "child module" if kind is MODULE else kind.word
                    raise TypeError(f"cannot assign '{type_name(value)}' as {what} '{name}' ({kind.needed} expected)")
                table[name] = value
                return None
        return object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        table = next((self.__dict__[k.table] for k in KINDS if name in self.__dict__[k.table]), self.__dict__)
        if name not in table:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        del table[name]
        self._non_persistent_buffers_set.discard(name)

    def _register(self, kind: Kind, name: str, value: Any) -> None:
        if kind.table not in self.__dict__:
            raise AttributeError(f"cannot assign {kind.word} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind.word} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind.word} name can\'t contain "."' + (f", got: {name}" if kind is MODULE else ""))
        if not name:
            raise KeyError(f'{kind.word} name can\'t be empty string ""')
        table = self.__dict__[kind.table]
        if hasattr(self, name) and name not in table:
            raise KeyError(f"attribute '{name}' already exists")
        if value is not None and not isinstance(value, kind.type):
            raise TypeError(kind.refusal.format(type_name(value), name))
        table[name] = value

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Enter `param`, or None as the place of one, under `name`."""
        self._register(PARAMETER, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Enter a tensor that belongs to the module but is not learned; `persistent`: it is part of `state_dict`."""
        self._register(BUFFER, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Enter `module` under `name`."""
        self._register(MODULE, name, module)

    register_module = add_module

    # -- what it contains

    def named_modules(
        self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
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

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module and, if `recurse`, of all below it, each once, with their paths."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
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

    def half(self) -> Any:
        return self.to(float16)

    def float(self) -> Any:
        return self.to(float32)

    def double(self) -> Any:
        return self.to(float64)

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

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; it may give back other arguments."""
        return self._hook("_forward_pre_hooks", hook, prepend)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; it may give back another output."""
        return self._hook("_forward_hooks", hook, prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the outputs' gradients are known; it may give back others."""
        return self._hook("_backward_pre_hooks", hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the inputs' gradients are; it may give back others."""
        return self._hook("_backward_hooks", hook, prepend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        d = self.__dict__
        if not (d["_forward_hooks"] or d["_forward_pre_hooks"] or d["_backward_hooks"] or d["_backward_pre_hooks"]):
            return self.forward(*args, **kwargs)
        for hook in [*self._forward_pre_hooks.values()]:
            given = hook(self, args)
            args = args if given is None else given if isinstance(given, tuple) else (given,)
        backward = BackwardHook(self, [*self._backward_hooks.values()], [*self._backward_pre_hooks.values()])
        result = self.forward(*backward.inputs(args), **kwargs)
        for hook in [*self._forward_hooks.values()]:
            given = hook(self, args, result)
            result = result if given is None else given
        return backward.outputs(result)

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


PARAMETER, MODULE, BUFFER = KINDS = (
    Kind("_parameters", Parameter, "parameter", "parameters", "torch.nn.Parameter or None",
         "cannot assign '{}' object to parameter '{}' (torch.nn.Parameter or None required)"),
    Kind("_modules", Module, "module", "module", "torch.nn.Module or None", "{} is not a Module subclass"),
    Kind("_buffers", Tensor, "buffer", "buffer", "torch.nn.Buffer, torch.Tensor or None",
         "cannot assign '{}' object to buffer '{}' (torch Tensor or None required)"),
)  # fmt: skip


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
