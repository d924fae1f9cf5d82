"""Rivals of the course's predictor and interpolator, in torch.nn alone: for `make bench`.

    i, f = s(W_x x_t + W_h h_t-1 + w_c o c_t-1),   c_t = f o c_t-1 + i o tanh(W x_t + W h_t-1)
    g    = s(W_x x_t + W_h h_t-1 + w_c o c_t),     h_t = g o tanh(c_t)

is the convolutional LSTM of X. Shi, Z. Chen, H. Wang, D.-Y. Yeung, W.-K. Wong and W.-C. Woo,
"Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting", NIPS 2015
(arXiv 1506.04214), with its peephole terms w_c, one number for each place and channel; W are
convolutions, o multiplies number by number. As there, frames are cut into patches that become
channels, and a forecaster starts from the states of an encoder. Unlike there it reads its own last
frame and adds to it.

The plain rivals are residual convolutional networks on such patches. Every rival starts as the free
answer: its last convolution is zero.
"""

import torch
import torch.nn.functional as F
from torch import nn

from course_utils.tasks.interpolation import blend


def starts_at_zero(layer):
    """Set the weights of a layer to zero, and return it."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Cell(nn.Module):
    """One layer of a convolutional LSTM with peepholes, on maps of `side` x `side`."""

    def __init__(self, inputs, width, side):
        super().__init__()
        self.width = width
        self.gates = nn.Conv2d(inputs + width, 4 * width, 3, padding=1)
        self.peep = nn.Parameter(torch.zeros(3, width, side, side))
        with torch.no_grad():  # remember at first
            self.gates.bias[width : 2 * width] = 1.0

    def forward(self, x, state=None):
        """Return (h, c) after the maps x; a missing state is zero."""
        if state is None:
            state = (x.new_zeros(len(x), self.width, *x.shape[-2:]),) * 2
        h, c = state
        i, f, g, new = self.gates(torch.cat((x, h), 1)).chunk(4, 1)
        i, f = torch.sigmoid(i + self.peep[0] * c), torch.sigmoid(f + self.peep[1] * c)
        c = f * c + i * torch.tanh(new)
        return torch.sigmoid(g + self.peep[2] * c) * torch.tanh(c), c


class ConvLSTMPredictor(nn.Module):
    """An encoder and a forecaster, two layers each; trained on the frames that it is asked for."""

    def __init__(self, width=48, patch=4, size=32):
        super().__init__()
        self.patch, inputs, side = patch, 3 * patch**2, size // patch
        self.encoder = nn.ModuleList((Cell(inputs, width, side), Cell(width, width, side)))
        self.forecaster = nn.ModuleList((Cell(inputs, width, side), Cell(width, width, side)))
        self.head = starts_at_zero(nn.Conv2d(2 * width, inputs, 1))

    def step(self, cells, x, states):
        """Return the states of all layers after the frame x."""
        maps, after = F.pixel_unshuffle(x, self.patch), []
        for cell, state in zip(cells, states):
            after.append(cell(maps, state))
            maps = after[-1][0]
        return after

    def forward(self, context, frames):
        """Return `frames` frames after the context, each the one before it and a change."""
        states, x, written = [None, None], context[:, -1], []
        for t in range(context.shape[1] - 1):
            states = self.step(self.encoder, context[:, t], states)
        for _ in range(frames):
            states = self.step(self.forecaster, x, states)
            change = self.head(torch.cat([h for h, _ in states], 1))
            x = x + F.pixel_shuffle(change, self.patch)
            written.append(x)
        return torch.stack(written, 1)

    @torch.no_grad()
    def rollout(self, context, frames):
        """Return the same without a gradient, cut to [0, 1]."""
        return self(context, frames).clamp(0, 1)

    def loss(self, video, seed):
        """Return the mean squared error of the second half of the clips, from the first half."""
        half = video.shape[1] // 2
        return F.mse_loss(self(video[:, :half], video.shape[1] - half), video[:, half:])


class ConvLSTMInterpolator(nn.Module):
    """One layer reads the neighbours and offsets of all frames forward, another one backward."""

    def __init__(self, width=32, patch=4, size=32):
        super().__init__()
        self.patch, inputs, side = patch, 6 * patch**2 + 2, size // patch
        self.ways = nn.ModuleList(Cell(inputs, width, side) for _ in range(2))
        self.head = nn.Sequential(
            nn.Conv2d(2 * width + inputs, 2 * width, 3, padding=1),
            nn.GELU(),
            starts_at_zero(nn.Conv2d(2 * width, 3 * patch**2, 3, padding=1)),
        )

    def forward(self, condition, frames):
        """Return the linear blend of the neighbours and a change, "B T C H W"."""
        film, offsets = condition.sources, condition.offsets  # B T 2 C H W, B T 2
        maps = F.pixel_unshuffle(film.flatten(2, 3), self.patch)
        far = offsets[..., None, None].expand(-1, -1, -1, *maps.shape[-2:]) / 4
        maps = torch.cat((maps, far), 2)  # B T inputs h w
        both = []
        for cell, order in zip(self.ways, (range(frames), reversed(range(frames)))):
            state, read = None, {}
            for t in order:
                state = cell(maps[:, t], state)
                read[t] = state[0]
            both.append(torch.stack([read[t] for t in range(frames)], 1))
        change = self.head(torch.cat((*both, maps), 2).flatten(0, 1))
        return blend(film, offsets) + F.pixel_shuffle(change, self.patch).view_as(film[:, :, 0])

    @torch.no_grad()
    def write(self, condition, frames):
        """Return the same without a gradient, cut to [0, 1]."""
        return self(condition, frames).clamp(0, 1)


class Block(nn.Module):
    """Two convolutions beside a way that changes nothing."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = starts_at_zero(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x):
        """Return x and what the convolutions add."""
        return x + self.second(F.gelu(self.first(F.gelu(x))))


