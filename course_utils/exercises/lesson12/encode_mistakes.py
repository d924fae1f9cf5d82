"""Mistakes that exercise 12.1 names."""

from course_utils.exercises.lesson12.mistakes import mistake

IDS = "words become numbers"

MISTAKES = (
    mistake(
        "padding at the end",
        IDS,
        "You fill up behind the words, as the lesson does. Here the last word of every "
        "sentence is to stand in the last column.",
        side="end",
    ),
    mistake(
        "first word has the number 0",
        IDS,
        "You number the words from 0 on, so that the first word of the vocabulary cannot be "
        "told from padding.",
        first=0,
    ),
    mistake(
        "unknown word left out",
        IDS,
        "A word that is not in the vocabulary vanishes from your sentence, and all that stands "
        "before it moves by one place. Which number is still free?",
        unknown="dropped",
    ),
    mistake(
        "unknown word as padding",
        IDS,
        "You give an unknown word the number 0. Padding says that no word is there; here is "
        "one that nobody knows.",
        unknown="padding",
    ),
    mistake(
        "unknown word takes the first number",
        IDS,
        "An unknown word gets the number of the first word of the vocabulary, and means it "
        "from then on.",
        unknown="one",
    ),
    mistake(
        "mask inverted",
        IDS,
        "Your mask is True at the padding. In this course True means may attend.",
        mask="inverted",
    ),
    mistake(
        "padding visible",
        IDS,
        "Your mask is True everywhere. Which places hold no word?",
        mask="all",
    ),
    mistake(
        "unknown words hidden",
        IDS,
        "Your mask hides the words that nobody knows. A word stands there, and the model may "
        "learn what it means that it does not know it.",
        mask="known",
    ),
    mistake(
        "vocabulary sorted",
        IDS,
        "You sort the vocabulary first. The number of a word is its place in the vocabulary as "
        "it was given.",
        order="alphabet",
    ),
    mistake(
        "numbered as they were met",
        IDS,
        "You number the words in the order in which the sentences say them: the same word gets "
        "another number in the next batch. Where does the number come from?",
        order="met",
    ),
    mistake(
        "cut to the shortest sentence",
        IDS,
        "You cut all sentences to the length of the shortest one, and words are lost.",
        length="shortest",
    ),
    mistake(
        "words turned around",
        IDS,
        "Padding is in front, and your words run backwards. They keep their order.",
        turned=True,
    ),
    mistake(
        "every unknown word its own number",
        IDS,
        "You give each unknown word a number of its own, beyond the table of the model. All "
        "share the number V + 1.",
        several="each its own",
    ),
    mistake(
        "unknown word has the last word's number",
        IDS,
        "An unknown word gets the number V, which is that of the last word.",
        unknown="last",
    ),
    mistake(
        "unknown word one number too far",
        IDS,
        "An unknown word gets V + 2. The words take 1 to V: the next free number is V + 1.",
        unknown="later",
    ),
    mistake(
        "unknown word -1",
        IDS,
        "An unknown word gets -1. A table of vectors has no such row: it gets V + 1.",
        unknown="minus",
    ),
    mistake(
        "unknown word before the vocabulary",
        IDS,
        "You give 1 to unknown words and move the vocabulary up by one. Word i has the id i "
        "+ 1; unknown words come after all.",
        unknown="first",
    ),
    mistake(
        "padding has the number of unknown words",
        IDS,
        "You fill up with V + 1, as if words stood there that nobody knows. Padding is 0.",
        padding="after",
    ),
    mistake(
        "padding -1",
        IDS,
        "You fill up with -1. Padding is 0.",
        padding=-1,
    ),
    mistake(
        "letters in place of words",
        IDS,
        "You number the letters of the sentence. `split()` cuts it into words.",
        split="letters",
    ),
    mistake(
        "empty sentence has a word",
        IDS,
        "`split(' ')` of an empty sentence is one empty word. `split()` gives none.",
        split="spaces",
    ),
    mistake(
        "repeated words once",
        IDS,
        "A word that stands twice in a sentence stands once in yours.",
        several="once",
    ),
    mistake(
        "words sorted by number",
        IDS,
        "Your words are in the order of their numbers. They keep the order of the sentence.",
        order="numbers",
    ),
    mistake(
        "one column too many",
        IDS,
        "Your rows are longer than the longest sentence.",
        length="one more",
    ),
    mistake(
        "mask padded at the end",
        IDS,
        "Your ids are padded in front, and your mask at the end. They must say the same.",
        mask="at the end",
    ),
    mistake(
        "ids padded at the end",
        IDS,
        "Your mask is padded in front, and your ids at the end. They must say the same.",
        side="ids at the end",
    ),
    mistake(
        "padded at the end and turned round",
        IDS,
        "You turn the whole row round: padding behind, words backwards.",
        side="turned round",
    ),
    mistake(
        "parts exchanged",
        IDS,
        "Your first part is the mask. First come the ids.",
        parts="mask first",
    ),
)
