"""The recurrent video model: a state carried from frame to frame predicts the next (lesson 01).

    z_t           = tanh(W_x x_t + W_z z_{t-1} + b)                                        (Eq. 1.1)
    dz_T/dz_t     = J_T J_{T-1} ... J_{t+1},   J_k = diag(1 - z_k^2) W_z                   (Eq. 1.2)
    z_t           = g_keep z_{t-1} + (1 - g_keep) z_new          the gated cell            (Eq. 1.4)
    x_hat_{t+1}   = x_t + U z_t                                                            (Eq. 1.5)

W_x and W_z are matrices, or convolutions: then the state is a picture, one vector for each patch of
the frame. The plain network is Elman's (1990), the gated one that of Cho et al. (2014), and with
convolutions in it that of Ballas et al. (2016). State t has to wait for state t - 1: that is what
attention does away with.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from course_utils.models.pieces import zero_
from course_utils.patches import patch_grid


class RNNCell(nn.Module):
    """One step of the plain recurrent cell, tanh(W_x x_t + W_z z_{t-1} + b) (Eq. 1.1; Elman, 1990).

    from_input: W_x and b, from_state: W_z, both nn.Linear(..., width) or both nn.Conv2d.
    """

    parts = 1  # how many times `width` numbers the two maps give

    def __init__(self, from_input: nn.Module, from_state: nn.Module):
        super().__init__()
        self.from_input, self.from_state = from_input, from_state

    def forward(
        self, x: Float[Tensor, "batch inputs *grid"], z: Float[Tensor, "batch width *grid"]
    ) -> Float[Tensor, "batch width *grid"]:
        """Return z_t of the input x_t and the state z_{t-1}."""
        return self.step(self.from_input(x), z)

    def step(
        self, projected: Float[Tensor, "batch width *grid"], z: Float[Tensor, "batch width *grid"]
    ) -> Float[Tensor, "batch width *grid"]:
        """Return z_t of W_x x_t + b and z_{t-1}: the part that has to wait for the state."""
        return torch.tanh(projected + self.from_state(z))


class GRUCell(RNNCell):
    """One step of the gated recurrent unit (Eq. 1.4; Cho et al., 2014, in PyTorch's form).

        g_read = sigmoid(W_xr x_t + W_zr z_{t-1} + b_r)
        g_keep = sigmoid(W_xk x_t + W_zk z_{t-1} + b_k)
        z_new  = tanh(W_xn x_t + b_n + g_read (W_zn z_{t-1} + b_zn))
        z_t    = g_keep z_{t-1} + (1 - g_keep) z_new

    from_input, from_state: nn.Linear(..., 3 width) or nn.Conv2d, in the order read, keep, new.
    PyTorch calls the gates reset and update.
    """

    parts = 3

    def step(
        self, projected: Float[Tensor, "batch 3*width *grid"], z: Float[Tensor, "batch width *grid"]
    ) -> Float[Tensor, "batch width *grid"]:
        """Return z_t of the three projections of the input and z_{t-1}."""
        x_read, x_keep, x_new = projected.chunk(3, dim=1)
        z_read, z_keep, z_new = self.from_state(z).chunk(3, dim=1)
        read, keep = torch.sigmoid(x_read + z_read), torch.sigmoid(x_keep + z_keep)
        new = torch.tanh(x_new + read * z_new)
        return keep * z + (1 - keep) * new


CELLS = {"rnn": RNNCell, "gru": GRUCell}


class VideoRNN(nn.Module):
    """Predicts frame t + 1 from the frames up to t, one state after the other (Eq. 1.5).

    size: height and width in pixels; patch: side of a patch, a divisor of size; width: numbers in
    the state of a patch; cell: "rnn" or "gru"; overlap: pixels that W_x sees beyond each side of a
    patch; kernel: side of the square of patches that W_z sees, an odd number.
    Like VideoTransformer it reads each frame and its change, [x_t, x_t - x_{t-1}].
    Raises ValueError for an unknown cell, an even kernel, or a patch that does not divide size.
    """

    def __init__(
        self,
        size: int = 32,
        patch: int = 4,
        channels: int = 3,
        width: int = 48,
        cell: str = "gru",
        overlap: int = 2,
        kernel: int = 3,
    ):
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell: got {cell!r}, want one of {', '.join(CELLS)}")
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(
                f"kernel: got {kernel}, want an odd number, so that a patch is its own centre"
            )
        _, rows, columns = patch_grid((1, channels, size, size), (1, patch, patch))
        self.size, self.channels, self.width, self.grid = size, channels, width, (rows, columns)
        outputs = CELLS[cell].parts * width
        self.cell = CELLS[cell](
            nn.Conv2d(2 * channels, outputs, patch + 2 * overlap, stride=patch, padding=overlap),
            nn.Conv2d(width, outputs, kernel, padding=kernel // 2),
        )
        # a matrix for each patch
        self.pixels = nn.ConvTranspose2d(width, channels, patch, stride=patch)
        zero_(self.pixels)

    def states(
        self,
        video: Float[Tensor, "batch frames channels height width"],
        before: Float[Tensor, "batch channels height width"] | None = None,
        state: Float[Tensor, "batch d rows columns"] | None = None,
    ) -> Float[Tensor, "batch frames d rows columns"]:
        """Return z_t for all frames (Eq. 1.1 or 1.4), from z_0 = 0 or from `state`.

        before: the frame before the first one, if there is one. Raises ValueError for frames of
        another size.
        """
        B, T = self._check(video)
        first = video[:, :1] if before is None else before[:, None]
        change = video - torch.cat((first, video[:, :-1]), dim=1)
        # W_x does not need the state: one call for all frames. What follows has to go step by step.
        projected = self.cell.from_input(torch.cat((video, change), dim=2).flatten(0, 1)).unflatten(
            0, (B, T)
        )
        z = video.new_zeros(B, self.width, *self.grid) if state is None else state
        states = []
        for t in range(T):
            z = self.cell.step(projected[:, t], z)
            states.append(z)
        return torch.stack(states, dim=1)

    def forward(
        self, video: Float[Tensor, "batch frames channels height width"]
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Return x_hat: x_hat[:, t] is the prediction of the frame after video[:, t] (Eq. 1.5)."""
        return self._read(video, self.states(video))

    @torch.no_grad()
    def rollout(
        self, context: Float[Tensor, "batch past channels height width"], frames: int
    ) -> Float[Tensor, "batch frames channels height width"]:
        """Predict `frames` frames after the context, each from the ones before it.

        Predictions are clipped to [0, 1] before they are fed back. All that is kept of the past is
        one state. Raises ValueError for frames < 1 or frames of another size.
        """
        if frames < 1:
            raise ValueError(f"frames: got {frames}, want at least 1")
        self._check(context)
        newest, before, state, predicted = context, None, None, []
        while True:
            states = self.states(newest, before, state)
            predicted.append(self._read(newest[:, -1:], states[:, -1:]).clamp(0, 1))
            if len(predicted) == frames:
                return torch.cat(predicted, dim=1)
            newest, before, state = predicted[-1], newest[:, -1], states[:, -1]

    def _read(self, video, states):
        return video + self.pixels(states.flatten(0, 1)).unflatten(0, states.shape[:2])

    def _check(self, video):
        wanted = (self.channels, self.size, self.size)
        if video.dim() != 5 or video.shape[1] < 1 or tuple(video.shape[2:]) != wanted:
            C, H, W = wanted
            raise ValueError(f'video: got {tuple(video.shape)}, want "batch frames {C} {H} {W}"')
        return video.shape[:2]
