"""The players and the explorer in a real browser."""

import numpy as np
import pytest
import torch

from course_utils import viz
from course_utils.viz.frames import to_frames
from course_utils.worlds.shapes import ShapesWorld

SHOWN = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"


@pytest.fixture(scope="module")
def clips():
    return ShapesWorld(frames=10).sample(2, 3)


@pytest.fixture
def open_page(browser):
    contexts = []

    def opened(*viewers, **options):
        contexts.append(browser.new_context(viewport={"width": 1000, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "request", lambda r: None if r.url.startswith("data:") else page.faults.append(r.url)
        )
        page.set_content(
            "<!doctype html><meta charset=utf-8>" + "<p>".join(v._repr_html_() for v in viewers)
        )
        return page

    yield opened
    faults = [fault for context in contexts for page in context.pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert faults == []


def wait(page, name, value, nth=0):
    page.wait_for_function(
        "([name, value, nth]) => document.querySelectorAll('[data-viewer]')[nth].dataset[name] "
        "=== value",
        arg=[name, value, nth],
        timeout=10_000,
    )


def shown(page, nth=0):
    canvas = page.locator("canvas").nth(nth)
    data = np.array(canvas.evaluate(SHOWN), np.uint8)
    return data.reshape(canvas.evaluate("c => c.height"), -1, 4)[..., :3]


def test_a_player_plays_at_once_and_obeys(open_page, clips):
    page = open_page(viz.compare({"a": clips.video[0], "b": clips.video[1]}))
    wait(page, "running", "true")
    for t in "12":
        wait(page, "frame", t)
    page.get_by_role("button", name="Pause").click()
    wait(page, "running", "false")
    slider = page.get_by_role("slider", name="frame")
    slider.press("Home")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        slider.press(key)
    wait(page, "frame", "2")
    for nth in range(2):
        np.testing.assert_array_equal(shown(page, nth), to_frames(clips.video[nth])[0][2])
    slider.press("End")
    for nth in range(2):
        np.testing.assert_array_equal(shown(page, nth), to_frames(clips.video[nth])[0][9])
    assert slider.get_attribute("aria-valuetext") == "frame 9"
    page.get_by_label("speed").select_option("2")
    slider.press(" ")
    wait(page, "running", "true")


# What a slide show does with keys (reveal.js): it listens at the document, as the event comes up.
SLIDES = """() => {
  window.keys = [];
  document.addEventListener("keydown", event => window.keys.push(event.key));
}"""
TURNING = ["n", "p", "ArrowRight", "ArrowDown", "Home", "End", " ", "b", "f", "s", "?", "Enter"]


def test_keys_turn_no_slide_while_a_viewer_has_the_focus(open_page, clips):
    uniform = torch.full((160, 160), 1 / 160)
    explorer = viz.AttentionExplorer(clips.video[0], {"first": uniform})
    page = open_page(viz.show_video(clips.video[0]), explorer)
    wait(page, "ready", "yes", 1)
    page.get_by_label("head").wait_for()
    page.evaluate(SLIDES)
    controls = page.locator("[data-viewer]").locator("button, input, select, [tabindex]").all()
    assert len(controls) == 4 + 8
    for control in controls:
        for key in ("Escape", "Control+b", "Tab"):
            control.press(key)
        passed = page.evaluate("() => window.keys.splice(0)")
        assert passed == ["Escape", "Control", "b", "Tab"]
        control.focus()
        for key in TURNING:
            page.keyboard.press(key)
        assert page.evaluate("() => window.keys.splice(0)") == []
        control.press("Escape")  # a menu may be open
        page.evaluate("() => window.keys.splice(0)")
    page.evaluate("() => document.activeElement.blur()")
    for key in TURNING:
        page.keyboard.press(key)
    assert page.evaluate("() => window.keys") == TURNING


def test_a_remote_control_turns_slides_unless_its_keys_move_something(open_page, clips):
    page = open_page(viz.show_video(clips.video[0]))
    wait(page, "ready", "yes")
    page.get_by_role("button").wait_for()
    page.evaluate(SLIDES)
    for control, passed in (("button", ["PageDown"]), ("slider", []), ("combobox", [])):
        page.get_by_role(control).press("PageDown")
        assert page.evaluate("() => window.keys.splice(0)") == passed


def test_without_loop_a_player_stops_at_the_end(open_page, clips):
    page = open_page(viz.show_video(clips.video[0], fps=30))
    page.get_by_label("loop").uncheck()
    wait(page, "running", "false")
    wait(page, "frame", "9")
    page.get_by_role("button", name="Play").click()
    wait(page, "running", "true")


def test_a_removed_or_hidden_player_stops(open_page, clips):
    page = open_page(viz.show_video(clips.video[0]))
    wait(page, "running", "true")
    page.locator("[data-viewer]").evaluate("e => { e.style.display = 'none'; }")
    wait(page, "running", "false")
    page.locator("[data-viewer]").evaluate("e => { e.style.display = 'inline-block'; }")
    wait(page, "running", "true")
    page.evaluate(
        "() => { window.gone = document.querySelector('[data-viewer]'); window.gone.remove(); }"
    )
    page.wait_for_function("() => window.gone.dataset.running === 'false'")


def test_equal_viewers_on_one_page_do_not_disturb_each_other(open_page, clips):
    same = viz.show_video(clips.video[0])
    page = open_page(same, same)
    for nth in range(2):
        wait(page, "ready", "yes", nth)
    page.get_by_role("slider").nth(0).press("End")
    page.get_by_role("slider").nth(1).press("Home")
    wait(page, "frame", "9", 0)
    wait(page, "frame", "0", 1)
    assert page.locator("canvas").count() == 2 and page.get_by_role("button").count() == 2


def test_whoever_wants_no_motion_gets_none(open_page, clips):
    page = open_page(viz.show_video(clips.video[0]), reduced_motion="reduce")
    wait(page, "frame", "0")
    page.wait_for_timeout(400)
    wait(page, "running", "false")
    wait(page, "frame", "0")


def test_without_scripts_all_frames_are_there(open_page, clips):
    page = open_page(viz.show_video(clips.video[0]), java_script_enabled=False)
    assert page.get_by_role("img", name="video: 10 frames of 32 x 32 pixels").is_visible()


def test_the_explorer_shows_the_weights_of_the_clicked_patch(open_page, clips):
    draw = torch.Generator().manual_seed(1)
    first, second = (
        torch.softmax(3 * torch.randn(3, 160, 160, generator=draw), -1) for _ in range(2)
    )
    page = open_page(viz.AttentionExplorer(clips.video[0], {"first": first, "second": second}))
    viewer = page.locator("[data-viewer]")

    def expect(weights, t, row, col):
        page.wait_for_function(
            "([t, r, c]) => { const d = document.querySelector('[data-viewer]').dataset;"
            "return d.frame === t && d.row === r && d.col === c; }",
            arg=[str(t), str(row), str(col)],
        )
        want = weights[t * 16 + row * 4 + col]
        data = viewer.evaluate("e => ({...e.dataset})")
        assert int(data["best"]) == int(want.argmax())
        assert float(data["weight"]) == pytest.approx(float(want.max()), rel=0.01, abs=1e-4)

    expect(first.mean(0), 9, 2, 2)  # where it begins
    big = page.locator("canvas").nth(0)
    size = big.bounding_box()["width"]
    big.click(position={"x": size * 0.1, "y": size * 0.6})
    expect(first.mean(0), 9, 2, 0)
    page.get_by_label("layer").select_option(label="second")
    page.get_by_label("head").select_option(label="1")
    expect(second[1], 9, 2, 0)
    # the fifth small frame, top right patch
    page.locator("canvas").nth(1 + 4).click(position={"x": 60, "y": 5})
    expect(second[1], 4, 0, 3)
    big.press("ArrowDown")
    big.press("ArrowLeft")
    expect(second[1], 4, 1, 2)
    page.get_by_role("slider").press("ArrowRight")
    expect(second[1], 5, 1, 2)
    lit = shown(page)  # the patch that gets most of frame 5 is the most orange one
    amber = (
        (lit[..., 0].astype(int) - lit[..., 2]).reshape(4, 48, 4, 48)[:, 8:-8, :, 8:-8].mean((1, 3))
    )
    row = second[1][5 * 16 + 6].reshape(10, 16)[5]
    amber[1, 2] = row[6] = -1  # the query's own outline is blue
    assert amber.argmax() == row.argmax()
    page.get_by_label("show attention").uncheck()
    inside = to_frames(clips.video[0])[0][5][0, 0]
    np.testing.assert_array_equal(shown(page)[4, 4], inside)
