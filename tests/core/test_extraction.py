"""From bytes to an Extract, on pages made up for the purpose."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from articles.core.extraction import ExtractionError, extract, leave_out
from articles.core.extraction.selecting import BadSelector, compiled
from articles.core.fingerprint import digest, words
from articles.core.types import Extract, Paragraph, ParagraphKind, Rules

URL = "https://news.example.org/2026/harbour-fire"
TITLE = "Harbour warehouse fire forces two hundred from their homes"
TEXTS = [
    "A fire at a warehouse in the harbour district forced about 200 residents from their homes on Tuesday night.",
    "Firefighters were called to Canal Street shortly after ten, when neighbours reported a loud explosion.",
    "Fire chief Miriam Osei said that nobody had been hurt, but warned that the building might yet collapse.",
    "Families were taken to a sports hall, where volunteers from the town handed out blankets and hot drinks.",
    "The cause is unknown, and investigators from the regional office are expected on Wednesday morning.",
    "The warehouse, built in 1931, stored paint and solvents for the shipyard on the other side of the water.",
]
NAV = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"


def page(
    *inserts: str, at: int = 3, head: str = "", top: str = "", bottom: str = "", title: str = TITLE
) -> bytes:
    """A plain news page; `inserts` stand after the paragraph `at`, `top` under the headline, `bottom` after the text."""
    texts = [f"<p>{text}</p>" for text in TEXTS]
    body = "\n".join([*texts[:at], *inserts, *texts[at:]])
    return (
        f"<!doctype html><html lang='en-GB'><head><meta charset='utf-8'><title>{title} | Example Courier</title>{head}</head>"
        f"<body><header><a href='/'>Example Courier</a></header>{NAV}<main><article><h1>{title}</h1>{top}{body}{bottom}"
        f"</article></main><footer><p>© 2026 Example Courier. All rights reserved.</p></footer></body></html>"
    ).encode()


def read(body: bytes, charset: str = "") -> Extract:
    found = extract(body, URL, charset)
    assert found is not None
    return found


# --- the text ---------------------------------------------------------------------------------------------
def test_a_plain_article_is_read_whole_and_nothing_else():
    article = read(page())
    assert article.title == TITLE
    assert article.texts == TEXTS
    assert {paragraph.kind for paragraph in article.paragraphs} == {ParagraphKind.PARAGRAPH}
    assert article.language == "en-GB"


KINDS = ParagraphKind
STRUCTURES = [
    ("<figure><img src=a><figcaption>Smoke over the docks</figcaption></figure>", [(KINDS.CAPTION, "Smoke over the docks")]),
    ("<div class='photo'><img src=a><span class='media-caption__text'>Smoke over the docks</span></div>", [(KINDS.CAPTION, "Smoke over the docks")]),
    ("<p class='wp-caption-text'>Smoke over the docks</p>", [(KINDS.CAPTION, "Smoke over the docks")]),
    ("<aside class='pullquote'><p>We lost everything we had</p></aside>", [(KINDS.QUOTE, "We lost everything we had")]),
    ("<div class='pull-quote'>We lost everything we had</div>", [(KINDS.QUOTE, "We lost everything we had")]),
    ("<blockquote><p>We lost everything.</p><p>All of it.</p></blockquote>", [(KINDS.QUOTE, "We lost everything."), (KINDS.QUOTE, "All of it.")]),
    ("<ul><li>Streets closed: 12</li><li>Schools shut: 3</li></ul>", [(KINDS.LIST_ITEM, "Streets closed: 12"), (KINDS.LIST_ITEM, "Schools shut: 3")]),
    ("<h2>What we know</h2><p>It is not much yet, sadly.</p>", [(KINDS.HEADING, "What we know"), (KINDS.PARAGRAPH, "It is not much yet, sadly.")]),
    ("<p>First line here<br>and a second line<br/>and a third</p>", [(KINDS.PARAGRAPH, "First line here"), (KINDS.PARAGRAPH, "and a second line"), (KINDS.PARAGRAPH, "and a third")]),
    ("<div>First line here<br>and a second line</div>", [(KINDS.PARAGRAPH, "First line here"), (KINDS.PARAGRAPH, "and a second line")]),
    ("<div class='fact-box'><h3>The docks</h3><p>Built in 1880.</p></div>", [(KINDS.HEADING, "The docks"), (KINDS.PARAGRAPH, "Built in 1880.")]),
    ("<div class='correction'>The street was misnamed.</div>", [(KINDS.CORRECTION, "The street was misnamed.")]),
    ("<p>He wept.</p>", [(KINDS.PARAGRAPH, "He wept.")]),
    ("<p>He wept.</p><p>He wept.</p>", [(KINDS.PARAGRAPH, "He wept.")] * 2),
    ("<table><tr><th>Team</th><th>Points</th></tr><tr><td>Harbour</td><td>12</td></tr></table>", [(KINDS.PARAGRAPH, "Team | Points"), (KINDS.PARAGRAPH, "Harbour | 12")]),
    ("<dl><dt>Dock</dt><dd>Where ships are loaded.</dd></dl>", [(KINDS.PARAGRAPH, "Dock"), (KINDS.PARAGRAPH, "Where ships are loaded.")]),
    ("<p>See <a href='/map'>the map</a> of the area for the way out.</p>", [(KINDS.PARAGRAPH, "See the map of the area for the way out.")]),
    ("<div><span>An untagged line of text.</span></div>", [(KINDS.PARAGRAPH, "An untagged line of text.")]),
    ("<p>Tea&nbsp;&amp;&#8203; bis&shy;cuits\n  were   served &lt;free&gt;.</p>", [(KINDS.PARAGRAPH, "Tea & biscuits were served <free>.")]),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), STRUCTURES)
def test_every_part_of_an_article_is_kept_in_its_place(markup, expected):
    paragraphs = [(paragraph.kind, paragraph.text) for paragraph in read(page(markup)).paragraphs]
    assert paragraphs[3 : 3 + len(expected)] == expected
    assert [text for _, text in paragraphs[:3] + paragraphs[3 + len(expected) :]] == TEXTS


@pytest.mark.parametrize(
    "markup",
    [
        "<footer><p>Correction: an earlier version gave the wrong street.</p></footer>",
        "<p><em>This article was amended on 3 May 2026. The street was wrong.</em></p>",
        "<div class='editors-note correction'>Correction: the street was wrong.</div>",
    ],
)
def test_a_correction_note_after_the_text_is_kept_as_one(markup):
    last = read(page(bottom=markup)).paragraphs[-1]
    assert last.kind is ParagraphKind.CORRECTION
    assert "street" in last.text


def test_the_standfirst_is_told_from_the_text():
    standfirst = "Families spend the night in a sports hall as paint and solvents burn"
    article = read(page(top=f"<p class='article__standfirst'>{standfirst}</p>"))
    assert (article.standfirst, article.texts) == (standfirst, TEXTS)


def test_the_headline_and_the_byline_are_not_repeated_in_the_text():
    article = read(page(top=f"<h2>{TITLE}</h2><p class='byline'>By Ana Ruiz</p>"))
    assert article.byline == "Ana Ruiz"
    assert article.texts == TEXTS


def test_the_order_is_the_page_s():
    caption = "<figure><figcaption>{}</figcaption></figure>"
    article = read(
        page(
            caption.format("In the middle"),
            top=caption.format("At the top"),
            bottom=caption.format("At the end"),
        )
    )
    assert article.texts == ["At the top", *TEXTS[:3], "In the middle", *TEXTS[3:], "At the end"]


# --- what is not the text -----------------------------------------------------------------------------------
NOISE = [
    "<div class='ad-slot'>Advertisement {0}</div>",
    "<p>Advertisement: {0}</p>",
    "<p>Updated {1} minutes ago</p>",
    "<p>{1} views <a href='#c'>{1} comments</a></p>",
    "<p>{1} people are reading this</p>",
    "<p>Read more: <a href='/x'>{0}</a></p>",
    "<p><a href='/x'>{0}</a></p>",
    "<p><strong><a href='/x'>{0}</a></strong></p>",
    "<ul><li><a href='/x'>{0}</a></li><li><a href='/y'>More {0}</a></li></ul>",
    "<h3>Related stories</h3><ul><li><a href='/x'>{0}</a></li><li><a href='/y'>More {0}</a></li></ul>",
    "<div class='x1'><div><h4><a href='/x'>{0}</a></h4><p>{0}.</p></div><div><h4><a href='/y'>{0}</a></h4><p>{0}.</p></div></div>",
    "<aside class='related'><h2>{0}</h2><p>{0} and {0}.</p></aside>",
    "<div class='newsletter'><p>{0}: sign up today.</p></div>",
    "<div class='share-tools'>{1} shares</div>",
    "<section class='comments'><h3>{1} comments</h3><p>{0}, I think.</p></section>",
    "<div hidden><p>{0} {0} {0}.</p></div>",
    "<div style='display: none'><p>{0} {0} {0}.</p></div>",
    "<template><p>{0}</p></template><noscript><p>{0}</p></noscript><script>var t = '{0}'</script>",
    "<form class='poll'><p>{0}?</p><label>Yes {1}%</label><button>Vote {1}</button></form>",
    "<iframe src='/x'>{0}</iframe><svg><title>{0}</title></svg>",
    "<div role='complementary'><p>{0} {0}.</p></div>",
    "<p>Video <time>{1} minutes ago</time></p>",
]


@pytest.mark.parametrize("where", ["top", "middle", "bottom"])
@pytest.mark.parametrize("markup", NOISE)
def test_what_changes_at_every_look_and_is_not_the_article_makes_no_version(markup, where):
    looks = []
    for said, number in (("amber basket candle", 12), ("velvet willow quarry lantern", 47)):
        noise = markup.format(said, number)
        looks.append(read(page(noise) if where == "middle" else page(**{where: noise})))
    assert digest(looks[0]) == digest(looks[1])
    assert [text for text in looks[0].texts if text in TEXTS] == TEXTS


def test_furniture_words_do_not_cost_an_article_its_text():
    body = page().replace(
        b"<article>", b"<article class='has-ads comments-open'><div class='related-promo content'>", 1
    )
    assert read(body).texts == TEXTS


@pytest.mark.parametrize(
    "wrap",
    [
        "<p class='paywall'>{}</p>",  # each paragraph bears the name, none of them is much
        "<div class='TestReport__Section--Ads'><p>{}</p></div>",
        "<div class='elementor-widget'><div class='elementor-widget-container'>{}</div></div>",
        "<div class='field field--label-hidden'><p>{}</p></div>",
    ],
)
def test_a_name_that_most_of_the_article_bears_is_no_furniture(wrap):
    body = "".join(wrap.format(text) for text in TEXTS)
    assert read(f"<html><body><div><h1>{TITLE}</h1>{body}</div></body></html>".encode()).texts == TEXTS


def test_furniture_is_weighed_without_paragraph_elements_too():
    """A blog's post may be bare text and line breaks, in a box that is called a widget."""
    post = "<br><br>".join(TEXTS)
    aside = f"<div class='widget'><h2>About me</h2><div>{TEXTS[0][::-1]}</div></div>"
    page = (
        f"<html><body><div class='widget Blog'><h1>{TITLE}</h1><div>{post}</div></div>{aside}</body></html>"
    )
    assert read(page.encode()).texts == TEXTS


