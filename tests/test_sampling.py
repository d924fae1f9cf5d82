"""Sampling: each rule against its definition, written as loops; draws against the probabilities."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.sampling import draw, greedy, nucleus, temperature, top_k


def logits(seed, *shape):
    return 2 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def kept_by_definition(p, keep):
    """Eq. 6.9 and 6.10 as loops over one row; keep(count, held): whether to take one more token."""
    order = sorted(range(len(p)), key=lambda v: -p[v])
    chosen, held = [], 0.0
    for v in order:
        if not keep(len(chosen), held):
            break
        chosen.append(v)
        held += p[v]
    return [p[v] / held if v in chosen else 0.0 for v in range(len(p))]


BY_HAND = torch.tensor([0.5, 0.3, 0.2]).log()


def test_numbers_by_hand():
    p = temperature(BY_HAND)
    assert p.tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert greedy(BY_HAND).tolist() == [1, 0, 0]
    assert temperature(BY_HAND, 0.5).tolist() == pytest.approx([25 / 38, 9 / 38, 4 / 38])
    assert top_k(p, 2).tolist() == pytest.approx([0.625, 0.375, 0])
    assert nucleus(p, 0.7).tolist() == pytest.approx([0.625, 0.375, 0])
    assert nucleus(p, 0.9).tolist() == pytest.approx([0.5, 0.3, 0.2])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.floats(0.05, 1.0), st.data())
def test_truncations_equal_their_definition(seed, vocabulary, share, data):
    p = temperature(logits(seed, 3, vocabulary).double())
    k = data.draw(st.integers(1, vocabulary))
    for row, by_k, by_share in zip(p.tolist(), top_k(p, k).tolist(), nucleus(p, share).tolist()):
        assert by_k == pytest.approx(kept_by_definition(row, lambda count, held: count < k))
        assert by_share == pytest.approx(
            kept_by_definition(row, lambda count, held: held < share - 1e-12)
        )


def test_the_ends_of_each_rule():
    u = logits(0, 4, 2, 7)
    p = temperature(u)
    assert torch.equal(top_k(p, 1), greedy(u))
    assert torch.equal(nucleus(p, 1e-6), greedy(u))
    assert torch.allclose(top_k(p, 7), p)
    assert torch.allclose(nucleus(p, 1.0), p)
    assert torch.allclose(temperature(u, 1e-3), greedy(u), atol=1e-6)
    assert torch.allclose(temperature(u, 1e6), torch.full_like(u, 1 / 7), atol=1e-4)
    assert torch.allclose(temperature(u), torch.softmax(u, -1))


def test_of_equals_the_first_ones_stay():
    even = torch.full((4,), 0.25)
    assert greedy(even).tolist() == [1, 0, 0, 0]
    assert top_k(even, 2).tolist() == [0.5, 0.5, 0, 0]
    assert nucleus(even, 0.5).tolist() == [0.5, 0.5, 0, 0]


def test_the_nucleus_holds_no_token_without_probability():
    assert nucleus(torch.tensor([0.0, 1.0, 0.0]), 1.0).tolist() == [0, 1, 0]


def test_temperature_passes_gradients():
    u = logits(1, 3, 5).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda u: temperature(u, 0.7), u)


def test_draws_follow_the_probabilities():
    p = torch.tensor([0.2, 0.0, 0.5, 0.3])
    drawn = draw(p.expand(40_000, 4), torch.Generator().manual_seed(0))
    found = torch.bincount(drawn, minlength=4) / 40_000
    assert found[1] == 0
    assert (found - p).abs().max() < 4 * math.sqrt(0.25 / 40_000)


def test_draws_repeat_with_the_seed_and_keep_the_shape():
    p = temperature(logits(2, 2, 3, 6))
    first, again = (draw(p, torch.Generator().manual_seed(5)) for _ in range(2))
    assert first.shape == (2, 3) and first.dtype == torch.int64 and torch.equal(first, again)
    assert draw(p[0, 0], torch.Generator().manual_seed(5)).shape == ()


P = torch.tensor([0.5, 0.5])


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: temperature(P, 0.0), "tau: want a number above 0, got 0.0"),
        (lambda: temperature(P, float("nan")), "tau: want a number above 0, got nan"),
        (lambda: top_k(P, 0), "k: want a number from 1 to the vocabulary's 2, got 0"),
        (lambda: top_k(P, 3), "k: want a number from 1 to the vocabulary's 2, got 3"),
        (lambda: nucleus(P, 0.0), "share: want a number above 0 and at most 1, got 0.0"),
        (lambda: nucleus(P, 1.5), "share: want a number above 0 and at most 1, got 1.5"),
        (lambda: greedy(torch.tensor([1, 2])), "logits: want floats"),
        (lambda: draw(torch.tensor([0.5, 0.1]), torch.Generator()), "probabilities: want rows"),
        (lambda: draw(torch.tensor([1.5, -0.5]), torch.Generator()), "probabilities: want rows"),
        (
            lambda: draw(torch.tensor([float("nan"), 1.0]), torch.Generator()),
            "probabilities: want rows",
        ),
        (lambda: nucleus(torch.tensor(1.0), 0.5), "probabilities: want floats"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
