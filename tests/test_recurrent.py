"""The cells of recurrence: PyTorch's in value and gradient, on a grid too (lesson 01)."""

import pytest
import torch
from torch import nn

from course_utils.models import GRUCell, RNNCell

PAIRS = {"rnn": (RNNCell, nn.RNN), "gru": (GRUCell, nn.GRU)}


def ours_and_theirs(cell, inputs=5, width=7):
    """A cell and PyTorch's layer with the same weights, in float64."""
    ours, theirs = PAIRS[cell]
    layer = theirs(inputs, width, batch_first=True).double()
    mine = ours(
        nn.Linear(inputs, ours.parts * width), nn.Linear(width, ours.parts * width)
    ).double()
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
    theirs_gradients = torch.autograd.grad(
        theirs.sin().sum(), (x, *(getattr(layer, n) for n in names))
    )
    for a, b in zip(ours_gradients, theirs_gradients, strict=True):
        assert torch.allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("cell", PAIRS)
def test_on_a_grid_of_one_patch_the_convolutions_are_matrices(cell):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mine, _, _ = ours_and_theirs(cell)
        on_grid = PAIRS[cell][0](
            nn.Conv2d(5, mine.parts * 7, 1), nn.Conv2d(7, mine.parts * 7, 3, padding=1)
        )
        x, z = torch.randn(3, 5), torch.randn(3, 7)
    with torch.no_grad():
        on_grid.from_input.weight.copy_(mine.from_input.weight[..., None, None])
        # the rim sees only padding
        on_grid.from_state.weight[..., 1, 1] = mine.from_state.weight.float()
        on_grid.from_input.bias.copy_(mine.from_input.bias)
        on_grid.from_state.bias.copy_(mine.from_state.bias)
    wanted = mine(x.double(), z.double()).float()
    assert torch.allclose(
        on_grid(x[..., None, None], z[..., None, None])[..., 0, 0], wanted, atol=1e-6
    )


def test_the_jacobian_of_a_plain_step_is_the_formula():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        cell, x, z = (
            RNNCell(nn.Linear(5, 7), nn.Linear(7, 7)).double(),
            torch.randn(1, 5),
            torch.randn(1, 7),
        )
    x, z = x.double(), z.double()
    theirs = torch.autograd.functional.jacobian(lambda z: cell(x, z)[0], z)[:, 0]
    assert torch.allclose(
        torch.diag(1 - cell(x, z)[0] ** 2) @ cell.from_state.weight, theirs, atol=1e-12
    )
