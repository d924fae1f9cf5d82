"""How many threads: the decision, what it looks at, and that it gives way to who has decided."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from course_utils import threads


@pytest.mark.parametrize(
    ("cores", "machine", "by_itself", "busy", "wanted"),
    [
        (2, 2, 2, 0, None),  # a quiet machine: torch's own number
        (2, 2, 2, 1, 1),
        (2, 2, 2, 9, 1),
        (8, 8, 8, 1, 7),
        (8, 8, 4, 1, None),  # two threads a core: torch takes four, and there are more free
        (8, 8, 4, 6, 2),
        (2, 16, 2, 3, None),  # this process may use 2 of 16 cores; the others compute elsewhere
        (2, 16, 2, 15, 1),
        (2, 16, 16, 0, 2),  # a container with time for two cores, in which torch sees sixteen
        (1, 1, 1, 5, None),
    ],
)
def test_as_many_threads_as_there_are_free_cores(cores, machine, by_itself, busy, wanted):
    assert threads.decide(cores, machine, by_itself, busy).threads == wanted


@pytest.mark.parametrize(
    ("load", "looks", "wanted"),
    [
        (0.1, [9] * 5, 0),  # something starts up, a minute ago nothing ran
        (1.0, [2] * 5, 1),
        (1.0, [2, 1, 1, 2, 1], 0),  # the job of a minute ago has ended
        (1.0, [2, 9, 9, 2, 9], 1),  # no more than the minute says
        (4.0, [5] * 5, 4),
        (0.24, [2] * 5, 0),
        (0.25, [2] * 5, 1),
    ],
)
def test_busy_is_who_computes_now_and_for_some_time(monkeypatch, load, looks, wanted):
    looks = iter(looks)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(threads, "_running", lambda: next(looks))
    assert threads.busy_programs() == wanted


def test_a_system_that_does_not_say_is_taken_as_it_is(monkeypatch):
    def silent(*_):
        raise OSError

    monkeypatch.setattr(threads, "_running", silent)
    monkeypatch.setattr(os, "getloadavg", lambda: (2.5, 0.0, 0.0))
    assert threads.busy_programs() == 3  # macOS: the load alone
    monkeypatch.delattr(os, "getloadavg")
    assert threads.busy_programs() == 0  # Windows
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(threads, "Path", silent)
    assert threads._physical_cores() == 3
    monkeypatch.setattr(threads, "_quota", lambda: sys.maxsize)
    assert threads.usable_cores() == 6


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, sys.maxsize),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, sys.maxsize),
        ({}, sys.maxsize),
    ],
)
def test_the_quota_of_a_container(tmp_path, files, wanted):
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert threads._quota(tmp_path) == wanted


class Torch(types.SimpleNamespace):
    """As much of torch as the choice touches."""

    def get_num_threads(self):
        return self.threads

    def set_num_threads(self, number):
        self.threads = number


@pytest.fixture
def machine(monkeypatch):
    """A function that chooses on a machine of two cores, in an environment of its own."""

    def choose(busy, torch=None, **environment):
        monkeypatch.setattr(os, "environ", dict(environment))
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        monkeypatch.setattr(threads, "_chosen", None)
        monkeypatch.setattr(threads, "usable_cores", lambda: 2)
        monkeypatch.setattr(threads, "_physical_cores", lambda: 2)
        monkeypatch.setattr(threads, "busy_programs", lambda: busy)
        if torch is None:
            monkeypatch.delitem(sys.modules, "torch", raising=False)
        else:
            monkeypatch.setitem(sys.modules, "torch", torch)
        return threads.choose(), os.environ

    return choose


def test_before_torch_the_choice_is_in_the_environment(machine):
    choice, environment = machine(busy=0)
    assert environment == {"GOMP_SPINCOUNT": threads.SPIN} and choice.threads is None
    choice, environment = machine(busy=1)
    assert environment["OMP_NUM_THREADS"] == "1" and choice.spin


def test_after_torch_only_the_number_changes(machine):
    torch = Torch(threads=2)
    choice, environment = machine(0, torch)
    assert environment == {} and torch.threads == 2 and not choice.spin
    choice, environment = machine(1, torch)
    assert environment == {} and torch.threads == 1 and "another program computes" in choice.reason


@pytest.mark.parametrize("name", threads.VARIABLES)
def test_who_sets_a_variable_has_chosen(machine, name):
    torch = Torch(threads=2)
    for loaded in (None, torch):
        choice, environment = machine(1, loaded, **{name: "2"})
        assert environment == {name: "2"} and torch.threads == 2
        assert choice.reason == f"{name}=2 is set, so nothing was changed"


def test_a_program_started_from_one_that_chose_chooses_anew(machine):
    _, inherited = machine(busy=1)
    _, environment = machine(0, **inherited)
    assert environment == {"GOMP_SPINCOUNT": threads.SPIN}
    torch = Torch(threads=1)  # loaded under what it inherited
    _, environment = machine(0, torch, **inherited)
    assert environment == {"GOMP_SPINCOUNT": threads.SPIN} and torch.threads == 2


def test_a_strange_machine_is_no_reason_to_stop(machine, monkeypatch):
    def broken():
        raise RuntimeError("no cores")

    machine(busy=0)
    monkeypatch.setattr(threads, "usable_cores", broken)
    assert threads.choose() == threads.Choice(None, "the machine could not be asked (no cores)")


def in_a_new_process(code, **environment):
    kept = {name: x for name, x in os.environ.items() if name not in threads.VARIABLES}
    run = subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("first", ["course_utils", "torch"])
def test_the_first_import_chooses_and_prints_nothing(first):
    """On this machine as it is: what torch has afterwards is what was chosen."""
    code = f"import {first}, course_utils.threads as t, torch; chosen = t._chosen.threads; " + (
        "assert chosen in (None, torch.get_num_threads()); print(t.sentence())"
    )
    sentence = in_a_new_process(code)
    assert (
        sentence.count("\n") == 0
        and " on " in sentence
        and sentence.endswith(
            "spin a little, then sleep" if first == "course_utils" else "left as it was"
        )
    )


def test_a_variable_that_is_set_stays():
    code = "import course_utils, torch, os; print(torch.get_num_threads(), len(os.environ))"
    environment = {"OMP_NUM_THREADS": "1"}
    before = in_a_new_process("import torch, os; print(1, len(os.environ))", **environment)
    assert in_a_new_process(code, **environment) == before


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP, which torch brings on Linux")
def test_openmp_reads_the_spin_when_torch_is_loaded():
    code = "import sys, os; os.dup2(1, 2); import {}; import {}"
    values = [
        re.search(r"GOMP_SPINCOUNT = '(\d+)'", in_a_new_process(code, OMP_DISPLAY_ENV="VERBOSE"))[1]
        for code in (
            code.format("course_utils", "torch"),
            code.format("torch", "course_utils"),
        )
    ]
    assert values[0] == threads.SPIN != values[1]


def test_the_lab_sets_the_same_spin_for_lessons_that_import_torch_first():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text()
    assert f"|| export GOMP_SPINCOUNT={threads.SPIN};" in makefile
