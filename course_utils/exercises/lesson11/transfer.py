"""Exercise 11.1: the colours of a part of the clip alone, channel by channel (Eq. 11.1)."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson11.mistakes import mistake


def transfer_object(
    video,
    mask,
    reference,
    *,
    where="mask",
    statistics="mask",
    over="clip",
    ratio="right",
    centre="right",
    spread="root",
    cut=True,
    alike=False,
):
    inside = mask[:, :, None].to(video)  # B T 1 H W
    axes = {"clip": (1, 3, 4), "frame": (3, 4), "batch": (0, 1, 3, 4)}[over]
    counted = inside if statistics == "mask" else inside * 0 + 1
    if alike:
        axes = (*axes, 2)
        counted = counted.expand_as(video)
    count = counted.sum(axes, keepdim=True).clamp(min=1)
    mean = (counted * video).sum(axes, keepdim=True) / count
    variance = (counted * (video - mean) ** 2).sum(axes, keepdim=True) / count
    around = (1, 2, 3, 4) if alike else (1, 3, 4)
    mean_r = reference.mean(around, keepdim=True)
    variance_r = ((reference - mean_r) ** 2).mean(around, keepdim=True)
    if spread == "root":
        variance, variance_r = variance.sqrt(), variance_r.sqrt()
    variance, variance_r = variance.clamp(min=1e-8), variance_r.clamp(min=1e-8)
    gain = {"right": variance_r / variance, "inverse": variance / variance_r, "none": 1.0}[ratio]
    shifted = {"right": video - mean, "kept": video}[centre]
    moved = gain * shifted + mean_r
    moved = moved.clamp(0, 1) if cut else moved
    if where == "everywhere":
        return moved
    if where == "dark":
        return inside * moved
    return inside * moved + (1 - inside) * video


def draw_objects(d):
    B, T, H, W = d.distinct(4, low=2, high=8)
    H, W = H + 1, W + 2
    mask = d.mask(B, T, H, W, share=0.4)
    mask[:, 0, :2, :2] = True
    if d.every(3, start=1):
        mask[0, -1] = False  # a frame in which the object is hidden
    R, h, w = d.distinct(3, low=2, high=7)
    tint = d.uniform(B, 1, 3, 1, 1, low=0.2, high=0.8)
    reference = (tint + 0.25 * d.normal(B, R, 3, h, w)).clamp(0, 1)
    return {"video": d.uniform(B, T, 3, H, W), "mask": mask, "reference": reference}


TRANSFER = Exercise(
    "11.1",
    "the colours of the object alone",
    transfer_object,
    draw_objects,
    (
        mistake(
            "ground repainted too",
            "what costs nothing",
            "You move the colours of the whole frame. The ground, where the mask is False, must "
            "stay bit for bit.",
            where="everywhere",
        ),
        mistake(
            "ground turned black",
            "what costs nothing",
            "Outside the mask your pixels are 0. What stood there before has to stand there after.",
            where="dark",
        ),
        mistake(
            "ground counted in the statistics",
            "Eq. 11.1",
            "Your mean and deviation are those of the whole clip. The object is a small part of "
            "it: count its pixels only, those of the mask.",
            statistics="all",
        ),
        mistake(
            "statistics of each frame",
            "Eq. 11.1",
            "You measure every frame by itself. A steady object changes its colour then whenever "
            "its statistics do: one mean and one deviation serve the whole clip.",
            over="frame",
        ),
        mistake(
            "statistics of the whole batch",
            "Eq. 11.1",
            "All your clips share one mean. A clip must not depend on who else is in its batch.",
            over="batch",
        ),
        mistake(
            "channels thrown together",
            "Eq. 11.1",
            "You have one mean for red, green and blue. Each channel has its own mean and its own "
            "deviation.",
            alike=True,
        ),
        mistake(
            "ratio upside down",
            "Eq. 11.1",
            "You divide by the deviation of the reference. Which of the two should your pixels "
            "have in the end?",
            ratio="inverse",
        ),
        mistake(
            "deviation not matched",
            "Eq. 11.1",
            "You move the mean and leave the spread: G is 1. Stretch before you add the mean.",
            ratio="none",
        ),
        mistake(
            "mean not taken off",
            "Eq. 11.1",
            "You stretch the colours around 0 and not around their mean, so that the mean is "
            "stretched too and comes out wrong.",
            centre="kept",
        ),
        mistake(
            "variance for the deviation",
            "Eq. 11.1",
            "You take the ratio of the variances. To stretch by 2 makes the variance 4 times as "
            "large: what is missing?",
            spread="variance",
        ),
        mistake(
            "not cut to 0 and 1",
            "what costs nothing",
            "Some of your pixels leave the range of a video. Cut them at the end.",
            cut=False,
        ),
    ),
)
