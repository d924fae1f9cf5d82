"""Exercise 12.4: how many clips does a bag of words fit?"""

from course_utils.checks.exercise import Exercise, answer

ORDER = "lesson 12, the order of the words"

MEANINGS = Exercise(
    "12.4",
    "how many clips a bag of words fits",
    (8, 4, 2),
    misconceptions=(
        answer(
            ORDER,
            (2, 2, 2),
            "whole halves exchanged",
            "You exchange the two halves of a sentence as wholes. In a bag each word is alone: the "
            "colours may change places while the shapes stay.",
        ),
        answer(
            ORDER,
            (4, 2, 2),
            "directions left where they were",
            "You let colours and shapes change places, and keep up and down where they were. They "
            "lie in the bag like all others.",
        ),
        answer(
            ORDER,
            (8, 8, 2),
            "the same colour counted twice",
            "In the second sentence both colours are red: exchanging them changes nothing.",
        ),
        answer(
            ORDER,
            (8, 4, 1),
            "column and row left where they were",
            "In the third sentence two words may change places and make another clip: look at the "
            "two numbers.",
        ),
        answer(
            ORDER,
            (8, 4, 4),
            "right and down counted as a direction",
            "'right and down' is no direction of this world: the words of the direction can be put "
            "together in one way only.",
        ),
        answer(
            ORDER,
            (6, 4, 2),
            "added in place of multiplied",
            "Colours, shapes and directions can each stand in two ways, independently. How many "
            "ways are that together: 2 + 2 + 2?",
        ),
        answer(
            ORDER,
            (7, 3, 1),
            "the clip itself left out",
            "You count the *other* clips. The one that was meant fits its own words too.",
        ),
        answer(
            ORDER,
            (4, 2, 1),
            "one kind of word left where it was",
            "You count half as many ways each time: one kind of word stays in its place in "
            "yours, and column and row too. In a bag every word is alone.",
        ),
        answer(
            ORDER,
            (4, 4, 2),
            "directions left out of the first",
            "In the first sentence three kinds of words can change places: colours, shapes "
            "and directions. Each doubles the number.",
        ),
        answer(
            ORDER,
            (8, 2, 2),
            "one way too few in the second",
            "In the second sentence the colours are alike, and two kinds of words can still "
            "change places: shapes and directions.",
        ),
        answer(
            ORDER,
            (8, 2, 1),
            "one way too few in the second and third",
            "In the second sentence two kinds of words can still change places; in the third "
            "the two numbers can.",
        ),
        answer(
            ORDER,
            (8, 6, 2),
            "only half of the colours' exchange taken off",
            "In the second sentence exchanging the colours changes nothing: it takes away a "
            "factor of 2, not 2 clips.",
        ),
        answer(
            ORDER,
            (6, 3, 2),
            "factors added and halved",
            "Colours, shapes and directions can each stand in two ways, independently: the "
            "ways multiply.",
        ),
        answer(
            ORDER,
            (16, 8, 2),
            "halves exchanged as well",
            "You let left and right half change places on top. That is a clip you have "
            "counted: all its words changed places.",
        ),
        answer(
            ORDER,
            (1, 1, 1),
            "word order kept",
            "You read the sentences as they are. In the bag their order is lost.",
        ),
        answer(
            ORDER,
            (8, 4, 8),
            "words of the third sentence as free as those of the first",
            "In the third sentence stand one colour, one shape, one size and one speed. Which "
            "two words can change places?",
        ),
        answer(
            ORDER,
            (2, 4, 8),
            "in the opposite order",
            "Your numbers run backwards: the first is that of the first sentence.",
        ),
    ),
)
