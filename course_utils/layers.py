"""What stands around attention: feed-forward network, layer norm, residual (built in lesson 04).

    FFN(x) = max(0, x W_1 + b_1) W_2 + b_2                                                 (Eq. 4.1)
    gated: FFN(x) = (f(x W_1 + b_1) * (x V + c)) W_2 + b_2,  * element by element          (Eq. 4.2)
    layer norm, token by token: LN(x) = g * (x - mean(x)) / sqrt(var(x) + eps) + b         (Eq. 4.3)
    residual, pre-norm:  x + S(LN(x))          post-norm:  LN(x + S(x))                    (Eq. 4.4)

Eq. 4.1 is Eq. 2 of Vaswani et al. (2017), Eq. 4.2 is from Shazeer (2020), Eq. 4.3 from Ba, Kiros
and Hinton (2016); Xiong et al. (2020) compare the two orders of Eq. 4.4.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu}
GATED = {"geglu": F.gelu, "swiglu": F.silu}  # the f of Eq. 4.2


class FeedForward(nn.Module):
    """One network for each token: max(0, x W_1 + b_1) W_2 + b_2 (Eq. 4.1; Vaswani et al., 2017).

    d_ff: its inner width. activation: "relu", "gelu" or "silu", or a gated one: "geglu" or "swiglu"
    (Eq. 4.2; Shazeer, 2020), which has three matrices: at equal parameters its d_ff is two thirds.
    dropout: on the inner activations, while training. Raises ValueError for an unknown activation.
    """

    def __init__(
        self, d_model: int, d_ff: int, activation: str = "relu", *, dropout: float = 0.0, bias=True
    ):
        super().__init__()
        if activation not in ACTIVATIONS | GATED:
            raise ValueError(
                f"activation: want one of {', '.join(ACTIVATIONS | GATED)}, got {activation!r}"
            )
        self.activation, self.dropout = activation, dropout
        self.first = nn.Linear(d_model, d_ff, bias=bias)
        self.gate = nn.Linear(d_model, d_ff, bias=bias) if activation in GATED else None
        self.second = nn.Linear(d_ff, d_model, bias=bias)

    def forward(
        self, x: Float[Tensor, "*batch tokens d_model"]
    ) -> Float[Tensor, "*batch tokens d_model"]:
        """Change each token by itself (Eq. 4.1 or 4.2)."""
        if self.gate is None:
            inner = ACTIVATIONS[self.activation](self.first(x))
        else:
            inner = GATED[self.activation](self.first(x)) * self.gate(x)
        if self.training and self.dropout:
            inner = F.dropout(inner, self.dropout)
        return self.second(inner)


def layer_norm(
    x: Float[Tensor, "*batch d_model"],
    scale: Float[Tensor, " d_model"],
    shift: Float[Tensor, " d_model"] | None = None,
    eps: float = 1e-5,
) -> Float[Tensor, "*batch d_model"]:
    """Give each token mean 0 and variance 1, then scale and shift it (Eq. 4.3; Ba et al., 2016).

    One line per term: the specification of `LayerNorm`, which calls PyTorch's fused version.
    """
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    y = scale * (x - mean) / torch.sqrt(variance + eps)
    return y if shift is None else y + shift


class LayerNorm(nn.Module):
    """Layer norm with its learned scale g and shift b (Eq. 4.3; Ba et al., 2016); as `layer_norm`.

    bias: False leaves the shift out. Raises ValueError when x does not have d_model numbers per
    token.
    """

    def __init__(self, d_model: int, eps: float = 1e-5, bias=True):
        super().__init__()
        self.eps = eps
        self.scale = nn.Parameter(torch.ones(d_model))
        self.shift = nn.Parameter(torch.zeros(d_model)) if bias else None

    @classmethod
    def from_torch(cls, theirs: nn.LayerNorm) -> "LayerNorm":
        """Return torch's layer as ours, its weights copied."""
        if (
            not isinstance(theirs, nn.LayerNorm)
            or theirs.weight is None
            or theirs.weight.dim() != 1
        ):
            raise ValueError(
                f"theirs: want an nn.LayerNorm over one axis with weights, got {theirs}"
            )
        ours = cls(len(theirs.weight), theirs.eps, bias=theirs.bias is not None).to(theirs.weight)
        with torch.no_grad():
            ours.scale.copy_(theirs.weight)
            if theirs.bias is not None:
                ours.shift.copy_(theirs.bias)
        return ours

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Normalise each token by itself (Eq. 4.3)."""
        scale = self.scale
        if x.shape[-1:] != scale.shape:
            raise ValueError(f'x: want "*batch {len(scale)}", got {tuple(x.shape)}')
        return F.layer_norm(x, scale.shape, scale, self.shift, self.eps)


class Residual(nn.Module):
    """Adds what a sublayer S found to what was there; a norm before S or after the sum (Eq. 4.4).

    norm: "pre" for x + S(LN(x)), "post" for LN(x + S(x)), "none" for x + S(x).
    dropout: on the output of S, while training. Raises ValueError for another norm.
    """

    def __init__(
        self, d_model: int, norm: str = "pre", *, dropout: float = 0.0, eps: float = 1e-5, bias=True
    ):
        super().__init__()
        if norm not in ("pre", "post", "none"):
            raise ValueError(f"norm: want 'pre', 'post' or 'none', got {norm!r}")
        self.order, self.dropout = norm, dropout
        self.norm = nn.Identity() if norm == "none" else LayerNorm(d_model, eps, bias)

    def forward(
        self, x: Float[Tensor, "*batch tokens d_model"], sublayer
    ) -> Float[Tensor, "*batch tokens d_model"]:
        """Wrap sublayer, which keeps the shape "*batch tokens d_model", around x (Eq. 4.4)."""
        change = sublayer(self.norm(x) if self.order == "pre" else x)
        if self.training and self.dropout:
            change = F.dropout(change, self.dropout)
        y = x + change
        return self.norm(y) if self.order == "post" else y
