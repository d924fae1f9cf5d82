"""Exercise 9.2: the SSIM of windows with weights (Eq. 9.2)."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.mistakes import mistake


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


def draw_windows(d):
    n, pixels = d.distinct(2, low=3, high=12)
    data_range = d.choice((0.5, 2.0, 255.0))
    shape = (*d.leading(1), n, pixels)
    # dark and flat: there the constants matter
    contrast = d.uniform(*shape[:-1], 1, low=0.005, high=0.1)
    x = contrast * d.uniform(*shape)
    y = 0.5 * x + contrast * d.uniform(*shape)
    if d.every(2, start=1):
        y = y.flip(-1)  # dark where x is bright: the covariance may be negative
    if d.every(3, start=1):
        # a black window of two black frames: 0 / 0 without constants
        x[..., 0, :] = y[..., 0, :] = 0
    weights = d.uniform(pixels, low=0.1)
    weights = weights / weights.sum()
    return {"x": data_range * x, "y": data_range * y, "weights": weights, "data_range": data_range}


SSIM = Exercise(
    "9.2",
    "the SSIM of windows",
    window_ssim,
    draw_windows,
    (
        mistake(
            "constants without the range",
            "Eq. 9.2",
            "You are right for R = 1 only: C1 and C2 do not grow with data_range. SSIM must not "
            "change when x, y and R are all multiplied by 255.",
            C="one",
        ),
        mistake(
            "constants not squared",
            "Eq. 9.2",
            "Your constants are 0.01 R and 0.03 R. They are added to squares: which unit must "
            "they have?",
            C="plain",
        ),
        mistake(
            "range in the constants not squared",
            "Eq. 9.2",
            "You squared 0.01 and 0.03 but not R. The square goes around the whole product: (0.01 "
            "R)^2.",
            C="half",
        ),
        mistake(
            "constants exchanged",
            "Eq. 9.2",
            "C1 = (0.01 R)^2 stands with the means, C2 = (0.03 R)^2 with the variances; yours are "
            "the other way round.",
            C="exchanged",
        ),
        mistake(
            "constants left out",
            "Eq. 9.2",
            "Two black windows are equal, and you answer 0 / 0, which is NaN. What are C1 and C2 "
            "for?",
            C="none",
        ),
        mistake(
            "constants of bytes",
            "Eq. 9.2",
            "Your constants are 6.5 and 58.5, those of R = 255. They must follow data_range: on "
            "values up to 1 they drown everything else.",
            C="bytes",
        ),
        mistake(
            "C1 in both fractions",
            "Eq. 9.2",
            "You put C1 into the texture too. Its constant is C2 = (0.03 R)^2, nine times as "
            "large.",
            C="first",
        ),
        mistake(
            "weights ignored",
            "Eq. 9.2",
            "Every pixel counts the same in your means and variances. The window is soft: a pixel "
            "in its middle counts more than one at its rim.",
            even=True,
        ),
        mistake(
            "weights in the means only",
            "Eq. 9.2",
            "Your means are weighted, your variances and the covariance are not. The table under "
            "Eq. 9.2 asks for the same weights in all five.",
            spread="even",
        ),
        mistake(
            "weights left out of the means",
            "Eq. 9.2",
            "Your variances are weighted, your means are not: you subtract the plain mean of the "
            "pixels. The table under Eq. 9.2 asks for the same weights in all five.",
            even="means",
        ),
        mistake(
            "torch.var for the variances",
            "does it look right?",
            "Your variances are those of a sample, as torch.var computes them: without the "
            "weights, and divided by n - 1. The settings of the paper are others: weights that "
            "sum to 1.",
            spread="sample",
        ),
        mistake(
            "moments of a sample",
            "does it look right?",
            "Your variances and your covariance have no weights and are divided by n - 1. The "
            "settings of the paper are others: weights that sum to 1.",
            spread="sample pair",
        ),
        mistake(
            "weights squared",
            "Eq. 9.2",
            "You weigh both differences before you multiply them, so that each weight counts "
            "twice. One weight goes to each product.",
            spread="twice",
        ),
        mistake(
            "weights divided by the pixels once more",
            "Eq. 9.2",
            "You take `mean` of the weighted pixels. The weights sum to 1 already: a weighted "
            "mean is their *sum*.",
            twice=True,
        ),
        Misconception(
            "axis dropped by the sum",
            "A sum over the pixels takes their axis away, and then the means do not line up with "
            "the pixels. keepdim=True keeps it with size 1.",
            "lesson 09, Eq. 9.2",
            wrong=without_keepdim,
            stops=True,
        ),
        mistake(
            "mean not subtracted",
            "Eq. 9.2",
            "You average x^2, y^2 and x y. A variance is the mean of the squared distance *from "
            "the mean*: a flat bright window has none.",
            spread="raw",
        ),
        mistake(
            "standard deviations in place of variances",
            "Eq. 9.2",
            "You took a root. The covariance above the fraction line has the unit of a square; so "
            "must what stands below it.",
            spread="root",
        ),
        mistake(
            "variances squared",
            "Eq. 9.2",
            "sigma^2 is the variance itself, the mean of the squared distances. You squared it "
            "once more.",
            spread="squared",
        ),
        mistake(
            "means not squared",
            "Eq. 9.2",
            "Below the line of the light stand the *squares* of the means. Compare a window with "
            "itself: the two sides must be equal.",
            parts="plain means",
        ),
        mistake(
            "product of the deviations in place of the covariance",
            "Eq. 9.2",
            "You put sigma_x sigma_y where the covariance stands. That is never negative: a frame "
            "and its negative would have the same texture.",
            spread="product",
        ),
        mistake(
            "brackets missing",
            "Eq. 9.2",
            "A division comes before a sum: without brackets only C1 and C2 are divided. Put the "
            "whole upper side of each fraction into brackets.",
            parts="no brackets",
        ),
        mistake(
            "constants below the line only",
            "Eq. 9.2",
            "C1 and C2 stand on both sides of their fractions. Without them above the line two "
            "black windows get 0, though they are equal.",
            parts="constants below",
        ),
        mistake(
            "only the first fraction divided",
            "Eq. 9.2",
            "You write a / b * c * d where a / b * c / d is meant: what stands below the second "
            "line is multiplied. Put each fraction into brackets of its own.",
            parts="one divided",
        ),
        mistake(
            "negative values cut off",
            "does it look right?",
            "You cut the values off at 0. A window and its negative have a negative SSIM, and a "
            "mean over windows needs it.",
            parts="positive",
        ),
        mistake(
            "light alone",
            "Eq. 9.2",
            "You return the first fraction. It knows the mean of a window and nothing about its "
            "texture.",
            parts="light",
        ),
        mistake(
            "texture alone",
            "Eq. 9.2",
            "You return the second fraction. A window that is too dark everywhere would get a "
            "perfect score.",
            parts="texture",
        ),
        mistake(
            "averaged, not multiplied",
            "Eq. 9.2",
            "You take the mean of the two fractions. In Eq. 9.2 they are multiplied, so that a "
            "window must be right in both.",
            parts="sum",
        ),
        mistake(
            "added, not multiplied",
            "Eq. 9.2",
            "You add the two fractions: a window compared with itself gets 2. In Eq. 9.2 they are "
            "multiplied.",
            parts="added",
        ),
        mistake(
            "2 of the light forgotten",
            "Eq. 9.2",
            "Compare a window with itself: your light is about one half where it must be 1. For x "
            "= y, what makes the two sides of the fraction equal?",
            light_two=1,
        ),
        mistake(
            "2 of the texture forgotten",
            "Eq. 9.2",
            "Compare a window with itself: your texture is about one half where it must be 1. For "
            "x = y, what makes the two sides of the fraction equal?",
            texture_two=1,
        ),
        mistake(
            "mean over all windows",
            "Eq. 9.2",
            "You return one number, the mean over the windows. Here each window keeps its own, so "
            "that you can see *where* a frame is wrong.",
            of="frame",
        ),
        mistake(
            "mean over the windows of each picture",
            "Eq. 9.2",
            "The axis of the windows is gone: you averaged over it. Each window keeps a value of "
            "its own; the axis to sum over is that of the pixels.",
            of="rows",
        ),
    ),
    examples=(
        {
            "x": torch.tensor([[0.2, 0.4, 0.6, 0.8]]),
            "y": torch.tensor([[0.3, 0.4, 0.6, 0.7]]),
            "weights": torch.full((4,), 0.25),
            "data_range": 1.0,
        },
    ),
)
