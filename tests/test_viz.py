"""viz: pictures say what they show; pages need nothing else and decode to what they hold."""

import base64
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from course_utils import viz
from course_utils.viz.frames import to_frames
from course_utils.viz.player import COLUMNS
from course_utils.worlds.shapes import ShapesWorld


@pytest.fixture(scope="module")
def clips():
    return ShapesWorld(frames=10).sample(2, 3)


def random_weights(*shape, seed=0, sharp=2.0):
    return torch.softmax(
        sharp * torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), -1
    )


def picture(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split("base64,")[1]))))


def sources(page):
    return re.findall(r'<img src="(data:image/png;base64,[^"]+)"', page)


def texts(figure):
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(figure._repr_png_())).convert("RGB"))


# ---- importing


def test_importing_viz_leaves_matplotlib_alone():
    code = "import sys; from course_utils import viz; "
    code += "print('matplotlib' in sys.modules, 'PIL' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_every_public_name_is_there():
    for name in viz.__all__:
        assert getattr(viz, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = viz.no_such_name


# ---- videos in


def test_all_kinds_of_videos_give_the_same_frames(clips):
    video = clips.video[:1]
    want, note = to_frames(video)
    assert want.shape == (10, 32, 32, 3) and want.dtype == np.uint8 and note == ""
    same = (
        video[0],
        video.numpy(),
        video.double(),
        (video * 255).round().to(torch.uint8),
        video + 0.0005,
    )
    for other in same:
        np.testing.assert_array_equal(to_frames(other)[0], want)
    np.testing.assert_allclose(to_frames(video.bfloat16())[0], want, atol=1)
    grey = to_frames(video[0, :, :1])[0]
    assert grey.shape == want.shape and (grey[..., 0] == grey[..., 2]).all()
    assert set(np.unique(to_frames(clips.mask[0])[0])) == {0, 255}


def test_values_outside_are_clipped_and_far_ones_named(clips):
    video = clips.video[0].clone()
    video[0, 0, 0, 0], video[0, 0, 0, 1] = -0.1, 1.1
    frames, note = to_frames(video)
    assert note == "" and frames[0, 0, 0, 0] == 0 and frames[0, 0, 1, 0] == 255
    assert to_frames(video * 255)[1] == "clipped: -25.5 to 280"
    assert "clipped" in " ".join(texts(viz.filmstrip({"raw": video * 255})))
    assert "clipped" in viz.show_video(video * 255)._repr_html_()


@pytest.mark.parametrize(
    "bad, says",
    [
        (torch.zeros(3, 32, 32), r"video: got shape \(3, 32, 32\), want \"T C H W\""),
        (torch.zeros(2, 4, 3, 8, 8), "1 T C H W"),
        (torch.zeros(4, 2, 8, 8), "1 or 3 channels"),
        (torch.zeros(0, 3, 8, 8), "got shape"),
        (torch.full((2, 3, 8, 8), torch.nan), "384 of 384 values are NaN or infinite"),
        (torch.full((2, 3, 8, 8), torch.inf), "NaN or infinite"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.int64), "got int64, want floats"),
        ("clip.mp4", "got str, want a tensor"),
        (None, "got NoneType"),
    ],
)
def test_bad_videos_are_refused_in_words(bad, says):
    for show in (viz.filmstrip, viz.show_video, lambda v: viz.compare({"video": v})):
        with pytest.raises(ValueError, match=says):
            show(bad)


def test_bad_settings_are_refused_in_words(clips):
    a, b = clips.video
    for call, says in (
        (lambda: viz.filmstrip(a, every=0), "every: got 0"),
        (lambda: viz.filmstrip(a, columns=0), "columns: got 0"),
        (lambda: viz.filmstrip({}), "empty dict"),
        (lambda: viz.compare({"a": a, "b": b[:4]}), r"'a': 10, 'b': 4"),
        (lambda: viz.show_video(a, fps=0), "fps: got 0"),
        (lambda: viz.show_video(a, scale=-1), "scale: got -1"),
        (lambda: viz.show_video(torch.zeros(90, 3, 256, 256)), "want 12 or less"),
        (lambda: viz.digest(torch.zeros(0)), "at least one number"),
        (lambda: viz.digest(a, b[:4]), "reference: got shape"),
    ):
        with pytest.raises(ValueError, match=says):
            call()


# ---- figures