def test_what_stands_between_headline_and_text_is_read_wherever_the_text_s_element_begins():
    head = (
        "<div class='top'><h2>Two hundred people spent the night in a sports hall of the town</h2>"
        "<ul><li>Nobody was hurt, the fire brigade said in the night</li><li>The warehouse held paint and solvents for ships</li></ul>"
        "<p>By Ada Lund</p><p>Tuesday, 3 March 2026, 14:05</p></div>"
        "<div class='photo'><div class='legend'>Smoke over the docks on Tuesday night, seen from Canal Street</div></div>"
    )
    text = "".join(f"<p>{text}</p>" for text in TEXTS)
    article = read(
        f"<html><body><main><h1>{TITLE}</h1>{head}<div class='text'>{text}</div></main></body></html>".encode()
    )
    assert article.standfirst == "Two hundred people spent the night in a sports hall of the town"
    assert article.texts == [
        "Nobody was hurt, the fire brigade said in the night",
        "The warehouse held paint and solvents for ships",
        "Smoke over the docks on Tuesday night, seen from Canal Street",
        *TEXTS,
    ]


def test_a_page_that_a_script_fills_in_is_read_from_its_json_ld():
    """Line breaks part paragraphs, mark-up and entities are undone; a page with its own text is read from that."""
    lines = "\n\n".join(TEXTS[:3]) + "<br/>" + "</p><p>".join(TEXTS[3:]).replace("that", "th&amp;at")
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": f"<p>{lines}</p>"})
    script = f"<script type='application/ld+json'>{data}</script>"
    shell = read(f"<html><head>{script}</head><body><div id='app'>Loading</div></body></html>".encode())
    assert shell.title == TITLE
    assert shell.texts == [*TEXTS[:3], *(text.replace("that", "th&at") for text in TEXTS[3:])]
    assert read(page(head=script)).texts == TEXTS


