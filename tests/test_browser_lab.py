"""Keys pressed in a viewer do not reach JupyterLab, where one letter changes or deletes a cell."""

import string
from pathlib import Path

import browser as driver
import nbformat
import pytest

import course_utils

SET_UP = """\
import torch
from IPython.display import HTML
from course_utils import viz
from course_utils.viz.player import GUARD
from course_utils.worlds import ShapesWorld

clips = ShapesWorld(frames=4).sample(2, 3)
weights = torch.full((2, 64, 64), 1 / 64)
"""
VIEWERS = {
    "viz.show_video(clips.video[0])": 4,  # controls
    'viz.compare({"a": clips.video[0], "b": clips.video[1]})': 4,
    'viz.AttentionExplorer(clips.video[0], {"first": weights, "second": weights})': 8,
}
UNGUARDED = """\
page = viz.show_video(clips.video[1])._repr_html_()
assert GUARD in page
HTML(page.replace(GUARD, ""))
"""
CONTROLS = "button, input, select, textarea, a[href], [tabindex]"
KEYS = [*string.ascii_letters, *string.digits, *"dd00", "Enter", "Delete", "Backspace"]
# Whatever a key could change: the mode of the notebook, its cells, and their outputs.
STATE = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  return JSON.stringify([notebook.mode, notebook.model.toJSON()]);
}"""
LISTEN = """() => {
  window.commands = [];
  window.jupyterapp.commands.commandExecuted.connect((_, { id }) => window.commands.push(id));
}"""
COMMANDS = "() => window.commands.splice(0)"
# The focus is in a control, and the cell around it is selected, as after a click.
FOCUS = """control => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.node.contains(control));
  notebook.mode = "command";
  control.focus();
}"""
FOCUSED = "control => control === document.activeElement"


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """A notebook with every viewer, and one viewer without its guard, run in JupyterLab."""
    folder = tmp_path_factory.mktemp("notebooks")
    sources = [SET_UP, *VIEWERS, UNGUARDED]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(made, folder / "viewers.ipynb")
    with driver.running_lab(folder, tmp_path_factory.mktemp("private")) as address:
        page = browser.new_page(viewport={"width": 1200, "height": 1600})
        driver.run_notebook(page, address, "viewers.ipynb")
        page.evaluate(LISTEN)
        yield page
        page.close()


def press_all(page, control):
    """Press every key; return the commands that ran, and whether all else is as it was."""
    page.evaluate(COMMANDS)
    before = page.evaluate(STATE)
    for key in KEYS:
        page.keyboard.press(key)
    same = page.evaluate(STATE) == before and control.evaluate(FOCUSED)
    return page.evaluate(COMMANDS), same


def test_every_letter_in_every_control_leaves_every_cell_as_it_is(page):
    kinds = set()
    for nth, controls in enumerate(VIEWERS.values()):
        viewer = page.locator("[data-viewer]").nth(nth)
        viewer.locator("select").last.wait_for()
        found = viewer.locator(CONTROLS).all()
        assert len(found) == controls
        for control in found:
            control.evaluate(FOCUS)
            assert press_all(page, control) == ([], True), control.evaluate("e => e.outerHTML")
            kinds.add(control.evaluate("e => e.type || e.tagName"))
    assert kinds == {"button", "range", "select-one", "checkbox", "CANVAS"}


def test_a_click_on_a_frame_of_the_explorer_gives_the_keys_to_the_explorer(page):
    frames = page.locator("[data-viewer]").nth(2).locator("canvas")
    frames.nth(2).click()
    assert press_all(page, frames.nth(0)) == ([], True)


def test_shortcuts_with_ctrl_and_the_key_that_runs_a_cell_still_work(page):
    menu = page.locator("[data-viewer] select").first
    for key, command in (
        ("Control+s", "docmanager:save"),
        ("Shift+Enter", "notebook:run-cell-and-select-next"),
    ):
        menu.evaluate(FOCUS)
        page.evaluate(COMMANDS)
        menu.press(key)
        page.wait_for_function(f"() => window.commands.includes('{command}')")


def test_without_the_guard_letters_change_and_delete_the_cell(page):
    for keys, command in (("r", "change-cell-to-raw"), ("dd", "delete-cell")):
        menu = page.locator("[data-viewer]").last.locator("select")
        menu.evaluate(FOCUS)
        before = page.evaluate(STATE)
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function(f"() => window.commands.includes('notebook:{command}')")
        assert page.evaluate(STATE) != before
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:undo-cell-action')")
        page.evaluate(driver.RUN_ALL)


def test_no_page_of_the_library_has_a_script_of_its_own():
    library = Path(course_utils.__file__).parent
    pages = {p.name for p in (library / "viz").rglob("*.py") if "<script" in p.read_text()}
    assert pages == {"player.py"}, "a viewer is made by `fragment`, which holds the guard"
