"""Run a learner's function so that it cannot hurt the notebook: errors, prints, endless loops."""

import contextlib
import copy
import ctypes
import io
import linecache
import random
import sysconfig
import threading
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

HERE = str(Path(__file__).resolve().parent)
STDLIB = sysconfig.get_paths()["stdlib"]


class TimeUp(BaseException):
    """Raised in a function past its time; no Exception, so that `except Exception` lets it pass."""


@dataclass
class Outcome:
    """What one call did: it returned `value`, or raised `error` at `line`, or ran out of time."""

    value: object = None
    error: BaseException | None = None
    line: str = ""  # the learner's own line of the error, such as "line 3: `return x @ y`"
    printed: str = ""
    late: bool = False  # the time was up
    stuck: bool = False  # ... and the function could not be stopped
    changed: list[str] = field(default_factory=list)  # names of the inputs that it changed in place


class Speech(io.TextIOBase):
    """Stands in for stdout: keeps the first characters, drops the rest, so that memory lasts."""

    def __init__(self, limit=2000):
        self.limit, self.text = limit, ""

    def writable(self):
        """Say that text may be written here, as io.TextIOBase asks."""
        return True

    def write(self, text):
        """Keep the first `limit` characters and swallow the rest."""
        self.text += text[: max(0, self.limit - len(self.text))]
        return len(text)


@contextlib.contextmanager
def same_randomness_after():
    """Leave the global random generators of torch, NumPy and Python as they were before."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])


def equal(a, b):
    """Whether two inputs hold the same thing, bit by bit, NaN equal to NaN."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(((a == b) | ((a != a) & (b != b))).all())
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    return isinstance(a, torch.Tensor) is isinstance(b, torch.Tensor) and (a is b or bool(a == b))


def own_line(error):
    """The last line of the learner's code in a traceback: not ours, not torch's, not Python's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        name = frame.filename
        if not name.startswith((HERE, STDLIB, "<")) and "site-packages" not in name:
            source = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
            return f"line {frame.lineno}: `{source[:80]}`"
    return ""


def wait(thread, seconds):
    """Wait in short steps, so that Ctrl-C and the kernel's stop button work on Windows too."""
    end = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < end:
        thread.join(0.05)


def stop(thread, patience=1.0):
    """Raise TimeUp inside a running thread, again if it is caught; return whether it ended."""
    end = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        thread.join(0.05)
    return not thread.is_alive()


def call(function, inputs, seconds):
    """Call `function` on copies of the inputs (name -> value, passed in order); return an Outcome.

    The call runs in a thread of its own, because that works the same in a notebook's main thread,
    in pytest and on every system: after `seconds` an exception is raised inside the thread. Code
    that is deep inside one library call cannot be stopped that way; it is left behind and the
    outcome says so. With None as `seconds` the call runs right here: for code that is known to end,
    as changing threads takes time.
    """
    given = copy.deepcopy(inputs)
    box, speech = {}, Speech()

    def work():
        try:
            box["value"] = function(*given.values())
        except BaseException as error:
            box["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(speech),
        contextlib.redirect_stderr(speech),
    ):
        warnings.simplefilter("ignore")
        try:
            if seconds is None:
                work()
            else:
                thread.start()
                wait(thread, seconds)
            late = thread.is_alive()
            stuck = late and not stop(thread)
        except KeyboardInterrupt:
            stop(thread)
            raise
    if stuck:
        return Outcome(late=True, stuck=True, printed=speech.text)
    error = box.get("error")
    if seconds is None and isinstance(error, KeyboardInterrupt):
        raise error
    late = late or isinstance(error, TimeUp)
    changed = [name for name in inputs if not equal(given[name], inputs[name])]
    line = own_line(error) if error is not None else ""
    return Outcome(box.get("value"), error, line, speech.text, late, False, changed)
