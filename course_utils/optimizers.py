"""Optimizers and learning rate of a training run (lesson 09).

rate = lr min(1, (step + 1) / warmup) min(1, (steps - step) / (cooldown steps))       (Eq. 9.11)
"""

import torch


def make_optimizers(model, optimizer, lr, weight_decay):
    """Return a run's optimizers: AdamW, or Muon for matrices of stacked layers, AdamW for the rest.

    Muon (Jordan et al., 2024) orthogonalises each update of a matrix. It is meant for hidden
    layers: the 2-D parameters inside an `nn.ModuleList`. Its learning rate is `lr`; AdamW beside it
    runs at lr / 10.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError(
            "model: got one with nothing to train, want at least one parameter that requires a "
            "gradient"
        )
    adamw = {"betas": (0.9, 0.95), "weight_decay": weight_decay, "fused": True}
    if optimizer == "adamw":
        return [torch.optim.AdamW(parameters, lr=lr, **adamw)]
    if optimizer != "muon":
        raise ValueError(f"optimizer: got {optimizer!r}, want 'adamw' or 'muon'")
    stacked = {
        p for m in model.modules() if isinstance(m, torch.nn.ModuleList) for p in m.parameters()
    }
    matrices = [p for p in parameters if p in stacked and p.ndim == 2]
    if not matrices:
        raise ValueError(
            "model: got no matrix inside an nn.ModuleList, want stacked layers for optimizer='muon'"
        )
    chosen = set(matrices)
    rest = [p for p in parameters if p not in chosen]
    pair = [torch.optim.Muon(matrices, lr=lr, momentum=0.95, weight_decay=weight_decay)]
    return pair + ([torch.optim.AdamW(rest, lr=lr / 10, **adamw)] if rest else [])


def learning_rate_factor(step, steps, warmup, cooldown):
    """Rate / lr of Eq. 9.11: a rise over `warmup` steps, a fall over the last `cooldown` share."""
    rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
    fall = min(1.0, (steps - step) / (cooldown * steps)) if cooldown else 1.0
    return rise * fall
