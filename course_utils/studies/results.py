"""The stored numbers of a study, as a lesson reads them: mean and spread over seeds."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from course_utils.files import replace_file

FOLDER = Path(__file__).resolve().parents[2] / "data" / "studies"
FORMAT = "video-transformer-course/study/1"
KEYS = ("format", "study", "lesson", "question", "command", "digest", "made with", "digits")
FIELDS = (*KEYS, "steps", "seeds", "runs")


@dataclass(frozen=True)
class Results:
    """What a study measured. `spread` is the standard deviation over seeds (divided by n - 1)."""

    name: str
    lesson: str
    question: str
    command: str
    seeds: list
    steps: dict  # setting -> steps of one run
    runs: dict  # (setting, seed) -> {"seconds": s, "numbers": {...}, "curves": {...}}
    digest: str
    made_with: dict  # versions

    @property
    def settings(self):
        """The compared settings, in the order of the study."""
        return [*self.steps]

    @property
    def numbers(self):
        """The names of what was measured, without the curves."""
        return [*next(iter(self.runs.values()))["numbers"]]

    @property
    def seconds(self):
        """Processor seconds of all runs together."""
        return sum(run["seconds"] for run in self.runs.values())

    def values(self, setting, number):
        """Return the value of each seed, in the order of `seeds`."""
        return [self._run(setting, seed, "numbers", number) for seed in self.seeds]

    def mean(self, setting, number):
        """Return the mean over seeds."""
        return statistics.fmean(self.values(setting, number))

    def spread(self, setting, number):
        """Return the standard deviation over seeds."""
        return statistics.stdev(self.values(setting, number))

    def difference(self, setting, other, number):
        """Return one value for each seed: `setting` minus `other`, both of this seed."""
        pairs = zip(self.values(setting, number), self.values(other, number))
        return [a - b for a, b in pairs]

    def bars(self, number):
        """Return {"setting": (mean, spread)}, which `viz.bars` draws."""
        return {s: (self.mean(s, number), self.spread(s, number)) for s in self.settings}

    def rows(self, numbers=None, digits=2):
        """Return one row for each setting: its name, its steps, "mean ± spread" of each number."""
        return [
            [s, self.steps[s]]
            + [
                f"{self.mean(s, n):.{digits}f} ± {self.spread(s, n):.{digits}f}"
                for n in numbers or self.numbers
            ]
            for s in self.settings
        ]

    def table(self, numbers=None, headers=None, digits=2, title=None):
        """Return `rows` as a table whose title is the question, the seeds and the spread.

        numbers: which, default all; headers: a heading for each, default their names.
        """
        from course_utils.viz.tables import table

        numbers = numbers or self.numbers
        title = title or f"{self.question} {len(self.seeds)} seeds: mean ± standard deviation"
        headings = ["setting", "steps", *(headers or numbers)]
        return table(self.rows(numbers, digits), headings, title=title)

    def curves(self, curve):
        """Return {"setting": (x, mean, spread)} over seeds, which `viz.lines` draws as bands."""
        drawn = {}
        for setting in self.settings:
            pairs = [self._run(setting, seed, "curves", curve) for seed in self.seeds]
            columns = [*zip(*(y for _, y in pairs))]
            mean = [statistics.fmean(column) for column in columns]
            drawn[setting] = (pairs[0][0], mean, [statistics.stdev(c) for c in columns])
        return drawn

    def note(self):
        """Return one line to print under a table: seeds, processor time, command."""
        minutes = self.seconds / 60
        return (
            f"{len(self.runs)} runs, {len(self.seeds)} seeds each, {minutes:.0f} minutes of one "
            f"core; ± is the standard deviation over seeds; remake: {self.command}"
        )

    def _run(self, setting, seed, kind, name):
        if setting not in self.steps:
            raise ValueError(f"setting: got {setting!r}, {self.name} has {self.settings}")
        found = self.runs[setting, seed][kind]
        if name not in found:
            raise ValueError(f"{kind}: got {name!r}, {self.name} has {[*found]}")
        return found[name]


def load_study(name, folder=FOLDER):
    """Return the stored `Results` of a study.

    Raises FileNotFoundError if it was never run, ValueError if the file is damaged or incomplete.
    """
    path = Path(folder) / f"{name}.json"
    if not path.exists():
        stored = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json"))) or "none"
        raise FileNotFoundError(f"study: nothing is stored for {name!r} (stored: {stored})")
    try:
        data = json.loads(path.read_text())
        lost = [key for key in FIELDS if key not in data]
        if lost or data["format"] != FORMAT:
            raise ValueError(f"it has no {lost[0]}" if lost else f"its format is {data['format']}")
        runs = {(r.pop("setting"), r.pop("seed")): _checked(r) for r in data["runs"]}
        wanted = [(setting, seed) for seed in data["seeds"] for setting in data["steps"]]
        if sorted(map(str, runs)) != sorted(map(str, wanted)):
            raise ValueError(f"it has {len(runs)} runs for {len(wanted)} pairs of setting and seed")
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"study: {path} is damaged ({error}); remake it with "
            f"python -m course_utils.studies {name} --again"
        ) from error
    about = [data[key] for key in ("study", "lesson", "question", "command", "seeds", "steps")]
    return Results(*about, runs, data["digest"], data["made with"])


def _checked(run):
    """A run as it was stored, or an error if it is none."""
    float(run["seconds"])
    for value in run["numbers"].values():
        float(value)
    for x, y in run["curves"].values():
        if len(x) != len(y):
            raise ValueError(f"a curve has {len(x)} places and {len(y)} values")
    return run


def save_study(header, runs, folder=FOLDER):
    """Write a study: one line for each fact and each run, so that a change is easy to read."""
    lines = [f" {json.dumps(k)}: {json.dumps(header[k], ensure_ascii=False)}," for k in header]
    body = ",\n".join("  " + json.dumps(run, ensure_ascii=False) for run in runs)
    text = "{\n" + "\n".join(lines) + f'\n "runs": [\n{body}\n ]\n}}\n'
    path = Path(folder) / f"{header['study']}.json"
    replace_file(path, lambda temporary: Path(temporary).write_text(text))
    return path