def test_hidden_addresses_are_read_the_same_under_every_key():
    def hidden(secret: int) -> bytes:
        code = bytes([secret, *(secret ^ byte for byte in b"desk@example.org")]).hex()
        return page(
            f"<p>Write to <a class='__cf_email__' data-cfemail='{code}'>[email&#160;protected]</a> with tips.</p>"
        )

    assert "Write to desk@example.org with tips." in read(hidden(7)).texts
    assert read(hidden(7)) == read(hidden(99))


# --- a source's rules ------------------------------------------------------------------------------------
BOX = "<div class='box'><p>Our correspondents have written about the sea for more than forty years now.</p></div>"
PHOTO = "<p>Photo: Ada Lund / Harbour Press</p>"


def by_rules(body: bytes, **rules: object) -> Extract:
    return extract(body, URL, "", Rules(**rules))


@pytest.mark.parametrize(
    "rules",
    [
        {"drop": (".box", "h1 + p")},
        {"ignore": ("Our correspondents have written*", "Photo: * / Harbour Press")},
        {"ignore": ("*about the sea*", "*ada*", "*Ada Lund*")},
        {"keep": ("article",), "drop": (".box, article > p:first-of-type",)},
        {"keep": ("article p",), "ignore": ("* forty years now.", "photo:*", "Photo:*")},
        {"drop": (".box",), "repeats": frozenset(("Photo Ada Lund Harbour Press",))},
        {"drop": ("h1 + p",), "places": frozenset(("p < div.box < article < main",))},
    ],
)
def test_rules_leave_out_what_they_name_and_nothing_else(rules):
    article = by_rules(page(BOX, top=PHOTO), **rules)
    assert article.texts == TEXTS
    assert article.title == TITLE
    assert len(article.places) == len(TEXTS)


