"""Command line of the slides: python -m course_utils.authoring.slides [NAME ...]"""

import argparse
import sys
import time
from pathlib import Path

from course_utils.authoring import chromium
from course_utils.authoring.text import ROOT, Course

from .assets import SlideError, lacking, write_assets
from .decks import lay_out, lessons, write_deck, write_pdf
from .lecturer import write_lecturer


def main(arguments: list[str] | None = None) -> int:
    """Write decks, PDFs and the lecturer's page; exit code 0 if all is well, 1 or 2 if not."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.authoring.slides")
    parser.add_argument("names", nargs="*", metavar="NAME", help="02_attention; without, all")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds notebooks/")
    parser.add_argument("--folder", type=Path, default=None, help="build/slides of the project")
    parser.add_argument("--no-pdf", action="store_true", help="decks alone")
    options = parser.parse_args(arguments)
    course = Course(options.root.resolve())
    folder = (options.folder or course.root / "build" / "slides").resolve()
    known = lessons(course)
    names = [Path(name).stem for name in options.names] or known
    if unknown := [name for name in names if name not in known]:
        print(f"no lesson {unknown[0]}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    if lack := lacking() or chromium.missing():
        print(f"{lack}; make slides installs it", file=sys.stderr)
        return 1
    assets = write_assets(folder)
    decks, failed = [], 0
    with chromium.running_browser() as browser:
        for name in names:
            started = time.perf_counter()
            try:
                deck = lay_out(name, course, browser, assets)
            except SlideError as error:
                failed += 1
                print(error, file=sys.stderr)
                continue
            decks.append(deck)
            write_deck(deck, folder)
            if not options.no_pdf:
                write_pdf(deck, browser, folder)
            screens = sum(map(len, deck.screens)) + 1
            seconds = time.perf_counter() - started
            print(f"{name}: {deck.count} slides, {screens} screens, {seconds:.1f} s", flush=True)
    if not options.names:
        print(write_lecturer(decks, folder))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
