"""A classifier of three classes: two layers, cross entropy, Adam.

From: sequel to tutorial, Exercise 2, whose two layers are written out there. The points are random, and the classes are three
regions of the plane: the right, the upper left and the lower left.
"""

import torch
from torch import nn, optim

torch.manual_seed(0)
points = torch.rand(60, 2) * 2 - 1
classes = torch.where(points[:, 0] > 0.2, 0, torch.where(points[:, 1] > 0, 1, 2))
print("samples of each class:", [int((classes == c).sum()) for c in range(3)])

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
print(model)
print("parameters:", sum(p.numel() for p in model.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.2)

model.train()
for epoch in range(21):
    scores = model(points)
    loss = criterion(scores, classes)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        right = (scores.argmax(1) == classes).sum().item()
        print(f"epoch {epoch:3}  loss {loss.item():.3f}  right {right} of {len(points)}")

model.eval()
with torch.no_grad():
    probabilities = torch.softmax(model(torch.tensor([[0.9, 0.0], [-0.8, 0.8], [-0.8, -0.8]])), dim=1)
print("corners:", probabilities.argmax(dim=1).tolist())
