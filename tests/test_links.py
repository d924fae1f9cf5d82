"""Every lesson leads to the one before and the one after, and no link of a notebook is dead."""

import re

import nbformat
import pytest

from course_utils.authoring.build import build, difference
from course_utils.authoring.links import add_links, link_line, neighbours
from course_utils.authoring.text import Course, is_homework, read_text

COURSE = Course()
NAMES = COURSE.names()
LESSONS = [name for name in NAMES if not is_homework(name)]
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+\.ipynb)\)")


def targets(cell, path):
    """Files that the links of one cell lead to, from the notebook at `path`."""
    source = "".join(cell.source) if cell.cell_type == "markdown" else ""
    return [(path.parent / address).resolve() for _, address in LINK.findall(source)]


def problems(name, path, around):
    """What is wrong with the links of one stored notebook; `around` are the files wanted."""
    cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
    found = []
    top = cells[0] if is_homework(name) else cells[1]
    for place, cell in (("at the top", top), ("at the end", cells[-1])):
        if targets(cell, path) != around:
            found.append(f"{name}: the links {place} are not those to the lessons around it")
        if cell.metadata.get("slideshow", {}).get("slide_type") != "skip":
            found.append(f"{name}: the links {place} would stand on a slide")
    for cell in cells:
        dead = [target.name for target in targets(cell, path) if not target.exists()]
        found += [f"{name}: {target} does not exist" for target in dead]
    return found


def around(name):
    """The lessons beside one, by their order on disk."""
    place = LESSONS.index(name)
    return [COURSE.notebook(LESSONS[i]) for i in (place - 1, place + 1) if 0 <= i < len(LESSONS)]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_leads_to_both_neighbours_at_both_ends(name):
    assert problems(name, COURSE.notebook(name), around(name)) == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(LESSONS)))
def test_a_homework_leads_back_to_its_lesson_and_on(name):
    number = name[2:4]
    place = [lesson[:2] for lesson in LESSONS].index(number)
    wanted = [COURSE.notebook(lesson) for lesson in LESSONS[place : place + 2]]
    for path in (COURSE.notebook(name), COURSE.student(name)):
        assert problems(name, path, wanted) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_text_leaves_the_links_to_the_build(name):
    by_hand = re.findall(
        r"^# (?:Next|Previous|Back)\b.*\.ipynb", COURSE.text(name).read_text(), re.M
    )
    assert by_hand == []


@pytest.fixture
def three(tmp_path):
    """A course of three lessons and one homework; nothing is built."""
    course = Course(tmp_path)
    course.text("02_b").parent.mkdir(parents=True)
    for name, title in (("01_a", "One"), ("02_b", "Two"), ("04_d", "Four"), ("hw02_b", "Do")):
        course.text(name).write_text(f"# %% [markdown]\n# # {title}\n\n# %%\n1\n")
    return course


def test_the_build_takes_neighbours_and_titles_from_the_texts(three):
    assert neighbours("01_a", three) == (None, "02_b")
    assert neighbours("02_b", three) == ("01_a", "04_d")
    assert neighbours("04_d", three) == ("02_b", None)
    assert neighbours("hw02_b", three) == ("02_b", "04_d")
    assert link_line("02_b", three.notebook("02_b"), three) == (
        "[← Lesson 01: One](01_a.ipynb) · [Lesson 04: Four →](04_d.ipynb)"
    )
    assert link_line("hw02_b", three.student("hw02_b"), three) == (
        "[← Lesson 02: Two](../02_b.ipynb) · [Lesson 04: Four →](../04_d.ipynb)"
    )
    assert "(../../02_b.ipynb)" in link_line("hw02_b", three.notebook("hw02_b"), three)


def test_a_letter_stands_between_two_lessons_and_renumbers_none(three):
    for name, title in (("02b_c", "More"), ("00_s", "Zero"), ("00p_primer", "Words")):
        three.text(name).write_text(f"# %% [markdown]\n# # {title}\n\n# %%\n1\n")
    assert neighbours("00p_primer", three) == ("00_s", "01_a")
    assert neighbours("01_a", three) == ("00p_primer", "02_b")
    assert neighbours("02b_c", three) == ("02_b", "04_d")
    assert neighbours("hw02_b", three) == ("02_b", "02b_c")
    assert link_line("01_a", three.notebook("01_a"), three) == (
        "[← Primer: Words](00p_primer.ipynb) · [Lesson 02: Two →](02_b.ipynb)"
    )
    assert "[Lesson 02b: More →](02b_c.ipynb)" in link_line("02_b", three.notebook("02_b"), three)


def test_check_knows_the_links_and_a_new_title_beside_them(three):
    build("02_b", three)
    assert difference("02_b", three) is None
    three.text("01_a").write_text("# %% [markdown]\n# # Uno\n")
    assert "cell 2 differs in source" in difference("02_b", three)
    three.text("01_a").unlink()
    assert "cell 2 differs in source" in difference("02_b", three)


def test_links_that_lead_elsewhere_nowhere_or_onto_a_slide_are_found(three):
    path = three.notebook("02_b")
    wanted = [three.notebook("01_a"), three.notebook("04_d")]
    for other in wanted:
        other.write_text("")
    good = add_links(read_text(three.text("02_b")), "02_b", path, three)

    def found(change):
        notebook = nbformat.from_dict(good)
        change(notebook.cells)
        nbformat.write(notebook, path)
        return " ".join(problems("02_b", path, wanted))

    assert found(lambda cells: None) == ""
    assert "at the top" in found(lambda cells: cells.pop(1))
    assert "at the end" in found(lambda cells: cells.pop())
    assert "at the end" in found(lambda cells: cells[-1].update(source="[one](01_a.ipynb)"))
    assert "on a slide" in found(lambda cells: cells[1].metadata.clear())
    assert "05_e.ipynb does not exist" in found(
        lambda cells: cells[0].update(source="# Two\n[five](05_e.ipynb)")
    )
