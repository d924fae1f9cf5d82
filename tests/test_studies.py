"""Studies: declared once, resumed after a stop, checked against what is stored, met in words."""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

import pytest

from course_utils.authoring.text import ROOT, Course
from course_utils.studies import (
    Study,
    __main__,
    declare,
    find,
    listing,
    load_study,
    names,
    results,
    runner,
    worker,
)
from course_utils.studies import digest as digest_of

SETTINGS = {"whole": 0.0, "without it": 1.0}
STUDY = Study(
    question="Does it matter?",
    settings=SETTINGS,
    seeds=(0, 1, 2),
    steps=5,
    run=lambda value, seed: {"psnr": 20 - value + seed / 10, "curve": [value, seed]},
    tolerance={"psnr": 0.05},
)
# what a run of the fake study does in a process of its own: wait, then write its file at once
RUN = """
import json, os, sys, time
setting, seed, path, wait, fail = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
if fail in (f"{setting}-{seed}", "all"):
    sys.exit("the loss is not finite")
time.sleep(float(wait))
value = {"whole": 0.0, "without it": 1.0}[setting]
run = {"setting": setting, "seed": seed, "seconds": 0.5,
       "numbers": {"psnr": 20 - value + seed / 10}, "curves": {"curve": [[0, 1], [value, seed]]}}
open(path + ".part", "w").write(json.dumps(run))
os.replace(path + ".part", path)
"""


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """A study whose runs are short processes; `fake.wait`, `fake.fail` say what they do."""

    class Fake:
        wait, fail, mark = "0", "", "abc"
        kept, stored = tmp_path / "kept", tmp_path / "stored"

        def start(self, name, setting, seed, path):
            self.started.append((setting, seed))
            path.parent.mkdir(parents=True, exist_ok=True)
            line = [sys.executable, "-S", "-c", RUN, setting, str(seed), str(path)]
            log = open(tmp_path / "log", "w+b")
            process = subprocess.Popen([*line, self.wait, self.fail], stdout=log, stderr=log)
            return process, log

        def make(self, jobs=2):
            return runner.make("fake", jobs, self.stored, self.kept)

    it = Fake()
    it.started = []
    monkeypatch.setattr(declare, "find", lambda name: STUDY)
    monkeypatch.setattr(declare, "modules", lambda *a: {"fake": ("99", "lesson99_fake")})
    monkeypatch.setattr(declare, "digest", lambda name: it.mark)
    monkeypatch.setattr(runner, "start", it.start)
    return it


# ---- what a lesson reads -------------------------------------------------------------------------


def test_a_study_is_run_stored_and_loaded(fake):
    fake.make()
    found = load_study("fake", fake.stored)
    assert found.settings == [*SETTINGS] and found.seeds == [0, 1, 2] and found.numbers == ["psnr"]
    assert found.values("without it", "psnr") == [19.0, 19.1, 19.2]
    assert found.mean("whole", "psnr") == pytest.approx(20.1)
    assert found.spread("whole", "psnr") == pytest.approx(statistics.stdev([20.0, 20.1, 20.2]))
    assert found.difference("whole", "without it", "psnr") == pytest.approx([1.0] * 3)
    assert found.bars("psnr")["whole"] == pytest.approx((20.1, 0.1))
    assert found.curves("curve")["without it"] == ([0, 1], [1.0, 1], [0.0, 1.0])
    assert "20.10 ± 0.10" in repr(found.table(["psnr"], ["PSNR (dB)"]))
    assert "python -m course_utils.studies fake" in found.note()
    assert found.seconds == 3.0 and found.steps == {"whole": 5, "without it": 5}
    assert set(found.made_with) == {"python", "torch"}


def test_unknown_names_are_met_in_words(fake):
    fake.make()
    found = load_study("fake", fake.stored)
    with pytest.raises(ValueError, match="setting: got 'half'.*whole"):
        found.mean("half", "psnr")
    with pytest.raises(ValueError, match="numbers: got 'ssim'.*psnr"):
        found.mean("whole", "ssim")
    with pytest.raises(FileNotFoundError, match="nothing is stored for 'other' .stored: fake"):
        load_study("other", fake.stored)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace('"numbers"', '"nombres"'),
        lambda text: text.replace('"setting": "whole", "seed": 1', '"setting": "half", "seed": 1'),
        lambda text: text.replace("study/1", "study/0"),
        lambda text: text.replace(' "seeds": [0, 1, 2],\n', ""),
        lambda text: re.sub(r"\[\[0, 1\]", "[[0]", text, count=1),
        lambda text: "[1, 2]",
    ],
)
def test_a_damaged_file_is_met_in_words(fake, damage):
    path = fake.make()
    text = path.read_text()
    assert damage(text) != text
    path.write_text(damage(text))
    with pytest.raises(ValueError, match="is damaged .*remake it with python -m"):
        load_study("fake", fake.stored)
    assert not runner.is_current("fake", fake.stored)


