"""Shapes, coins and reader: pixels, masks, captions and entropies agree (lessons 00, 12, 13)."""

import hashlib
import itertools
import json
import math
import statistics
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from course_utils.worlds import SHAPES, STYLES, CoinWorld, ShapesWorld, parse_caption, read_clips
from course_utils.worlds.shapes import COLOURS, describe, ground


def digest(video):
    return hashlib.sha256((video * 255).round().byte().numpy().tobytes()).hexdigest()[:16]


# -------------------------------------------------------------------------------------- ShapesWorld


GOLDEN = {
    "plain": "5920508b528def45",
    "outline": "c7a65673e0806a6c",
    "night": "0d34753daf91675c",
    "checkerboard": "988405ed52b29821",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_same_bytes_on_every_machine(style):
    assert digest(ShapesWorld(shapes=2, style=style).sample(2, seed=1).video) == GOLDEN[style]


def test_the_same_bytes_in_another_process():
    code = (
        "import hashlib, json; from course_utils.worlds import CoinWorld, ShapesWorld;"
        "a = ShapesWorld(shapes=3).sample(5, seed=7); b = CoinWorld().sample(5, seed=7);"
        "parts = (a.video, a.mask, a.position, a.velocity, a.radius, b.video, b.tokens, b.heading);"
        "sums = [hashlib.sha256(p.numpy().tobytes()).hexdigest() for p in parts];"
        "print(json.dumps([sums, a.caption, b.caption]))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    a, b = ShapesWorld(shapes=3).sample(5, seed=7), CoinWorld().sample(5, seed=7)
    parts = (a.video, a.mask, a.position, a.velocity, a.radius, b.video, b.tokens, b.heading)
    sums = [hashlib.sha256(part.numpy().tobytes()).hexdigest() for part in parts]
    assert json.loads(other.stdout) == [sums, a.caption, b.caption]


@pytest.mark.parametrize("world", [ShapesWorld(shapes=2), CoinWorld()])
def test_a_clip_does_not_depend_on_how_many_are_drawn(world):
    few, many = world.sample(2, seed=3), world.sample(9, seed=3)
    for name in ("video", "mask", "position"):
        assert torch.equal(getattr(few, name), getattr(many, name)[:2])
    assert few.caption == many.caption[:2]
    assert not torch.equal(few.video, world.sample(2, seed=4).video)


def test_shapes_and_types_and_ranges():
    clips = ShapesWorld(size=24, frames=5, shapes=3).sample(4, seed=0)
    assert len(clips) == 4
    assert clips.video.shape == (4, 5, 3, 24, 24) and clips.video.dtype == torch.float32
    assert clips.mask.shape == (4, 5, 3, 24, 24) and clips.mask.dtype == torch.bool
    assert clips.position.shape == clips.velocity.shape == (4, 5, 3, 2)
    assert clips.radius.shape == (4, 3)
    assert 0 <= clips.video.min() and clips.video.max() <= 1


@pytest.mark.parametrize("style", ["plain", "checkerboard"])
def test_masks_are_the_pixels_that_show_more_object_than_stage(style):
    clips = ShapesWorld(style=style).sample(32, seed=5)
    stage = torch.from_numpy(np.broadcast_to(ground(style, 32), (3, 32, 32)).copy())
    ink = torch.tensor([COLOURS[names[0]] for names in clips.colour])
    way = ink[:, None, :, None, None] - stage
    cover = ((clips.video - stage) * way).sum(2) / (way**2).sum(2)  # 0 stage, 1 object
    clear = (cover - 0.5).abs() > 0.02  # the rest could be either, by the rounding to 8 bits
    assert torch.equal((cover > 0.5)[clear], clips.mask[:, :, 0][clear])
    assert clear.float().mean() > 0.99
    assert (clips.video - stage - cover[:, :, None] * way).abs().max() < 0.01  # and nothing else


def test_the_mask_sits_where_the_position_says():
    clips = ShapesWorld(shapes=1).sample(64, seed=6)
    axis = torch.arange(32.0)
    mask = clips.mask[:, :, 0].float()
    x, y = ((mask.sum(over) * axis).sum(-1) / mask.sum((2, 3)) for over in (2, 3))
    assert (torch.stack((x, y), -1) - clips.position[:, :, 0]).abs().max() < 0.6


def test_a_nearer_object_hides_the_pixels_of_a_farther_one():
    clips = ShapesWorld(shapes=3).sample(64, seed=8)
    assert clips.mask.sum(2).max() == 1  # each pixel shows one object at most
    alone = [
        ShapesWorld().restyle(
            type(clips)(
                **{
                    name: getattr(clips, name)[:, :, s : s + 1]
                    for name in ("mask", "position", "velocity")
                },
                video=clips.video,
                radius=clips.radius[:, s : s + 1],
                shape=[names[s : s + 1] for names in clips.shape],
                colour=[names[s : s + 1] for names in clips.colour],
                caption=clips.caption,
                style=clips.style,
            ),
            "plain",
        )
        for s in range(3)
    ]
    whole = torch.cat([one.mask for one in alone], 2)
    assert torch.equal(clips.mask[:, :, 2], whole[:, :, 2])  # nothing lies before the last
    assert torch.equal(clips.mask[:, :, 1], whole[:, :, 1] & ~whole[:, :, 2])
    assert torch.equal(clips.mask[:, :, 0], whole[:, :, 0] & ~whole[:, :, 1] & ~whole[:, :, 2])
    assert (clips.mask[:, :, 0] != whole[:, :, 0]).any()  # it happens in these clips
    colour = torch.tensor([[COLOURS[name] for name in names] for names in clips.colour])  # B S 3
    for s in range(3):
        inside = -torch.nn.functional.max_pool2d(-clips.mask[:, :, s].float(), 3, 1, 1) > 0.5
        off = (clips.video - colour[:, s, None, :, None, None]).abs().amax(2)
        assert (off[inside] < 0.02).double().mean() > 0.995  # but for the tips of nearer triangles


def test_objects_stay_in_the_box_and_move_as_their_velocity_says():
    clips = ShapesWorld(shapes=2, frames=40).sample(64, seed=9)
    low, high = clips.radius[:, None, :, None] - 0.5, 31.5 - clips.radius[:, None, :, None]
    assert (clips.position >= low - 1e-4).all() and (clips.position <= high + 1e-4).all()
    step, velocity = clips.position.diff(dim=1), clips.velocity[:, :-1]
    straight = clips.velocity[:, :-1] == clips.velocity[:, 1:]
    assert (step - velocity)[straight].abs().max() < 1e-4
    assert (step.abs() < velocity.abs() + 1e-4)[~straight].all() and (~straight).any()
    speed = clips.velocity.norm(dim=-1)
    assert speed.min() > 0.999 and speed.max() < 2.501


def test_a_caption_tells_of_every_bounce():
    clips = ShapesWorld().sample(400, seed=11)
    turned = (clips.velocity.sign() != clips.velocity[:, :1].sign()).flatten(1).any(1)
    assert [parse_caption(caption)["bounced"] for caption in clips.caption] == turned.tolist()
    ends_as_it_began = (clips.velocity[:, 0] == clips.velocity[:, -1]).flatten(1).all(1)
    assert (turned & ends_as_it_began).any()  # two bounces off opposite walls are among them


def test_a_caption_by_hand():
    velocities = np.array([[[1.0, 0.1], [0.0, -2.0]], [[-1.0, 0.1], [0.0, -2.0]]])  # T S 2
    sentence = "a red circle moves right and bounces, a blue cross moves up"
    assert describe(["circle", "cross"], ["red", "blue"], velocities) == sentence


@pytest.mark.parametrize("style", STYLES)
def test_restyle_draws_the_same_motion(style):
    world = ShapesWorld(shapes=2)
    clips = world.sample(8, seed=12)
    other = world.restyle(clips, style)
    assert torch.equal(other.video, ShapesWorld(shapes=2, style=style).sample(8, seed=12).video)
    assert torch.equal(other.mask, clips.mask)
    assert other.caption == clips.caption and other.style == style
    assert torch.equal(world.restyle(other, "plain").video, clips.video)


def test_drawing_is_fast_enough_to_train_on():
    """256 clips of 16 x 32 x 32 in under a second; other programs on the machine do not count."""
    world, seconds = ShapesWorld(), []
    for seed in range(5):
        before = time.process_time()
        world.sample(256, seed)
        seconds.append(time.process_time() - before)
    assert statistics.median(seconds) < 1


def test_bad_worlds_are_named():
    for arguments, words in (
        ({"style": "oil"}, "style: got 'oil', want one of plain"),
        ({"shapes": 4}, "shapes: got 4"),
        ({"frames": 0}, "frames: got 0"),
        ({"speed": (2, 1)}, "speed: got"),
        ({"radius": (4, 16)}, "radius: got"),
    ):
        with pytest.raises(ValueError, match=words):
            ShapesWorld(**arguments)
    with pytest.raises(ValueError, match="batch: got 0"):
        ShapesWorld().sample(0, seed=0)
    with pytest.raises(ValueError, match="style: got 'oil'"):
        ShapesWorld().restyle(ShapesWorld().sample(1, seed=0), "oil")


# ------------------------------------------------------------------------------------------- reader


def degraded(video, blur, noise, fade):
    """What a model makes of a clip: smeared, noisy and pale."""
    k = torch.arange(-4.0, 5)
    bell = torch.exp(-(k**2) / (2 * blur**2))
    bell = bell / bell.sum()
    x = torch.nn.functional.pad(video.flatten(0, 1), (4, 4, 4, 4), mode="replicate")
    x = x.flatten(0, 1)[:, None]
    x = torch.nn.functional.conv2d(x, bell.view(1, 1, 1, 9))
    x = torch.nn.functional.conv2d(x, bell.view(1, 1, 9, 1)).view(video.shape)
    x = fade * x + (1 - fade) * 20 / 255
    return (x + noise * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))).clamp(
        0, 1
    )


