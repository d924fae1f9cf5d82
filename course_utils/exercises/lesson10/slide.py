"""Exercise 10.6: a rival without training, which slides the object from one end to the other."""

import torch

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson10.mistakes import mistake

ON_PAPER = "the rival from lesson 09"


def slide(
    first,
    last,
    background,
    frames,
    *,
    sign=1,
    swapped=False,
    divisor="gap",
    steps="part",
    ground="kept",
    weigh="difference",
    hands="both",
    second="back",
    axes="yx",
):
    stage = background[:, None, None]
    lift = torch.zeros_like(stage) if ground == "moved" else stage
    spot = torch.zeros_like(stage) if weigh == "brightness" else stage
    (y0, x0), (y1, x1) = (_centre(picture, spot) for picture in (first, last))
    vy, vx = sign * (y1 - y0), sign * (x1 - x0)
    if axes == "xy":
        vy, vx = vx, vy
    out = []
    for k in range(1, frames + 1):
        a = k / {"gap": frames + 1, "missing": frames}[divisor]
        ahead, back = (a * vy, a * vx), ((a - 1) * vy, (a - 1) * vx)
        if second == "ahead":
            back = ahead
        if steps == "whole":
            ahead, back = (tuple(s.round() for s in pair) for pair in (ahead, back))
        if steps == "none":
            ahead = back = (0 * vy, 0 * vx)
        one, two = _shift(first - lift, *ahead), _shift(last - lift, *back)
        w = {"both": a, "first": 0.0, "last": 1.0, "half": 0.5, "nearer": float(a > 0.5)}[hands]
        w = 1 - w if swapped else w
        out.append(lift + (1 - w) * one + w * two)
    return torch.stack(out)


def _centre(picture, stage):
    """Row and column of the centre of what differs from the stage."""
    strength = (picture - stage).abs().sum(0)
    rows, columns = (torch.arange(n) for n in strength.shape)
    total = strength.sum()
    return (strength.sum(1) * rows).sum() / total, (strength.sum(0) * columns).sum() / total


def _shift(picture, dy, dx):
    """Move a picture down by dy and right by dx, with a tent for parts of a pixel, 0 outside."""
    for axis, by in ((-2, dy), (-1, dx)):
        place = torch.arange(picture.shape[axis])
        tent = (1 - (place - place[:, None] + by).abs()).clamp(min=0)  # from column to row
        picture = tent @ picture if axis == -2 else picture @ tent.T
    return picture


def draw_slide(d):
    H, W = (n + 6 for n in d.distinct(2, low=2, high=8))
    C, frames = d.choice((1, 3)), d.integer(2, 6)
    background = d.uniform(C, low=0.1, high=0.4)
    y, x = torch.arange(H)[:, None], torch.arange(W)
    colour = d.uniform(C, low=0.3, high=0.6)[:, None, None]
    pictures = []
    for _ in range(2):
        cy = d.uniform(low=2.0, high=H - 3.0)
        cx = d.uniform(low=2.0, high=W - 3.0)
        spot = ((y - cy).abs() < 1.6) & ((x - cx).abs() < 1.2)
        soft = torch.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 3) + 0.3 * spot
        pictures.append((background[:, None, None] + colour * soft).clamp(0, 1))
    return {"first": pictures[0], "last": pictures[1], "background": background, "frames": frames}


SLIDE = Exercise(
    "10.6",
    "a rival that slides",
    slide,
    draw_slide,
    (
        mistake(
            "moved the wrong way",
            ON_PAPER,
            "Your object leaves its place in the wrong direction, and the two halves drift apart. "
            "To move a picture down by d, row y takes from row y - d.",
            sign=-1,
        ),
        mistake(
            "shares exchanged",
            "Eq. 10.1",
            "Right after the first frame you show mostly the last one, moved far. The nearer "
            "frame gets the larger share.",
            swapped=True,
        ),
        mistake(
            "divided by the number of missing frames",
            "Eq. 10.1",
            "In your last missing frame the object has arrived. With K missing frames there are K "
            "+ 1 steps.",
            divisor="missing",
        ),
        mistake(
            "whole pixels only",
            "a faster move",
            "Your object jumps from pixel to pixel. Half a pixel is a mixture of two: the weights "
            "of a tent.",
            steps="whole",
        ),
        mistake(
            "nothing moved",
            "what costs nothing",
            "This is the linear blend: two ghosts that stand still.",
            steps="none",
        ),
        mistake(
            "background moved too",
            "a faster move",
            "A dark rim follows your object: the ground was moved with it, and outside there is "
            "nothing. Move what differs from the background, and lay it on the background again.",
            ground="moved",
        ),
        mistake(
            "centre of the brightness",
            ON_PAPER,
            "You weigh each pixel by its brightness, so that the ground pulls the centre to the "
            "middle of the frame. How much does each pixel differ from the background?",
            weigh="brightness",
        ),
        mistake(
            "first frame only",
            "two hands and a fade",
            "You move the first frame and never show the last. Both can be moved to where the "
            "object is, and the nearer one knows better.",
            hands="first",
        ),
        mistake(
            "last frame only",
            "two hands and a fade",
            "You move the last frame and never show the first. Both can be moved to where the "
            "object is, and the nearer one knows better.",
            hands="last",
        ),
        mistake(
            "half of each",
            "Eq. 10.1",
            "Both moved frames count one half in all your frames. How near is each?",
            hands="half",
        ),
        mistake(
            "nearer frame only",
            "two hands and a fade",
            "You switch from one frame to the other in the middle. Here they fade.",
            hands="nearer",
        ),
        mistake(
            "both moved alike",
            ON_PAPER,
            "You move the last frame on as far as the first. The last one must go back, by what is "
            "left of the way.",
            second="ahead",
        ),
        mistake(
            "rows and columns exchanged",
            "a faster move",
            "What belongs to the rows moves your columns. Compare a picture that moves straight "
            "down.",
            axes="xy",
        ),
    ),
)
