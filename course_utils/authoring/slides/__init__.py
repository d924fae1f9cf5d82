"""Slides for a class: every lesson as a reveal.js deck and as a PDF, from its stored notebook.

    make slides                                             all decks into build/slides/
    python -m course_utils.authoring.slides 02_attention    one deck

Nothing is executed: the outputs are those of the notebook. Slide types say what is shown: `slide`
and `subslide` begin a slide, `fragment` goes on with it, `skip` stays out, `notes` go to the
speaker's window. What one screen of 1280 x 720 does not hold goes on the next screen of the same
slide: a cell and its picture, the lines of a long cell, paragraphs, items of a list, rows of a
table. Sizes of type are fixed (page/deck.css); only a picture larger than the screen shrinks.

    cells.py            a notebook becomes slides, made of pieces
    page/paginate.js    Chromium sets the formulas, measures the pieces and lays them on screens
    decks.py            screens become a deck, with all that it needs beside it, and a PDF
    lecturer.py         the page for the lecturer: order, minutes of each slide, where to pause

A deck asks nothing of a network. reveal.js, the font of its text and MathJax come from two pinned
packages (the extra `slides` in pyproject.toml), the font of its code from matplotlib. MathJax runs
once, when the deck is made: what is stored are its drawings.
"""