def telling(clips, degrees=2.0, pixels=0.05):
    """Clips whose direction is in the pixels: not between two words, no wall in the first step."""
    v = clips.velocity[:, 0, 0]
    angle = (torch.rad2deg(torch.atan2(v[:, 1], v[:, 0])) + 22.5) % 45
    low = clips.radius - 0.5
    room = torch.minimum(
        clips.position[:, 0, 0] - low, 32 - 2 * clips.radius + low - clips.position[:, 0, 0]
    )
    return (angle > degrees) & (angle < 45 - degrees) & (room > pixels).all(1)


@pytest.mark.parametrize("style", STYLES)
def test_the_reader_reads_every_style(style):
    clips = ShapesWorld(style=style).sample(128, seed=21)
    reading = read_clips(clips.video, style)
    right = reading.agrees(clips.caption)
    assert right["shape"].float().mean() >= 0.995 and right["colour"].all()
    assert right["direction"][telling(clips)].all() and right["bounced"].float().mean() >= 0.98
    off = (reading.position - clips.position[:, :, 0]).abs()
    assert off.mean() < 0.03 and off.max() < 0.5
    assert (reading.radius - clips.radius[:, 0]).abs().max() < 0.25
    assert (reading.velocity - clips.velocity[:, 0, 0])[telling(clips)].abs().max() < 0.1
    assert reading.error.max() < 0.02


