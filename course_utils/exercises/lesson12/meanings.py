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
    ),
)
