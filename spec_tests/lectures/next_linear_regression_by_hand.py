"""The step of the optimizer, written out: two models from one start, one moved by SGD, the other by its formula.

From: sequel to Lecture 4 slides, "Training: forward, backward, and update weight", with its samples and learning rate.
"""

import torch

x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.0], [6.0]])

torch.manual_seed(0)
ours = torch.nn.Linear(1, 1)
theirs = torch.nn.Linear(1, 1)
theirs.load_state_dict(ours.state_dict())
optimizer = torch.optim.SGD(theirs.parameters(), lr=0.01)

for epoch in range(5):
    for model in (ours, theirs):
        model.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.sub_(0.01 * parameter.grad)
    optimizer.step()
    print(
        epoch,
        f"{ours.weight.item():.5f} {theirs.weight.item():.5f}",
        f"{ours.bias.item():.5f} {theirs.bias.item():.5f}",
    )

print("equal:", all(torch.allclose(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True)))
