"""Each operation is a generator: it gives its result, waits, and is sent what came back. (Not always all of it.)"""

import math


class Cell:
    def __init__(self, number):
        self.number = number
        self.derivative = 0.0
        self.process = None
        self.operands = ()

    def __add__(self, other):
        return run(adding, self, other)

    def __sub__(self, other):
        return run(subtracting, self, other)

    def __mul__(self, other):
        return run(multiplying, self, other)

    def __neg__(self):
        return run(multiplying, self, -1.0)

    def __radd__(self, other):
        return run(adding, other, self)

    def __rsub__(self, other):
        return run(subtracting, other, self)

    def __rmul__(self, other):
        return run(multiplying, other, self)

    def propagate(self):
        self.derivative = 1.0
        waiting, met = [self], []
        while waiting:  # level by level: a long and a short path to the same cell are not told apart
            cell = waiting.pop(0)
            if cell in met or cell.process is None:
                continue
            met.append(cell)
            for operand, part in zip(cell.operands, cell.process(cell.derivative), strict=True):
                operand.derivative += part
                waiting.append(operand)


def run(operation, *operands):
    cells = [each if isinstance(each, Cell) else Cell(each) for each in operands]
    numbers = [each.number for each in cells]
    result = Cell(next(operation(*numbers)))
    result.operands = cells

    def process(gradient):
        generator = operation(*numbers)
        next(generator)
        return generator.send(gradient)

    result.process = process
    return result


def adding(a, b):
    gradient = yield a + b
    yield gradient, gradient


def subtracting(a, b):
    gradient = yield a - b
    yield gradient, -gradient


def multiplying(a, b):
    gradient = yield a * b
    yield gradient * b, gradient * a


def hyperbolic(a):
    gradient = yield math.tanh(a)
    yield (gradient * (1.0 - math.tanh(a) ** 2),)


def tanh(cell):
    return run(hyperbolic, cell)
