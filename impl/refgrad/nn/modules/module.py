"""The module: parameters, buffers and other modules, under names, and a `forward` that uses them."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from refgrad import dtypes, functions, messages
from refgrad.autograd.grad_mode import no_grad
from refgrad.hooks import RemovableHandle, add_hook
from refgrad.nn.modules.hooks import with_backward_hooks
from refgrad.nn.parameter import Parameter
from refgrad.tensor import Tensor

Named = Iterator[tuple[str, Any]]  # each with its path: the names that lead to it, with dots between them


# what a module keeps in a `table` of its own: the `type` of what may stand there, and the words for it in messages
Kind = namedtuple("Kind", "table type word needed refusal")


class _IncompatibleKeys(namedtuple("IncompatibleKeys", "missing_keys unexpected_keys")):
    """What `load_state_dict` did not find, and what it did not look for."""

    __slots__ = ()

    def __repr__(self) -> str:
        words = f"_IncompatibleKeys(missing_keys={self[0]}, unexpected_keys={self[1]})"
        return words if self[0] or self[1] else "<All keys matched successfully>"


def type_name(value: Any) -> str:
    """The name of `value`'s type in messages."""
    return value.type() if isinstance(value, Tensor) else type(value).__qualname__


def indented(text: str) -> str:
    return text.replace("\n", "\n  ")