# ---- runs ----------------------------------------------------------------------------------------


def test_finished_runs_are_kept_when_one_fails_and_are_not_done_again(fake):
    fake.fail = "whole-2"
    with pytest.raises(runner.Stopped, match="whole, seed 2 failed:\nthe loss is not finite"):
        fake.make(jobs=1)
    assert fake.started == [*[(s, n) for n in (0, 1) for s in SETTINGS], ("whole", 2)]
    assert not (fake.stored / "fake.json").exists()
    fake.fail, fake.started = "", []
    fake.make(jobs=1)
    assert fake.started == [("whole", 2), ("without it", 2)]
    assert load_study("fake", fake.stored).values("whole", "psnr") == [20.0, 20.1, 20.2]
    assert not fake.kept.exists() or [*fake.kept.iterdir()] == []


def test_a_stop_ends_the_running_ones_and_keeps_the_finished(fake):
    fake.make(jobs=2)
    (fake.stored / "fake.json").unlink()
    fake.started, fake.wait = [], "0.2"
    kept = fake.kept / "fake" / fake.mark

    def stop_after_two():
        while len([*kept.glob("*.json")]) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_after_two, daemon=True).start()
    with pytest.raises(runner.Stopped, match=r"stopped: (\d) of 6 runs are kept") as stopped:
        fake.make(jobs=1)
    done = int(re.search(r"\d", str(stopped.value))[0])
    assert 2 <= done < 6 and len([*kept.glob("*.json")]) == done
    time.sleep(0.3)
    assert len([*kept.glob("*.json")]) == done, "a run went on after the stop"
    fake.wait, before = "0", len(fake.started)
    fake.make()
    assert len(fake.started) - before == 6 - done


def test_a_damaged_kept_run_is_done_again(fake):
    fake.fail = "without it-2"
    with pytest.raises(runner.Stopped):
        fake.make(jobs=1)
    victim = runner.kept_path(fake.kept / "fake" / fake.mark, "whole", 1)
    victim.write_text(victim.read_text()[:20])
    fake.fail, fake.started = "", []
    fake.make(jobs=1)
    assert fake.started == [("whole", 1), ("without it", 2)]


def test_a_run_that_another_window_finished_meanwhile_is_not_done_again(fake, monkeypatch):
    last, real = ("without it", 2), fake.start

    def with_help(name, setting, seed, path):
        if not fake.started:
            real(name, *last, runner.kept_path(path.parent, *last))[0].wait()
        return real(name, setting, seed, path)

    monkeypatch.setattr(runner, "start", with_help)
    fake.make(jobs=1)
    assert fake.started.count(last) == 1 and len(fake.started) == 6


def test_runs_of_another_declaration_are_not_mixed_in(fake):
    fake.fail = "without it-2"
    with pytest.raises(runner.Stopped):
        fake.make(jobs=1)
    fake.fail, fake.started, fake.mark = "", [], "def"
    assert not runner.is_current("fake", fake.stored)
    fake.make()
    assert len(fake.started) == 6 and runner.is_current("fake", fake.stored)
    fake.mark = "ghi"
    assert not runner.is_current("fake", fake.stored)


def test_no_more_runs_at_a_time_than_asked(fake, monkeypatch):
    fake.wait, most, real = "0.1", [], fake.start
    running = []

    def counting(*arguments):
        running.append(real(*arguments)[0])
        most.append(sum(process.poll() is None for process in running))
        return running[-1], open(os.devnull, "rb")

    monkeypatch.setattr(runner, "start", counting)
    fake.make(jobs=2)
    assert max(most) == 2


def test_a_run_has_one_thread_and_no_quick_mode(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setenv("COURSE_QUICK", "1")
    monkeypatch.setattr(subprocess, "Popen", lambda line, **kw: seen.update(kw, line=line))
    runner.start("predictor-parts-early", "whole", 1, tmp_path / "run.json")
    assert seen["env"]["OMP_NUM_THREADS"] == "1" and seen["env"]["COURSE_QUICK"] == "0"
    assert seen["start_new_session"] and seen["line"][-3:-1] == ["whole", "1"]


def test_the_real_worker_fails_in_words(tmp_path):
    process, log = runner.start("predictor-parts-early", "no such", 0, tmp_path / "run.json")
    assert process.wait(60) == 1 and "no such" in runner._tail(log)
    assert not (tmp_path / "run.json").exists()


def test_the_worker_writes_what_was_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "find", lambda name: STUDY)
    worker.main("fake", "without it", "2", tmp_path / "run.json")
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["numbers"] == {"psnr": 19.2} and run["curves"] == {"curve": [[0, 1], [1.0, 2]]}
    assert (run["setting"], run["seed"]) == ("without it", 2) and run["seconds"] >= 0


