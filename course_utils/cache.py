"""The key-value cache: what attention keeps of the tokens that it has already seen (lesson 06).

    bytes = 2 B L n d b:  keys and values of B clips, L layers, n tokens, d numbers of b bytes
    (Eq. 6.4)

Keys and values of each layer lie in a buffer with room for more tokens than there are. When it is
full its room doubles, so that n tokens are moved less than 2 n times in all; to put each new token
behind the others by a concatenation would move n / 2 of them each time.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Heads = Float[Tensor, "b heads tokens d_k"]


class KeyValueCache:
    """Keeps keys and values of tokens already seen, so that each is projected once (lesson 06).

    One cache serves a whole model: every MultiHeadAttention finds its own entry in it. Feed only
    the new tokens; the outputs equal those of the whole sequence under the causal, or frame-causal,
    mask. It belongs to one sequence (batch) and to the weights that filled it.
    fixed: for cross-attention. The first call projects the memory and all later ones reuse it,
    whatever their `key` and `value`. `cache.memory` is the fixed cache that travels with a growing
    one.
    Size: 2 * tokens * d_model numbers for each clip and layer (Eq. 6.4), room for as many more, and
    a copy of the three matrices. It is fastest in `torch.inference_mode()`; with gradients on it
    makes new tensors for each token and no copy of matrices.
    """

    def __init__(self, fixed: bool = False):
        self.fixed = fixed
        self.entries = {}  # attention layer -> its Entry
        self.joints = {}  # attention layer -> its Joint
        self.memory = self if fixed else KeyValueCache(fixed=True)

    @property
    def tokens(self) -> int:
        """How many tokens the fullest layer holds: the position of the next token of a sequence."""
        return max((entry.tokens for entry in self.entries.values()), default=0)

    @property
    def nbytes(self) -> int:
        """Bytes held for all layers, without empty room and those of `memory` (Eq. 6.4)."""
        return sum(x.nbytes for entry in self.entries.values() for x in entry.held())

    def length(self, layer: nn.Module) -> int:
        """How many tokens this layer holds."""
        entry = self.entries.get(layer)
        return 0 if entry is None else entry.tokens

    def held(self, layer: nn.Module) -> tuple[Heads, Heads]:
        """Return the keys and values of this layer. Raises KeyError when it holds none."""
        return self.entries[layer].held()

    def append(self, layer: nn.Module, key: Heads, value: Heads) -> tuple[Heads, Heads]:
        """Put new keys and values behind this layer's own; return them all.

        Raises ValueError when the batch is not the one that the cache holds.
        """
        entry = self.entries.get(layer)
        if entry is None:
            entry = self.entries[layer] = Entry(key, value)
        else:
            entry.append(key, value)
        return entry.held()

    def keep(self, tokens: int) -> None:
        """Forget all but the first tokens of every layer, such as frames that were only tried."""
        for entry in self.entries.values():
            entry.tokens = min(tokens, entry.tokens)

    def joint(self, layer: nn.Module) -> "Joint":
        """Return this layer's projections in one, which live as long as the cache."""
        joint = self.joints.get(layer)
        if joint is None:
            joint = self.joints[layer] = Joint()
        return joint


class Entry:
    """Keys and values of one layer, in buffers "b heads room d_k" of which `tokens` are filled."""

    def __init__(self, key: Heads, value: Heads):
        self.keys, self.values, self.tokens = key, value, key.shape[-2]

    def held(self) -> tuple[Heads, Heads]:
        """Return what is filled, without a copy."""
        return self.keys[:, :, : self.tokens], self.values[:, :, : self.tokens]

    def append(self, key: Heads, value: Heads) -> None:
        """Put new keys and values behind the old; see `KeyValueCache.append`."""
        if self.keys.shape[0] != key.shape[0]:
            raise ValueError(
                f"cache: holds a batch of {self.keys.shape[0]}, got {key.shape[0]}; start a new "
                "cache"
            )
        old, new = self.tokens, self.tokens + key.shape[-2]
        if torch.is_grad_enabled():
            # What a gradient goes through is never written over: each call makes new tensors.
            keys, values = self.held()
            self.keys, self.values = torch.cat((keys, key), -2), torch.cat((values, value), -2)
        else:
            if new > self.keys.shape[-2] or not _writable(self.keys):
                room = max(new, 2 * old)
                self.keys, self.values = (_with_room(x, room) for x in self.held())
            self.keys[:, :, old:new] = key
            self.values[:, :, old:new] = value
        self.tokens = new


def _writable(x):
    """A tensor made in torch's inference mode may not be written to outside of it."""
    return torch.is_inference_mode_enabled() or not x.is_inference()


def _with_room(x, room):
    """A copy of x, "b heads tokens d_k", with room for more tokens behind."""
    larger = x.new_empty(*x.shape[:2], room, x.shape[-1])
    larger[:, :, : x.shape[-2]] = x
    return larger


class Joint:
    """Several nn.Linear that read the same input as one: their matrices on top of each other.

    One product in place of three, while a sequence is written token by token. The copy is made anew
    when a matrix was changed or replaced.
    """

    def __init__(self):
        self.parameters, self.state, self.weight, self.bias = [], [], None, None

    def __call__(self, x: Tensor, parts: tuple[nn.Linear, ...]) -> Tensor | None:
        """Return the outputs of all parts side by side; None where a part is no plain nn.Linear."""
        parameters, state = [], []
        for part in parts:
            if type(part) is not nn.Linear or part._forward_hooks or part._forward_pre_hooks:
                return None
            for parameter in part._parameters.values():
                if parameter is not None:
                    if parameter.is_inference():  # torch does not count its changes
                        return None
                    parameters.append(parameter)
                    state.append((parameter.data_ptr(), parameter._version))
        if state != self.state:
            if len(parameters) not in (len(parts), 2 * len(parts)):  # a bias here and none there
                return None
            # the parameters are kept so that no other tensor can take their place in memory
            self.parameters, self.state = parameters, state
            self.weight = torch.cat([part.weight for part in parts])
            self.bias = None if parts[0].bias is None else torch.cat([p.bias for p in parts])
        return F.linear(x, self.weight, self.bias)
