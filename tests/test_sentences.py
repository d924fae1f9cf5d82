"""Lesson 12: word ids, sentences and the clips they settle, the task, its scores."""

import pytest
import torch

from course_utils.models import Condition, VideoEncoderDecoder
from course_utils.tasks import Sentences, conditional_mean, nearest_clips, on_object, word_shares
from course_utils.tokenizers import WordTokenizer
from course_utils.worlds import SentenceWorld, parse_sentence
from course_utils.worlds.sentences import COUNTS, FACTS, HELD_OUT, PLACES, SIZES, SPEEDS, WORDS

SAID = "a small red circle at column 12 row 20 moves slowly down and right"
SMALL = dict(d_model=16, num_heads=2, encoder_layers=1, decoder_layers=1, d_ff=16)


def test_ids_by_hand_and_back():
    t = WordTokenizer(["a", "red", "circle", "moves", "up"])
    ids = t.encode(["a red circle", "a circle moves up", ""])
    assert ids.tolist() == [[1, 2, 3, 0], [1, 3, 4, 5], [0, 0, 0, 0]] and ids.dtype == torch.long
    assert t.decode(ids) == ["a red circle", "a circle moves up", ""] and len(t) == 6
    assert t.encode([""]).tolist() == [[0]]


def test_a_word_that_is_not_known_is_named_with_a_guess():
    t = WordTokenizer(WORDS)
    with pytest.raises(ValueError, match="'circel'.*'circle'"):
        t.encode(["a red circel"])
    with pytest.raises(ValueError, match="a list"):
        t.encode("a red circle")
    for words in (["a", "a"], ["a", "b c"], ["a", ""]):
        with pytest.raises(ValueError, match="vocabulary"):
            WordTokenizer(words)


def test_every_sentence_is_read_back_and_its_words_are_known():
    world = SentenceWorld()
    facts = world.draw(300, seed=5)
    said = world.say(facts)
    assert all(torch.equal(parse_sentence(s), f) for s, f in zip(said, facts))
    assert world.say(parse_sentence(SAID)[None]) == [SAID]
    WordTokenizer(WORDS).encode(said + world.say(world.draw(50, 5, pairs=True)))
    for wrong in ("", "a red circle moves up", SAID + " up", SAID.replace("12", "13")):
        with pytest.raises(ValueError, match="sentence"):
            parse_sentence(wrong)


def test_the_clip_is_what_the_sentence_says():
    clips = SentenceWorld(8).clips(parse_sentence(SAID)[None])
    assert clips.position[0, 0, 0].tolist() == [12, 20]
    assert clips.velocity[0, 0, 0].norm().item() == pytest.approx(SPEEDS["slowly"], abs=1e-5)
    assert clips.radius.item() == SIZES["small"] and clips.video.shape == (1, 8, 3, 32, 32)
    assert clips.caption == ["a red circle moves down and right"]
    away = clips.position[0, 1:, 0] - clips.position[0, :-1, 0]
    assert torch.allclose(away, clips.velocity[0, :-1, 0], atol=1e-5)


def test_a_shape_turns_at_the_wall_and_the_caption_says_so():
    fact = parse_sentence("a large blue square at column 24 row 16 moves quickly right")
    clips = SentenceWorld().clips(fact[None])
    assert clips.caption == ["a blue square moves right and bounces"]
    assert clips.position[..., 0].max() <= 32 - 6 - 0.5 + 1e-5
    assert clips.velocity[0, 0, 0, 0] > 0 > clips.velocity[0, -1, 0, 0]


def test_the_splits_share_nothing_and_training_never_says_what_is_held_out():
    world = SentenceWorld()
    sets = {
        split: {tuple(f) for f in world._single[split].tolist()}
        for split in ("train", "test", "held out")
    }
    assert sum(map(len, sets.values())) == len(set.union(*sets.values()))
    assert sum(map(len, sets.values())) == torch.tensor(COUNTS).prod()
    number = {name: FACTS[name].index(word) for name, word in HELD_OUT.items()}
    i, j, k = (list(FACTS).index(name) for name in number)
    hidden = tuple(number.values())
    assert all((f[i], f[j], f[k]) == hidden for f in sets["held out"])
    assert not any((f[i], f[j], f[k]) == hidden for f in sets["train"] | sets["test"])
    said = world.say(world._pairs["train"]) + world.say(world._pairs["test"])
    assert not any("blue triangle moves up" in sentence for sentence in said)
    assert all("blue triangle moves up" in s for s in world.say(world._pairs["held out"]))


def test_tests_are_drawn_without_repetition_and_from_their_seed():
    world = SentenceWorld()
    facts = world.draw(900, 3, "held out")
    assert len({tuple(f) for f in facts.tolist()}) == 900
    assert torch.equal(world.draw(9, 4), world.draw(9, 4))
    assert not torch.equal(world.draw(9, 4), world.draw(9, 5))
    with pytest.raises(ValueError, match="batch"):
        world.draw(901, 3, "held out")
    with pytest.raises(ValueError, match="split"):
        world.draw(1, 3, "exam")


