"""The speeds of the clocks of exercises 3.2 and 3.3, right and wrong."""

import torch


def speeds(d, base, speed):
    """The speeds w_i of d / 2 clocks, or what a mistake makes of them."""
    i = torch.arange(d // 2, dtype=torch.float64)
    base = 10000.0 if speed == "fixed" else base
    power = {
        "right": 2 * i / d,
        "fixed": 2 * i / d,
        "half": i / d,
        "twice": 4 * i / d,
        "all": 2 * i,
        "sign": -2 * i / d,
        "same": 0 * i,
        "late": 2 * (i + 1) / d,
        "last": i / max(1, d // 2 - 1),
    }[speed]
    return base ** -(power.clamp(max=30) if speed == "all" else power)
