import torch

x = torch.tensor(3.0, requires_grad=True)
(x * 2.0).backward()
print("gradient:", x.grad.item())
