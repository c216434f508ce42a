"""Logistic regression: hours of study, and whether the test was passed.

From: sequel to Lecture 4 slides and the tutorial, one step on from linear regression: a sigmoid on top of the linear layer, and
binary cross entropy as the loss. The samples are made up.
"""

import torch
import torch.nn.functional as F

x_data = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y_data = torch.tensor([[0.0], [0.0], [1.0], [1.0]])


class Model(torch.nn.Module):
    """The probability that the test is passed, from the hours studied."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


torch.manual_seed(0)
model = Model()
criterion = torch.nn.BCELoss(reduction="mean")
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)

for epoch in range(51):
    y_pred = model(x_data)
    loss = criterion(y_pred, y_data)
    if epoch % 10 == 0:
        right = (y_pred > 0.5) == (y_data > 0.5)
        print(f"epoch {epoch:3}  loss {loss.item():.4f}  right {int(right.sum())} of {len(x_data)}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    for hours in (1.0, 7.0):
        probability = model(torch.tensor([[hours]])).item()
        print(f"{hours:.0f} hours: passed with probability {probability:.3f}, that is {probability > 0.5}")

# The same loss from the scores before sigmoid: nothing is lost where the probability rounds to 0 or 1.
scores = model.linear(x_data)
print(
    f"{criterion(torch.sigmoid(scores), y_data).item():.4f} {F.binary_cross_entropy_with_logits(scores, y_data).item():.4f}"
)

# The gradient of that loss with respect to a score is the probability minus the target, shared among the samples.
scores = scores.detach().requires_grad_()
F.binary_cross_entropy_with_logits(scores, y_data).backward()
print(torch.allclose(scores.grad, (torch.sigmoid(scores.detach()) - y_data) / 4))