def test_what_a_rule_keeps_is_the_article_even_where_it_is_named_as_furniture():
    body = page("<aside class='related sidebar'><p>Only this is wanted.</p><p>And this.</p></aside>")
    assert by_rules(body, keep=("aside.related",)).texts == ["Only this is wanted.", "And this."]


def test_a_rule_to_keep_that_matches_nothing_is_said():
    with pytest.raises(ExtractionError, match=r"rule to keep div\.story, #text matches nothing on the page"):
        by_rules(page(), keep=("div.story", "#text"))


@pytest.mark.parametrize("selector", ["html", "body", "*", "p:has(", "div[", "::before", ">" * 10, "a" * 600])
def test_a_selector_is_refused_or_never_takes_the_whole_page(selector):
    try:
        compiled(selector)
    except BadSelector as error:
        assert str(error)
    else:
        with suppress(ExtractionError):
            assert by_rules(page(), drop=(selector,)).title


def test_what_was_learnt_never_takes_most_of_a_text_or_a_correction():
    learnt = frozenset(map(words, TEXTS))
    assert by_rules(page(), repeats=learnt).texts == TEXTS
    note = "Correction: an earlier version of this report gave a wrong date."
    assert note in by_rules(page(bottom=f"<p>{note}</p>"), repeats=frozenset((words(note),))).texts


