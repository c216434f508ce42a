"""Backpropagation without classes: a variable is a dictionary, and what to do on the way back is a closure in it."""

import math


def variable(value):
    return {"value": value, "grad": 0.0, "inputs": [], "send": lambda g: []}


def wrap(x):
    return x if isinstance(x, dict) else variable(x)


def node(value, inputs, send):
    return {"value": value, "grad": 0.0, "inputs": inputs, "send": send}


def add(a, b):
    a, b = wrap(a), wrap(b)
    return node(a["value"] + b["value"], [a, b], lambda g: [g, g])


def sub(a, b):
    a, b = wrap(a), wrap(b)
    return node(a["value"] - b["value"], [a, b], lambda g: [g, -g])


def mul(a, b):
    a, b = wrap(a), wrap(b)
    return node(a["value"] * b["value"], [a, b], lambda g: [g * b["value"], g * a["value"]])


def div(a, b):
    a, b = wrap(a), wrap(b)
    return node(a["value"] / b["value"], [a, b], lambda g: [g / b["value"], -g * a["value"] / b["value"] ** 2])


def power(a, n):
    return node(a["value"] ** n, [a], lambda g: [g * n * a["value"] ** (n - 1)])


def sine(a):
    return node(math.sin(a["value"]), [a], lambda g: [g * math.cos(a["value"])])


def exp(a):
    e = math.exp(a["value"])
    return node(e, [a], lambda g: [g * e])


def backward(result):
    order, seen = [], set()

    def visit(v):
        if id(v) in seen:
            return
        seen.add(id(v))
        for each in v["inputs"]:
            visit(each)
        order.append(v)

    visit(result)
    for v in order:
        if v["inputs"]:
            v["grad"] = 0.0
    result["grad"] += 1.0
    for v in reversed(order):
        for each, part in zip(v["inputs"], v["send"](v["grad"]), strict=True):
            each["grad"] += part
