"""Browser tests run where a browser is; elsewhere one line says how to get what they lack."""

import os

import browser as driver
import pytest


def pytest_runtest_setup(item):
    """Skip a browser test that cannot run, or fail it where COURSE_BROWSER=required (CI)."""
    if "browser" not in item.fixturenames or not (lack := driver.missing()):
        return
    if os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"COURSE_BROWSER=required, but {lack}", pytrace=False)
    pytest.skip(f"browser tests: {lack}; to run them: make browser")


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; of each module, since its event loop must end with it."""
    with driver.running_browser() as running:
        yield running