@given(st.text(alphabet="ab *", min_size=1, max_size=12), st.text(alphabet="ab ", min_size=1, max_size=12))
def test_stars_stand_for_anything(pattern, text):
    """The rule against a regular expression over words as the digest sees them."""
    assume(pattern.strip("* "))
    parts = ["".join(f" {word}" for word in words(part).split()) for part in pattern.split("*")]
    said = "".join(f" {word}" for word in words(text).split())
    article = Extract("T", (Paragraph(KINDS.PARAGRAPH, text), Paragraph(KINDS.PARAGRAPH, "c")))
    left = leave_out(article, Rules(ignore=(pattern,))).texts
    assert (text not in left) == bool(re.fullmatch(r"(?: \S+)*".join(parts), said))


# --- the same page once more -----------------------------------------------------------------------------
SAME = [
    "<script>var t = 17</script>",
    "<div class='ad'>Advertisement: a lamp for 17 pounds</div>",
    "<div><time>Updated 17 minutes ago</time></div>",
    "<aside class='related'><ul><li><a href='/17'>Seventeen boats of the harbour were painted</a></li></ul></aside>",
    "<div class='share-tools'>17 views</div>",
    "<img src='/17.jpg' alt=''>",
    "<!-- 17 -->",
]


@pytest.mark.parametrize("markup", SAME)
def test_a_page_that_differs_in_furniture_only_is_not_read_to_the_end(markup):
    before = read(page(markup))
    assert extract(page(markup.replace("17", "23")), URL, known=before.skeleton) is None


@pytest.mark.parametrize(
    "other",
    [
        page(title=TITLE.replace("two", "three")),
        page("<p>Seventeen boats were damaged, too, the harbour master said.</p>"),
        page(head="<meta name='author' content='Ada Lund'>"),
        page().replace(b"about 200", b"about 300"),
        page().replace(b"lang='en-GB'", b"lang='en-US'"),
        page().replace(b"<p>A fire", b"<p class='ad'>A fire"),
        page().replace(b"<p>The cause", b"<li>The cause"),
        page().replace(b"loud explosion", b"<b>loud</b> explosion"),
    ],
)
def test_whatever_reading_may_depend_on_is_read_again(other):
    assert extract(other, URL, known=read(page()).skeleton) is not None


@pytest.mark.parametrize(
    "tag", ["script", "style", "svg", "button", "iframe", "template", "meta itemprop=x", "link rel=x"]
)
def test_the_text_after_what_is_not_read_is_read(tag):
    """An advert's script in the middle of a paragraph: the words behind it may be edited."""
    end = "" if tag.startswith(("meta", "link")) else f"</{tag.split()[0]}>"
    before, after = (
        page(f"<p>The toll of the fire <{tag}>{end} rose to {dead} dead on Tuesday night, the town said.</p>")
        for dead in (12, 19)
    )
    assert extract(after, URL, known=read(before).skeleton) is not None


def test_rules_that_leave_nothing_are_said():
    with pytest.raises(ExtractionError, match="rules leave nothing"):
        by_rules(page(), ignore=("*", "*the*", "*a*", "*were*"))


def test_an_ignored_text_ends_with_its_words():
    kept = "Photographs found in the harbour office show the quay before the war."
    assert kept in by_rules(page(f"<p>{kept}</p>", top=PHOTO), ignore=("Photo: *",)).texts


