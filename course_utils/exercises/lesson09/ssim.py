"""Exercise 9.2: the SSIM of windows with weights (Eq. 9.2)."""

import torch

from course_utils.checks.exercise import Exercise, Misconception
from course_utils.exercises.lesson09.mistakes import explained, mistake
from course_utils.exercises.lesson09.ssim_formula import window_ssim, without_keepdim

formula_mistake = explained("Eq. 9.2")


def draw_windows(d):
    n, pixels = d.distinct(2, low=3, high=12)
    data_range = d.choice((0.5, 2.0, 255.0))
    shape = (*d.leading(1), n, pixels)
    contrast = d.uniform(*shape[:-1], 1, low=0.005, high=0.1)  # dark and flat: constants matter
    x = contrast * d.uniform(*shape)
    y = 0.5 * x + contrast * d.uniform(*shape)
    if d.every(2, start=1):
        y = y.flip(-1)  # dark where x is bright: the covariance may be negative
    if d.every(3, start=1):
        x[..., 0, :] = y[..., 0, :] = 0  # a window black in both: 0 / 0 without constants
    weights = d.uniform(pixels, low=0.1)
    weights = weights / weights.sum()
    return {"x": data_range * x, "y": data_range * y, "weights": weights, "data_range": data_range}


SSIM = Exercise(
    "9.2",
    "the SSIM of windows",
    window_ssim,
    draw_windows,
    (
        formula_mistake(
            "constants without the range",
            "You are right for R = 1 only: C1 and C2 do not grow with data_range. SSIM must not "
            "change when x, y and R are all multiplied by 255.",
            C="one",
        ),
        formula_mistake(
            "constants not squared",
            "Your constants are 0.01 R and 0.03 R. They are added to squares: which unit must "
            "they have?",
            C="plain",
        ),
        formula_mistake(
            "range in the constants not squared",
            "You squared 0.01 and 0.03 but not R. The square goes around the whole product: (0.01 "
            "R)^2.",
            C="half",
        ),
        formula_mistake(
            "constants exchanged",
            "C1 = (0.01 R)^2 stands with the means, C2 = (0.03 R)^2 with the variances; yours are "
            "the other way round.",
            C="exchanged",
        ),
        formula_mistake(
            "constants left out",
            "Two black windows are equal, and you answer 0 / 0, which is NaN. What are C1 and C2 "
            "for?",
            C="none",
        ),
        formula_mistake(
            "constants of bytes",
            "Your constants are 6.5 and 58.5, those of R = 255. They must follow data_range: on "
            "values up to 1 they drown everything else.",
            C="bytes",
        ),
        formula_mistake(
            "C1 in both fractions",
            "You put C1 into the texture too. Its constant is C2 = (0.03 R)^2, nine times as "
            "large.",
            C="first",
        ),
        formula_mistake(
            "weights ignored",
            "Every pixel counts the same in your means and variances. The window is soft: a pixel "
            "in its middle counts more than one at its rim.",
            even=True,
        ),
        formula_mistake(
            "weights in the means only",
            "Your means are weighted, your variances and the covariance are not. The table under "
            "Eq. 9.2 asks for the same weights in all five.",
            spread="even",
        ),
        formula_mistake(
            "weights left out of the means",
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
        formula_mistake(
            "weights squared",
            "You weigh both differences before you multiply them, so that each weight counts "
            "twice. One weight goes to each product.",
            spread="twice",
        ),
        formula_mistake(
            "weights divided by the pixels once more",
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
        formula_mistake(
            "mean not subtracted",
            "You average x^2, y^2 and x y. A variance is the mean of the squared distance *from "
            "the mean*: a flat bright window has none.",
            spread="raw",
        ),
        formula_mistake(
            "standard deviations in place of variances",
            "You took a root. The covariance above the fraction line has the unit of a square; so "
            "must what stands below it.",
            spread="root",
        ),
        formula_mistake(
            "variances squared",
            "sigma^2 is the variance itself, the mean of the squared distances. You squared it "
            "once more.",
            spread="squared",
        ),
        formula_mistake(
            "means not squared",
            "Below the line of the light stand the *squares* of the means. Compare a window with "
            "itself: the two sides must be equal.",
            parts="plain means",
        ),
        formula_mistake(
            "product of the deviations in place of the covariance",
            "You put sigma_x sigma_y where the covariance stands. That is never negative: a frame "
            "and its negative would have the same texture.",
            spread="product",
        ),
        formula_mistake(
            "brackets missing",
            "A division comes before a sum: without brackets only C1 and C2 are divided. Put the "
            "whole upper side of each fraction into brackets.",
            parts="no brackets",
        ),
        formula_mistake(
            "constants below the line only",
            "C1 and C2 stand on both sides of their fractions. Without them above the line two "
            "black windows get 0, though they are equal.",
            parts="constants below",
        ),
        formula_mistake(
            "only the first fraction divided",
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
        formula_mistake(
            "light alone",
            "You return the first fraction. It knows the mean of a window and nothing about its "
            "texture.",
            parts="light",
        ),
        formula_mistake(
            "texture alone",
            "You return the second fraction. A window that is too dark everywhere would get a "
            "perfect score.",
            parts="texture",
        ),
        formula_mistake(
            "averaged, not multiplied",
            "You take the mean of the two fractions. In Eq. 9.2 they are multiplied, so that a "
            "window must be right in both.",
            parts="sum",
        ),
        formula_mistake(
            "added, not multiplied",
            "You add the two fractions: a window compared with itself gets 2. In Eq. 9.2 they are "
            "multiplied.",
            parts="added",
        ),
        formula_mistake(
            "2 of the light forgotten",
            "Compare a window with itself: your light is about one half where it must be 1. For x "
            "= y, what makes the two sides of the fraction equal?",
            light_two=1,
        ),
        formula_mistake(
            "2 of the texture forgotten",
            "Compare a window with itself: your texture is about one half where it must be 1. For "
            "x = y, what makes the two sides of the fraction equal?",
            texture_two=1,
        ),
        formula_mistake(
            "mean over all windows",
            "You return one number, the mean over the windows. Here each window keeps its own, so "
            "that you can see *where* a frame is wrong.",
            of="frame",
        ),
        formula_mistake(
            "mean over the windows of each picture",
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
