"""How the checkpoints of discrete tokens are remade (lesson 13); see remake.py."""

import math

import torch

from course_utils.authoring.growing import TEST_SEED
from course_utils.checkpoints import load_checkpoint
from course_utils.metrics import psnr
from course_utils.models import VideoGPT
from course_utils.patches import patchify, unpatchify
from course_utils.tasks.open_captions import caption_tokenizer, open_scores, starts_reached
from course_utils.tokenizers import VQ, VideoTokenizer, tokenizer_loss
from course_utils.training import fit
from course_utils.worlds import CoinWorld, ShapesWorld


def tokenizer(resume):
    """Lesson 13: one of 512 codes for each patch of 8 x 8 pixels and frame."""
    config, seed, steps, batch = {}, 0, 6500, 64
    torch.manual_seed(seed)
    model, world = VideoTokenizer(**config), ShapesWorld(frames=1)

    def loss(model, batch_seed):
        return tokenizer_loss(model, world.sample(batch, batch_seed).video)

    history = fit(model, loss, steps, seed=seed, resume=resume, lr=3e-3)
    return model, config, seed, {"steps": steps} | tokenizer_scores(model), history


def tokenizer_scores(model):
    """Return the PSNR beside k-means on patches of as many codes, and how the codes are used."""
    video = ShapesWorld().sample(256, TEST_SEED).video
    codes = model.encode(video)
    share = codes.flatten().bincount(minlength=model.codes) / codes.numel()
    entropy = -(share * share.clamp(min=1e-12).log2()).sum()
    drawn = ShapesWorld(frames=1).sample(1024, seed=1).video.flatten(0, 1)
    means = VQ(codes=model.codes, dim=192)
    means(patchify(drawn, (1, 8, 8)))  # the first batch lays the codes
    cut = means.values(means.nearest(patchify(video, (1, 8, 8))))
    answers = {"model": model.decode(codes), "k-means": unpatchify(cut, (1, 8, 8), video.shape[1:])}
    return {
        f"read back, {name}, PSNR (dB)": round(psnr(video, read, data_range=1.0).item(), 2)
        for name, read in answers.items()
    } | {
        "codes used of 512": int((share > 0).sum()),
        "bits of a code, of 9": round(entropy.item(), 2),
    }


def written_clips(tokenizer, count, seed, frames=16):
    """Return the codes "count T 16" and the word ids of clips of ShapesWorld, 128 at a time."""
    world, codes, captions = ShapesWorld(frames=frames), [], []
    for k in range(0, count, 128):
        clips = world.sample(min(128, count - k), seed + k)
        codes.append(tokenizer.encode(clips.video).short())
        captions += clips.caption
    return torch.cat(codes), caption_tokenizer().encode(captions)


def video_gpt(resume):
    """Lesson 13: the codes of a clip after its caption, on 32768 clips of the shipped tokenizer."""
    tokens, _ = load_checkpoint("tokenizer", VideoTokenizer)
    config = {"codes": 512, "patches": 16, "words": len(caption_tokenizer()), "levels": [8, 8, 8]}
    seed, steps, batch, clips = 0, 3600, 32, 32768
    codes, words = written_clips(tokens, clips, 50_000)
    torch.manual_seed(seed)
    model = VideoGPT(**config)

    def loss(model, batch_seed):
        g = torch.Generator().manual_seed(batch_seed)
        chosen = torch.randint(clips, (batch,), generator=g)
        return model.loss(codes[chosen].long(), words[chosen])

    history = fit(model, loss, steps, seed=seed, resume=resume, lr=0.02, optimizer="muon")
    scores = {"steps": steps, "clips": clips} | caption_scores(model, tokens)
    return model, config, seed, scores, history


def caption_scores(model, tokens):
    """Return what the reader finds in clips of 384 captions, beside those of other captions."""
    test = ShapesWorld().sample(384, TEST_SEED)
    asked = caption_tokenizer().encode(test.caption)
    films = {
        "another clip": test.video.roll(1, 0),
        "tokenizer alone": tokens.decode(tokens.encode(test.video)),
        "temperature 1": tokens.decode(model.generate(asked, seed=1)),
        "1, 1, then 0.5": tokens.decode(model.generate(asked, seed=1, temperature=(1, 1, 0.5))),
    }
    scores = {}
    for name, film in films.items():
        found = open_scores(test.caption, film)
        found["start cells reached (%)"] = starts_reached(film, test.position[:, 0, 0])
        scores |= {f"{name}, {what}": round(value, 2) for what, value in found.items()}
    return scores


def coin_gpt(resume):
    """Lesson 13: the same GPT on CoinWorld, whose entropy is known; a frame is one code."""
    config = {"codes": 36, "patches": 1, "d_model": 64, "num_layers": 2}
    config |= {"narrow": 32, "narrow_layers": 1, "narrow_heads": 2}
    seed, steps, batch = 0, 6000, 96
    world = CoinWorld(grid=6, frames=16, probability=(0.3, 0.5, 0.2))
    torch.manual_seed(seed)
    model = VideoGPT(**config)

    def loss(model, batch_seed):
        return model.loss(world.sample(batch, batch_seed).tokens[..., None], first=1)

    history = fit(
        model, loss, steps, seed=seed, resume=resume, lr=0.01, optimizer="muon", cooldown=0.8
    )
    return model, config, seed, {"steps": steps} | coin_scores(model, world), history


def coin_scores(model, world):
    """Return bits per frame beside the exact ones, and those of who knows the frequencies alone."""
    test = world.sample(8192, TEST_SEED).tokens
    exact = -(world.log2_likelihood(test) - world.log2_likelihood(test[:, :1])).mean().item() / 15
    often = world.sample(8192, seed=0).tokens.flatten().bincount(minlength=36) / (8192 * 16)
    with torch.no_grad():
        bits = model.loss(test[..., None], first=1).item() / math.log(2)
    return {
        "bits per frame, model": round(bits, 4),
        "bits per frame, unigram": round(-often[test[:, 1:]].log2().mean().item(), 4),
        "bits per frame, exact": round(exact, 4),
        "over the exact (%)": round(100 * (bits / exact - 1), 2),
    }


TOKEN_RECIPES = {"tokenizer": tokenizer, "video-gpt": video_gpt, "coin-gpt": coin_gpt}