def test_the_reader_reads_blurred_clips():
    """Blurred by a pixel, noise 0.05, a fifth paler: the colour always, the rest nearly always."""
    clips = ShapesWorld().sample(128, seed=5)
    right = read_clips(degraded(clips.video, 1.0, 0.05, 0.8)).agrees(clips.caption)
    assert right["colour"].all()
    assert all(right[name].float().mean() > 0.92 for name in ("shape", "direction", "bounced"))


def test_the_reader_sees_when_there_is_nothing():
    video = ShapesWorld().sample(3, seed=1).video
    empty = torch.full_like(video[0], 20 / 255)
    video[1] = empty
    video[2, 5] = empty[5]  # one frame of the third clip is lost
    reading = read_clips(video)
    assert reading.shape[1] == reading.colour[1] == reading.caption[1] == "nothing"
    assert reading.position[1].isnan().all()
    assert reading.position[2].isnan().any(1).tolist() == [t == 5 for t in range(16)]
    assert reading.caption[2] == ShapesWorld().sample(3, seed=1).caption[2]
    assert not reading.agrees(["a red circle moves up"] * 3)["all"][1]


def test_the_reader_takes_one_clip_and_scores_it():
    clips = ShapesWorld().sample(1, seed=2)
    reading = read_clips(clips.video[0])
    assert reading.caption == clips.caption and reading.agrees(clips.caption)["all"].tolist() == [
        True
    ]
    said = parse_caption(clips.caption[0])
    other = next(name for name in SHAPES if name != said["shape"])
    wrong = reading.agrees([clips.caption[0].replace(said["shape"], other)])
    assert {name for name, value in wrong.items() if not value} == {"shape", "all"}