def test_what_is_measured_is_rounded_and_finite():
    numbers, curves = worker.measured({"a": 27.71828, "b": 3, "c": ([10, 20], [0.123456, 1])}, 4)
    assert numbers == {"a": 27.72, "b": 3} and curves == {"c": [[10, 20], [0.1235, 1]]}
    with pytest.raises(ValueError, match="loss is nan"):
        worker.measured({"loss": float("nan")}, 4)
    with pytest.raises(ValueError, match="2 places and 1 values"):
        worker.measured({"c": ([1, 2], [1.0])}, 4)
    with pytest.raises(ValueError, match="want a dict"):
        worker.measured(None, 4)


# ---- the check of make test-full -----------------------------------------------------------------


def test_the_check_passes_for_equal_numbers_and_fails_beyond_the_tolerance(
    fake, monkeypatch, capsys
):
    path = fake.make()
    monkeypatch.setattr(results, "FOLDER", fake.stored)
    monkeypatch.setattr(runner.compare, "__defaults__", (fake.stored, None))
    monkeypatch.setattr(declare, "names", lambda: ["fake"])
    before = path.read_text()
    assert __main__.main(["--check", "fake", "--jobs", "2"]) == 0
    path.write_text(before.replace('"psnr": 19.1', '"psnr": 19.14'))
    assert __main__.main(["--check", "fake", "--jobs", "2"]) == 0
    path.write_text(changed := before.replace('"psnr": 19.1', '"psnr": 19.16'))
    capsys.readouterr()
    assert __main__.main(["--check", "fake", "--jobs", "2"]) == 1
    assert "without it, seed 1: psnr is 19.1, stored 19.16" in capsys.readouterr().err
    assert path.read_text() == changed, "a check stores nothing"


def test_a_check_needs_a_tolerance(fake, monkeypatch):
    fake.make()
    monkeypatch.setattr(declare, "find", lambda name: Study(**{**vars(STUDY), "tolerance": {}}))
    with pytest.raises(ValueError, match="says none for psnr"):
        runner.compare("fake", 1, fake.stored)


def test_the_makefile_checks_a_study_that_has_tolerances():
    text = (ROOT / "Makefile").read_text()
    checked = re.findall(r"course_utils\.studies --check ([\w-]+)", text)
    assert checked and all(find(name).tolerance for name in checked)
    assert re.search(r"^studies:.*##", text, re.MULTILINE)


def test_an_unknown_name_ends_with_the_names_there_are(capsys):
    with pytest.raises(SystemExit) as stopped:
        __main__.main(["no-such-study"])
    assert stopped.value.code == 2 and "predictor-parts" in capsys.readouterr().err


# ---- declarations and what is stored -------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"settings": {"one": 1}}, {"seeds": (0, 1)}, {"seeds": (0, 0, 0)}, {"steps": {"whole": 3}}],
)
def test_a_study_that_shows_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        Study(**{**vars(STUDY), **wrong})


def test_the_digest_sees_code_and_helpers_and_spares_comments(tmp_path):
    helper = "from course_utils.studies.lesson98_help import STEPS"
    (tmp_path / "lesson99_a.py").write_text(f'"""One."""\n{helper}\nX = [1,\n  2]\n')
    (tmp_path / "lesson98_help.py").write_text("STEPS = 5\n")
    first = digest_of("a", tmp_path)
    (tmp_path / "lesson99_a.py").write_text(f'"""Two."""\n{helper}\n\nX = [1, 2]  # same\n')
    assert digest_of("a", tmp_path) == first
    (tmp_path / "lesson98_help.py").write_text("STEPS = 6\n")
    assert digest_of("a", tmp_path) != first
    (tmp_path / "lesson98_help.py").write_text("STEPS = 5\n")
    (tmp_path / "lesson99_a.py").write_text(f"{helper}\nX = [1, 3]\n")
    assert digest_of("a", tmp_path) != first


@pytest.mark.parametrize("name", names())
def test_a_stored_study_is_what_its_module_declares(name):
    study, found = find(name), load_study(name)
    assert found.digest == declare.digest(name), (
        f"{name} was declared differently when it ran: make studies"
    )
    assert found.settings == [*study.settings] and found.seeds == [*study.seeds]
    assert found.question == study.question and found.command == declare.command(name)
    assert any(text.startswith(f"{found.lesson}_") for text in Course().names())


def test_every_stored_file_has_a_declaration():
    assert {path.stem for path in results.FOLDER.glob("*.json")} == set(names())


def test_the_listing_is_what_the_tool_writes():
    assert (results.FOLDER / "README.md").read_text() == listing.page()


def test_the_listing_would_show_a_changed_number(tmp_path):
    for path in results.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    assert listing.page(tmp_path) == listing.page()
    victim = next(tmp_path.glob("*.json"))
    victim.write_text(re.sub(r'"seconds": [\d.]+', '"seconds": 9999.0', victim.read_text()))
    assert listing.page(tmp_path) != listing.page()
