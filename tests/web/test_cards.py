"""The picture of a change: what is on it, which letters it has, in which order, and who gets it."""

import re
from collections.abc import Sequence

import pytest
import pyvips
from django.core.cache import cache
from fontTools.ttLib import TTFont

from articles.cards import drawing, lettering
from articles.cards.content import Card
from articles.core.types import Segment
from tests.cast import DAY_ONE, add_version, make_article, make_source

INS, DEL = (214, 233, 251), (251, 224, 216)  # the grounds of drawing.INS_WASH and DEL_WASH
INK = (29, 28, 25)
BELOW_THE_HEAD = 150  # pixels from the top, where the article's text begins
LIMIT = 100_000  # bytes


def address(article, a: int, b: int) -> str:
    return f"/articles/{article.pk}/diff/{a}/{b}/card.png"


def make_card(passage: Sequence[Segment] = (), headline: Sequence[Segment] = (), **words: str) -> Card:
    said = {"source": "The Gazette", "slug": "gazette", "step": "Version 1 → Version 2", "seen": "Seen"}
    said |= {"note": "", "foot": "+1 −1 words", "language": "en", "direction": ""}
    return Card(headline=tuple(headline), passage=tuple(passage), **(said | words))


def opened(png: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(png, "")


def near(image: pyvips.Image, colour: Sequence[int]) -> pyvips.Image:
    """Where the article's part of the card has this colour, but for the rounding of the palette."""
    part = image.crop(0, BELOW_THE_HEAD, image.width, 395)
    return ((part - list(colour)).abs() < 4).bandand()


def spans(image: pyvips.Image, colour: Sequence[int]) -> tuple[int, int] | None:
    """Left and right edge of what has this colour; None where nothing has."""
    left, _, width, _ = near(image, colour).find_trim(threshold=10, background=[0])
    return (left, left + width) if width else None


def ink_of(text: str, language: str = "en") -> int:
    """How many dark pixels a text in one line makes on a card of nothing else."""
    card = make_card([("=", text)], language=language)
    return int(near(opened(drawing.png(card)), INK).avg() * 1200 * 395 / 255)


# --- what is answered --------------------------------------------------------------------------------
def test_a_card_is_a_small_png_of_the_promised_size(client, cast):
    answer = client.get(address(cast.corrected, 1, 2))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert len(answer.content) <= LIMIT
    image = pyvips.Image.new_from_buffer(answer.content, "")
    assert (image.width, image.height) == (1200, 630)


def test_a_card_may_be_shown_elsewhere_but_is_asked_for_again_each_time(client, cast):
    answer = client.get(address(cast.corrected, 1, 2))
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "no-cache"  # what it shows may be hidden by now


def test_who_has_the_card_is_not_sent_it_again(client, cast, monkeypatch):
    first = client.get(address(cast.corrected, 1, 2))
    monkeypatch.setattr(drawing, "png", lambda card: pytest.fail("drawn again"))
    cache.clear()
    again = client.get(address(cast.corrected, 1, 2), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]


def test_no_cache_may_keep_a_refusal_in_place_of_the_card(client, cast):
    refused = client.get(address(cast.corrected, 1, 2), headers={"If-Match": '"another"'})
    assert (refused.status_code, refused["Cache-Control"]) == (412, "no-cache")


def test_a_card_is_drawn_once(client, cast, monkeypatch):
    first = client.get(address(cast.corrected, 1, 2))
    monkeypatch.setattr(drawing, "png", lambda card: pytest.fail("drawn again"))
    assert client.get(address(cast.corrected, 1, 2)).content == first.content


def test_a_name_or_headline_that_is_another_makes_another_card(client, cast):
    first = client.get(address(cast.corrected, 1, 2))["ETag"]
    cast.source.name = "The Harbour Herald"
    cast.source.save()
    second = client.get(address(cast.corrected, 1, 2))["ETag"]
    assert first != second != client.get(address(cast.corrected, 2, 3))["ETag"]


def test_what_stands_in_for_a_name_that_cannot_be_lettered_makes_another_card_too(client, cast):
    cast.source.name = "ᏣᎳᎩ"
    cast.source.save()
    first = client.get(address(cast.corrected, 1, 2))
    cast.source.slug = "another"
    cast.source.save()
    second = client.get(address(cast.corrected, 1, 2))
    assert first.content != second.content
    assert first["ETag"] != second["ETag"]


def test_a_hidden_article_has_no_card_not_even_a_kept_one(client, cast):
    article = cast.corrected
    first = client.get(address(article, 1, 2))
    article.hidden_at = DAY_ONE
    article.save()
    for headers in ({}, {"If-None-Match": first["ETag"]}):
        answer = client.get(address(article, 1, 2), headers=headers)
        assert answer.status_code == 410
        assert b"PNG" not in answer.content
        assert "ferry" not in answer.content.decode()


def test_a_version_that_is_not_there_has_no_card(client, cast):
    assert client.get(address(cast.corrected, 1, 9)).status_code == 404


def test_the_newer_version_stands_last(client, cast):
    assert client.get(address(cast.corrected, 3, 1))["Location"] == address(cast.corrected, 1, 3)


def test_every_pair_that_can_be_compared_has_a_card(client, cast):
    """Several steps together, whose passage is found anew; one version beside itself; texts too large."""
    several = client.get(address(cast.corrected, 1, 3))
    assert spans(opened(several.content), INS)
    itself = client.get(address(cast.corrected, 2, 2))
    assert spans(opened(itself.content), INS) is None
    huge = make_article(cast.source, "Minutes of the council", ["word " * 100_001])
    for n in (1, 2):
        add_version(huge, [f"word{n} " * 100_001], at=DAY_ONE.replace(hour=9 + n))
    assert spans(opened(client.get(address(huge, 1, 3)).content), INS) is None


def test_cards_are_among_what_one_visitor_may_not_ask_for_without_end(client, cast, settings):
    settings.NEWSDIFF_RATE_PAGES, settings.REDIS_URL = 1, ""
    far = {"REMOTE_ADDR": "198.51.100.77"}
    answers = [client.get(address(cast.corrected, 1, 2), **far).status_code for _ in range(2)]
    assert answers == [200, 429]


# --- what pages say of themselves ------------------------------------------------------------------------
def properties(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))


