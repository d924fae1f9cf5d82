"""For the last picture of homework 13: what an ideal model of CoinWorld says of masked frames."""

import torch

from course_utils.worlds.coin import STEPS

SLACK = 1e-9  # probability of a jump to each other state


def marginals(world, tokens):
    """Return each frame's exact probabilities given all frames that are known.

    tokens: cells "batch frames", -1 where a frame is not known. The answer is "batch frames cells",
    float64, computed forward and backward over (cell, heading). A jump that the world never makes
    counts as one in a billion, so that a clip with a mistake in it can be carried on.
    """
    G = world.grid
    left, straight, right = world.probability
    turn = torch.tensor([straight, right, 0.0, left], dtype=torch.float64)
    cell = torch.arange(G * G)
    move = torch.zeros(G * G, 4, G * G, 4, dtype=torch.float64)
    for new, (dx, dy) in enumerate(STEPS):
        there = (cell // G + dy) % G * G + (cell % G + dx) % G
        for old in range(4):
            move[cell, old, there, new] = turn[(new - old) % 4]
    move = move.flatten(2).flatten(0, 1) + SLACK  # state, next state
    seen = (tokens[..., None] == cell) | (tokens[..., None] < 0)
    seen = seen.repeat_interleave(4, -1).double()  # batch frames states
    forward, backward = [seen[:, 0]], [torch.ones_like(seen[:, 0])]
    for t in range(1, tokens.shape[1]):
        step = forward[-1] @ move * seen[:, t]
        forward.append(step / step.sum(-1, keepdim=True))
        back = (backward[-1] * seen[:, -t]) @ move.T
        backward.append(back / back.sum(-1, keepdim=True))
    both = torch.stack(forward, 1) * torch.stack(backward[::-1], 1)
    both = both.unflatten(-1, (G * G, 4)).sum(-1)
    return both / both.sum(-1, keepdim=True)