def test_filmstrip_says_which_frame_and_which_video(clips):
    figure = viz.filmstrip(
        {"truth": clips.video[0], "other": clips.video[1]}, every=2, start=8, title="Two"
    )
    assert texts(figure) == ["Two", "truth", "other", "frame", "8", "10", "12", "14", "16"]
    assert min(t.get_fontsize() for t in figure.axes[0].texts) >= 11
    assert len(figure.axes[0].images) == 10
    assert "direction" in texts(viz.filmstrip(clips.video[0], unit="direction"))


def test_filmstrip_shows_every_pixel_as_a_crisp_square(clips):
    shown = viz.filmstrip(clips.video[0][:4]).axes[0].images[2]
    frames = to_frames(clips.video[0])[0]
    np.testing.assert_array_equal(shown.get_array(), frames[2])
    left, right, low, high = shown.get_extent()
    assert shown.get_interpolation() == "nearest"
    assert (right - left) % 32 == 0 and (right - left) == (low - high)
    drawn = viz.filmstrip(clips.video[0][:4])
    drawn.savefig(page := io.BytesIO(), format="png", dpi=100)
    image = np.asarray(Image.open(page))[..., :3]
    half = int(right - left) // 64  # the middle of each square
    got = image[int(high) + half : int(low) : 2 * half, int(left) + half : int(right) : 2 * half]
    np.testing.assert_array_equal(got, frames[2])


def test_figures_are_pictures_on_white_and_known_to_no_one(clips):
    import matplotlib.pyplot as plt

    figure = viz.filmstrip(clips.video[0])
    assert plt.get_fignums() == [] and repr(figure).startswith("<Picture size")
    assert (pixels(figure)[0] == 255).all()
    assert figure._repr_png_() == viz.filmstrip(clips.video[0])._repr_png_()


def test_pictures_stay_small(clips):
    losses = list(np.exp(-np.arange(900) / 200) + 0.1 * np.random.default_rng(0).random(900))
    weights = random_weights(160, 160)
    for figure in (
        viz.filmstrip({"truth": clips.video[0], "other": clips.video[1]}),
        viz.attention_over_video(clips.video[0], weights, query=(4, 1, 1), mask=clips.mask[0]),
        viz.attention_map(weights[:64, :64]),
        viz.loss_curve({"a": losses, "b": losses}),
    ):
        assert len(figure._repr_png_()) < 100_000


def test_attention_map_labels_and_numbers():
    weights = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    figure = viz.attention_map(
        weights, ["the red", "the blue"], ["frame 0", "frame 1"], title="By hand"
    )
    said = texts(figure)
    for text in (
        "key",
        "query",
        "weight",
        "By hand",
        "the blue",
        "frame 1",
        "0.25",
        "0.75",
        "1.00",
        "0.00",
    ):
        assert text in said
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), weights)
    assert {"head 0", "head 2"} <= set(texts(viz.attention_map(random_weights(1, 3, 5, 4))))
    mask = viz.attention_map(torch.ones(3, 3).tril().bool())
    assert "may attend" in texts(mask) and "1.00" not in texts(mask)


def test_attention_map_takes_scores_with_a_mask():
    scores = torch.tensor([[0.5, -torch.inf], [-2.0, 1.0]])
    image = viz.attention_map(scores, label="score").axes[0].images[0]
    assert image.get_clim() == (-2, 2) and image.get_array().mask.tolist() == [
        [False, True],
        [False, False],
    ]


def test_attention_over_video_draws_the_row_of_the_query(clips):
    weights, video = random_weights(4, 160, 160), clips.video[0]
    query, token = (6, 2, 1), 6 * 16 + 2 * 4 + 1
    figure = viz.attention_over_video(video, weights, query=query, mask=clips.mask[0])
    row = weights.mean(0)[token].reshape(10, 4, 4)
    said = " ".join(texts(figure))
    assert "row 2, column 1 of frame 6" in said and "query patch" in said and "object" in said
    assert "attention weight" in texts(figure)
    assert all(f"{100 * s:.0f} %" in texts(figure) for s in row.sum((1, 2)).tolist())
    images = figure.axes[0].images
    assert len(images) == 20
    t, r, c = np.unravel_index(int(row.argmax()), row.shape)
    amber = np.asarray(images[2 * t + 1].get_array(), int)
    amber = amber[..., 0] - amber[..., 2]  # orange has more red than blue, grey as much
    patches = amber.reshape(4, 8, 4, 8).mean((1, 3))
    assert np.unravel_index(patches.argmax(), (4, 4)) == (r, c)
    expected = 0.9 * (row[t] / row.max()) ** 0.5 * (0xE6 - 0)
    np.testing.assert_allclose(patches, expected, atol=1)
    alone = viz.attention_over_video(video, weights.mean(0)[token], query=query, mask=clips.mask[0])
    assert alone._repr_png_() == figure._repr_png_()