class Module:
    """Base of all modules: assign parameters and modules to attributes in `__init__`, and define `forward`."""

    training: bool

    def __init__(self) -> None:
        hooks = "_forward_pre_hooks _forward_hooks _backward_pre_hooks _backward_hooks".split()
        self.__dict__.update({"training": True, "_parameters": {}, "_buffers": {}, "_modules": {}})
        self.__dict__.update({name: OrderedDict() for name in hooks}, _non_persistent_buffers_set=set())

    def forward(self, *args: Any) -> Any:
        """What calling the module computes."""
        raise messages.error("nn.forward", self)

    # -- attributes

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, ()):
                return self.__dict__[table][name]
        # said here: whether there is an attribute is asked in ordinary use, which need not read a table of messages
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        """A parameter or module is entered in its table; what stands in a table stays of its kind, or becomes None."""
        for kind in KINDS:
            table = self.__dict__.get(kind.table)
            if kind is not BUFFER and isinstance(value, kind.type):
                messages.require(table is not None, "nn.before_init", kind.word + "s" * (kind is PARAMETER))
                for other in (self.__dict__, *[self.__dict__[k.table] for k in KINDS if k is not kind]):
                    other.pop(name, None)
                return self._register(kind, name, value)
            if table is not None and name in table:
                what = "child " * (kind is MODULE) + kind.word
                fits = value is None or isinstance(value, kind.type)
                messages.require(fits, "nn.assign", type_name(value), what, name, kind.needed)
                table[name] = value
                return None
        return object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        table = next((self.__dict__[k.table] for k in KINDS if name in self.__dict__[k.table]), self.__dict__)
        messages.require(name in table, "nn.no_attribute", self, name)
        del table[name]
        self._non_persistent_buffers_set.discard(name)

    def _register(self, kind: Kind, name: str, value: Any) -> None:
        table = self.__dict__.get(kind.table)
        messages.require(table is not None, "nn.before_init", kind.word)
        messages.require(isinstance(name, str), "nn.name_type", kind.word, name)
        messages.require("." not in name, "nn.dot_in_name", kind.word, f", got: {name}" * (kind is MODULE))
        messages.require(name, "nn.empty_name", kind.word)
        messages.require(name in table or not hasattr(self, name), "nn.taken", name)
        if value is not None and not isinstance(value, kind.type):
            raise messages.error(kind.refusal, type_name(value), name)
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

    def named_modules(self, memo: Any = None, prefix: str = "", remove_duplicate: bool = True) -> Named:
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

    def _named(self, table: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Named:
        seen = set()
        for path, module in self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]:
            for name, value in getattr(module, table).items():
                if value is not None and value not in seen:
                    seen.update([value] if remove_duplicate else [])
                    yield path + "." * bool(path) + name, value

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Named:
        """The parameters of this module and, if `recurse`, of all below it, each once, with their paths."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Named:
        """The buffers, likewise."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def named_children(self) -> Named:
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
        """The module at the path `target`; this one for "". AttributeError where there is none."""
        module = self
        for name in filter(None, target.split(".")):
            messages.require(hasattr(module, name), "nn.no_target", module._get_name(), name)
            module = getattr(module, name)
            messages.require(isinstance(module, Module), "nn.no_target_module", name)
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at the path `target`. AttributeError where there is none."""
        return self._at(target, PARAMETER, "an nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at the path `target`. AttributeError where there is none."""
        return self._at(target, BUFFER, "a buffer")

    def _at(self, target: str, kind: Kind, words: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        messages.require(hasattr(module, name), "nn.no_target", module._get_name(), name)
        messages.require(name in getattr(module, kind.table), "nn.no_target_tensor", name, words)
        return getattr(module, name)

    # -- changing all of it

    def apply(self, fn: Callable) -> Any:
        """Call `fn` with every module, those below first."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable) -> Any:
        """Put `fn` of the data in its place; parameters and their gradients stay the objects that they are."""
        for t in [t for p in self.parameters() for t in (p, p._grad) if t is not None]:
            t.data = fn(t.detach())
        for module in self.modules():
            module._buffers.update({name: fn(b) for name, b in module._buffers.items() if b is not None})
        return self

    def to(self, *args: Any, device: Any = None, dtype: dtypes.dtype | None = None, **kwargs: Any) -> Any:
        """Cast the floating point parameters and buffers to `dtype`, or to that of a tensor. Changes the module itself."""
        given = [a.dtype if isinstance(a, Tensor) else a for a in (*args, dtype)]
        wanted = next((a for a in given if isinstance(a, dtypes.dtype)), None)
        if wanted is None:
            return self
        messages.require(wanted.is_floating_point or wanted.is_complex, "nn.no_dtype_of_module", wanted)
        return self._apply(lambda t: functions.to(t, wanted) if t._data.dtype.kind in "fc" else t)

    def cpu(self) -> Any:
        return self

    def half(self) -> Any:
        return self.to(dtypes.float16)

    def float(self) -> Any:
        return self.to(dtypes.float32)

    def double(self) -> Any:
        return self.to(dtypes.float64)

    def train(self, mode: bool = True) -> Any:
        """Switch training mode, which Dropout heeds, here and below."""
        messages.require(isinstance(mode, bool), "nn.training")
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

    def _hook(self, table: str, hook: Callable, prepend: bool) -> RemovableHandle:
        handle = add_hook(getattr(self, table), hook)
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

        def run(*inputs: Any) -> Any:
            result = self.forward(*inputs, **kwargs)
            for hook in [*self._forward_hooks.values()]:
                given = hook(self, args, result)
                result = result if given is None else given
            return result

        watched = d["_backward_hooks"] or d["_backward_pre_hooks"]
        return with_backward_hooks(self, run, args) if watched else run(*args)

    # -- state and text

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by path: the same memory, without history unless `keep_vars`."""
        destination = OrderedDict() if destination is None else destination
        for start, _, tensors in self._state(prefix):
            destination.update({start + name: t if keep_vars else t.detach() for name, t in tensors.items()})
        return destination

    def _state(self, prefix: str = "") -> Iterator[tuple[str, Any, dict]]:
        """This module and all below it: how the keys of each start, and its own parameters and persistent buffers."""
        for path, module in self.named_modules(None, prefix.rstrip("."), False):
            own, without = module._parameters | module._buffers, module._non_persistent_buffers_set
            tensors = {name: t for name, t in own.items() if t is not None and name not in without}
            yield path + "." * bool(path), module, tensors

    @no_grad()
    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy the values of `state_dict` in, or `assign` its tensors; gives back what was missing and unexpected.

        Raises RuntimeError, with all that is wrong, for other shapes and, if `strict`, for other keys.
        """
        messages.require(isinstance(state_dict, Mapping), "nn.state", type(state_dict))
        missing, unexpected, errors = [], [], []
        for start, module, tensors in self._state():
            for name, t in tensors.items():
                key = start + name
                if key not in state_dict:
                    missing.append(key)
                elif not isinstance(value := state_dict[key], Tensor):
                    errors.append(messages.text("nn.state_type", key, type(value)))
                elif value._data.shape != t._data.shape:
                    errors.append(messages.text("nn.state_size", key, value.shape, t.shape))
                elif assign:
                    plain = isinstance(t, Parameter) and not isinstance(value, Parameter)
                    setattr(module, name, Parameter(value, t.requires_grad) if plain else value)
                else:
                    t.copy_(value)
            for key in state_dict:
                name, inside, _ = key.removeprefix(start).partition(".")
                if key.startswith(start) and name not in (module._modules if inside else tensors):
                    unexpected.append(key)
        for word, keys in (("Unexpected", unexpected), ("Missing", missing)):
            if strict and keys:
                errors.insert(0, messages.text("nn.state_keys", word, ", ".join(f'"{key}"' for key in keys)))
        messages.require(not errors, "nn.loading", self, "\n\t".join(errors))
        return _IncompatibleKeys(missing, unexpected)

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
    Kind("_parameters", Parameter, "parameter", "torch.nn.Parameter or None", "nn.no_parameter"),
    Kind("_modules", Module, "module", "torch.nn.Module or None", "nn.no_module"),
    Kind("_buffers", Tensor, "buffer", "torch.nn.Buffer, torch.Tensor or None", "nn.no_buffer"),
)


@no_grad()
def clear_gradients(params: Any, set_to_none: bool) -> None:
    """Set the gradient of each of `params` to None, or to zero, without history."""
    for p in params:
        if set_to_none or p._grad is None:
            p._grad = None
        else:
            p._grad = (p._grad.detach() if p._grad._node else p._grad).requires_grad_(False).zero_()
