"""How fast the shipped GPTs write tokens, with the cache and without: `make bench`.

    python tests/bench/bench_writing.py        the table alone

One thread, by the clock of the processor, the faster of ROUNDS turns. Without the cache the words
and frames so far are read anew for each frame; the codes within a frame are cached either way, so
the gain is smaller than that of bench_speed.py, where every token is read anew.
"""

import time

import pytest
import torch

from course_utils.checkpoints import load_checkpoint
from course_utils.models import VideoGPT
from course_utils.tasks.open_captions import caption_tokenizer

pytestmark = pytest.mark.timeout(1200)
ROUNDS, CAPTION = 2, "a blue cross moves up and bounces"


def writers(clips):
    """Return {"name": (model, what `generate` is given)} for so many clips at once."""
    words = caption_tokenizer().encode([CAPTION] * clips)
    return {
        "video-gpt (open captions)": (load_checkpoint("video-gpt", VideoGPT)[0], {"words": words}),
        "coin-gpt (CoinWorld)": (load_checkpoint("coin-gpt", VideoGPT)[0], {"batch": clips}),
    }


def table():
    """Print tokens per second, and return [(codes with the cache, codes without)]."""
    before, pairs = torch.get_num_threads(), []
    torch.set_num_threads(1)
    print(f"\n{'tokens per second, one thread':32}{'clips':>6}{'tokens a clip':>15}", end="")
    print(f"{'cached':>10}{'uncached':>10}{'ratio':>8}")
    try:
        for clips in (1, 16):
            for name, (model, given) in writers(clips).items():
                codes, seconds = {}, {True: [], False: []}
                for _ in range(ROUNDS):
                    for cached in (True, False):
                        began = time.process_time()
                        codes[cached] = model.generate(**given, seed=1, cached=cached)
                        seconds[cached].append(time.process_time() - began)
                cached, uncached = (codes[True].numel() / min(seconds[c]) for c in (True, False))
                print(f"{name:32}{clips:>6}{codes[True][0].numel():>15}", end="")
                print(f"{cached:>10.0f}{uncached:>10.0f}{cached / uncached:>8.2f}", flush=True)
                pairs.append((codes[True], codes[False]))
    finally:
        torch.set_num_threads(before)
    return pairs


def test_the_cache_changes_the_speed_and_not_the_codes():
    """Tokens per second are printed. Rounding may turn a rare draw, and what follows it."""
    same = [(cached == uncached).flatten() for cached, uncached in table()]
    assert torch.cat(same).float().mean() > 0.9


if __name__ == "__main__":
    table()
