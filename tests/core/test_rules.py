"""Rules tried on a page, a page as a curator looks at it, and selectors for what is pointed at."""

import re

import pytest

from articles.core.extraction import ExtractionError, extract
from articles.core.extraction.proposing import counted, is_by_hand, proposals
from articles.core.extraction.showing import page_view
from articles.core.extraction.trying import try_rules
from articles.core.types import Rules
from tests.site import FILLER

URL = "https://gazette.example/a"
BOX = "Harbour Bank lends sailors 1,200 crowns until the end of the season, our partner says."
PHOTO = "Photo: Ada Lund / Harbour Press"


def page(within: str = "", around: str = "", name: str = "partner-note css-1x8kd2") -> bytes:
    """An article with a photographer's line, a box of its own name, and what else is given."""
    texts = "".join(f"<p>{text}</p>" for text in FILLER)
    return (
        f"<!doctype html><html><head><title>x</title></head><body>{around}<main><article class='story-body'>"
        f"<h1>Harbour board meets</h1><p>{PHOTO}</p>{texts}<div class='{name}'><p>{BOX}</p></div>{within}"
        "</article></main></body></html>"
    ).encode()


# --- trying ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "rules",
    [
        Rules(),
        Rules(drop=("div.partner-note",)),
        Rules(keep=("article",), drop=(".partner-note",), ignore=("Photo: *",)),
        Rules(ignore=("Photo: * / Harbour Press", "Harbour Bank *")),
        Rules(ignore=("Harbour *",), repeats=frozenset(["photo ada lund harbour press"])),
    ],
)
def test_a_trial_reads_what_a_look_by_these_rules_would_read(rules):
    trial = try_rules(page(), URL, "", Rules(), rules)
    assert trial.before.extract == extract(page(), URL)
    assert trial.after.extract == extract(page(), URL, rules=rules)


def test_a_trial_counts_what_each_entry_matches():
    rules = Rules(
        keep=("article", "div.partner-note"),
        drop=(".partner-note", "aside", "html"),
        ignore=("Photo: *", "The *", "Harbour Bank *"),
    )
    trial = try_rules(page(), URL, "", Rules(), rules)
    assert trial.dropped == {".partner-note": 1, "aside": 0, "html": 0}  # the whole page is never meant
    assert trial.kept == {"article": 1, "div.partner-note": 0}  # for it is dropped already
    assert trial.ignored == {"Photo: *": 1, "The *": 2, "Harbour Bank *": 0}


def test_a_trial_says_why_rules_read_nothing():
    nothing = try_rules(page(), URL, "", Rules(), Rules(drop=("article",))).after
    assert (nothing.extract, nothing.error) == (None, "no article text was found on the page")
    kept = try_rules(page(), URL, "", Rules(), Rules(keep=("div.body",))).after
    assert kept.error == "the source's rule to keep div.body matches nothing on the page"
    ignored = try_rules(page(), URL, "", Rules(), Rules(ignore=("* e *", "*e*"))).after
    assert ignored.extract is not None  # stars part words, so this is the word "e", which is nowhere
    no_page = try_rules(b"%PDF-1.7", URL, "", Rules(), Rules())
    assert no_page.before.error
    assert no_page.before == no_page.after


# --- showing ---------------------------------------------------------------------------------------
def marked(view: str, word: str) -> list[str]:
    """The texts of the elements of the view that bear this mark."""
    return re.findall(rf'<div [^>]*class="[^"]*\b{word}\b[^"]*"[^>]*>([^<]+)<', view)


def test_the_view_tells_what_is_read_what_rules_leave_out_and_the_rest():
    rules = Rules(drop=("div.partner-note",), ignore=("Photo: *",))
    view = page_view(page(around="<div>Tides and tables of the coast</div>"), URL, "", rules)
    assert view.trouble == ""
    assert marked(view.html, "read") == ["Harbour board meets", *FILLER]
    assert marked(view.html, "left-out") == [PHOTO]
    assert 'data-name="div.partner-note" class="left-out"' in view.html
    assert marked(view.html, "unread") == ["Tides and tables of the coast", BOX]


