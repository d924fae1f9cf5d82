"""Run studies and store their numbers.

    python -m course_utils.studies                      what is missing or out of date
    python -m course_utils.studies NAME [NAME ...]      these, if they are missing or out of date
    python -m course_utils.studies NAME --again         also if its numbers are current
    python -m course_utils.studies --check NAME         remake one aside, compare with the stored
    python -m course_utils.studies --list               what there is, and whether it is current

--jobs N runs N at a time (default: one for each core), each on one thread. A run that is finished
is kept in build/studies; stopped with Ctrl-C, the same line goes on.
"""

import argparse
import os
import sys

from tqdm import tqdm

from course_utils.studies import declare, listing, results, runner


def parser():
    """Return what understands the command line."""
    line = argparse.ArgumentParser(
        prog=f"python -m {declare.PACKAGE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    line.add_argument("names", nargs="*", metavar="NAME")
    line.add_argument("--again", action="store_true", help="remake what is current too")
    line.add_argument("--check", metavar="NAME", help="compare a remade study with the stored one")
    line.add_argument("--list", action="store_true", help="say what there is")
    line.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    return line


def progress(name):
    """Return a bar over the runs of a study."""
    total = len(runner.pairs(declare.find(name)))
    return tqdm(total=total, desc=name, unit="run", dynamic_ncols=True)


def show():
    """Print one line for each study."""
    for name in declare.names():
        state = "current" if runner.is_current(name) else "to be made"
        print(f"{name:30s} lesson {declare.modules()[name][0]}  {state}")


def check(name, jobs):
    """Remake a study aside; return 1 and say what differs if its numbers are not the stored."""
    with progress(name) as bar:
        found = runner.compare(name, jobs, bar=bar)
    for sentence in found:
        print(f"{name}: {sentence}", file=sys.stderr)
    if not found:
        print(f"{name}: remade, every number within its tolerance of the stored one")
    return 1 if found else 0


def make(names, jobs, again):
    """Run what is asked for and not current, and write the listing in data/studies."""
    for name in names:
        if runner.is_current(name) and not again:
            print(f"{name}: current")
            continue
        with progress(name) as bar:
            path = runner.make(name, jobs, bar=bar)
        print(f"{path.name}: {results.load_study(name).note()}")
    listing.write()
    return 0


def main(arguments=None):
    """Do what the command line says; return the exit code."""
    line = parser()
    asked = line.parse_args(arguments)
    if asked.jobs < 1:
        line.error(f"--jobs: got {asked.jobs}, want 1 or more")
    for name in [*asked.names, *([asked.check] if asked.check else [])]:
        if name not in declare.names():
            line.error(f"no study is named {name}; there are: {', '.join(declare.names())}")
    try:
        if asked.list:
            show()
            return 0
        if asked.check:
            return check(asked.check, asked.jobs)
        return make(asked.names or declare.names(), asked.jobs, asked.again)
    except (runner.Stopped, FileNotFoundError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 130 if str(problem).startswith("stopped") else 1


if __name__ == "__main__":
    sys.exit(main())
