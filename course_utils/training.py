"""Training: one loop, counted in steps, that can be stopped and resumed (lesson 09).

    each step:  Theta <- optimizer(Theta, clip(gradient of loss(Theta, batch of this step)), rate)
    rate = lr min(1, (step + 1) / warmup) min(1, (steps - step) / (cooldown steps))       (Eq. 9.11)

Each batch is drawn from a seed made of `seed` and the step, so a run that was interrupted and
resumed sees the same batches as one that was not. With COURSE_QUICK=1 (quick mode) every fit stops
after three steps and says so, and `claim` reports what it would have asserted: a whole notebook is
then checked in seconds.
"""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from course_utils.files import replace_file

QUICK_STEPS = 3
SEED_STRIDE = 1_000_000


def quick():
    """Return True in quick mode, that is when the environment says COURSE_QUICK=1."""
    return os.environ.get("COURSE_QUICK", "0") == "1"


def claim(condition, sentence):
    """Assert a sentence about a trained model, or in quick mode print what would be asserted."""
    if quick():
        print(f"not checked in quick mode: {sentence}")
        return
    if not bool(condition):
        raise AssertionError(f"this claim does not hold: {sentence}")
    print(f"holds: {sentence}")


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


def make_optimizers(model, optimizer, lr, weight_decay):
    """Return a run's optimizers: AdamW, or Muon for matrices of stacked layers, AdamW for the rest.

    Muon (Jordan et al., 2024) orthogonalises each update of a matrix. It is meant for hidden
    layers: the 2-D parameters inside an `nn.ModuleList`. Its learning rate is `lr`; AdamW beside it
    runs at lr / 10.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError(
            "model: got one with nothing to train, want at least one parameter that requires a "
            "gradient"
        )
    adamw = {"betas": (0.9, 0.95), "weight_decay": weight_decay, "fused": True}
    if optimizer == "adamw":
        return [torch.optim.AdamW(parameters, lr=lr, **adamw)]
    if optimizer != "muon":
        raise ValueError(f"optimizer: got {optimizer!r}, want 'adamw' or 'muon'")
    stacked = {
        p for m in model.modules() if isinstance(m, torch.nn.ModuleList) for p in m.parameters()
    }
    matrices = [p for p in parameters if p in stacked and p.ndim == 2]
    if not matrices:
        raise ValueError(
            "model: got no matrix inside an nn.ModuleList, want stacked layers for optimizer='muon'"
        )
    chosen = set(matrices)
    rest = [p for p in parameters if p not in chosen]
    pair = [torch.optim.Muon(matrices, lr=lr, momentum=0.95, weight_decay=weight_decay)]
    return pair + ([torch.optim.AdamW(rest, lr=lr / 10, **adamw)] if rest else [])


def learning_rate_factor(step, steps, warmup, cooldown):
    """Rate / lr of Eq. 9.11: a rise over `warmup` steps, a fall over the last `cooldown` share."""
    rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
    fall = min(1.0, (steps - step) / (cooldown * steps)) if cooldown else 1.0
    return rise * fall


@contextmanager
def _stop_between_steps():
    """Turn the first Ctrl-C into a flag read between two steps, so that none is half taken."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handler(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)


class _Progress:
    """A bar in a terminal, a line that rewrites itself in a notebook; both end in the same line."""

    def __init__(self, total, show):
        self.total, self.show, self.started = total, show, time.monotonic()
        self.handle, self.bar, self.shown_at = None, None, 0.0
        if show and "IPython" in sys.modules:
            from IPython import get_ipython

            if (
                get_ipython() is not None
                and get_ipython().__class__.__name__ == "ZMQInteractiveShell"
            ):
                from IPython.display import display

                self.handle = display({"text/plain": "training"}, raw=True, display_id=True)
        if show and self.handle is None and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, leave=False, dynamic_ncols=True)

    def update(self, done, loss):
        now = time.monotonic()
        if self.bar is not None:
            self.bar.set_postfix_str(f"loss {loss:.4g}", refresh=False)
            self.bar.update(done - self.bar.n)
        elif self.handle is not None and now - self.shown_at > 0.5:
            from tqdm import tqdm

            line = tqdm.format_meter(
                done, self.total, now - self.started, ncols=90, postfix=f"loss {loss:.4g}"
            )
            self.handle.update({"text/plain": line}, raw=True)
            self.shown_at = now

    def close(self, sentence):
        if self.bar is not None:
            self.bar.close()
        if self.handle is not None:
            self.handle.update({"text/plain": sentence}, raw=True)
        elif self.show:
            print(sentence)


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
    `resume` file, or a loss that is not a finite scalar.
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
    bar, began, before = _Progress(last, progress), time.perf_counter(), history.seconds
    model.train()
    with _stop_between_steps() as stop, torch.random.fork_rng(devices=[]):
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
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
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
