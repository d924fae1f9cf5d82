"""Real clips: every kind of file, and a sentence for every kind of broken one (lesson 00)."""

import hashlib
import random
import struct
import subprocess
import sys
import wave

import pytest
import torch

from course_utils.worlds import ShapesWorld, bundled_clip, clip_info, clips, load_clip, save_clip

av = pytest.importorskip("av")


def ramp(frames=6, height=48, width=64):
    """Frame t is grey of t / 10, but for a red top left corner."""
    video = (torch.arange(frames) / 10).view(-1, 1, 1, 1).expand(frames, 3, height, width).clone()
    video[:, 0, : height // 2, : width // 2] = 1
    return video


def test_the_bundled_clips_are_those_of_the_credits():
    readme = (clips.DATA / "README.md").read_text(encoding="utf-8")
    for name, shots in clips.SHOTS.items():
        path = clips.bundled_path(name)
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme
        assert clip_info(path).frames == shots[-1][1] == len(load_clip(path, size=8, stride=1))
    rates = [clip_info(clips.bundled_path(name)).fps for name in ("city", "earth")]
    assert rates == [25, 10]


def test_a_bundled_clip_stays_inside_its_shot():
    everything = load_clip(clips.bundled_path("city"), size=32, stride=1)
    jump = (everything[1:] - everything[:-1]).abs().mean((1, 2, 3))
    assert jump.argmax() == 115 and jump[115] > 5 * jump.sort().values[-2]  # from frame 115 to 116
    assert torch.equal(bundled_clip("city", size=32, stride=1), everything[:116])
    assert torch.equal(bundled_clip("city", size=32, stride=3, start=2), everything[2:116:3])
    assert torch.equal(
        bundled_clip("city", size=32, stride=5, frames=4, shot=1), everything[116:136:5]
    )
    earth = bundled_clip("earth")
    assert earth.shape == (76, 3, 64, 64) and earth.dtype == torch.float32
    assert 0 <= earth.min() and earth.max() <= 1


def test_bundled_clip_names_what_is_wrong(monkeypatch, tmp_path):
    for arguments, words in (
        ({"name": "sea"}, "name: got 'sea', want one of city, earth"),
        ({"name": "earth", "shot": 1}, "shot: got 1, want at most 0"),
        ({"name": "city", "stride": 0}, "stride: got 0"),
        ({"name": "city", "start": 116}, "shot 0 of 'city' has 116 frames, enough for 0"),
        (
            {"name": "city", "frames": 30},
            "frames: got 30 from start 0 at stride 4, .* enough for 29",
        ),
        ({"name": "city", "frames": 0}, "frames: got 0, want a whole number of at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            bundled_clip(**arguments)
    monkeypatch.setattr(clips, "DATA", tmp_path)
    with pytest.raises(FileNotFoundError, match="run the course from there"):
        bundled_clip("earth")


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif", ".MP4"])
def test_what_is_saved_can_be_loaded(tmp_path, ending):
    video = ShapesWorld(frames=7).sample(1, seed=3).video
    path = save_clip(video, tmp_path / "new" / f"clip{ending}", fps=10)
    assert [file.name for file in path.parent.iterdir()] == [f"clip{ending}"]  # no half-written one
    back = load_clip(path, size=32, stride=1)
    assert back.shape == video[0].shape and back.dtype == torch.float32
    assert (back - video[0]).abs().mean() < 0.02 and (back - video[0]).abs().max() < 0.2
    info = clip_info(path)
    assert (info.width, info.height, info.fps) == (256, 256, 10)


def test_odd_sizes_grey_and_one_pixel_per_pixel(tmp_path):
    video = torch.rand(3, 1, 15, 17, generator=torch.Generator().manual_seed(0))
    info = clip_info(save_clip(video, tmp_path / "a.mp4", scale=1))
    assert (info.width, info.height) == (18, 16)


def test_frames_are_picked_by_start_stride_and_count(tmp_path):
    path = save_clip(ramp(10), tmp_path / "ramp.mp4", scale=1)
    grey = lambda **k: load_clip(path, size=16, **k)[:, 1, -1, -1]  # noqa: E731
    for arguments, wanted in (
        ({}, [0, 4, 8]),
        ({"stride": 1, "start": 7}, [7, 8, 9]),
        ({"stride": 3, "start": 1, "frames": 2}, [1, 4]),
        ({"stride": 9, "frames": 2}, [0, 9]),
    ):
        assert (grey(**arguments) - torch.tensor(wanted) / 10).abs().max() < 0.02
    with pytest.raises(
        ValueError, match="ramp.mp4 has 10 frames; start, stride, frames want 0 to 12"
    ):
        load_clip(path, frames=4)
    with pytest.raises(ValueError, match="has 10 frames; .* want 10 and later"):
        load_clip(path, start=10)


def test_the_middle_square_is_kept(tmp_path):
    video = torch.zeros(1, 3, 32, 64)
    video[..., 16:48] = 1
    square = load_clip(save_clip(video, tmp_path / "wide.mp4", scale=2), size=32, stride=1)
    assert square.shape == (1, 3, 32, 32) and square[..., 1:-1].min() > 0.95
    square = load_clip(save_clip(video.mT, tmp_path / "high.mp4", scale=2), size=32, stride=1)
    assert square[..., 1:-1, :].min() > 0.95


def test_resizing_smooths(tmp_path):
    stripes = (torch.arange(64) % 2).float().expand(1, 3, 64, 64)
    small = load_clip(save_clip(stripes, tmp_path / "stripes.mp4", scale=1), size=16, stride=1)
    assert small[..., 2:-2].std() < 0.05
    assert abs(small.mean() - 0.5) < 0.05  # not black, not white: grey


def test_a_turned_phone_video_is_turned_upright(tmp_path):
    path = save_clip(ramp(2, 64, 64), tmp_path / "phone.mp4", scale=1)
    data = bytearray(path.read_bytes())
    matrix = data.find(b"tkhd") + 4 + 40  # after version, times, id, duration, ..., volume
    upright = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    assert struct.unpack(">9i", data[matrix : matrix + 36]) == upright
    turned = (0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)  # a quarter turn clockwise
    data[matrix : matrix + 36] = struct.pack(">9i", *turned)
    path.write_bytes(data)
    frame = load_clip(path, size=64, stride=1)[0]
    red = (frame[0] > 0.9) & (frame[1] < 0.1)
    assert red[:30, 34:].all() and not red[:, :30].any()  # top left goes to top right


def write(path, codec, pixel_format, picture, aspect=None):
    """One frame straight through PyAV."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], pixel_format
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        frame = av.VideoFrame.from_ndarray(
            picture, format="rgba" if picture.shape[2] == 4 else "rgb24"
        )
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    picture = torch.zeros(64, 64, 3, dtype=torch.uint8)
    picture[:, 16:48] = 255
    path = tmp_path / "wide.mp4"
    write(path, "libx264", "yuv420p", picture.numpy(), aspect=2)  # shown 128 x 64
    assert load_clip(path, size=64, stride=1)[..., 2:-2].min() > 0.95


def test_what_is_transparent_is_black(tmp_path):
    picture = torch.full((16, 16, 4), 255, dtype=torch.uint8)
    picture[:8, :, 3] = 0
    path = write(tmp_path / "a.mov", "png", "rgba", picture.numpy())
    frame = load_clip(path, size=16, stride=1)[0]
    assert frame[:, :8].max() == 0 and frame[:, 8:].min() == 1


def test_other_containers_can_be_read(tmp_path):
    picture = torch.full((32, 32, 3), 128, dtype=torch.uint8).numpy()
    for name, codec, pixel_format in (
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mkv", "libx264", "yuv420p"),
    ):
        frame = load_clip(write(tmp_path / name, codec, pixel_format, picture), size=16, stride=1)
        assert (frame - 0.5).abs().max() < 0.02


def test_bad_files_are_named(tmp_path):
    def spoil(name, data):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_clip(tmp_path / "gone.mp4")
    with pytest.raises(ValueError, match="is a folder"):
        load_clip(tmp_path)
    with pytest.raises(ValueError, match="empty.mp4 is empty"):
        load_clip(spoil("empty.mp4", b""))
    with pytest.raises(ValueError, match="text.mp4 is not a video file, or is damaged"):
        load_clip(spoil("text.mp4", b"hello\n" * 100))
    with pytest.raises(ValueError, match="notes.txt holds no moving picture"):
        load_clip(spoil("notes.txt", b"hello\n" * 100))
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000))
    with pytest.raises(ValueError, match="sound.wav holds no moving picture"):
        load_clip(tmp_path / "sound.wav")

    whole = clips.bundled_path("city").read_bytes()
    with pytest.raises(ValueError, match="half.mp4 is not a video file, or is damaged"):
        load_clip(spoil("half.mp4", whole[: len(whole) // 2]))
    noise = random.Random(0).randbytes(4000)
    with pytest.raises(ValueError, match="holes.mp4 is damaged after frame 6[0-9]"):
        load_clip(spoil("holes.mp4", whole[:65000] + noise + whole[69000:]), stride=1)
    before = load_clip(tmp_path / "holes.mp4", stride=1, frames=50)
    assert len(before) == 50


def test_bad_arguments_are_named(tmp_path):
    for arguments, words in (
        ({"size": 0}, "size: got 0, want a whole number of at least 1"),
        ({"stride": 0}, "stride: got 0"),
        ({"stride": 1.5}, "stride: got 1.5"),
        ({"start": -1}, "start: got -1, want a whole number of at least 0"),
        ({"frames": 0}, "frames: got 0"),
        ({"frames": True}, "frames: got True"),
    ):
        with pytest.raises(ValueError, match=words):
            load_clip(clips.bundled_path("earth"), **arguments)
    video = ramp(2)
    for arguments, words in (
        ({"path": "a.mov"}, "want a name that ends in .mp4, .webm, .gif"),
        ({"path": "a.mp4", "video": video[0]}, "video: got shape"),
        ({"path": "a.mp4", "video": video[:, :2]}, "with 1 or 3 channels"),
        ({"path": "a.mp4", "fps": 0}, "fps, scale: got 0"),
        ({"path": "a.mp4", "scale": 0}, "fps, scale: got"),
    ):
        with pytest.raises(ValueError, match=words):
            save_clip(**{"video": video, **arguments, "path": tmp_path / arguments["path"]})
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = save_clip(ramp(2), tmp_path / "a.mp4")
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(clips, "_write", fail)
    with pytest.raises(OSError, match="disk full"):
        save_clip(ramp(3), path)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


def test_importing_the_worlds_does_not_load_the_video_library():
    code = "import sys, course_utils.worlds; "
    code += "assert 'av' not in sys.modules and 'skimage' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
