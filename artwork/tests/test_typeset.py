"""Type: fonts that fall back, both directions, lines that break where a reader expects it."""

import pytest
from PIL import Image, ImageDraw

from artwork import bidi, pages, typeset
from artwork.fonts import Face
from artwork.pages import lay
from artwork.words import Unrenderable

FACE = Face()


@pytest.mark.parametrize(
    ("text", "language", "font"),
    [
        ("Ünïcode æther", "en", "eb"),
        ("Вечер", "ru", "eb"),
        ("ערב", "he", "hebrew"),
        ("مساء", "ar", "arabic"),
        ("夕方の海", "ja", "japanese"),
        ("静夜思", "zh-Hans", "chinese"),
        ("저녁", "ko", "korean"),
        ("शाम", "hi", "devanagari"),
        ("เย็น", "th", "thai"),
        ("🌊👩\u200d👧👍🏽🇮🇱", "en", "emoji"),
        ("∞", "en", "eb"),
    ],
)
def test_each_script_has_its_font(text, language, font):
    assert {run.font for run in typeset.runs(text, Face(language=language), bidi.is_rtl(text))} == {font}


def test_ligatures_and_kerning_shape_the_line():
    assert typeset.width("AV", FACE, 100) < typeset.width("A", FACE, 100) + typeset.width("V", FACE, 100)
    apart = typeset.width("f", FACE, 100) * 2 + typeset.width("i", FACE, 100)
    assert typeset.width("ffi", FACE, 100) != pytest.approx(apart, abs=0.1)


def test_what_no_font_has_is_refused_by_name():
    with pytest.raises(Unrenderable, match=r"No font of the house has “𓀀” \(U\+13000, egyptian hieroglyph a001\)"):
        typeset.width("a 𓀀", FACE, 20)


@pytest.mark.parametrize(
    ("text", "rtl", "parts"),
    [
        ("see ים and שם", False, ["see ", "ים", " and ", "שם"]),
        ("שם and ים", True, [" ים", "and", "שם "]),
        ("הים 42 שלום", True, [" שלום", "42", "הים "]),
        ("a🌙b", False, ["a🌙b"]),
    ],
)
def test_directions_meet_in_one_line(text, rtl, parts):
    assert [part for part, _ in bidi.parts(text, rtl)] == parts


def test_a_mark_stays_with_its_letter():
    assert typeset.clusters("e\u0323👩\u200d👧🇮🇱🇩🇪") == ["e\u0323", "👩\u200d👧", "🇮🇱", "🇩🇪"]


def test_every_run_leaves_ink_from_left_to_right():
    image = Image.new("L", (600, 80))
    end = typeset.write(ImageDraw.Draw(image), (10, 50), "שלום 🌙 sea", FACE, 40, rtl=True)
    left, _, right, _ = image.getbbox()
    assert left >= 8 and right <= end + 2 and right - left > 100


def test_long_verse_runs_over_in_even_rows():
    verse = "A line that is really very long and will have to be wrapped somewhere in the middle of it"
    rows = typeset.wrap(verse, FACE, 20, 300, 28)
    assert " ".join(rows) == verse and len(rows) == 3
    widths = [typeset.width(row, FACE, 20) for row in rows]
    assert max(widths) <= 300 and min(widths) > 0.6 * max(widths)
    assert "".join(typeset.wrap("W" * 90, FACE, 20, 200, 10)) == "W" * 90


def test_ideographs_break_but_not_before_their_stops():
    rows = typeset.wrap("古池や蛙飛びこむ水の音。静かさや岩にしみ入る蝉の声、", Face(language="ja"), 20, 170, 0)
    assert len(rows) > 1 and not any(row[0] in "。、" for row in rows)


def test_a_stanza_is_a_page_and_one_size_serves_all():
    laid = lay([["one", "two"], ["three"]], FACE, (600, 800), (26, 46))
    assert [[row.text for row in page.rows] for page in laid] == [["one", "two"], ["three"]]
    assert {page.size for page in laid} == {46}


def test_long_stanzas_divide_without_orphans():
    laid = lay([[f"line number {at}" for at in range(25)]], FACE, (600, 700), (26, 46))
    counts = [len(page.rows) for page in laid]
    assert sum(counts) == 25 and max(counts) - min(counts) <= 1
    assert all(page.height <= 700 for page in laid)


def test_very_many_stanzas_share_pages_and_too_many_are_refused():
    laid = lay([["a line", "another"]] * 20, FACE, (600, 800), (26, 46))
    assert len(laid) < 10 and all(page.height <= 800 for page in laid)
    with pytest.raises(Unrenderable, match=f"a cut holds {pages.MOST}"):
        lay([[f"line {at}"] * 6 for at in range(30)], FACE, (600, 420), (40, 46))
