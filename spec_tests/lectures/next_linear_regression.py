"""Linear regression with a module and an optimizer: three samples of y = 2x, a hundred epochs.

From: sequel to Lecture 4 slides, whose last slide announces "Linear regression in the PyTorch way". The samples and the learning
rate 0.01 are Lecture 4's; the layer has a bias besides, and starts from a seed.
Losses are printed to four decimals and parameters to three, which is what float32 sums in any order agree on.
"""

import torch

x_data = torch.tensor([[1.0], [2.0], [3.0]])
y_data = torch.tensor([[2.0], [4.0], [6.0]])


class Model(torch.nn.Module):
    """One linear layer: a number in, a number out."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)


torch.manual_seed(0)
model = Model()
print(model)
for name, parameter in model.named_parameters():
    print(
        f"{name}: {tuple(parameter.shape)}, requires grad: {parameter.requires_grad}, starts at {parameter.item():.4f}"
    )

criterion = torch.nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
print(optimizer)

for epoch in range(100):
    y_pred = model(x_data)
    loss = criterion(y_pred, y_data)
    if epoch % 20 == 0:
        print(f"epoch {epoch:2}  loss {loss.item():.4f}")

    # What the earlier lectures did by hand: zero the gradients, compute them, move the parameters.
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

print(f"found: w = {model.linear.weight.item():.3f}, b = {model.linear.bias.item():.3f}")
with torch.no_grad():
    prediction = model(torch.tensor([[4.0]]))
print(f"predict (after training) 4 {prediction.item():.3f}")
