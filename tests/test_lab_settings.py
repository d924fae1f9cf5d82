"""What JupyterLab shows when `make lab` opens it: lessons and homework, and no news."""

import json
import re
import urllib.request
from pathlib import Path

import browser as driver
import pytest

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "course_utils" / "apps" / "lab"


def listed(address, folder):
    """Names that the file browser shows in a folder."""
    with urllib.request.urlopen(f"{address}/api/contents/{folder}?content=1", timeout=30) as got:
        return {entry["name"] for entry in json.load(got)["content"]}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    private = tmp_path_factory.mktemp("private")
    with driver.running_lab(ROOT, private, SETTINGS) as running:
        yield running


def test_make_lab_uses_the_settings():
    recipe = re.search(r"^lab:.*\n(?:\t.*\n)+", (ROOT / "Makefile").read_text(), re.MULTILINE)[0]
    assert "JUPYTER_CONFIG_PATH" in recipe
    assert str(SETTINGS.relative_to(ROOT)) in recipe


def test_the_file_browser_shows_lessons_and_homework_alone(address):
    shown = listed(address, "notebooks")
    assert {"02_attention.ipynb", "homework", "notation.md"} <= shown
    assert not shown & {"text", "seconds.json"}
    stored = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert stored <= shown
    homework = listed(address, "notebooks/homework")
    assert homework == {path.name for path in (ROOT / "notebooks/homework").glob("*.ipynb")}
    assert "tests" not in listed(address, "")


def test_it_opens_on_the_lessons_and_asks_about_no_news(address, browser):
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{address}/lab?reset", timeout=60_000)
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored.then(() => true)")
    page.wait_for_selector(".jp-DirListing-item", timeout=60_000)
    names = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert "02_attention.ipynb" in names and "homework" in names
    page.wait_for_timeout(2_000)  # the question comes when all else stands
    assert page.locator(".Toastify__toast").all_inner_texts() == []
    page.close()
