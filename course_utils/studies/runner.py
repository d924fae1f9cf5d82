"""Runs the runs of a study side by side, one thread each; what is finished is kept at once."""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from course_utils.studies import declare, results

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "studies"


class Stopped(Exception):
    """A run failed, or someone stopped the study; the message says what is kept."""


def pairs(study):
    """Return all (setting, seed) of a study, seed by seed, so that each seed is soon complete."""
    return [(setting, seed) for seed in study.seeds for setting in study.settings]


def kept_path(folder, setting, seed):
    """Return where a finished run is kept until the study is complete."""
    short = hashlib.sha256(setting.encode()).hexdigest()[:12]
    return Path(folder) / f"{short}-{seed}.json"


def kept_run(folder, setting, seed):
    """Return a run that was finished before, or None; a damaged file counts as none."""
    try:
        run = json.loads(kept_path(folder, setting, seed).read_text())
        return run if (run["setting"], run["seed"]) == (setting, seed) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def start(name, setting, seed, path):
    """Start one run as a process of its own, on one thread, never in quick mode."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COURSE_QUICK": "0"}
    environment.pop("OMP_WAIT_POLICY", None)
    line = [sys.executable, "-m", f"{declare.PACKAGE}.worker", name, setting, str(seed), str(path)]
    log = tempfile.TemporaryFile()
    # Its own session: Ctrl-C would make `fit` end early, and the run would look finished.
    process = subprocess.Popen(
        line, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    return process, log


def complete(name, folder, jobs, bar=None):
    """Do what is missing of a study, `jobs` runs at a time, and return all runs in order.

    Raises Stopped when a run fails and on Ctrl-C or a termination signal; finished runs stay in
    `folder`, and the next call goes on from there.
    """
    study = declare.find(name)
    waiting = [pair for pair in pairs(study) if kept_run(folder, *pair) is None]
    running = {}
    _say(bar, running, len(pairs(study)) - len(waiting))
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                pair = waiting.pop(0)
                if kept_run(folder, *pair) is not None:  # by the same line in another window
                    _say(bar, running, 1)
                    continue
                running[pair] = start(name, *pair, kept_path(folder, *pair))
                _say(bar, running)
            for pair, (process, log) in [*running.items()]:
                if process.poll() is None:
                    continue
                if process.returncode or kept_run(folder, *pair) is None:
                    raise Stopped(f"{pair[0]}, seed {pair[1]} failed:\n{_tail(log)}")
                del running[pair]
                _say(bar, running, 1)
            time.sleep(0.05)
    except KeyboardInterrupt:
        done = sum(kept_run(folder, *pair) is not None for pair in pairs(study))
        total = len(pairs(study))
        raise Stopped(f"stopped: {done} of {total} runs are kept, the same line goes on") from None
    finally:
        signal.signal(signal.SIGTERM, before)
        for process, _ in running.values():
            process.kill()
            process.wait()
    return [kept_run(folder, *pair) for pair in pairs(study)]


def make(name, jobs, folder=results.FOLDER, kept=KEPT, bar=None):
    """Run a study, or what is missing of it, and store its numbers; returns the path."""
    mark = declare.digest(name)
    place = Path(kept) / name / mark  # runs of another declaration are no part of this one
    runs = complete(name, place, jobs, bar)
    if mark != declare.digest(name):
        raise Stopped(f"the declaration of {name} changed while it ran: run it again")
    path = results.save_study(header(name, mark), runs, folder)
    shutil.rmtree(place.parent)
    return path


def header(name, mark):
    """Return what stands above the runs in the stored file."""
    import torch

    study = declare.find(name)
    return {
        "format": results.FORMAT,
        "study": name,
        "lesson": declare.modules()[name][0],
        "question": study.question,
        "command": declare.command(name),
        "digest": mark,
        "made with": {"python": platform.python_version(), "torch": torch.__version__},
        "digits": study.digits,
        "steps": {setting: study.steps_of(setting) for setting in study.settings},
        "seeds": [*study.seeds],
    }


def is_current(name, folder=results.FOLDER):
    """Return whether the stored numbers are whole and were made by the declaration as it is."""
    try:
        return results.load_study(name, folder).digest == declare.digest(name)
    except (FileNotFoundError, ValueError):
        return False


def compare(name, jobs, folder=results.FOLDER, bar=None):
    """Remake a study aside and return the numbers that lie outside its tolerance, as sentences."""
    tolerance, stored = declare.find(name).tolerance, results.load_study(name, folder)
    if untold := [number for number in stored.numbers if number not in tolerance]:
        raise ValueError(f"tolerance: {name} says none for {', '.join(untold)}, so it has no check")
    with tempfile.TemporaryDirectory() as place:
        remade = complete(name, place, jobs, bar)
    return differences(stored, remade, tolerance)


def differences(stored, remade, tolerance):
    """Return one sentence for each number of a remade run that is not where the stored one is."""
    found = []
    for run in remade:
        pair = run["setting"], run["seed"]
        if pair not in stored.runs:
            found.append(f"{pair[0]}, seed {pair[1]}: is not stored")
            continue
        for number, limit in tolerance.items():
            old, new = stored.runs[pair]["numbers"].get(number), run["numbers"].get(number)
            if old is None or new is None or abs(new - old) > limit:
                found.append(
                    f"{pair[0]}, seed {pair[1]}: {number} is {new}, stored {old}, allowed ± {limit}"
                )
    return found


def _interrupt(number, frame):
    raise KeyboardInterrupt


def _tail(log, lines=15):
    log.seek(0)
    return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def _say(bar, running, done=0):
    if bar is not None:
        bar.set_postfix_str("; ".join(f"{s}, seed {n}" for s, n in running)[:60], refresh=False)
        bar.update(done)