def test_a_diff_says_what_it_shows_to_those_who_show_links_to_it(client, cast, settings):
    settings.BASE_URL = "https://diff.example.org"
    said = properties(client.get(f"/articles/{cast.corrected.pk}/diff/1/2/").content.decode())
    assert said["og:image"] == "https://diff.example.org" + address(cast.corrected, 1, 2)
    assert said["og:url"] == f"https://diff.example.org/articles/{cast.corrected.pk}/diff/1/2/"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:type"] == "image/png"
    assert said["twitter:card"] == "summary_large_image"
    assert said["og:site_name"] == "newsdiff"
    assert said["og:type"] == "article"
    assert said["og:title"] == "Version 1 → Version 2: Nineteen hurt as ferry runs aground off Brightwater"
    for word in ("Removed", "Twelve", "Added", "Nineteen"):
        assert word in said["og:image:alt"]
        assert word in said["og:description"]


def test_a_history_shows_its_newest_change(client, cast):
    said = properties(client.get(cast.corrected.get_absolute_url()).content.decode())
    assert said["og:image"].endswith(address(cast.corrected, 2, 3))
    assert said["og:url"].endswith(cast.corrected.get_absolute_url())
    unchanged = properties(client.get(cast.stable.get_absolute_url()).content.decode())
    assert "og:image" not in unchanged


def test_what_a_page_says_of_itself_is_escaped(client, db):
    article = make_article(make_source(), 'A "headline"><script>', ["One text stands here."])
    add_version(article, ["Another text stands here, \"'><script>."], at=DAY_ONE.replace(hour=12))
    page = client.get(f"/articles/{article.pk}/diff/1/2/").content.decode()
    assert "<script>" not in page.partition("</head>")[0].replace("<script src=", "")
    assert "&quot;headline&quot;&gt;&lt;script&gt;" in properties(page)["og:title"]


