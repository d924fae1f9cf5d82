"""What a long run shows while it runs, and how Ctrl-C ends it between two steps (lesson 09)."""

import signal
import sys
import threading
import time
from contextlib import contextmanager


@contextmanager
def stop_between_steps():
    """Turn the first Ctrl-C into a flag read between two steps, so that none is half taken."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handler(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = signal.signal(signal.SIGINT, handler)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)


class Progress:
    """A bar in a terminal, a line that rewrites itself in a notebook; both end in the same line."""

    def __init__(self, total, show):
        self.total, self.show, self.started = total, show, time.monotonic()
        self.handle, self.bar, self.shown_at = None, None, 0.0
        if show and "IPython" in sys.modules:
            from IPython import get_ipython

            if type(get_ipython()).__name__ == "ZMQInteractiveShell":  # a notebook
                from IPython.display import display

                self.handle = display({"text/plain": "training"}, raw=True, display_id=True)
        if show and self.handle is None and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, leave=False, dynamic_ncols=True)

    def update(self, done, loss):
        """Show that `done` steps are taken, and the loss of the last."""
        now = time.monotonic()
        if self.bar is not None:
            self.bar.set_postfix_str(f"loss {loss:.4g}", refresh=False)
            self.bar.update(done - self.bar.n)
        elif self.handle is not None and now - self.shown_at > 0.5:
            from tqdm import tqdm

            line = tqdm.format_meter(
                done, self.total, now - self.started, ncols=90, postfix=f"loss {loss:.4g}"
            )
            self.handle.update({"text/plain": line}, raw=True)
            self.shown_at = now

    def close(self, sentence):
        """Put the sentence in the place of the bar."""
        if self.bar is not None:
            self.bar.close()
        if self.handle is not None:
            self.handle.update({"text/plain": sentence}, raw=True)
        elif self.show:
            print(sentence)
