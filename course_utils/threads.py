"""How many threads torch works with: as many as there are free cores (lesson 00).

Threads that share a product wait for each other. Beside another program one of them has no core of
its own, and all wait for it: then fewer threads are faster. They wait by spinning, which is quick
and takes a core from others: here they spin for a limited time, then sleep.

`choose` runs once, when course_utils is first imported. How threads wait can be set only before
torch is loaded, for its OpenMP reads the variables then; how many there are, at any time.
Whoever sets one of VARIABLES has chosen, and nothing is changed.
"""

import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SPIN = "10000"  # rounds that a waiting thread of GNU's OpenMP spins before it sleeps
OURS = (
    "COURSE_NUM_THREADS"  # what OMP_NUM_THREADS got from here, for programs started from this one
)
LOOKS, PAUSE = 5, 0.004  # at a machine that seems busy, and the seconds between two of them


class Choice(NamedTuple):
    """threads: how many, or None for the number that was there; reason: why; spin: SPIN holds."""

    threads: int | None
    reason: str
    spin: bool = False


_chosen = Choice(None, "nothing was chosen yet")


def choose() -> Choice:
    """Choose for the machine as it is now, apply it, and return the choice. Never raises."""
    global _chosen
    try:
        _chosen = _choose()
    except Exception as error:  # noqa: BLE001  (no machine is too strange to start a lesson)
        _chosen = Choice(None, f"the machine could not be asked ({error})")
    return _chosen


def sentence() -> str:
    """Say in one sentence how many threads torch has, on how many cores, and why."""
    import torch

    threads, cores = _count(torch.get_num_threads(), "thread"), _count(usable_cores(), "core")
    if _chosen.spin:
        return (
            f"{threads} on {cores}: {_chosen.reason}; threads that wait spin a little, then sleep"
        )
    return f"{threads} on {cores}: {_chosen.reason}; how threads wait was left as it was"


def decide(cores: int, machine: int, by_itself: int, busy: int) -> Choice:
    """Return the choice for `cores` usable cores of a `machine` on which `busy` programs compute.

    by_itself: how many threads torch takes when nobody says anything.
    """
    free = max(1, min(cores, machine - busy))
    if free < min(cores, by_itself):
        others = "another program computes" if busy == 1 else f"{busy} other programs compute"
        return Choice(free, f"{others}, and a thread without a core of its own delays all")
    if cores < by_itself:
        return Choice(cores, "this process may not use more cores")
    return Choice(None, "no other program is in the way")


def usable_cores() -> int:
    """How many cores this process may use: by its affinity, and by the quota of a container."""
    return max(1, min(len(_affinity()), int(_quota())))


def busy_programs() -> int:
    """How many other threads compute, now and for some time; 0 where the system does not say.

    Now: the median of a few looks at /proc/loadavg, 16 ms in all. For some time: the load of the
    last minute, which one busy core lifts to 1/4 in 17 s; a program that only starts does not.
    """
    try:
        steady = int(os.getloadavg()[0] + 0.75)
    except (AttributeError, OSError):  # Windows
        return 0
    try:
        looks = [_running()]
        while steady and len(looks) < LOOKS:
            time.sleep(PAUSE)
            looks.append(_running())
    except (OSError, ValueError):  # macOS: the load has to do
        return steady
    return max(0, min(steady, sorted(looks)[len(looks) // 2] - 1))  # one of them is this one


def _choose():
    inherited = os.environ.get(OURS)
    ours = {("GOMP_SPINCOUNT", SPIN), ("OMP_NUM_THREADS", inherited)}
    given = [(name, os.environ[name]) for name in VARIABLES if name in os.environ]
    foreign = [pair for pair in given if pair not in ours]
    if foreign:
        return Choice(None, f"{foreign[0][0]}={foreign[0][1]} is set, so nothing was changed")
    torch = sys.modules.get("torch")
    if inherited is not None:  # that was another moment
        os.environ.pop(OURS)
        os.environ.pop("OMP_NUM_THREADS", None)
    if torch is not None and inherited is None:
        by_itself = torch.get_num_threads()
    else:
        by_itself = _physical_cores()
    choice = decide(usable_cores(), os.cpu_count() or 1, by_itself, busy_programs())
    if torch is None:
        os.environ["GOMP_SPINCOUNT"] = SPIN
        if choice.threads is not None:
            os.environ["OMP_NUM_THREADS"] = os.environ[OURS] = str(choice.threads)
    elif choice.threads is not None or inherited is not None:
        torch.set_num_threads(choice.threads or by_itself)
    return choice._replace(spin="GOMP_SPINCOUNT" in os.environ)


def _count(number, name):
    return f"{number} {name}" + "s" * (number != 1)


def _running():
    """How many threads of the whole machine run or want to, this one included."""
    return int(Path("/proc/loadavg").read_text().split()[3].split("/")[0])


def _affinity():
    """The numbers of the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))  # macOS and Windows


def _physical_cores():
    """How many of them are cores, not second threads of one: torch takes no more by itself.

    Where the system does not say, half of them: torch takes at least so many.
    """
    try:
        places = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
        return len({Path(places.format(core)).read_text() for core in _affinity()})
    except OSError:
        return max(1, len(_affinity()) // 2)


def _quota(root="/sys/fs/cgroup"):
    """For how many cores the control group grants time (Linux, versions 2 and 1); else infinite."""
    two, one = Path(root, "cpu.max"), Path(root, "cpu", "cpu.cfs_quota_us")
    try:
        if two.exists():  # "150000 100000", or "max 100000"
            quota, period = two.read_text().split()
        else:
            quota, period = one.read_text(), one.with_name("cpu.cfs_period_us").read_text()
        granted = int(quota) / int(period)
    except (OSError, ValueError):
        return sys.maxsize
    return granted if granted > 0 else sys.maxsize  # -1 says: no limit
