"""What people type: cleaned, or refused in a sentence."""

import pytest

from artwork import words
from artwork.words import Unrenderable


def test_stanzas_keep_verse_lines_and_indents():
    poem = "\n\n  first\tline \r\n    deeper\r\n\r\n \r\nsecond stanza\u2028third\n\n"
    assert words.stanzas(poem) == [["\u2002first line", "\u2002\u2002deeper"], ["second stanza", "third"]]


def test_what_nobody_sees_goes_and_what_shapes_letters_stays():
    assert words.clean("a\x00b\x1b[31m\u202ec\u200b\ufeffd\ue000") == "ab[31mcd"
    assert words.clean("👩\u200d👧 می\u200cخواهم ❤\ufe0f") == "👩\u200d👧 می\u200cخواهم ❤\ufe0f"
    assert words.clean("e\u0301") == "é"
    assert len(words.clean("x" + "\u0307" * 50)) <= 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no text yet"),
        (" \n\t\n\u200b\x07", "no text yet"),
        ("line\n" * 10_000, "10,000 lines"),
        ("x" * 401, "One line has 401 characters"),
        (("word " * 60 + "\n") * 30, "8,970 characters"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(Unrenderable, match=sentence):
        words.stanzas(text)


def test_a_title_is_one_line():
    assert words.line("  Two\nlines ", 120, "title") == "Two lines"
    with pytest.raises(Unrenderable, match="The title is 121 characters long; 120"):
        words.line("x" * 121, 120, "title")
