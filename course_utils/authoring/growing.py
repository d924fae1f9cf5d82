"""What the recipes of checkpoints share: the test seed, and a training on tasks that grow."""

from course_utils.training import fit

TEST_SEED = 1_000_000_000  # no training step draws from here


def fit_growing(model, stages, task_of, resume):
    """Train with Muon stage after stage, (size, clips, steps, rate); return one `History`.

    task_of(size) -> the task of a stage, whose size is its number of frames, or its longest gap. A
    stage has its number as seed, and resumes from a file of its own.
    """
    losses, seconds = [], 0.0
    for number, (size, batch, steps, lr) in enumerate(stages):
        task = task_of(size)
        task.batch = batch
        settings = {"seed": number, "resume": f"{resume}-{size}", "lr": lr}
        history = fit(model, task.loss, steps, optimizer="muon", **settings)
        losses, seconds = losses + history.losses, seconds + history.seconds
    history.losses, history.seconds = losses, seconds
    return history
