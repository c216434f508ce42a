"""A network of layers, each with a forward and a backward of its own; there is nothing else to differentiate."""

import numpy as np


class Linear:
    def __init__(self, inputs, outputs):
        self.weight = np.linspace(-1.0, 1.0, inputs * outputs).reshape(inputs, outputs)
        self.bias = np.zeros(outputs)

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, upstream):
        self.weight_gradient = self.x.T @ upstream
        self.bias_gradient = upstream.sum(axis=0)
        return upstream @ self.weight.T


class ReLU:
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, upstream):
        return upstream * self.positive


class MeanSquaredError:
    def forward(self, prediction, target):
        self.error = prediction - target
        return np.mean(self.error**2)

    def backward(self):
        return 2.0 * self.error / self.error.size


class Network:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, upstream):
        for layer in reversed(self.layers):
            upstream = layer.backward(upstream)
        return upstream
