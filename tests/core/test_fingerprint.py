"""Digests: equal where a reader reads the same, different where a word or a number differs."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core.fingerprint import digest, text_digest, word_count, words
from articles.core.types import Extract, Paragraph, ParagraphKind
from articles.core.volatile import is_volatile


def article(*texts: str, title: str = "Headline", **more: str) -> Extract:
    return Extract(title, tuple(Paragraph(ParagraphKind.PARAGRAPH, text) for text in texts), **more)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 dead", "21 dead"),
        ("1.5 per cent", "15 per cent"),
        ("-5 degrees", "5 degrees"),
        ("−5 degrees", "5 degrees"),
        ("(-5)", "(5)"),
        ("up 5%", "up 5"),
        ("£5", "$5"),
        ("-£5m", "£5m"),
        ("1,500", "1.500"),
        ("at 20:45", "at 2045"),
        ("3/4", "34"),
        ("5-10", "510"),
        ("its", "it's"),
        ("resign", "re-sign"),
        ("re-sign", "re sign"),
        ("He is guilty?", "He is guilty."),
        ("Polish", "polish"),
        ("murder", "manslaughter"),
        ("nowhere", "now here"),
        ("fiancé", "fiance"),
        ("สวัสดี", "สวสดี"),
        ("五百人", "五千人"),
        ("3 × 4", "3 4"),
        ("C++", "C"),
        ("#5", "5"),
        ("#metoo", "metoo"),
        ("C#", "C"),
    ],
)
def test_words_and_numbers_count(one, other):
    assert digest(article(one)) != digest(article(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Go,” she said.", '"Go", she said'),
        ("震度1 の地震、3 月 5 日 GPS で観測", "震度1の地震、3月5日GPSで観測"),
        ("It’s late", "It's late"),
        ("'Quoted' word", "quoted word".replace("q", "Q")),
        ("word — word", "word – word"),
        ("word—word", "word -- word"),
        ("re\u2010sign", "re-sign"),
        ("2010–2011", "2010-2011"),
        ("a\u00a0b", "a b"),
        ("a  \n b", "a b"),
        ("zero\u200bwidth", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("e\u0301clair", "éclair"),
        ("Wait… what", "Wait... what"),
        ("the end.Next day", "the end. Next day"),
        ("U.S. troops", "US troops"),
        ("5 %", "5%"),
        ("• a point", "a point"),
        ("你好，世界", "你好 世界"),
        ("Ｆｕｌｌ", "Full"),
        ("Summary #", "Summary"),
        ("# Summary", "Summary"),
        ("Summary ## In C#", "Summary In C#"),
        ("\u200fעברית\u200f", "עברית"),
    ],
)
def test_typography_does_not(one, other):
    assert digest(article(one)) == digest(article(other))
    assert text_digest(article(one)) != text_digest(article(other)) or unicodedata.normalize(
        "NFC", " ".join(one.split())
    ) == unicodedata.normalize("NFC", " ".join(other.split()))


def test_paragraph_borders_and_kinds_do_not_count_but_order_does():
    heading = Extract("Headline", (Paragraph(ParagraphKind.HEADING, "One two. Three"),))
    assert digest(article("One two.", "Three")) == digest(heading)
    assert digest(article("One", "Two")) != digest(article("Two", "One"))


def test_headline_standfirst_and_byline_count():
    plain = article("Text")
    for other in (
        article("Text", title="Other"),
        article("Text", standfirst="More"),
        article("Text", byline="A. Ruiz"),
    ):
        assert digest(other) != digest(plain)


def test_a_standfirst_that_becomes_the_first_paragraph_changes_nothing():
    assert digest(article("Lead.", "Text")) == digest(article("Text", standfirst="Lead."))


def test_digests_carry_their_version_and_fit_the_column():
    for value in (digest(article("Text")), text_digest(article("Text"))):
        assert value.startswith("3:")
        assert len(value) <= 80


@given(st.text(max_size=200))
def test_words_are_stable(text):
    assert words(words(text)) == words(text)


@given(st.lists(st.text(string.ascii_letters + string.digits, min_size=1), min_size=1), st.data())
def test_no_word_can_be_left_out_unseen(tokens, data):
    position = data.draw(st.integers(0, len(tokens) - 1))
    assert words(" ".join(tokens)) != words(" ".join(tokens[:position] + tokens[position + 1 :]))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It's 1.5 re-signed words", 4),
        ("", 0),
        ("你好世界", 4),
        ("— …", 0),
        ("Ünïcode ok", 2),
        ("word" * 9, 1),
    ],
)
def test_word_count(text, count):
    assert word_count([text]) == count


# --- lines that tick -----------------------------------------------------------------------------------
VOLATILE = """
The Guardian, Friday 27 January 2012 12.58 GMT
guardian.co.uk, Friday 27 January 2012 12.58 GMT
Updated 5 minutes ago
Last updated: 3 May 2021, 10:15 BST
30 August 2010 Last updated at 00:56
Page last updated at 13:25 GMT, Friday, 1 May 2009 14:25 UK
Published 2 hours ago
3 hours ago | Politics
Just now
5m ago
1,234 views
1.2k views · 56 comments
Comments (56)
LIVE 59 watching now
23 people are reading this article
5 min read
Lesezeit: 4 Minuten
Advertisement
Advertisement: amber basket candle denim
Share this on Facebook, Twitter
Share this article via email
Read more: Storm warnings issued for the coast
Related stories
Sign up to our politics newsletter and get the news in your inbox
vor 5 Minuten
Aktualisiert vor 3 Stunden
Stand: 12.05.2021, 10:15 Uhr
Lesen Sie auch: Sturm an der Küste
il y a 2 heures
Publié le 3 mai 2021 à 10h15
Lire aussi : La tempête arrive
hace 3 días
Actualizado hace 5 minutos
Aggiornato 2 ore fa
12 reacties
Обновлено 5 минут назад
5分钟前
""".strip().splitlines()
SENTENCES = """
The ship sank on Friday 27 January 2012 at 12.58 off the northern coast.
He died on Friday 27 January 2012.
The report was published 5 minutes ago, police said.
Two people died.
12 dead
12 people
3 votes to 2
He was elected in May 2021.
March
2 May 2009
Facebook
Ad-free plans cost more
Advertising and privacy
One year ago, he said yes to the offer
Comments he made were wrong
She said she would subscribe to two newsletters.
Sign language is spoken here
Updated rules come into force on Monday
Published accounts show a loss of 5 million
The share of voters rose
Watch the birds, he said
Related parties owe 5 million
5 minutes to midnight
Get out of the city now, residents were told
Join the army today, the posters said
Vor 5 Jahren begann der Krieg.
Minutes ago the court ruled against the government.
""".strip().splitlines()


@pytest.mark.parametrize("line", VOLATILE)
def test_a_ticking_line_makes_no_version(line):
    assert is_volatile(line)
    assert digest(article("Text", line)) == digest(article("Text"))


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_about_such_things_stays(line):
    assert not is_volatile(line)
    assert digest(article("Text", line)) != digest(article("Text"))


def test_a_long_line_is_never_dropped():
    assert not is_volatile("Updated " + "5 minutes ago " * 40)
