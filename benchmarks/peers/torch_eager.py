"""PyTorch, eager: the plain training loop over tensors in memory.

`torch.optim.RMSprop` adds epsilon outside the root. To make the same steps as the other peers, the update is written
with the `_foreach` operations that `torch.optim` itself uses; it is slightly faster than the class.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.workloads import Workload


def loss_of(kind: str, z: Any, y: Any) -> Any:
    if kind == "bce":
        return functional.binary_cross_entropy_with_logits(z, y)
    return functional.cross_entropy(z, y) if kind == "cce" else functional.mse_loss(z, y)


class Peer:
    def __init__(self, work: Workload, data: Any, weights: Any, threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.work, self.initial = work, [torch.from_numpy(w) for w in weights]
        self.x, self.y, self.x_val, self.y_val = map(torch.from_numpy, data)
        if work.loss == "cce":  # labels instead of one-hot rows: faster here
            self.y, self.y_val = self.y.argmax(1), self.y_val.argmax(1)
        parts: list[Any] = []
        for inputs, units in zip(work.sizes, work.sizes[1:], strict=False):
            parts += [nn.Linear(inputs, units), nn.ReLU()]
        self.model = nn.Sequential(*parts[:-1])
        self.params = [p for part in self.model if isinstance(part, nn.Linear) for p in (part.weight, part.bias)]
        self.reset()

    def reset(self) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.params, self.initial, strict=True):
                parameter.copy_(value.T if value.ndim == 2 else value)
        self.slots = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def update(self) -> None:
        grads, rate = [p.grad for p in self.params], self.work.learning_rate
        if self.work.optimizer == "rmsprop":
            torch._foreach_mul_(self.slots, 0.9)
            torch._foreach_addcmul_(self.slots, grads, grads, 0.1)
            roots = torch._foreach_add(self.slots, 1e-7)
            torch._foreach_sqrt_(roots)
            torch._foreach_addcdiv_(self.params, grads, roots, -rate)
        else:
            torch._foreach_add_(self.params, grads, alpha=-rate)
        for parameter in self.params:
            parameter.grad = None

    def fit(self, epochs: int, shuffle: bool = True) -> list[float]:
        work, losses, validation = self.work, [], []
        for _ in range(epochs):
            order = torch.randperm(work.rows) if shuffle else torch.arange(work.rows)
            total = torch.zeros(())
            for which in order.split(work.batch):
                loss = loss_of(work.loss, self.model(self.x[which]), self.y[which])
                loss.backward()
                self.update()
                total += loss.detach() * len(which)
            losses.append(total / work.rows)
            if work.validation_rows:
                with torch.inference_mode():
                    validation.append(loss_of(work.loss, self.model(self.x_val), self.y_val))
        return [float(loss) for loss in losses]

    def weights(self) -> Any:
        return [p.detach().numpy().T if p.ndim == 2 else p.detach().numpy() for p in self.params]

    def calls(self, row: Any) -> dict[str, Any]:
        def predict() -> Any:
            with torch.inference_mode():
                return torch.sigmoid(self.model(torch.from_numpy(row))).numpy()

        return {"inference_mode, NumPy in and out": predict}
