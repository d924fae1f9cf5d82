"""Speed against PyTorch's own layers, in ratios that a busy machine does not move: `make bench`.

Two functions take turns, so that both meet the same load. Their lower quartiles are compared: other
programs can only add time, so the fast rounds say what the code costs.
"""

import statistics
import subprocess
import sys
import time

import pytest
import torch
from torch import nn

from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.transformer import Encoder

pytestmark = pytest.mark.timeout(600)
BATCH, TOKENS, D_MODEL, HEADS, D_FF, LAYERS = 16, 256, 128, 4, 512, 4


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def time_ratio(ours, theirs, rounds):
    """Ours / theirs at the lower quartile of their times; neither always goes first."""
    ours(), theirs()
    times = {ours: [], theirs: []}
    for i in range(rounds):
        for f in (ours, theirs) if i % 2 else (theirs, ours):
            times[f].append(seconds(f))
    fast = {f: statistics.quantiles(times[f], n=4)[0] for f in times}
    return fast[ours] / fast[theirs]


def report(name, ratio, limit):
    print(f"\n{name}: {ratio:.2f} (limit {limit})")


def test_attention_costs_no_more_than_torch():
    """Forward and backward; torch's layer with need_weights=False, its fast path."""
    theirs = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True)
    ours = MultiHeadAttention.from_torch(theirs)
    x = torch.randn(BATCH, TOKENS, D_MODEL, requires_grad=True)
    ratio = time_ratio(
        lambda: ours(x, x, x).sum().backward(),
        lambda: theirs(x, x, x, need_weights=False)[0].sum().backward(),
        rounds=31,
    )
    report("MultiHeadAttention / nn.MultiheadAttention, need_weights=False", ratio, 1.05)
    assert ratio <= 1.05


def test_encoder_costs_no_more_than_torch():
    """A training step: zero gradients, forward, backward, fused AdamW; torch trains, dropout 0."""
    layer = nn.TransformerEncoderLayer(D_MODEL, HEADS, D_FF, dropout=0.0, batch_first=True)
    theirs = nn.TransformerEncoder(layer, LAYERS).train()
    ours = Encoder.from_torch(theirs)
    x = torch.randn(BATCH, TOKENS, D_MODEL)

    def training_step(model):
        optimizer = torch.optim.AdamW(model.parameters(), fused=True)

        def step():
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()

        return step

    ratio = time_ratio(training_step(ours), training_step(theirs), rounds=13)
    report("Encoder / nn.TransformerEncoder", ratio, 1.05)
    assert ratio <= 1.05


def test_the_cache_pays_at_512_tokens():
    """Write 512 tokens one by one, each from all before it, with the cache and without."""
    model, tokens = Encoder(D_MODEL, HEADS, D_FF, LAYERS).eval(), 512
    x = torch.randn(1, tokens, D_MODEL)

    def with_cache():
        cache = KeyValueCache()
        for t in range(tokens):
            model(x[:, t : t + 1], cache=cache)

    def without():
        for t in range(tokens):
            model(x[:, : t + 1], causal_mask(t + 1))

    with torch.no_grad():
        ratio = time_ratio(without, with_cache, rounds=3)
    report("512 tokens without / with the cache", ratio, "at least 5")
    assert ratio >= 5


def test_import_is_light():
    """What `import course_utils` and its ground floor add to `import torch`, anew; best of 3."""
    code = (
        "import time, torch; start = time.perf_counter(); import course_utils, "
        "course_utils.attention, course_utils.transformer, course_utils.patches, "
        "course_utils.positions; print(time.perf_counter() - start)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        for _ in range(3)
    ]
    best = min(float(run.stdout) for run in runs)
    report("seconds that import course_utils adds to import torch", best, 0.5)
    assert best < 0.5