# --- what is on it -----------------------------------------------------------------------------------------
def test_marks_are_seen_without_their_colours():
    """What was removed is struck and what was added underlined: a line of ink as long as its word."""
    words = [("=", "It was "), ("-", "iiiiiiiiii"), ("+", "iiiiiiiiii"), ("=", " then.")]
    image = opened(drawing.png(make_card(words)))
    for wash, ink in ((DEL, (138, 36, 19)), (INS, (15, 63, 115))):
        left, right = spans(image, wash)
        rows = near(image, ink).crop(left, 0, right - left, 395)
        fullest = rows.project()[1].max() / 255
        assert fullest > 0.9 * (right - left)


def test_headline_and_passage_bear_marks_of_both_kinds(client, cast):
    image = opened(client.get(address(cast.corrected, 1, 2)).content)
    assert spans(image, DEL)
    assert spans(image, INS)


def test_old_stands_before_new_from_left_to_right():
    image = opened(drawing.png(make_card([("=", "Hurt: "), ("-", "8"), ("+", "9"), ("=", " men.")])))
    assert spans(image, DEL)[1] <= spans(image, INS)[0]


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("بعد إغلاق دام ", "الأحد", "الاثنين", " أشهر"),
        ("بعد إغلاق دام ", "8", "9", " أشهر"),
        ("סגירה של ", "8", "9", " חודשים"),
        ("قالت ", "BBC", "Reuters", " اليوم"),
    ],
)
def test_old_stands_before_new_from_right_to_left(before, old, new, after):
    """Numbers and Latin words too, which by themselves run from left to right."""
    words = [("=", before), ("-", old), ("+", new), ("=", after)]
    image = opened(drawing.png(make_card(words, language="ar", direction="rtl")))
    assert spans(image, INS)[1] <= spans(image, DEL)[0]


def test_a_direction_that_is_known_counts_for_more_than_the_first_letter():
    words = [("=", "BBC: "), ("-", "8"), ("+", "9"), ("=", " أشهر")]
    image = opened(drawing.png(make_card(words, direction="rtl")))
    assert spans(image, INS)[1] <= spans(image, DEL)[0]


def test_a_page_s_controls_of_direction_turn_nothing_about():
    words = [("=", "\u202eIt was \u2067"), ("-", "8"), ("+", "9"), ("=", "\u2069 then.")]
    image = opened(drawing.png(make_card(words)))
    assert spans(image, DEL)[1] <= spans(image, INS)[0]


# --- letters ---------------------------------------------------------------------------------------------
def test_the_list_of_letters_is_that_of_the_fonts():
    found = [path for path in lettering.FONTS.iterdir() if path.suffix in (".ttf", ".otf")]
    codes = {code for path in found for code in TTFont(path).getBestCmap()}
    assert codes - lettering.covered() == {0xFDFD}  # a letter half a line wide
    assert lettering.covered() <= codes


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "قال مسؤولون إن المكتبة"),
        ("fa", "می‌خواهم کتاب‌ها را"),
        ("ur", "پاکستان میں نئی حکومت"),
        ("he", "הספרייה תיפתח"),
        ("hi", "पुस्तकालय क्षत्रिय"),
        ("bn", "বাংলাদেশের সংবাদ"),
        ("ta", "தமிழ் செய்திகள்"),
        ("te", "తెలుగు వార్తలు"),
        ("th", "รถไฟฟ้าสายใหม่"),
        ("km", "ព័ត៌មានថ្មី"),
        ("my", "မြန်မာသတင်း"),
        ("am", "የኢትዮጵያ ዜና"),
        ("ka", "საქართველოს ამბები"),
        ("hy", "Հայաստանի լուրեր"),
        ("el", "Οι ειδήσεις"),
        ("uk", "Українські новини їжак"),
        ("vi", "Tin tức buổi sáng ở Huế"),
        ("zh-CN", "市政府宣布铁桥将关闭两年"),
        ("zh-TW", "市政府宣布鐵橋將關閉兩年"),
        ("ja", "灯ヶ浦市、旧フェリーターミナルを改修"),
        ("ko", "철교를 폐쇄하기로 결정했다"),
    ],
)
def test_scripts_have_letters_of_their_own(language, text):
    """None of them is drawn as boxes: different letters make different pictures."""
    assert "".join(piece for _, piece in lettering.lettered([("=", text)])) == text
    letters = sorted({char for char in text if char.isalpha()})[:3]
    assert len({ink_of(letter * 12, language) for letter in letters}) == len(letters)


