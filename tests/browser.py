"""What the browser tests drive: a Chromium, and a JupyterLab of their own on a notebook.

make browser                 installs what is missing
python tests/browser.py      exits with 0 if a browser is there

"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request

from course_utils.authoring.chromium import chromium, missing, running_browser

__all__ = ["chromium", "missing", "running_browser", "running_lab", "run_notebook"]
# The application, its notebook, the session and an idle kernel: waiting for less is flaky.
READY = """async () => {
  const app = window.jupyterapp;
  if (!app) return false;
  await app.restored;
  const panel = app.shell.currentWidget;
  if (!panel || !panel.sessionContext) return false;
  await panel.context.ready;
  await panel.sessionContext.ready;
  const { session, kernelDisplayStatus } = panel.sessionContext;
  return session?.kernel?.status === "idle" && kernelDisplayStatus === "idle";
}"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


@contextlib.contextmanager
def running_lab(folder, private, settings=None):
    """The address of a JupyterLab that serves `folder` and keeps its own files in `private`.

    `settings` is a folder with configuration files; without it, news is off.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]
    quiet = {"JUPYTER_CONFIG_PATH": str(settings)} if settings else {}
    if not settings:
        options += [
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
    address = f"http://127.0.0.1:{port}"
    log = private / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **quiet, **{name: str(private / p) for name, p in places.items()}},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        patience = time.monotonic() + 60
        while True:
            assert server.poll() is None and time.monotonic() < patience, log.read_text()
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def run_notebook(page, address, name):
    """Open a notebook of a running JupyterLab, run all of its cells, and wait for the last."""
    page.goto(f"{address}/lab/tree/{name}?reset", timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(READY, timeout=60_000, polling=250)
    page.evaluate(RUN_ALL)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]"
        ".every(prompt => /\\[\\d+\\]:/.test(prompt.textContent))",
        timeout=60_000,
    )


if __name__ == "__main__":
    sys.exit(missing() or None)
