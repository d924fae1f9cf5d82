"""Exercise 11.2: flicker, pair by pair of frames and on the object alone (Eq. 11.3)."""

from course_utils.checks.exercise import Exercise
from course_utils.exercises.lesson11.mistakes import mistake


def flicker_by_pair(
    target,
    video,
    mask,
    *,
    of="error",
    counted="either",
    root=True,
    power=2,
    over="pair",
    nobody="zero",
    average="mask",
):
    error = {"error": video - target, "video": video, "target": target}[of]
    change = error[:, 1:] - error[:, :-1]
    if of == "error itself":
        change = error[:, 1:]
    here, before = mask[:, 1:], mask[:, :-1]
    where = {
        "either": here | before,
        "both": here & before,
        "now": here,
        "before": before,
        "all": here | True,
    }[counted][:, :, None].to(video)  # B T-1 1 H W
    size = change.abs() ** power * where
    if average == "frame":
        value = size.mean((2, 3, 4))
    else:
        total, count = size.sum((2, 3, 4)), video.shape[2] * where.sum((2, 3, 4))
        if over == "clip":
            total, count = total.sum(1, keepdim=True), count.sum(1, keepdim=True)
            total, count = (x.expand(-1, change.shape[1]) for x in (total, count))
        value = total / (count.clamp(min=1) if nobody == "zero" else count)
    return value.sqrt() if root else value


def draw_shaking(d):
    B, T, H, W = d.distinct(4, low=3, high=9)
    target = d.uniform(B, T, 3, H, W)
    video = target + 0.2 * d.normal(B, T, 3, H, W) + 0.3 * d.normal(B, 1, 3, H, W)
    mask = d.mask(B, T, H, W, share=0.3)
    mask[:, :, 0, 0] = True
    if d.every(2, start=1):
        mask[0, :2] = False  # nobody in two frames that follow one another
    return {"target": target, "video": video, "mask": mask}


STEADY = Exercise(
    "11.2",
    "where it flickers",
    flicker_by_pair,
    draw_shaking,
    (
        mistake(
            "motion counted as flicker",
            "Eq. 11.3",
            "You measure how the video changes. A shape that moves changes it too, and rightly: "
            "what has to be taken off first?",
            of="video",
        ),
        mistake(
            "flicker of the target",
            "Eq. 11.3",
            "You measure the motion of the target; the video that is judged plays no part.",
            of="target",
        ),
        mistake(
            "only where the object is in both frames",
            "how good is a repainted clip?",
            "You count the pixels that the object covers in both frames. Where it has just come "
            "or gone mistakes are most likely: count those of either frame.",
            counted="both",
        ),
        mistake(
            "only where the object is now",
            "how good is a repainted clip?",
            "You count the pixels of the later frame. Those that the object has just left belong "
            "to the pair as well.",
            counted="now",
        ),
        mistake(
            "only where the object was before",
            "how good is a repainted clip?",
            "You count the pixels of the earlier frame. Those that the object has just reached "
            "belong to the pair as well.",
            counted="before",
        ),
        mistake(
            "the whole frame counted",
            "how good is a repainted clip?",
            "You average over the ground too, which hides a small object that shakes.",
            counted="all",
        ),
        mistake(
            "divided by the whole frame",
            "how good is a repainted clip?",
            "Your sum runs over the object and your count over the frame, so that a small object "
            "seems steadier than a large one.",
            average="frame",
        ),
        mistake(
            "one number for the clip",
            "how good is a repainted clip?",
            "All your pairs of frames have the same number. At which moment it flickers is what "
            "this function is for.",
            over="clip",
        ),
        mistake(
            "root forgotten",
            "Eq. 11.3",
            "Your numbers are squares: an error that changes by 0.2 everywhere has a flicker of "
            "0.2.",
            root=False,
        ),
        mistake(
            "absolute changes",
            "Eq. 11.3",
            "You average absolute values and take a root after it. Square first.",
            power=1,
        ),
        mistake(
            "0 / 0 where nobody is",
            "how good is a repainted clip?",
            "Where the object is in neither frame you divide 0 by 0. Say 0: there is nothing that "
            "could flicker.",
            nobody="nan",
        ),
    ),
)
