"""The recurrent model: cells equal to those of PyTorch, nothing from the future, one state to go on from."""

import pytest
import torch
from torch import nn

from course_utils.models import GRUCell, RNNCell, VideoRNN, next_frame_loss

PAIRS = {"rnn": (RNNCell, nn.RNN), "gru": (GRUCell, nn.GRU)}


def ours_and_theirs(cell, inputs=5, width=7):
    """A cell and PyTorch's layer with the same weights, in float64."""
    ours, theirs = PAIRS[cell]
    layer = theirs(inputs, width, batch_first=True).double()
    mine = ours(nn.Linear(inputs, ours.parts * width), nn.Linear(width, ours.parts * width)).double()
    names = ("weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "bias_hh_l0")
    with torch.no_grad():
        for name, p in zip(names, mine.parameters(), strict=True):
            p.copy_(getattr(layer, name))
    return mine, layer, names


@pytest.mark.parametrize("cell", PAIRS)
def test_a_cell_equals_the_layer_of_pytorch_in_value_and_gradient(cell):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mine, layer, names = ours_and_theirs(cell)
        x, start = torch.randn(3, 6, 5).double().requires_grad_(), torch.randn(3, 7).double()
    z, states = start, []
    for t in range(6):
        z = mine(x[:, t], z)
        states.append(z)
    states, theirs = torch.stack(states, 1), layer(x, start[None])[0]
    assert torch.allclose(states, theirs, atol=1e-12)
    ours_gradients = torch.autograd.grad(states.sin().sum(), (x, *mine.parameters()))
    theirs_gradients = torch.autograd.grad(theirs.sin().sum(), (x, *(getattr(layer, n) for n in names)))
    for a, b in zip(ours_gradients, theirs_gradients, strict=True):
        assert torch.allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("cell", PAIRS)
def test_on_a_grid_of_one_patch_the_convolutions_are_matrices(cell):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mine, _, _ = ours_and_theirs(cell)
        on_grid = PAIRS[cell][0](nn.Conv2d(5, mine.parts * 7, 1), nn.Conv2d(7, mine.parts * 7, 3, padding=1))
        x, z = torch.randn(3, 5), torch.randn(3, 7)
    with torch.no_grad():
        on_grid.from_input.weight.copy_(mine.from_input.weight[..., None, None])
        on_grid.from_state.weight[..., 1, 1] = mine.from_state.weight.float()  # the rim sees only padding
        on_grid.from_input.bias.copy_(mine.from_input.bias)
        on_grid.from_state.bias.copy_(mine.from_state.bias)
    wanted = mine(x.double(), z.double()).float()
    assert torch.allclose(on_grid(x[..., None, None], z[..., None, None])[..., 0, 0], wanted, atol=1e-6)


def test_the_jacobian_of_a_plain_step_is_the_formula():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell, x, z = RNNCell(nn.Linear(5, 7), nn.Linear(7, 7)).double(), torch.randn(1, 5), torch.randn(1, 7)
    x, z = x.double(), z.double()
    theirs = torch.autograd.functional.jacobian(lambda z: cell(x, z)[0], z)[:, 0]
    assert torch.allclose(torch.diag(1 - cell(x, z)[0] ** 2) @ cell.from_state.weight, theirs, atol=1e-12)


@pytest.fixture(scope="module", params=PAIRS)
def model(request):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VideoRNN(size=16, patch=4, width=8, cell=request.param, overlap=1)
        for p in model.parameters():  # also the ones that start at zero
            p.data += 0.1 * torch.randn_like(p)
    return model.eval()


@pytest.fixture(scope="module")
def video():
    return torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("cell", PAIRS)
def test_a_fresh_model_repeats_the_last_frame(cell, video):
    fresh = VideoRNN(size=16, patch=8, cell=cell)
    assert torch.equal(fresh(video), video)
    assert torch.equal(fresh.rollout(video, 3), video[:, -1:].expand(-1, 3, -1, -1, -1))


@pytest.mark.parametrize("t", range(6))
def test_a_change_at_frame_t_moves_nothing_before_it_and_everything_after(model, video, t):
    changed = video.clone()
    changed[:, t] = 1 - changed[:, t]
    moved = (model(changed) - model(video)).abs().amax(dim=(0, 2, 3, 4))
    assert (moved[:t] == 0).all() and (moved[t:] > 1e-6).all()


def test_the_rollout_equals_the_one_that_starts_over_each_time(model, video):
    whole = video[:, :3]
    for _ in range(4):
        with torch.no_grad():
            whole = torch.cat((whole, model(whole)[:, -1:].clamp(0, 1)), dim=1)
    assert torch.allclose(model.rollout(video[:, :3], 4), whole[:, 3:], atol=1e-5)


def test_a_clip_in_two_pieces_gives_the_states_of_the_whole(model, video):
    first = model.states(video[:, :4])
    second = model.states(video[:, 4:], before=video[:, 3], state=first[:, -1])
    assert torch.allclose(torch.cat((first, second), 1), model.states(video), atol=1e-6)


def test_every_weight_gets_a_gradient_from_the_course_loss(model, video):
    model.zero_grad()
    next_frame_loss(model, video, seed=0).backward()
    assert all(p.grad is not None and p.grad.abs().any() for p in model.parameters())


def test_bad_input_is_named(model, video):
    for wrong in (video[..., :8], video[0], video[:, :0]):
        with pytest.raises(ValueError, match='want "batch frames 3 16 16"'):
            model(wrong)
    with pytest.raises(ValueError, match="video"):
        model.rollout(video[0], 2)
    with pytest.raises(ValueError, match="frames"):
        model.rollout(video, 0)
    with pytest.raises(ValueError, match="patch"):
        VideoRNN(size=30, patch=8)
    with pytest.raises(ValueError, match="cell"):
        VideoRNN(cell="lstm")
    with pytest.raises(ValueError, match="kernel"):
        VideoRNN(kernel=2)
