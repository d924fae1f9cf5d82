"""data/studies/README.md: where the numbers come from, and one row for each study."""

from pathlib import Path

from course_utils.files import replace_file
from course_utils.studies import declare, results

HEAD = """# Studies

Numbers of trainings that need longer than a lesson has: every compared setting with three seeds or
more, trained until the order of the settings no longer changes. Made by this repository's own code,
on clips that the course draws itself or that stand in `data/clips`; licence: MIT, like the code.

`make studies` makes what is missing or was declared differently since; each row has the command
that makes one study. `course_utils.studies.load_study(name)` reads the numbers, `make test-full`
remakes a short one and compares. Each study is declared in one module of `course_utils/studies`,
whose fingerprint stands in the file as `digest`. Another machine may round the last bit of a
product differently, and training amplifies that: compare means and spreads there, not digits.

`runs` holds what each setting gave with each seed: processor seconds on one thread, numbers, and
curves as two lists, places and values.

| file | lesson | question | command | runs | steps | processor time |
|---|---|---|---|---|---|---|
"""


def page(folder=results.FOLDER):
    """Return the text of the README, made from the stored files."""
    rows = []
    for name, (lesson, _) in declare.modules().items():
        if not (folder / f"{name}.json").exists():
            continue
        found = results.load_study(name, folder)
        steps = sorted(set(found.steps.values()))
        cells = [
            f"`{name}.json`",
            lesson,
            found.question,
            f"`{found.command}`",
            f"{len(found.settings)} settings, {len(found.seeds)} seeds",
            " or ".join(map(str, steps)),
            f"{found.seconds:.0f} s of one core",
        ]
        rows.append("| " + " | ".join(cells) + " |\n")
    return HEAD + "".join(rows)


def write(folder=results.FOLDER):
    """Write the README beside the stored files."""
    replace_file(folder / "README.md", lambda path: Path(path).write_text(page(folder)))
