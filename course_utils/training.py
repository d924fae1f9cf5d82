"""Training: one loop, counted in steps, that can be stopped and resumed (lesson 09).

    each step:  Theta <- optimizer(Theta, clip(gradient of loss(Theta, batch of this step)), rate)
    rate = lr min(1, (step + 1) / warmup) min(1, (steps - step) / (cooldown steps))       (Eq. 9.11)

Each batch is drawn from a seed made of `seed` and the step, so a run that was interrupted and
resumed sees the same batches as one that was not. In quick mode every fit stops after three steps
and says so.
"""

import os
import time
from dataclasses import dataclass, field

import torch

from course_utils.files import replace_file
from course_utils.optimizers import learning_rate_factor, make_optimizers
from course_utils.progress import Progress, stop_between_steps
from course_utils.quick import QUICK_STEPS, claim, quick  # noqa: F401  (lessons import claim here)

SEED_STRIDE = 1_000_000


@dataclass
class History:
    """What `fit` did: the loss of each step, and whether the run is whole."""

    planned: int
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    quick: bool = False
    interrupted: bool = False

    @property
    def steps(self):
        """How many steps were taken so far."""
        return len(self.losses)

    def smoothed(self, window=20):
        """Return the running mean of the losses over the last `window` steps, as many as losses."""
        sums, out = 0.0, []
        for k, loss in enumerate(self.losses):
            sums += loss - (self.losses[k - window] if k >= window else 0.0)
            out.append(sums / min(k + 1, window))
        return out

    def __str__(self):
        done = f"{self.steps} of {self.planned} steps"
        if self.quick:
            return f"quick mode: trained {done}"
        if self.interrupted:
            return f"interrupted: trained {done}; the model keeps what it learned"
        return f"trained {done}"


def _save_state(path, model, optimizers, history, settings):
    state = {
        "settings": settings,
        "losses": history.losses,
        "seconds": history.seconds,
        "model": model.state_dict(),
        "optimizers": [o.state_dict() for o in optimizers],
    }
    replace_file(path, lambda temporary: torch.save(state, temporary))


def _load_state(path, model, optimizers, history, settings):
    try:
        state = torch.load(path, weights_only=True)
        found = state["settings"]
    except Exception as error:
        raise ValueError(
            f"resume: {path} is not a file that fit wrote, or it is damaged; delete it to start "
            "anew"
        ) from error
    for name, value in settings.items():
        if found.get(name) != value:
            raise ValueError(
                f"resume: {path} was written with {name}={found.get(name)!r}, this run has "
                f"{value!r}"
            )
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        raise ValueError(f"resume: {path} holds the weights of a different model") from error
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    history.losses, history.seconds = state["losses"], state["seconds"]


def fit(
    model,
    loss,
    steps,
    *,
    seed=0,
    lr=3e-4,
    optimizer="adamw",
    warmup=20,
    cooldown=0.5,
    weight_decay=0.0,
    clip=1.0,
    resume=None,
    save_every=200,
    progress=True,
):
    """Train `model` for `steps` steps of `loss(model, batch_seed)` and return the `History`.

    loss: called once a step with the model and an int that no other step gets; draws its batch from
    that int and returns a scalar tensor. lr: the highest learning rate (Eq. 9.11); optimizer:
    "adamw" or "muon" (see `make_optimizers`); clip: largest norm of the gradient, None for no
    limit; resume: a path. If the file is there, the run goes on from it; it is written every
    `save_every` steps, on Ctrl-C and at the end. Ctrl-C stops after the current step and keeps what
    was learned. progress: False prints nothing. Raises ValueError for bad settings, a foreign
    `resume` file, or a loss that is not a finite scalar or has a gradient that is not finite.
    """
    if steps < 1:
        raise ValueError(f"steps: got {steps}, want at least 1")
    if not 0 <= seed < 2**40:
        raise ValueError(f"seed: got {seed}, want an int from 0 to 2**40 - 1")
    settings = {
        "steps": steps,
        "seed": seed,
        "lr": lr,
        "optimizer": optimizer,
        "warmup": warmup,
        "cooldown": cooldown,
        "weight_decay": weight_decay,
        "clip": clip,
    }
    optimizers = make_optimizers(model, optimizer, lr, weight_decay)
    peaks = [[group["lr"] for group in o.param_groups] for o in optimizers]
    history = History(planned=steps, quick=quick() and steps > QUICK_STEPS)
    if resume is not None and os.path.exists(resume):
        _load_state(resume, model, optimizers, history, settings)
    last = min(steps, QUICK_STEPS) if quick() else steps
    bar, began, before = Progress(last, progress), time.perf_counter(), history.seconds
    model.train()
    with stop_between_steps() as stop, torch.random.fork_rng(devices=[]):
        for step in range(history.steps, last):
            factor = learning_rate_factor(step, steps, warmup, cooldown)
            for o, lrs in zip(optimizers, peaks):
                for group, peak in zip(o.param_groups, lrs):
                    group["lr"] = peak * factor
            batch_seed = seed * SEED_STRIDE + step
            torch.manual_seed(batch_seed)  # dropout draws from here; batches should use batch_seed
            value = loss(model, batch_seed)
            if not isinstance(value, torch.Tensor) or value.ndim != 0 or not torch.isfinite(value):
                got = (
                    value
                    if not isinstance(value, torch.Tensor) or value.ndim == 0
                    else tuple(value.shape)
                )
                raise ValueError(
                    f"loss: got {got} at step {step}, want a finite scalar tensor; a smaller lr "
                    "may help"
                )
            for o in optimizers:
                o.zero_grad(set_to_none=True)
            value.backward()
            limit = float("inf") if clip is None else clip
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
            if not torch.isfinite(norm):
                raise ValueError(
                    f"loss: got a gradient of norm {norm.item()} at step {step}, want a finite "
                    "one; the weights are those of the step before"
                )
            for o in optimizers:
                o.step()
            history.losses.append(value.item())
            history.seconds = before + time.perf_counter() - began
            bar.update(step + 1, history.losses[-1])
            if resume is not None and (step + 1) % save_every == 0:
                _save_state(resume, model, optimizers, history, settings)
            if stop.is_set():
                history.interrupted = step + 1 < last
                break
    if resume is not None:
        _save_state(resume, model, optimizers, history, settings)
    model.eval()
    bar.close(str(history))
    return history