def plain_network(inputs, width, blocks, patch):
    """From `inputs` maps of patches to the 3 channels of a frame."""
    return nn.Sequential(
        nn.Conv2d(inputs, width, 3, padding=1),
        *(Block(width) for _ in range(blocks)),
        nn.GELU(),
        starts_at_zero(nn.Conv2d(width, 3 * patch**2, 3, padding=1)),
        nn.PixelShuffle(patch),
    )


class PlainPredictor(nn.Module):
    """The last `past` frames, stacked in the channels, give the next one; rolled out."""

    def __init__(self, past=4, width=48, blocks=3, patch=2):
        super().__init__()
        self.past, self.patch = past, patch
        self.network = plain_network(3 * past * patch**2, width, blocks, patch)

    def forward(self, frames):
        """Return the frame after `past` frames, "b past C H W" -> "b C H W"."""
        maps = F.pixel_unshuffle(frames.flatten(1, 2), self.patch)
        return frames[:, -1] + self.network(maps)

    @torch.no_grad()
    def rollout(self, context, frames):
        """Return the frames that follow, each from those before it, cut to [0, 1]."""
        film = context
        for _ in range(frames):
            film = torch.cat((film, self(film[:, -self.past :]).clamp(0, 1)[:, None]), 1)
        return film[:, context.shape[1] :]

    def loss(self, video, seed, each=4, noise=0.03):
        """Return the error of `each` next frames of a clip, with the noise of Eq. 9.9 on the past.

        A few frames of a clip are nearly as good a lesson as all of them, and cost less.
        """
        g = torch.Generator().manual_seed(seed)
        starts = torch.randperm(video.shape[1] - self.past, generator=g)[:each].tolist()
        seen = torch.cat([video[:, t : t + self.past] for t in starts])
        wanted = torch.cat([video[:, t + self.past] for t in starts])
        strength = noise * torch.rand(len(seen), 1, 1, 1, 1, generator=g)
        return F.mse_loss(self(seen + strength * torch.randn(seen.shape, generator=g)), wanted)


class PlainInterpolator(nn.Module):
    """The two known neighbours and the offsets give the missing frame, each frame by itself."""

    def __init__(self, width=48, blocks=3, patch=2):
        super().__init__()
        self.patch = patch
        self.network = plain_network(6 * patch**2 + 2, width, blocks, patch)

    def forward(self, condition, frames):
        """Return the linear blend of the neighbours and, where a frame is missing, a change."""
        film, offsets = condition.sources, condition.offsets
        answer, missing = blend(film, offsets), offsets.abs().sum(2) > 0  # "B T"
        maps = F.pixel_unshuffle(film[missing].flatten(1, 2), self.patch)
        far = offsets[missing][..., None, None].expand(-1, -1, *maps.shape[-2:]) / 4
        change = self.network(torch.cat((maps, far), 1))
        return answer.index_put((missing,), change, accumulate=True)

    @torch.no_grad()
    def write(self, condition, frames):
        """Return the same without a gradient, cut to [0, 1]."""
        return self(condition, frames).clamp(0, 1)