def test_other_rules_are_another_reading():
    known = read(page()).skeleton
    assert extract(page(), URL, known=known) is None
    assert extract(page(), URL, "", Rules(drop=("b",)), known) is not None


# --- what a page claims -----------------------------------------------------------------------------------
def test_the_claims_of_json_ld_are_read():
    data = """{"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "datePublished": "2001-01-01"},
      {"@type": "NewsArticle", "headline": "Another headline", "datePublished": "2026-05-03T10:15:00+02:00",
       "dateModified": "2026-05-03T09:00:00Z", "author": [{"@type": "Person", "name": "Ana Ruiz"}, {"name": "Ole &amp; Co"}]}]}"""
    head = f"<script type='application/ld+json'>{data}</script><link rel='canonical' href='/a?x=1'>"
    article = read(page(head=head))
    assert article.title == TITLE  # what readers see comes first
    assert article.byline == "Ana Ruiz, Ole & Co"
    assert article.published == datetime(2026, 5, 3, 8, 15, tzinfo=UTC)
    assert article.modified == datetime(2026, 5, 3, 9, tzinfo=UTC)
    assert article.canonical_url == "https://news.example.org/a?x=1"


def test_broken_claims_are_no_claims():
    head = (
        "<script type='application/ld+json'>{\"@type\": </script><script type='application/ld+json'>"
        + "[" * 5_000
        + "</script>"
        "<meta property='article:published_time' content='the other day'><link rel='canonical' href='javascript:x'>"
    )
    article = read(page(head=head))
    assert (article.published, article.canonical_url, article.texts) == (None, "", TEXTS)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<meta property='og:title' content='From the graph'>", "", "From the graph"),
        ("", "", TITLE),
        (
            '<script type=\'application/ld+json\'>{"@type":"Article","headline":"As data"}</script>',
            "",
            "As data",
        ),
        ("<meta property='og:site_name' content='Example Courier'>", "<h1>Example Courier</h1>", TITLE),
        ("", "<h1>Courier</h1><h1>Harbour warehouse fire</h1>", "Harbour warehouse fire"),
        (
            "<meta property='og:title' content='Other'>",
            "<h1>Shown <em>to</em> <br>readers</h1>",
            "Shown to readers",
        ),
    ],
)
def test_the_title_is_the_shown_headline_else_the_next_best_claim(head, body, expected):
    bare = page(head=head).replace(f"<h1>{TITLE}</h1>".encode(), body.encode())
    assert read(bare).title == expected


def test_direction_and_language_are_as_claimed():
    body = page().replace(b"<html lang='en-GB'>", b"<html lang='ar' dir='RTL'>")
    assert (read(body).language, read(body).direction) == ("ar", "rtl")
    assert read(page().replace(b"<html lang='en-GB'>", b"<html lang='{{ lang }}'>")).language == ""


# --- character sets ----------------------------------------------------------------------------------------
FRENCH = (
    "Le maire a déclaré que l’été serait très sec, et que les forêts seraient fermées au public dès août."
)


def french(encoding: str, meta: str = "", mark: bytes = b"") -> bytes:
    text = "".join(f"<p>{FRENCH}</p>" for _ in range(4))
    return (
        mark
        + f"<html><head>{meta}<title>Été</title></head><body><h1>L’été sera sec</h1>{text}</body></html>".encode(
            encoding
        )
    )


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (french("utf-8"), ""),
        (french("utf-8"), "utf-8"),
        (french("cp1252"), "iso-8859-1"),  # the standard reads this label as windows-1252
        (french("cp1252", "<meta charset='windows-1252'>"), ""),
        (
            french("utf-8", "<meta http-equiv='Content-Type' content='text/html; charset=utf-8'>"),
            "no-such-charset",
        ),
        (french("utf-8", "<meta charset='windows-1252'>"), "utf-8"),  # the header before the page
        (french("utf-8", "<meta charset='windows-1252'>", b"\xef\xbb\xbf"), "koi8-r"),  # the mark before both
        (french("utf-16-le", "", b"\xff\xfe"), ""),
        (french("utf-16-be", "", b"\xfe\xff"), "utf-8"),
        (french("cp1252"), ""),
    ],
)
def test_the_character_set_is_found_in_the_standard_s_order(body, charset):
    assert read(body, charset).texts[0] == FRENCH