def test_bad_input_of_the_reader_is_named():
    video = ShapesWorld(frames=2).sample(1, seed=0).video
    with pytest.raises(ValueError, match="style: got 'oil'"):
        read_clips(video, "oil")
    with pytest.raises(ValueError, match="video: got shape"):
        read_clips(video[..., :20])
    broken = video.clone()
    broken[0, 0, 0, 0, 0] = math.nan
    with pytest.raises(ValueError, match="video: has 1 NaN"):
        read_clips(broken)
    with pytest.raises(ValueError, match="captions: got 2, want 1"):
        read_clips(video).agrees(["a red circle moves up"] * 2)
    for sentence in ("a red dog moves up", "a red circle moves", "a red circle moves up, and more"):
        with pytest.raises(ValueError, match="caption: got"):
            parse_caption(sentence)


# ---------------------------------------------------------------------------------------- CoinWorld


ASYMMETRIC = (0.2, 0.7, 0.1)


def every_clip(world):
    """The probability of each clip, by brute force over cell, hidden heading and turns."""
    steps = ((1, 0), (0, 1), (-1, 0), (0, -1))
    G, total = world.grid, {}
    turns = list(zip((-1, 0, 1), world.probability))
    for cell, heading in itertools.product(range(G * G), range(4)):
        for coins in itertools.product(turns, repeat=world.frames - 1):
            x, y, way, p, clip = cell % G, cell // G, heading, 1 / (4 * G * G), [cell]
            for turn, chance in coins:
                way = (way + turn) % 4
                x, y = (x + steps[way][0]) % G, (y + steps[way][1]) % G
                p *= chance
                clip.append(y * G + x)
            total[tuple(clip)] = total.get(tuple(clip), 0) + p
    return total


@pytest.mark.parametrize("grid", [3, 4])
def test_the_entropy_is_right_by_enumeration(grid):
    for frames in (1, 2, 3, 4):
        world = CoinWorld(grid=grid, frames=frames, probability=ASYMMETRIC)
        clips = every_clip(world)
        p = torch.tensor(list(clips.values()), dtype=torch.float64)
        assert p.sum().item() == pytest.approx(1)
        assert -(p * p.log2()).sum().item() == pytest.approx(
            world.frame_bits.sum().item(), abs=1e-9
        )
        assert (world.log2_likelihood(torch.tensor(list(clips))) - p.log2()).abs().max() < 1e-9


def test_the_bits_on_paper():
    world = CoinWorld(grid=8, frames=16, probability=(0.25, 0.5, 0.25))
    bits = (world.bits_first_frame, world.bits_second_frame, world.bits_per_frame)
    assert bits == (6.0, 2.0, 1.5)
    assert world.frame_bits.tolist() == [6, 2] + [1.5] * 14
    assert CoinWorld(probability=(0.5, 0, 0.5)).bits_per_frame == 1
    assert CoinWorld(probability=(0, 1, 0)).bits_per_frame == 0
    assert CoinWorld(probability=ASYMMETRIC).bits_per_frame == pytest.approx(1.15678, abs=1e-5)


def test_the_entropy_is_right_by_sampling():
    world = CoinWorld(probability=ASYMMETRIC)
    clips = world.sample(4000, seed=0)
    bits = -world.log2_likelihood(clips.tokens)
    spread = bits.std() / len(clips) ** 0.5
    assert abs(bits.mean() - world.frame_bits.sum()) < 4 * spread and spread < 0.1
    turns = (clips.heading.diff(dim=1) + 1) % 4  # 0 left, 1 straight, 2 right
    share = torch.stack([(turns == k).double().mean() for k in range(3)])
    assert (share - torch.tensor(ASYMMETRIC, dtype=torch.float64)).abs().max() < 0.01
    first = clips.tokens[:, 0]
    assert abs(first.double().mean() - 31.5) < 1.5 and first.unique().numel() == 64


def test_left_is_left_as_seen_by_the_sprite():
    world = CoinWorld(frames=2, probability=(1, 0, 0))
    right_then = world.next_distribution(torch.tensor([9, 10]))  # moved right: its left is up
    assert right_then.argmax() == 2 and right_then.max() == 1
    over_the_edge = torch.tensor([8, 15])
    straight = CoinWorld(probability=(0, 1, 0)).next_distribution(over_the_edge)
    assert straight.argmax() == 14