def test_a_page_without_an_article_is_shown_and_says_so():
    view = page_view(page(), URL, "", Rules(keep=("div.body",)))
    assert view.trouble == "the source's rule to keep div.body matches nothing on the page"
    assert FILLER[0] in view.html
    with pytest.raises(ExtractionError):
        page_view(b"", URL, "", Rules())


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=https://evil.example/x.png onerror=alert(1) alt='<b>x'>",
    "<iframe src=https://evil.example/></iframe>",
    "<form action=https://evil.example/><input name=q autofocus onfocus=alert(1)><button>Go</button></form>",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>x</noscript>",
    "<template><script>alert(1)</script></template>",
    "<style>@import url(https://evil.example/x.css); body { background: url(https://evil.example/) }</style>",
    "<a href=javascript:alert(1) target=_top ping=https://evil.example/>here</a>",
    "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<div style='background:url(https://evil.example/)' class='x\"><script>alert(1)</script>'>here</div>",
    "<x-card onclick=alert(1) dir='ltr\" onclick=alert(1)'>here</x-card>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<textarea></textarea><script>alert(1)</script>",
    "<video src=https://evil.example/ autoplay onplay=alert(1)></video><object data=https://evil.example/>",
    "<portal src=https://evil.example/></portal><embed src=https://evil.example/>",
]


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_of_a_page_s_mark_up_is_in_its_view(markup):
    """Four elements and four attributes are written, whatever stands in the page; all else is escaped text."""
    view = page_view(page(within=markup, around=markup), URL, "", Rules()).html
    tags = re.findall(r"<(/?)([^\s>]+)([^>]*)>", view)
    assert {name for _, name, _ in tags} <= {"div", "span", "br", "hr"}
    for _, _, attributes in tags:
        assert re.fullmatch(r'( (data-n|data-name|class|dir)="[^"<>]*")*', attributes)
    assert "evil.example" not in re.sub(r"<[^>]*>", "", view)
    opened = sum(name in ("div", "span") for slash, name, _ in tags if not slash)
    assert opened == sum(bool(slash) for slash, _, _ in tags)


def test_a_number_of_the_view_names_the_element_for_selectors():
    view = page_view(page(), URL, "", Rules()).html
    number = int(re.search(r'data-n="(\d+)" data-name="div.partner-note"', view)[1])
    assert proposals(page(), "", number)[0].selector == "div.partner-note"
    inner = int(re.search(rf'data-n="(\d+)"[^>]*>{re.escape(BOX)}', view)[1])
    first, second, *_ = proposals(page(), "", inner)
    assert (first.selector, first.text) == ("div.partner-note > p", BOX)
    assert (second.selector, second.here, second.text) == ("div.partner-note", 1, "")


# --- proposing -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["advert", "story-body", "storyBody", "ArticleFooter", "partner_note", "ad", "FAQ", "most-read"]
)
def test_names_that_a_person_gave(name):
    assert is_by_hand(name)


@pytest.mark.parametrize(
    "name",
    [
        *("css-1x8kd2", "sc-bdVaJa", "a1", "x" * 41, "", "Box_box__3fA9z", "xkcdqf", "is-open", "js-hook"),
        *("p\\-2", "naïve", "active", 'a"]', "a b", "item-42", "_private"),
    ],
)
def test_names_of_chance_of_states_or_that_would_need_escaping(name):
    assert not is_by_hand(name)


def selector_at(body: bytes, marker: str) -> str:
    """The first proposal for the element that bears the title `marker`."""
    view = page_view(body, URL, "", Rules()).html
    found = re.search(rf'data-n="(\d+)"[^>]*>{re.escape(marker)}', view)
    return proposals(body, "", int(found[1]))[0].selector


def test_the_selector_that_selects_least_is_proposed_and_the_shortest_of_those():
    boxes = "<div class='note offer'>One</div><div class='note'>Two</div><div id='weather' class='note'>Three</div>"
    body = page(around=boxes)
    assert selector_at(body, "One") == "div.offer"
    assert selector_at(body, "Three") == "#weather"
    # nothing but "note" tells it, and that selects all three
    assert selector_at(body, "Two") == "div.note"
    assert counted(body, "", ("div.note", "#weather", "aside")) == (3, 1, 0)


def test_an_element_without_a_name_is_told_by_its_place_below_one_that_has():
    lines = "<div class='credits'><p>First</p><p>Second</p><p>Third</p><p>Fourth</p></div>"
    body = page(within=lines)
    assert selector_at(body, "First") == "div.credits > p:first-of-type"
    assert selector_at(body, "Third") == "div.credits > p:nth-of-type(3)"
    assert selector_at(body, "Fourth") == "div.credits > p:last-of-type"
    for place in ("First", "Second", "Third", "Fourth"):
        assert counted(body, "", (selector_at(body, place),)) == (1,)


def test_an_element_that_is_not_there_has_no_proposal():
    assert proposals(page(), "", 9_999) == []
    assert proposals(page(), "", 0) == []  # the page as a whole
