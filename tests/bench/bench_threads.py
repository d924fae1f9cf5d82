"""What the number of threads costs, on a quiet machine and beside one busy core: `make bench`.

    python tests/bench/bench_threads.py        the table alone

Each row is a process of its own: one training step of lesson 09's model on 16 clips, and a rollout
of 8 frames, in milliseconds on the clock (the median). The library's own choice is the last row.
It means nothing while other programs run: then the test is skipped, and the table says so.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import pytest

from course_utils import threads

pytestmark = pytest.mark.timeout(600)
ALL = str(threads.usable_cores())
CHOICE = "the library's choice"
WAYS = {
    "passive, all threads": {"OMP_NUM_THREADS": ALL, "OMP_WAIT_POLICY": "passive"},
    "default, all threads": {"OMP_NUM_THREADS": ALL},
    "active, all threads": {"OMP_NUM_THREADS": ALL, "OMP_WAIT_POLICY": "active"},
    "short spin, all threads": {"OMP_NUM_THREADS": ALL, "GOMP_SPINCOUNT": threads.SPIN},
    "one thread": {"OMP_NUM_THREADS": "1"},
    CHOICE: {},
}
STEPS, ROLLOUTS = 12, 12
SETTLE = 25  # seconds after which a busy core shows in the load of the last minute


def measure():
    """Print milliseconds of a training step and of a rollout, and the choice, as JSON."""
    import torch  # after threads, which sets what it reads

    from course_utils.models import VideoTransformer, next_frame_loss
    from course_utils.worlds import ShapesWorld

    torch.manual_seed(0)
    model = VideoTransformer()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    video = ShapesWorld().sample(16, seed=0).video

    def step():
        optimizer.zero_grad()
        next_frame_loss(model, video, seed=0).backward()
        optimizer.step()

    result = {"choice": threads.sentence()}
    for name, call, rounds in (
        ("step", step, STEPS),
        ("rollout", lambda: model.rollout(video[:1, :8], 8), ROLLOUTS),
    ):
        call(), call()
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        result[name] = round(1000 * statistics.median(times), 1)
    print(json.dumps(result))


def run(way):
    """Measure in a new process under the variables of a way."""
    unset = {*threads.VARIABLES, threads.OURS}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    line = [sys.executable, __file__, "measure"]
    return json.loads(subprocess.check_output(line, env=environment | WAYS[way], text=True))


def table():
    """Print the table, and return {(way, "quiet" or "busy"): the measured}."""
    results = {(way, "quiet"): run(way) for way in WAYS}
    endless = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
    other = subprocess.Popen([sys.executable, "-c", endless])
    try:
        time.sleep(SETTLE)
        results |= {(way, "busy"): run(way) for way in WAYS}
    finally:
        other.kill()
        other.wait()
    print(f"\n{ALL} cores; step / rollout in ms")
    print(f"{'':26}{'quiet':>16}{'one core busy':>18}")
    for way in WAYS:
        cells = [results[way, load] for load in ("quiet", "busy")]
        shown = [f"{cell['step']:.0f} / {cell['rollout']:.0f}" for cell in cells]
        print(f"{way:26}{shown[0]:>16}{shown[1]:>18}")
    for load in ("quiet", "busy"):
        print(f"{load}: {results[CHOICE, load]['choice']}")
    return results


def others():
    """How many other programs compute now."""
    looks = []
    for _ in range(20):
        looks.append(threads._running() - 1)
        time.sleep(0.05)
    return statistics.median(looks)


@pytest.mark.skipif(not os.path.exists("/proc/loadavg"), reason="only Linux says what runs now")
def test_the_choice_is_near_the_best():
    """A training step costs at most 1.2 times the best way, quiet and beside a busy core."""
    if others():
        pytest.skip("other programs run: measure on a quiet machine")
    results = table()
    for load in ("quiet", "busy"):
        best = min(results[way, load]["step"] for way in WAYS)
        assert results[CHOICE, load]["step"] <= 1.2 * best


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        measure()
    else:
        if others():
            print("Other programs run: this table means nothing.")
        table()