def test_tubelets_cover_several_frames(clips):
    row = torch.zeros(5 * 16)
    row[2 * 16 + 5] = 1.0
    images = viz.attention_over_video(clips.video[0], row, patch=(2, 8, 8)).axes[0].images
    lit = [
        t
        for t in range(10)
        if np.ptp(np.asarray(images[2 * t + 1].get_array(), int), axis=-1).any()
    ]
    assert lit == [4, 5]


def test_over_all_tokens_puts_factorised_weights_where_they_belong():
    space, time = random_weights(3, 2, 4, 4), random_weights(4, 2, 3, 3)
    s = viz.over_all_tokens(space[None], "space").reshape(2, 3, 4, 3, 4)
    t = viz.over_all_tokens(time, "time").reshape(2, 3, 4, 3, 4)
    for f in range(3):
        for n in range(4):
            np.testing.assert_array_equal(s[1, f, n, f], space[f, 1, n])
            np.testing.assert_array_equal(t[1, f, n, :, n], time[n, 1, f])
    for full in (s, t):
        np.testing.assert_allclose(full.sum((3, 4)), 1, rtol=1e-5)


def test_attention_that_does_not_fit_is_refused_in_words(clips):
    video, weights = clips.video[0], random_weights(160, 160)
    for call, says in (
        (lambda: viz.attention_over_video(video, weights), "query: got None"),
        (lambda: viz.attention_over_video(video, weights, query=(10, 0, 0)), r"below \(10, 4, 4\)"),
        (lambda: viz.attention_over_video(video, weights[:9, :9], query=(0, 0, 0)), "160 tokens"),
        (
            lambda: viz.attention_over_video(video, weights, query=(0, 0, 0), patch=7),
            "patch: got 7",
        ),
        (lambda: viz.attention_over_video(video, weights * torch.nan, query=(0, 0, 0)), "NaN"),
        (
            lambda: viz.attention_over_video(video, weights - 1, query=(0, 0, 0)),
            "after the softmax",
        ),
        (
            lambda: viz.attention_over_video(video, weights[0], mask=torch.ones(3, 3)),
            "mask: got shape",
        ),
        (lambda: viz.attention_map(torch.zeros(3)), "queries keys"),
        (lambda: viz.attention_map(torch.full((2, 2), torch.nan)), "NaN"),
        (lambda: viz.attention_map(weights, query_labels=["a"]), "query_labels: got 1, want 160"),
        (lambda: viz.over_all_tokens(torch.zeros(2, 1, 3, 3), "both"), 'want "space" or "time"'),
        (lambda: viz.over_all_tokens(torch.zeros(2, 3), "time"), "T heads N N"),
        (lambda: viz.AttentionExplorer(video, {}), "layers: got dict"),
        (lambda: viz.AttentionExplorer(video, {"last": weights[:9]}), "last: got shape"),
        (lambda: viz.AttentionExplorer(video, {"last": weights}, query=(0, 9, 0)), "query"),
        (
            lambda: viz.AttentionExplorer(video, {"a": torch.zeros(999, 160, 160)}),
            "million weights",
        ),
    ):
        with pytest.raises(ValueError, match=says):
            call()


def test_curves_and_bars_say_what_they_show():
    x = [64, 128, 256]
    series = {"a": (x, [1, 4, 16]), "b": (x, [1, 2, 3], [0.1, 0.1, 0.1]), "c": [3, 2, 1]}
    ground = {"limit": 10}
    figure = viz.lines(
        series, "tokens", "time (ms)", logx=2, logy=True, title="Cost", baseline=ground
    )
    axes = figure.axes[0]
    words = (axes.get_xlabel(), axes.get_ylabel(), axes.get_title())
    assert words == ("tokens", "time (ms)", "Cost")
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["a", "b", "c", "limit"]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert [line.get_color() for line in axes.lines[:3]] == list(viz.PALETTE[:3])
    bars = viz.bars({"repeat last": 16.8, "ours": (torch.tensor(28.9), 0.4)}, "PSNR (dB)")
    assert {"16.80", "28.90 ± 0.40", "PSNR (dB)", "repeat last"} <= set(texts(bars))


