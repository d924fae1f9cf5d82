"""Speed against PyTorch's own layers, in ratios that a busy machine moves little: `make bench`.

Two functions take turns, so that both meet the same load. Their lower quartiles are compared: other
programs can only add time, so the fast rounds say what the code costs. Everything runs on one
thread, by the clock of the processor, and on all, by the clock on the wall.
"""

import os
import statistics
import subprocess
import sys
import time

import pytest
import torch
from torch import nn

from course_utils import threads
from course_utils.attention import KeyValueCache, MultiHeadAttention, causal_mask
from course_utils.transformer import Encoder

pytestmark = pytest.mark.timeout(600)
BATCH, TOKENS, D_MODEL, HEADS, D_FF, LAYERS = 16, 256, 128, 4, 512, 4


@pytest.fixture(params=["one thread", "all threads"])
def clock(request):
    """The clock that fits the number of threads, which it sets."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if request.param == "one thread" else threads.usable_cores())
    yield time.process_time if request.param == "one thread" else time.perf_counter
    torch.set_num_threads(before)


def seconds(call, clock):
    start = clock()
    call()
    return clock() - start


def time_ratio(ours, theirs, rounds, clock):
    """Ours / theirs at the lower quartile of their times; neither always goes first."""
    ours(), theirs()
    times = {ours: [], theirs: []}
    for i in range(rounds):
        for f in (ours, theirs) if i % 2 else (theirs, ours):
            times[f].append(seconds(f, clock))
    fast = {f: statistics.quantiles(times[f], n=4)[0] for f in times}
    return fast[ours] / fast[theirs]


def report(name, ratio, limit):
    count = torch.get_num_threads()
    print(f"\n{name}, {count} thread{'s' * (count > 1)}: {ratio:.2f} (limit {limit})")


def test_attention_costs_no_more_than_torch(clock):
    """Forward and backward; torch's layer with need_weights=False, its fast path."""
    theirs = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True)
    ours = MultiHeadAttention.from_torch(theirs)
    x = torch.randn(BATCH, TOKENS, D_MODEL, requires_grad=True)
    ratio = time_ratio(
        lambda: ours(x, x, x).sum().backward(),
        lambda: theirs(x, x, x, need_weights=False)[0].sum().backward(),
        rounds=31,
        clock=clock,
    )
    report("MultiHeadAttention / nn.MultiheadAttention, need_weights=False", ratio, 1.05)
    assert ratio <= 1.05


def test_encoder_costs_no_more_than_torch(clock):
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

    ratio = time_ratio(training_step(ours), training_step(theirs), rounds=13, clock=clock)
    report("Encoder / nn.TransformerEncoder", ratio, 1.05)
    assert ratio <= 1.05


def test_the_cache_pays_at_512_tokens(clock):
    """Write 512 tokens one by one, each from all before it, with the cache and without.

    Both in inference mode, in which one generates. Threads share the work of a long pass, not that
    of a single token: on all of them the cache pays less.
    """
    model, tokens = Encoder(D_MODEL, HEADS, D_FF, LAYERS).eval(), 512
    x = torch.randn(1, tokens, D_MODEL)

    def with_cache():
        cache = KeyValueCache()
        for t in range(tokens):
            model(x[:, t : t + 1], cache=cache)

    def without():
        for t in range(tokens):
            model(x[:, : t + 1], causal_mask(t + 1))

    least = 10 if torch.get_num_threads() == 1 else 5
    with torch.inference_mode():
        ratio = time_ratio(without, with_cache, rounds=3, clock=clock)
    report("512 tokens without / with the cache", ratio, f"at least {least}")
    assert ratio >= least


def test_import_is_light():
    """What `import course_utils` and its ground floor add to `import torch`, anew; best of 5."""
    code = (
        "import time, torch; start = time.perf_counter(); import course_utils, "
        "course_utils.attention, course_utils.transformer, course_utils.patches, "
        "course_utils.positions; print(time.perf_counter() - start)"
    )
    environment = {name: x for name, x in os.environ.items() if name not in threads.VARIABLES}
    best = min(
        float(subprocess.check_output([sys.executable, "-c", code], env=environment))
        for _ in range(5)
    )
    report("seconds that import course_utils adds to import torch", best, 0.5)
    assert best < 0.5
