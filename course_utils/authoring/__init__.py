"""From text to notebook, for authors only; no lesson imports it.

    python -m course_utils.authoring build 02_attention      execute one text, store its notebook
    python -m course_utils.authoring build --changed         all texts that differ from theirs
    python -m course_utils.authoring build --text [NAME]     take over prose, keep all outputs
    python -m course_utils.authoring check                   compare all texts with their notebooks
    python -m course_utils.authoring student hw02_attention  the blanks again, not executed
    python -m course_utils.authoring list                    the executed notebooks, slowest first

Where things are
    notebooks/text/02_attention.py                     the text, in py:percent: what you edit
    notebooks/02_attention.ipynb                       made from it, executed, with outputs
    notebooks/text/hw02_attention.py                   a homework with its solutions
    notebooks/homework/solutions/hw02_attention.ipynb  made from it, executed
    notebooks/homework/hw02_attention.ipynb            made from it, with blanks, without outputs
    notebooks/seconds.json                             how long each last build took, in full mode

A text needs no header: the build writes kernelspec and ids itself. It opens with its title:

    # %% [markdown] slideshow={"slide_type": "slide"}
    # # Build attention from one dot product

    # %% slideshow={"slide_type": "fragment"}
    import torch

    # %% tags=["nbval-ignore-output"] slideshow={"slide_type": "subslide"}
    # varies: a training run ends a little differently on every machine
    history = fit(model, loss, steps=400)

Slide types: slide, subslide, fragment, skip, notes. `make slides` shows them (slides/), and notes
are folded in the notebook. Tags that mean something: `nbval-ignore-output` (the output may differ;
the source says why in a comment `# varies: `), `nbval-skip` (same comment), `raises-exception`, and
`subject` (a class that the lesson is about, which may have more than 25 lines).

A homework adds two tags, from which the build writes all metadata that nbgrader wants:

    # %% tags=["exercise-2.1"]              the learner's cell: needs one solution region or more
    def attention(query, key, value):
        ### BEGIN SOLUTION
        return ...
        ### END SOLUTION

    # %% tags=["graded-2.1"] points=2       locked, cannot be deleted, worth two points
    check("2.1", attention)
    ### BEGIN HIDDEN TESTS
    grade("2.1", attention)
    ### END HIDDEN TESTS

In the version with blanks a solution region becomes `raise NotImplementedError("Exercise 2.1")`,
and a hidden region is gone. A second cell of one exercise takes a letter: `exercise-2.1b`,
`graded-2.1b`. Everything outside these cells is the same in both versions, except for the links.

Links to the lesson before and after stand in no text: the build puts a cell of them at both ends,
which slides skip; in a homework, to its own lesson and to the next (links.py).

A build is deterministic: the same text gives the same bytes. It runs in full mode, in the folder of
the notebook, and replaces the stored notebook only if no cell failed and no output is one that
rules.py refuses (warnings, absolute paths, network addresses, random ids, widget state). With
`--text` nothing runs: prose, tags and links are taken over, the outputs stay, and a text with a
code cell that is not the stored one is refused.
"""
