"""The reference of exercise 9.2 with a switch for every mistake, and a mistake beyond switches."""

import torch


def window_ssim(
    x,
    y,
    weights,
    data_range,
    *,
    C="squares",
    even=False,
    twice=False,
    spread="centred",
    of="windows",
    parts="both",
    light_two=2,
    texture_two=2,
):
    R = data_range
    C1, C2 = {
        "squares": ((0.01 * R) ** 2, (0.03 * R) ** 2),
        "exchanged": ((0.03 * R) ** 2, (0.01 * R) ** 2),
        "one": (0.01**2, 0.03**2),
        "plain": (0.01 * R, 0.03 * R),
        "half": (0.01**2 * R, 0.03**2 * R),
        "none": (0.0, 0.0),
        "bytes": ((0.01 * 255) ** 2, (0.03 * 255) ** 2),
        "first": ((0.01 * R) ** 2, (0.01 * R) ** 2),
    }[C]
    n = len(weights)
    w = torch.full_like(weights, 1 / n) if even is True else weights

    def mean(values):
        total = (w * values).sum(-1, keepdim=True)
        return total / n if twice else total

    mu_x, mu_y = (v.mean(-1, keepdim=True) if even == "means" else mean(v) for v in (x, y))
    dx, dy = (x, y) if spread == "raw" else (x - mu_x, y - mu_y)
    if spread == "even":
        w = torch.full_like(weights, 1 / n)
    var_x, var_y, cov = mean(dx * dx), mean(dy * dy), mean(dx * dy)
    if spread == "twice":
        var_x, var_y, cov = ((w * w * v).sum(-1, keepdim=True) for v in (dx * dx, dy * dy, dx * dy))
    if spread in ("sample", "sample pair"):
        var_x, var_y = x.var(-1, keepdim=True), y.var(-1, keepdim=True)
    if spread == "sample pair":
        dx, dy = (v - v.mean(-1, keepdim=True) for v in (x, y))
        cov = (dx * dy).sum(-1, keepdim=True) / (n - 1)
    if spread == "squared":
        var_x, var_y = var_x**2, var_y**2
    if spread == "root":
        var_x, var_y = var_x.sqrt(), var_y.sqrt()
    if spread == "product":
        cov = (var_x * var_y).sqrt()
    power = 1 if parts == "plain means" else 2
    light = (light_two * mu_x * mu_y + C1) / (mu_x**power + mu_y**power + C1)
    texture = (texture_two * cov + C2) / (var_x + var_y + C2)
    if parts == "constants below":
        light = light_two * mu_x * mu_y / (mu_x**2 + mu_y**2 + C1)
        texture = texture_two * cov / (var_x + var_y + C2)
    if parts == "one divided":
        texture = (texture_two * cov + C2) * (var_x + var_y + C2)
    if parts == "no brackets":
        light = light_two * mu_x * mu_y + C1 / (mu_x**2 + mu_y**2 + C1)
        texture = texture_two * cov + C2 / (var_x + var_y + C2)
    kept = {
        "light": light,
        "texture": texture,
        "sum": (light + texture) / 2,
        "added": light + texture,
        "positive": (light * texture).clamp(min=0),
    }.get(parts, light * texture)
    if of == "rows":
        return kept.mean((-2, -1))
    return kept.mean() if of == "frame" else kept.squeeze(-1)


def without_keepdim(x, y, weights, data_range):
    """Stops at `x - mu_x` wherever there is more than one window."""
    mean = (weights * x).sum(-1)
    return window_ssim(x - mean + mean, y, weights, data_range)