def test_letters_of_a_word_in_arabic_are_joined():
    """Joined letters have other forms than the same apart: the shaping is at work."""
    joined, apart = "ببببب", "ب\u200cب\u200cب\u200cب\u200cب"
    assert ink_of(joined, "ar") != ink_of(apart, "ar")


def test_japanese_has_its_own_form_of_a_letter_that_chinese_has_too():
    assert ink_of("直直直直", "ja") != ink_of("直直直直", "zh-CN")


def test_a_text_without_letters_here_is_told_of_in_words():
    """Cherokee: no box is drawn, and no mark."""
    words = [("=", "ᎣᏏᏲ "), ("-", "ᏙᎯᏧ"), ("+", "ᏣᎳᎩ")]
    image = opened(drawing.png(make_card(words, words, source="ᏣᎳᎩ", language="chr")))
    assert spans(image, DEL) is None
    assert lettering.lettered(words) is None
    assert near(image, (93, 89, 80)).max() == 255


def test_pictographs_are_left_out_and_the_words_stay():
    assert lettering.lettered([("=", "🔴 Live: 👍🏽 the vote 🗳️ begins")]) == (("=", "Live: the vote begins"),)


def test_thai_lines_end_between_words():
    assert lettering.breakable("รถไฟฟ้าสายใหม่") == "รถไฟฟ้า\u200bสาย\u200bใหม่"


def test_korean_lines_end_at_blanks():
    assert lettering.breakable("3년간 폐쇄") == "3\u2060년\u2060간 폐\u2060쇄"


# --- what is long, or hostile ------------------------------------------------------------------------------
def test_a_long_text_is_cut_at_words_and_keeps_its_marks():
    long = "one two three four five six seven eight nine ten " * 20
    cut = lettering.shortened([("=", long), ("-", "eleven"), ("+", "twelve"), ("=", long)], 20, 100)
    assert cut == (
        ("=", "… eight nine ten "),
        ("-", "eleven"),
        ("+", "twelve"),
        ("=", "one two three four …"),
    )
    image = opened(drawing.png(make_card([("=", long), ("-", "eleven"), ("+", "twelve"), ("=", long)])))
    assert spans(image, DEL)
    assert spans(image, INS)


HOSTILE = {
    "markup": "</span><span foreground='red' size='9999999'>&amp;&#0;&lt;<b>",
    "a word without end": "x" * 5_000,
    "controls": "\x00\x01\x1b[31m\x7f\u2028\u2029\ufeff",
    "surrogates": "a\ud800b\udfffc",
    "directions": "\u202e\u2066\u2067\u202a" * 500 + "text",
    "accents": "a" + "\u0301" * 3_000,
    "wide letters": "\ufdfd" * 500,
    "nothing": " \u200b\u00ad ",
    "joiners alone": "\u200d\u200c",
    "a letter without ink": "\uffa0",
    "a vowel without ink": "\u17b4",
    "tags": "\U000e0041" * 100 + "a",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_breaks_a_card(text):
    marked = [("=", text), ("-", text), ("+", text)]
    card = make_card(marked, marked, source=text, language='en" x="', foot="+1 −1 words")
    png = drawing.png(card)
    assert len(png) <= LIMIT
    image = pyvips.Image.new_from_buffer(png, "")
    assert (image.width, image.height) == (1200, 630)


def test_no_text_is_markup():
    """A colour that a headline asks for is not given: its own signs are drawn."""
    words = [("=", "<span foreground='#ff0000'>red</span>")]
    assert near(opened(drawing.png(make_card(words))), (255, 0, 0)).max() == 0
