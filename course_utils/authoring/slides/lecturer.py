"""The page for the lecturer: the order of the lessons, minutes of each slide, where to pause."""

import html
from pathlib import Path

from course_utils.authoring.text import write_text

from .cells import LINES, WORDS

STYLE = """
body { font: 18px/1.45 "Course Text", sans-serif; color: #222; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2, summary { color: #0072B2; font-weight: 600; }
summary { cursor: pointer; font-size: 1.2rem; padding: .3rem 0; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top; }
th { border-bottom: 2px solid #222; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.pause td { background: #fff4d6; }
kbd { border: 1px solid #999; border-radius: 4px; padding: 0 .3rem; }
"""
KEYS = """
<p><kbd>Space</kbd> or a remote control goes on, screen by screen; the points at the bottom left say
which screen of its slide is shown. <kbd>&rarr;</kbd> goes on too; <kbd>Esc</kbd> shows all slides;
<kbd>S</kbd> opens the speaker's window with the notes, the next slide and a clock; <kbd>F</kbd>
fills the screen; <kbd>B</kbd> turns it black. <kbd>Tab</kbd> and a click reach the controls of a
film.</p>
"""


def write_lecturer(decks, folder: Path) -> Path:
    """Write index.html beside the decks, and return its path."""
    rows = "".join(map(_row, decks))
    plans = "".join(map(_plan, decks))
    minutes = sum(deck.minutes for deck in decks)
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>For the lecturer</title>
<link rel="stylesheet" href="assets/deck.css"><style>{STYLE}</style></head><body>
<h1>For the lecturer</h1>
<p>{len(decks)} lessons, in this order; each builds on those before it. Nothing here needs a
network. Minutes are counted, not tried in a class: {WORDS} words and {LINES} lines of code a
minute, the pace of reading, and one minute wherever the class is asked: {minutes / 60:.0f} hours in
all.</p>
{KEYS}
<table><tr><th>Lesson</th><th></th><th>Slides</th><th>Screens</th><th>Minutes</th><th>Pauses</th>
<th></th></tr>{rows}</table>
<h2>Slide by slide</h2>
<p>A coloured line is a place to stop: the class writes down what it expects, or asks.</p>
{plans}</body></html>
"""
    path = folder / "index.html"
    write_text(path, page)
    return path


def _row(deck):
    pauses = sum(bool(slide.pause) for slide in deck.slides)
    screens = 1 + sum(map(len, deck.screens))
    numbers = (deck.count, screens, f"{deck.minutes:.0f}", pauses)
    return (
        f'<tr><td>{deck.name[:2]}</td><td><a href="{deck.name}.html">{html.escape(deck.title)}</a>'
        + "".join(f'</td><td class="n">{number}' for number in numbers)
        + f'</td><td><a href="{deck.name}.pdf">PDF</a></td></tr>'
    )


def _plan(deck):
    rows = "".join(
        f'<tr class="{"pause" if slide.pause else ""}"><td class="n">'
        f'<a href="{deck.name}.html#/{number - 1}">{number}</a></td>'
        f"<td>{html.escape(slide.title)}</td>"
        f'<td class="n">{len(screens)}</td><td class="n">{slide.minutes:.1f}</td>'
        f"<td>{slide.pause}</td></tr>"
        for number, (slide, screens) in enumerate(zip(deck.slides, deck.screens), 2)
    )
    head = "<tr><th>Slide</th><th></th><th>Screens</th><th>Minutes</th><th>Pause</th></tr>"
    return (
        f"<details><summary>{deck.name[:2]} {html.escape(deck.title)}</summary>"
        f"<table>{head}{rows}</table></details>"
    )