def test_the_legend_of_bars_covers_no_number_and_not_the_title():
    figure = viz.bars(
        {"a": 17.1, "b": 3.0}, "PSNR (dB)", title="A long title", baseline={"floor": 16.4}
    )
    figure.draw_without_rendering()
    legend, axes = figure.legends[0].get_window_extent(), figure.axes[0]
    assert not any(legend.overlaps(text.get_window_extent()) for text in (*axes.texts, axes.title))
    assert figure.bbox.containsx(legend.x0) and figure.bbox.containsx(legend.x1)


def test_loss_curve_draws_the_running_mean():
    class History:
        losses = [4.0, 2.0, 3.0, 1.0]

    runs, blank = {"run": History()}, {"blank": 2.5}
    axes = viz.loss_curve(runs, baseline=blank, ylabel="MSE", smooth=2).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), History.losses)
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [4, 3, 2.5, 2])
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [1, 2, 3, 4])
    assert axes.get_xlabel() == "step" and axes.get_ylabel() == "MSE"
    assert viz.loss_curve({"quick": [0.5]}).axes[0].lines[0].get_ydata().tolist() == [0.5]


def test_bad_numbers_are_refused_in_words():
    for call, says in (
        (lambda: viz.lines({"a": ([1, 2], [1, 2, 3])}), r"a: got lengths \[2, 3\]"),
        (lambda: viz.lines([1, 2]), "series: got list"),
        (lambda: viz.lines({"a": torch.zeros(2, 2)}), "one row of numbers"),
        (lambda: viz.loss_curve({"a": []}), "a: got shape"),
        (lambda: viz.loss_curve([1.0]), "histories: got list"),
        (lambda: viz.bars({"a": float("nan")}), "want finite"),
        (lambda: viz.bars({}), "values: got dict"),
        (lambda: viz.table([], ["a"]), "rows: got none"),
        (lambda: viz.table([[1, 2]], ["a"]), "one for each of the headers"),
    ):
        with pytest.raises(ValueError, match=says):
            call()


def test_table_reads_as_text_and_as_html():
    table = viz.table(
        [["last <1>", 16.8, None], ["ours", torch.tensor(-0.001), 3]], ["model", "PSNR (dB)", "n"]
    )
    assert repr(table).splitlines() == [
        "model     PSNR (dB)  n",
        "--------  ---------  -",
        "last <1>      16.80  -",
        "ours           0.00  3",
    ]
    page = table._repr_html_()
    assert "last &lt;1&gt;" in page and "<1>" not in page and "background:#fff" in page
    assert repr(viz.table({"a": [1]}, ["name", "x"])).splitlines()[-1] == "a     1"


# ---- digests


def test_digest_says_one_rounded_line(clips, capsys):
    video = clips.video[0]
    viz.digest(video, name="clip")
    viz.digest(video.roll(1, 0), video, name="shifted")
    viz.digest(video[None], video[None])
    viz.digest(torch.tensor([[1.0, -torch.inf], [-0.001, 0.0]]))
    viz.digest(torch.tensor([True, False]))
    viz.digest(torch.arange(2400).reshape(2, -1), torch.arange(2400).reshape(2, -1) + 1)
    out = capsys.readouterr().out.splitlines()
    number = r"0\.\d{3}"
    start = r"clip: 10 x 3 x 32 x 32 float32 \| 0\.08 to 0\.90"
    assert re.fullmatch(rf"{start} \| mean {number}, spread {number} \| motion {number}", out[0])
    assert re.fullmatch(r"shifted: .* \| PSNR \d\d\.\d dB", out[1])
    assert out[2].endswith("| equal to the reference")
    assert out[3] == "2 x 2 float32 | 1 of 4 not finite | 0.00 to 1.00 | mean 0.333, spread 0.472"
    assert out[4] == "2 bool | 0.00 to 1.00 | mean 0.500, spread 0.500"
    assert out[5].startswith("2 x 1200 int64 | 0.00 to 2.4e+03") and out[5].endswith("PSNR 0.0 dB")


