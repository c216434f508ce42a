"""The grad mode of one implementation, and PyTorch's ways to set it: nothing here knows how gradients are found."""

import functools
import inspect


class Block:
    """Sets the mode for a `with` block, or while a decorated function runs."""

    def __init__(self, modes, recording):
        self.modes, self.recording, self.before = modes, recording, []

    def __enter__(self):
        self.before.append(self.modes.recording)
        self.modes.recording = self.recording

    def __exit__(self, *error):
        self.modes.recording = self.before.pop()

    def __call__(self, function):
        @functools.wraps(function, updated=())
        def under_mode(*args, **kwargs):
            if inspect.isgeneratorfunction(function):
                return self.turns(function(*args, **kwargs))
            with self:
                return function(*args, **kwargs)

        return under_mode

    def turns(self, generator):
        """The values of `generator`, each made under the mode and handed over outside of it."""
        step, sent = generator.send, None
        try:
            while True:
                with self:
                    value = step(sent)
                try:
                    step, sent = generator.send, (yield value)
                except BaseException as error:  # noqa: BLE001 (GeneratorExit, too, is the generator's to see)
                    step, sent = generator.throw, error
        except StopIteration as stop:
            return stop.value


class AtOnce(Block):
    """What set_grad_enabled gives: the mode is set already."""

    def __init__(self, modes, recording):
        super().__init__(modes, recording)
        self.outer = modes.recording
        modes.recording = recording

    def __enter__(self):
        self.modes.recording = self.recording

    def __exit__(self, *error):
        self.modes.recording = self.outer

    def __call__(self, function):
        self.modes.recording = self.outer
        return Block(self.modes, self.recording)(function)


class Modes:
    recording = True

    def no_grad(self, function=None):
        return Block(self, False)(function) if function else Block(self, False)

    def enable_grad(self, function=None):
        return Block(self, True)(function) if function else Block(self, True)

    def set_grad_enabled(self, mode):
        if not isinstance(mode, bool):
            raise TypeError("set_grad_enabled takes a bool")
        return AtOnce(self, mode)

    def names(self):
        return {
            "no_grad": self.no_grad,
            "enable_grad": self.enable_grad,
            "set_grad_enabled": self.set_grad_enabled,
            "is_grad_enabled": lambda: self.recording,
        }