def test_an_open_sentence_is_fit_by_all_starts_and_by_nothing_else():
    world = SentenceWorld()
    fact = parse_sentence(SAID)
    rows = world.all_starts(fact)
    assert len({tuple(r) for r in rows.tolist()}) == len(PLACES) ** 2
    assert set(world.say(rows, start=False)) == {"a small red circle moves slowly down and right"}


def test_a_mixture_holds_its_shares_and_every_sentence_is_said_of_its_clip():
    task = Sentences({"settled": 2, "open": 1, "pair": 1}, SentenceWorld(4))
    question = task.draw(9, seed=1)
    assert {kind: len(f) for kind, f in task.facts(9, seed=1).items()} == {
        "settled": 5, "open": 2, "pair": 2,
    }  # fmt: skip
    said = task.tokenizer.decode(question.condition.words)
    assert sum("column" in s for s in said) == 5 and sum(s.count("moves") == 2 for s in said) == 2
    again = task.world.clips(parse_sentence(said[0])[None]).video[0]
    assert torch.equal(question.target[0], again)
    with pytest.raises(ValueError, match="kinds"):
        Sentences("closed")


def test_shuffled_sentences_keep_their_words():
    plain, mixed = (Sentences("pair", shuffled=s).draw(20, seed=2) for s in (False, True))
    rows = [w.sort(1).values for w in (plain.condition.words, mixed.condition.words)]
    assert torch.equal(*rows) and not torch.equal(plain.condition.words, mixed.condition.words)
    assert torch.equal(plain.target, mixed.target)


@pytest.mark.parametrize("kind", ["settled", "pair"])
def test_true_clips_score_full_marks_and_the_wrong_ones_do_not(kind):
    task = Sentences(kind, split="test")
    question = task.draw(16, seed=3)
    scores = task.scores(question, question.target)
    assert all(v == 100 for name, v in scores.items() if "%" in name)
    assert scores["off by (px)"] < 0.02
    other = task.scores(question, question.target.roll(1, 0))
    assert other["all (%)"] < 30 and other["off by (px)"] > 1


def test_swapped_colours_of_a_pair_are_wrong_in_colour_alone():
    task = Sentences("pair")
    facts = torch.tensor([[0, 1, 0, 2, 1, 1]])
    question = task.draw(1, seed=0)
    swapped = task.world.clips(facts[:, [3, 1, 2, 0, 4, 5]]).video
    object.__setattr__(question, "clips", task.world.clips(facts))
    right = task.right(question, swapped)
    assert {name: bool(v) for name, v in right.items()} == {
        "shape": True, "colour": False, "direction": True, "bounced": True, "all": False,
    }  # fmt: skip


def test_the_nearest_sentence_puts_words_before_the_start():
    world = SentenceWorld(2)
    fact = parse_sentence(SAID)[None]
    other_start, other_colour = fact.clone(), fact.clone()
    other_start[0, 3:5], other_colour[0, 1] = torch.tensor([9, 0]), 3
    clips = nearest_clips(world, fact, torch.cat((other_colour, other_start)))
    assert torch.equal(clips.video, world.clips(other_start).video)


def test_word_shares_by_hand():
    weights = torch.zeros(1, 2, 4, 3)
    weights[0, 0, :, 0] = torch.tensor([0.1, 0.2, 0.3, 0.4])
    weights[0, :, 1, 1] = 0.5
    on = torch.tensor([[False, True, False, True]])
    assert torch.allclose(word_shares(weights, on), torch.tensor([[0.6, 1.0, 0.0]]))


def test_the_conditional_mean_leaves_the_variance_and_nothing_beats_it():
    clips = torch.rand(5, 2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    mean, doubt = conditional_mean(clips)
    assert torch.isclose(doubt, clips.var(0, correction=0).mean())
    other = mean + 0.1
    error = (clips - other).square().mean()
    assert torch.isclose(error, doubt + (other - mean).square().mean())


def test_tokens_on_the_object_follow_the_mask():
    mask = torch.zeros(1, 2, 1, 16, 16, dtype=torch.bool)
    mask[0, 1, 0, 3, 9] = True
    assert on_object(mask)[0].tolist() == [False] * 5 + [True] + [False] * 2


def test_a_gradient_reaches_the_words_and_padding_changes_nothing():
    torch.manual_seed(0)
    task = Sentences({"settled": 1, "open": 1}, SentenceWorld(3))
    task.batch = 4
    model = VideoEncoderDecoder(0, words=len(task.tokenizer), **SMALL)
    torch.nn.init.normal_(model.paint.weight, std=0.02)
    for layer in model.layers:
        torch.nn.init.normal_(layer.cross.output.weight, std=0.1)
    task.loss(model, seed=1).backward()
    assert model.read.words.weight.grad[1:].abs().sum() > 0
    ids = task.tokenizer.encode([SAID])
    longer = torch.nn.functional.pad(ids, (0, 3))
    a, b = (model.write(Condition(words=w), 3) for w in (ids, longer))
    assert torch.allclose(a, b, atol=1e-5)