def test_digest_does_not_move_with_the_last_bit(clips, capsys):
    viz.digest(clips.video[0])
    viz.digest(clips.video[0].double() * (1 + 1e-7))
    first, second = capsys.readouterr().out.splitlines()
    assert first == second.replace("float64", "float32")


# ---- pages


def pages(clips):
    weights = random_weights(2, 160, 160)
    return [
        viz.show_video(clips.video[0], title="One <clip>"),
        viz.compare({"truth": clips.video[0], "a & b": clips.video[1]}),
        viz.AttentionExplorer(
            clips.video[0], {"layer 0": weights, "</script>": weights[0]}, title="Look"
        ),
    ]


def test_pages_need_nothing_but_themselves(clips):
    for viewer in pages(clips):
        page = viewer._repr_html_()
        assert not re.search(
            r"https?:|//cdn|@import|<link|\bsrc=\"(?!data:)|fetch\(|import\(", page
        )
        assert page.count("</script>") == 1 and page.rstrip().endswith("</script>")
        assert sources(page) and "background:#fff" in page and 'role="group"' in page
        assert not re.search(r"0x[0-9a-f]{6}", repr(viewer)) and "\n" not in repr(viewer)
    assert "One &lt;clip&gt;" in pages(clips)[0]._repr_html_()
    assert "a &amp; b" in pages(clips)[1]._repr_html_()


TWICE = """
import hashlib, torch
from course_utils import viz
from course_utils.worlds.shapes import ShapesWorld
video = ShapesWorld(frames=6).sample(1, 5).video
eye = {"eye": torch.eye(96)}
pair = viz.compare({"a": video, "b": video})
shown = viz.show_video(video), pair, viz.AttentionExplorer(video, eye)
lines = [f"{hashlib.sha256(x._repr_html_().encode()).hexdigest()} {x}" for x in (*shown, *shown)]
"""


def test_pages_are_the_same_in_two_processes():
    here = {}
    exec(TWICE, here)
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    there = [sys.executable, "-c", TWICE + "print(*lines, sep='\\n')"]
    out = subprocess.run(there, capture_output=True, text=True, check=True, env=env).stdout
    assert out.splitlines() == here["lines"] and len(set(here["lines"])) == 3


def test_different_viewers_have_different_names(clips):
    a, b = clips.video
    shown = (
        viz.show_video(a),
        viz.show_video(b),
        viz.show_video(a, fps=4),
        viz.show_video(a, title="x"),
    )
    names = {re.search(r'data-viewer="(v-[0-9a-f]{8})"', v._repr_html_())[1] for v in shown}
    assert len(names) == 4


def test_sprites_decode_to_the_frames(clips):
    found = sources(viz.compare({"a": clips.video[0], "b": clips.video[1]})._repr_html_())
    for video, uri in zip(clips.video, found, strict=True):
        sheet = picture(uri)
        assert sheet.shape == (2 * 32, COLUMNS * 32, 3)
        for t, frame in enumerate(to_frames(video)[0]):
            y, x = 32 * (t // COLUMNS), 32 * (t % COLUMNS)
            np.testing.assert_array_equal(sheet[y : y + 32, x : x + 32], frame)


def test_the_explorer_decodes_to_the_weights(clips):
    weights = random_weights(3, 160, 160)
    page = viz.AttentionExplorer(clips.video[0], {"one": weights, "two": weights[0]})._repr_html_()
    layers = json.loads(re.search(r"SETTINGS = (\{.*\});", page)[1])["layers"]
    assert [(layer["name"], layer["heads"]) for layer in layers] == [("one", 3), ("two", 1)]
    for layer, want in zip(layers, (weights, weights[:1]), strict=True):
        byte = picture(layer["weights"]).reshape(want.shape).astype(float)
        peak = np.frombuffer(base64.b64decode(layer["peaks"].split(",")[1]), "<f4")
        peak = peak.reshape(want.shape[:2])
        np.testing.assert_array_equal(peak, want.max(-1).values)
        peak = peak[..., None]
        assert (np.abs(peak * (byte / 255) ** 2 - want.numpy()) <= peak / 255).all()


def test_pages_stay_small():
    video = ShapesWorld(frames=15).sample(1, 1).video
    weights = {f"layer {i}": random_weights(4, 240, 240, seed=i) for i in range(2)}
    assert len(viz.show_video(video)._repr_html_()) < 30_000
    assert len(viz.AttentionExplorer(video, weights)._repr_html_()) < 1_000_000