def test_next_distribution_without_a_usable_past():
    world = CoinWorld(probability=ASYMMETRIC)
    assert torch.equal(
        world.next_distribution(torch.empty(0).long()), torch.full((64,), 1 / 64).double()
    )
    around = {1, 8, 7, 56}
    for past in ([0], [36, 0], [0, 0]):  # one frame; then two steps that never happen
        p = world.next_distribution(torch.tensor(past))
        assert set(p.nonzero().flatten().tolist()) == around and (p[p > 0] == 0.25).all()
    batch = world.sample(7, seed=3).tokens
    for t in range(1, 16):
        p = world.next_distribution(batch[:, :t])
        assert p.shape == (7, 64) and torch.allclose(p.sum(-1), torch.ones(7).double())
        assert (p.gather(1, batch[:, t : t + 1]) > 0).all()


def test_video_mask_position_and_cells_agree():
    world = CoinWorld(grid=5, frames=6, cell=3)
    clips = world.sample(20, seed=4)
    assert clips.video.shape == (20, 6, 3, 15, 15) and clips.mask.shape == (20, 6, 1, 15, 15)
    assert len(clips) == 20
    assert torch.equal(world.read(clips.video), clips.tokens)
    assert torch.equal(world.render(clips.tokens), clips.video)
    assert (clips.mask.sum((-1, -2)) == 9).all()
    axis = torch.arange(15.0)
    x, y = (clips.mask.sum(-2) * axis).sum(-1) / 9, (clips.mask.sum(-1) * axis).sum(-1) / 9
    assert torch.equal(torch.stack((x, y), -1), clips.position)
    turns = (clips.heading.diff(dim=1) + 1) % 4
    left, right = ((turns[0] == k).sum() for k in (0, 2))
    assert clips.caption[0] == f"a sprite turns left {left} times and right {right} times"


def test_the_likelihood_of_a_video():
    world = CoinWorld(probability=(0.5, 0.5, 0))
    clips = world.sample(5, seed=5)
    assert torch.equal(world.log2_likelihood(clips.video), world.log2_likelihood(clips.tokens))
    assert torch.allclose(world.log2_likelihood(clips.tokens), torch.full((5,), -22.0).double())
    soft = clips.video + 0.05 * torch.randn(
        clips.video.shape, generator=torch.Generator().manual_seed(0)
    )
    assert torch.equal(world.read(soft), clips.tokens)
    broken = clips.video.clone()
    broken[0, 3] = 20 / 255  # no sprite
    broken[1, 3] = torch.maximum(broken[1, 3], broken[1, 4])  # two sprites
    broken[2, 4:] = broken[2, 3]  # a sprite that stands still
    assert (world.read(broken[:2])[:, 3] == -1).all()
    assert world.log2_likelihood(broken).isinf().tolist() == [True, True, True, False, False]
    mirrored = clips.tokens // 8 * 8 + 7 - clips.tokens % 8  # left turns become right ones
    left = ((clips.heading.diff(dim=1)[:, 1:] % 4) == 3).any(1)
    assert left.all() and world.log2_likelihood(mirrored).isinf().all()


def test_coins_give_the_same_bytes_on_every_machine():
    assert digest(CoinWorld().sample(2, seed=1).video) == "4938a41866ec5a4f"


def test_bad_coin_worlds_are_named():
    for arguments, words in (
        ({"grid": 2}, "grid: got 2, want at least 3"),
        ({"frames": 0}, "frames: got 0"),
        ({"cell": 0}, "cell: got 0"),
        ({"probability": (0.5, 0.5)}, "probability: got"),
        ({"probability": (0.5, 0.6, 0.1)}, "sum to 1"),
        ({"probability": (-0.5, 1.0, 0.5)}, "probability: got"),
    ):
        with pytest.raises(ValueError, match=words):
            CoinWorld(**arguments)
    world = CoinWorld()
    with pytest.raises(ValueError, match="batch: got 0"):
        world.sample(0, seed=0)
    with pytest.raises(ValueError, match="tokens: got values outside 0 ... 63"):
        world.next_distribution(torch.tensor([64]))
    with pytest.raises(ValueError, match="tokens: got values outside -1"):
        world.render(torch.tensor([64]))
    with pytest.raises(ValueError, match="video: got shape"):
        world.read(torch.zeros(2, 3, 16, 16))
