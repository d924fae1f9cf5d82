"""What the recipes of checkpoints share: the test seed, and a training on clips that grow."""

from course_utils.training import fit

TEST_SEED = 1_000_000_000  # no training step draws from here


def fit_growing(model, stages, task_of, resume):
    """Train with Muon stage after stage, (frames, clips, steps, rate); return one `History`.

    task_of(frames) -> the `Task` of a stage. A stage has its number as seed, and resumes from a
    file of its own.
    """
    losses, seconds = [], 0.0
    for number, (frames, batch, steps, lr) in enumerate(stages):
        task = task_of(frames)
        task.batch = batch
        settings = {"seed": number, "resume": f"{resume}-{frames}", "lr": lr}
        history = fit(model, task.loss, steps, optimizer="muon", **settings)
        losses, seconds = losses + history.losses, seconds + history.seconds
    history.losses, history.seconds = losses, seconds
    return history
