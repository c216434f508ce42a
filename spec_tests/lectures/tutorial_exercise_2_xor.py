"""Exercise 2 of the tutorial, worked: a network of two layers, without nn.Module, learns XOR.

Two inputs, four hidden units with tanh, one output with sigmoid; mean squared error; plain gradient descent over all
four cases at once.
"""

import torch

torch.manual_seed(42)
inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
targets = torch.tensor([[0.0], [1.0], [1.0], [0.0]])

w1 = torch.randn(2, 4, requires_grad=True)
b1 = torch.zeros(4, requires_grad=True)
w2 = torch.randn(4, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)
parameters = [w1, b1, w2, b2]
print("w1:", w1)
print("w2:", w2)


def network(x):
    hidden = torch.tanh(x @ w1 + b1)
    return torch.sigmoid(hidden @ w2 + b2)


for epoch in range(61):
    loss = ((network(inputs) - targets) ** 2).mean()
    loss.backward()
    if epoch % 10 == 0:
        print(f"epoch {epoch:3}  loss {loss.item():.4f}")
    with torch.no_grad():
        for parameter in parameters:
            parameter.sub_(6.0 * parameter.grad)
            parameter.grad.zero_()

with torch.no_grad():
    outputs = network(inputs)
for pair, output, target in zip(inputs.tolist(), outputs.tolist(), targets.tolist(), strict=True):
    print(f"{pair[0]:.0f} xor {pair[1]:.0f}: {output[0]:.2f}, should be {target[0]:.0f}")