def test_a_site_s_old_meta_does_not_spoil_its_utf_8():
    """Bytes that cannot be of the set declared and are all UTF-8 are UTF-8."""
    text = "父亲的教诲像一盏灯，为我们照亮前行的路；父亲的关爱像一把伞，为我们遮蔽人世间的风风雨雨。" * 2
    body = f"<html><head><meta charset='gb2312'></head><body><h1>父亲节</h1><p>{text}</p><p>{text}</p></body></html>"
    assert read(body.encode()).texts[0] == text
    assert read(body.encode("gb18030")).texts[0] == text


def test_other_alphabets_are_guessed():
    russian = "Мэр сообщил, что лето будет сухим, и леса закроют для посетителей уже в августе."
    body = f"<html><body><h1>Лето будет сухим</h1>{f'<p>{russian}</p>' * 5}</body></html>".encode(
        "windows-1251"
    )
    assert read(body).texts[0] == russian


# --- whatever comes -------------------------------------------------------------------------------------------
HOSTILE = {
    "nothing": b"",
    "blanks": b" \n\t ",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "a PDF": b"%PDF-1.7 ...",
    "zeros": b"\x00" * 5_000,
    "binary": bytes((n * 7919 + n // 3) % 256 for n in range(20_000)),
    "JSON": b'{"title": "x"}',
    "plain text": b"Just a line of text.",
    "ten megabytes": b"<p>word</p>" * 1_000_000,
    "a hundred thousand nested tags": b"<div>" * 100_000 + b"x",
    "a hundred thousand attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">text</p>",
    "thirty thousand tags": b"<p>text</p>" * 30_001,
    "unclosed quotes": b'<a href="' * 20_000,
    "unclosed comments": b"<!--" * 100_000,
    "only markup": b"<html><body><div></div></body></html>",
    "only a title": b"<html><head><title>Title</title></head><body></body></html>",
    "only links": b"<body>" + b"<p><a href='/x'>Somewhere else entirely</a></p>" * 30,
    "a frame": b"<html><frameset><frame src=a></frameset></html>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_holds_no_article_ends_in_words_for_the_operator(name):
    with pytest.raises(ExtractionError) as caught:
        read(HOSTILE[name])
    assert len(str(caught.value)) > 10


def test_deep_but_sane_pages_are_read():
    assert read(b"<div>" * 100 + page() + b"</div>" * 100).texts == TEXTS


def test_large_scripts_are_not_counted_as_tags():
    assert read(page(head="<script>" + "'<b>' + " * 40_000 + "''</script>")).texts == TEXTS


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_an_extract_or_an_extraction_error(rubbish):
    for body in (rubbish, page()[:900] + rubbish + page()[900:], b"<p>" + rubbish):
        try:
            article = read(body)
        except ExtractionError:
            continue
        assert article.paragraphs
        assert all("\n" not in text and text == " ".join(text.split()) and text for text in article.texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "<div class='x'>", "</div>", "<br>", "<li>", "<table><tr><td>", "</table>", "<h1>", "a word. ", "<b>", "<!--", "<script>"]), max_size=60))  # fmt: skip
def test_any_nesting_of_tags_ends_in_an_extract_or_an_extraction_error(tags):
    with suppress(ExtractionError):
        read(page("".join(tags)))


def test_the_result_does_not_depend_on_what_was_read_before():
    before = read(page())
    for _ in range(5):
        read(page("<p>" + TEXTS[0] + "</p>", title="Another headline altogether"))
        read(page(*(f"<p>{text}</p>" for text in TEXTS)))
    assert read(page()) == before
