"""One run of a study, in a process of its own and on one thread: NAME SETTING SEED PATH."""

import json
import math
import sys
import time
from pathlib import Path

from course_utils.files import replace_file
from course_utils.studies.declare import find


def measured(answer, digits):
    """Split what a run returned into numbers and curves (x, y), rounded; refuses what is not."""
    numbers, curves = {}, {}
    if not isinstance(answer, dict) or not answer:
        raise ValueError(f"run: returned {type(answer).__name__}, want a dict of numbers")
    for name, value in answer.items():
        if isinstance(value, (tuple, list)):
            x, y = value if isinstance(value, tuple) else (range(len(value)), value)
            curves[name] = [[_rounded(v, name, digits) for v in part] for part in (x, y)]
            if len(curves[name][0]) != len(curves[name][1]):
                raise ValueError(f"run: {name} has {len(x)} places and {len(y)} values")
        else:
            numbers[name] = _rounded(value, name, digits)
    return numbers, curves


def _rounded(value, name, digits):
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        raise ValueError(f"run: {name} is {value}, want a finite number")
    return float(f"{value:.{digits}g}")


def main(name, setting, seed, path):
    """Run one setting with one seed, and write what it measured to `path`."""
    import torch

    torch.set_num_threads(1)  # one order of summation, and runs side by side
    study, began = find(name), time.process_time()
    answer = study.run(study.settings[setting], int(seed))
    seconds = round(time.process_time() - began, 1)
    numbers, curves = measured(answer, study.digits)
    run = {"setting": setting, "seed": int(seed), "seconds": seconds}
    text = json.dumps({**run, "numbers": numbers, "curves": curves}, ensure_ascii=False)
    replace_file(path, lambda temporary: Path(temporary).write_text(text))


if __name__ == "__main__":
    main(*sys.argv[1:])
