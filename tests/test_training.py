"""fit and claim: schedule, reproducibility, resume, interruption, quick mode, bad input."""

import os
import signal

import pytest
import torch
from torch import nn

from course_utils.training import QUICK_STEPS, claim, fit, learning_rate_factor, make_optimizers


@pytest.fixture(autouse=True)
def whole_runs(monkeypatch):
    monkeypatch.delenv("COURSE_QUICK", raising=False)


def small_model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Linear(3, 8), nn.ModuleList([nn.Linear(8, 8)])[0], nn.Dropout(0.2), nn.Linear(8, 1)
        )


class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.embed = nn.Linear(3, 8)
            self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
            self.head = nn.Linear(8, 1)
            self.drop = nn.Dropout(0.05)

    def forward(self, x):
        x = self.embed(x)
        for layer in self.layers:
            x = x + self.drop(layer(x).relu())
        return self.head(x)


def loss(model, seed):
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(seed))
    return ((model(x) - x.sum(-1, keepdim=True)) ** 2).mean()


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_fit_learns_and_is_reproducible():
    first, second = Stacked(), Stacked()
    history = fit(first, loss, 200, optimizer="muon", lr=0.02)
    fit(second, loss, 200, optimizer="muon", lr=0.02)
    assert history.steps == 200 and history.smoothed()[-1] < 0.2 * history.smoothed()[19]
    assert torch.equal(weights(first), weights(second))
    assert not first.training


def test_fit_leaves_the_global_random_state_alone():
    torch.manual_seed(5)
    want = torch.rand(3)
    torch.manual_seed(5)
    fit(Stacked(), loss, 3, lr=0.01)
    assert torch.equal(torch.rand(3), want)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_an_interrupted_run_resumes_to_the_same_weights(tmp_path, optimizer):
    whole = Stacked()
    want = fit(whole, loss, 20, optimizer=optimizer, lr=0.02)

    def interrupting(model, seed):
        if seed == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return loss(model, seed)

    part = Stacked()
    history = fit(part, interrupting, 20, optimizer=optimizer, lr=0.02, resume=tmp_path / "run.pt")
    assert history.interrupted and history.steps == 8 and "interrupted" in str(history)
    rest = Stacked()
    again = fit(rest, loss, 20, optimizer=optimizer, lr=0.02, resume=tmp_path / "run.pt")
    assert torch.equal(weights(whole), weights(rest))
    assert again.losses == want.losses and not again.interrupted
    assert list(tmp_path.iterdir()) == [tmp_path / "run.pt"]


def test_a_crash_leaves_the_last_saved_state(tmp_path):
    def crashing(model, seed):
        if seed == 7:
            raise RuntimeError("crash")
        return loss(model, seed)

    with pytest.raises(RuntimeError, match="crash"):
        fit(Stacked(), crashing, 20, lr=0.02, resume=tmp_path / "run.pt", save_every=5)
    whole, rest = Stacked(), Stacked()
    fit(whole, loss, 20, lr=0.02)
    assert fit(rest, loss, 20, lr=0.02, resume=tmp_path / "run.pt").steps == 20
    assert torch.equal(weights(whole), weights(rest))


def test_resume_refuses_foreign_files_and_other_settings(tmp_path):
    path = tmp_path / "run.pt"
    path.write_bytes(b"not a state")
    with pytest.raises(ValueError, match="resume"):
        fit(Stacked(), loss, 5, resume=path)
    path.unlink()
    fit(Stacked(), loss, 5, lr=0.01, resume=path)
    for other in (
        {"lr": 0.02},
        {"weight_decay": 0.1},
        {"clip": None},
        {"cooldown": 0.0},
        {"seed": 1},
    ):
        with pytest.raises(ValueError, match=f"was written with {next(iter(other))}="):
            fit(Stacked(), loss, 5, resume=path, **({"lr": 0.01} | other))
    with pytest.raises(ValueError, match="different model"):
        fit(small_model(), loss, 5, lr=0.01, resume=path)


def test_schedule_is_equation_9_11():
    factors = [learning_rate_factor(k, 10, 2, 0.5) for k in range(10)]
    assert factors == pytest.approx([0.5, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])


def test_muon_gets_the_stacked_matrices_and_adamw_the_rest():
    model = Stacked()
    muon, adamw = make_optimizers(model, "muon", 0.02, 0.0)
    assert {id(p) for g in muon.param_groups for p in g["params"]} == {
        id(layer.weight) for layer in model.layers
    }
    assert sum(len(g["params"]) for g in adamw.param_groups) == 6
    with pytest.raises(ValueError, match="ModuleList"):
        make_optimizers(nn.Linear(2, 2), "muon", 0.02, 0.0)


@pytest.mark.parametrize(
    "arguments, word",
    [
        ({"steps": 0}, "steps"),
        ({"steps": 2, "seed": -1}, "seed"),
        ({"steps": 2, "optimizer": "sgd"}, "optimizer"),
    ],
)
def test_bad_settings_are_named(arguments, word):
    with pytest.raises(ValueError, match=word):
        fit(Stacked(), loss, **arguments)


def test_a_gradient_that_is_not_finite_stops_before_it_is_taken():
    model = torch.nn.Linear(1, 1)
    before = [p.clone() for p in model.parameters()]

    def loss(model, seed):  # finite at 0, where the root has no slope
        return (model.weight * 0).square().sum().sqrt()

    for clip in (1.0, None):
        with pytest.raises(ValueError, match="gradient of norm nan at step 0"):
            fit(model, loss, 3, clip=clip, progress=False)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters()))


@pytest.mark.parametrize("bad", [torch.tensor(float("nan")), torch.ones(2), 3.0])
def test_a_loss_that_is_no_finite_scalar_is_refused(bad):
    with pytest.raises(ValueError, match="finite scalar"):
        fit(Stacked(), lambda model, seed: bad, 3)


def test_quick_mode_stops_early_and_says_so(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_QUICK", "1")
    history = fit(Stacked(), loss, 500)
    assert history.steps == QUICK_STEPS and history.quick
    assert "quick mode: trained 3 of 500 steps" in capsys.readouterr().out
    claim(False, "pigs fly")
    assert "not checked in quick mode: pigs fly" in capsys.readouterr().out


def test_a_claim_is_asserted_in_full_mode(capsys):
    claim(torch.tensor(True), "water is wet")
    assert capsys.readouterr().out == "holds: water is wet\n"
    with pytest.raises(AssertionError, match="pigs fly"):
        claim(False, "pigs fly")


def test_smoothed_is_a_running_mean():
    history = fit(Stacked(), loss, 5)
    assert history.smoothed(2)[3] == pytest.approx(sum(history.losses[2:4]) / 2)
    assert history.smoothed(2)[0] == history.losses[0]


def test_without_progress_nothing_is_printed(capsys):
    fit(Stacked(), loss, 2)
    assert "trained 2 of 2 steps" in capsys.readouterr().out
    fit(Stacked(), loss, 2, progress=False)
    assert capsys.readouterr() == ("", "")
