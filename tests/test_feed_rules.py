"""The rules for feeds find what is broken, each by its own words, and nothing where all is well."""

from collections.abc import Callable

import pytest

from tests import feed_rules

URL = "https://diff.example/feed.rss?kind=number"

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Changes</title><link>https://diff.example/</link><description>What changed.</description>
<atom:link rel="self" type="application/rss+xml" href="{URL}"/>
<atom:link rel="next" type="application/rss+xml" href="{URL}&amp;before=1-2"/>
<language>pt-BR</language><lastBuildDate>Mon, 02 Mar 2026 10:30:00 +0000</lastBuildDate><ttl>60</ttl>
<item><title>One</title><link>https://diff.example/1</link>
<description>&lt;p&gt;&lt;del&gt;a&lt;/del&gt; &lt;a href="https://diff.example/1"&gt;b&lt;/a&gt;&lt;/p&gt;</description>
<dc:creator>The Gazette</dc:creator><category>number</category>
<guid isPermaLink="false">tag:diff.example,2026:change/1</guid>
<pubDate>Mon, 02 Mar 2026 10:30:00 +0000</pubDate><atom:link rel="via" href="https://gazette.example/1"/></item>
<item><title>Two</title><link>https://diff.example/2</link><description>b</description>
<dc:creator>The Gazette</dc:creator><guid isPermaLink="false">tag:diff.example,2026:change/2</guid>
<pubDate>Sun, 01 Mar 2026 10:30:00 +0000</pubDate></item></channel></rss>"""

ATOM = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Changes</title>
<link rel="alternate" type="text/html" href="https://diff.example/"/>
<link rel="self" type="application/atom+xml" href="{URL}"/>
<id>tag:diff.example,2026:everything</id><updated>2026-03-02T10:30:00Z</updated>
<author><name>newsdiff</name></author>
<entry xml:lang="ar"><title>One</title><link rel="alternate" type="text/html" href="https://diff.example/1"/>
<id>tag:diff.example,2026:change/1</id><published>2026-03-02T10:30:00Z</published>
<updated>2026-03-02T10:30:00Z</updated><category term="number"/>
<content type="html">&lt;p lang="ar" dir="rtl"&gt;a&lt;br&gt;b&lt;/p&gt;</content></entry>
<entry><title>Two</title><link rel="alternate" type="text/html" href="https://diff.example/2"/>
<id>tag:diff.example,2026:change/2</id><updated>2026-03-01T11:30:00.5+01:00</updated>
<content type="html">b</content></entry></feed>"""

JSON = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "Changes",
"home_page_url": "https://diff.example/", "feed_url": "{URL}", "next_url": "{URL}&before=1-2", "language": "en",
"authors": [{{"name": "newsdiff"}}], "items": [
{{"id": "tag:diff.example,2026:change/1", "url": "https://diff.example/1", "content_html": "<p>a</p>",
"date_published": "2026-03-02T10:30:00Z", "tags": ["number"], "_ours": 1}},
{{"id": "tag:diff.example,2026:change/2", "content_text": "b"}}]}}"""

OPML = """<?xml version="1.0" encoding="utf-8"?><opml version="2.0"><head><title>Feeds</title>
<dateCreated>Mon, 02 Mar 2026 10:30:00 GMT</dateCreated></head><body>
<outline text="English"><outline type="rss" version="RSS" text="The Gazette" language="en"
xmlUrl="https://diff.example/sources/gazette/feed.rss" htmlUrl="https://diff.example/sources/gazette/"/></outline>
<outline type="rss" text="All" xmlUrl="https://diff.example/feed.rss"/></body></opml>"""

XML_TYPE, ATOM_TYPE = "application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8"
JSON_TYPE, OPML_TYPE = "application/feed+json", "text/x-opml; charset=utf-8"


def rss(text: str, content_type: str = XML_TYPE) -> list[str]:
    return feed_rules.rss(text.encode(), content_type, URL)


def atom(text: str, content_type: str = ATOM_TYPE) -> list[str]:
    return feed_rules.atom(text.encode(), content_type, URL)


def json_feed(text: str, content_type: str = JSON_TYPE) -> list[str]:
    return feed_rules.json_feed(text.encode("utf-8", "surrogatepass"), content_type, URL)


def opml(text: str, content_type: str = OPML_TYPE) -> list[str]:
    return feed_rules.opml(text.encode(), content_type)


@pytest.mark.parametrize(("rule", "text"), [(rss, RSS), (atom, ATOM), (json_feed, JSON), (opml, OPML)])
def test_nothing_is_wrong_with_a_valid_one(rule: Callable[..., list[str]], text: str) -> None:
    assert rule(text) == []
    assert any("served as" in said for said in rule(text, "text/html"))


# Each breaks one thing: what stood there, what stands there now, and words of what is said of it.
BROKEN_RSS = [
    ("<title>Changes</title>", "", "the channel has 0 of title"),
    ("<title>Changes</title>", "<title> </title>", "title is empty"),
    ("<description>What changed.</description>", "", "the channel has 0 of description"),
    ("<link>https://diff.example/</link>", "<link>/</link>", "the channel's link '/'"),
    ('version="2.0"', 'version="0.91"', "not one channel of RSS 2.0"),
    ("<ttl>60</ttl>", "<ttl>1.5</ttl>", "ttl '1.5'"),
    ("<ttl>60</ttl>", "<image><url>https://diff.example/i.png</url></image>", "1 of image"),
    ("<ttl>60</ttl>", "<updated>2026</updated>", "<updated>"),
    ("<language>pt-BR</language>", "<language>pt_BR</language>", "'pt_BR' is no language tag"),
    ("<language>pt-BR</language>", "<language></language>", "'' is no language tag"),
    (f'href="{URL}"/>', f'href="{URL}&amp;x"/>', "self is"),
    ('rel="self"', 'rel="alternate"', "self is []"),
    ("&amp;before=1-2", "", "next leads to itself"),
    ("Mon, 02 Mar 2026 10:30:00 +0000</pub", "Mon, 02 Mar 26 10:30:00 +0000</pub", "four digits"),
    ("Mon, 02 Mar 2026 10:30:00 +0000</pub", "Tue, 02 Mar 2026 10:30:00 +0000</pub", "the weekday is wrong"),
    (
        "Mon, 02 Mar 2026 10:30:00 +0000</pub",
        "Mon, 31 Feb 2026 10:30:00 +0000</pub",
        "no date of the calendar",
    ),
    ("Mon, 02 Mar 2026 10:30:00 +0000</last", "2026-03-02T10:30:00Z</last", "lastBuildDate"),
    ('<guid isPermaLink="false">tag', "<guid>tag", "is called a permalink"),
    ("change/2</guid>", "change/1</guid>", "stands twice"),
    ("tag:diff.example,2026:change/2", "tag:diff.example:change/2", "is no tag URI"),
    ("tag:diff.example,2026:change/2", "tag:-diff,2026:change/2", "is no tag URI"),
    ("tag:diff.example,2026:change/2", "tag:diff.example,2026:change/ü", "is no tag URI"),
    ("<dc:creator>The Gazette</dc:creator><category>", "<category>", "its author 0 times"),
    ("<category>", "<author>a@gazette.example</author><category>", "its author 2 times"),
    ("<dc:creator>The Gazette</dc:creator><guid", "<author>The Gazette</author><guid", "no mail address"),
    ("<category>number</category>", "<category> </category>", "a category is empty"),
    ("<link>https://diff.example/1</link>", "<link>diff.example/1</link>", "an item's link"),
    ('"https://diff.example/1"&gt;', '"/1"&gt;', "content: href '/1'"),
    ('"https://diff.example/1"&gt;', '"javascript:x()"&gt;', "content: href 'javascript:x()'"),
    ("&lt;/p&gt;", "", "<p> is not closed"),
    ("&lt;/del&gt;", "&lt;/p&gt;", "</p> closes nothing"),
    ("&lt;p&gt;", "&lt;p style='color:red'&gt;", "the attribute style"),
    ("&lt;p&gt;", "&lt;p onclick='x()'&gt;", "the attribute onclick"),
    ("&lt;p&gt;", "&lt;p class='removed'&gt;", "the attribute class"),
    ("&lt;p&gt;", "&lt;p lang='en_US'&gt;", "'en_US' is no language tag"),
    ("&lt;p&gt;", "&lt;!-- x --&gt;&lt;p&gt;", "a comment"),
    ("<description>b</description>", "<description>&lt;script&gt;&lt;/script&gt;</description>", "<script>"),
    ("<description>b</description>", "<description>&lt;iframe&gt;&lt;/iframe&gt;</description>", "<iframe>"),
    ("<description>b</description>", "<description>\x0b</description>", "not well formed"),
    ("</channel>", "", "not well formed"),
]
BROKEN_ATOM = [
    ("<id>tag:diff.example,2026:everything</id>", "", "the feed has 0 of atom:id"),
    ("tag:diff.example,2026:everything", "everything", "no absolute IRI"),
    ("2026:change/2", "2026:change/1", "stands twice"),
    ("2026:change/2", "2026:everything", "stands twice"),
    ("<updated>2026-03-02T10:30:00Z</updated>\n", "<updated>2026-03-03T10:30:00Z</updated>\n", "its newest"),
    ("2026-03-01T11:30:00.5+01:00", "2026-03-01 11:30:00", "no RFC 3339 date"),
    ("2026-03-01T11:30:00.5+01:00", "2026-03-01T11:30:00", "no RFC 3339 date"),
    ("2026-03-01T11:30:00.5+01:00", "2026-02-30T11:30:00Z", "no date of the calendar"),
    ("<updated>2026-03-01T11:30:00.5+01:00</updated>", "", "an entry has 0 of atom:updated"),
    ("<author><name>newsdiff</name></author>", "", "nobody is the author"),
    ("<author><name>newsdiff</name></author>", "<author><name/></author>", "an author has no name"),
    ('rel="self"', 'rel="via"', "self is []"),
    ('<content type="html">b', '<content type="text">b', "content is of type 'text'"),
    ('<content type="html">b', '<content type="html"><b/>b', "has elements in it"),
    ('<content type="html">b', '<content type="html">&lt;b&gt;b', "<b> is not closed"),
    ("<title>Two</title>", '<title type="text/html">Two</title>', "of no type of text"),
    ("<title>Two</title>", "<title>Two</title><title>2</title>", "an entry has 2 of atom:title"),
    ('href="https://diff.example/2"/>', 'href="/2"/>', "link alternate '/2'"),
    (
        "<title>Two</title>",
        '<title>Two</title><link type="text/html" href="https://diff.example/3"/>',
        "twice",
    ),
    ('<category term="number"/>', '<category label="number"/>', "no term"),
    ('xml:lang="ar"', 'xml:lang="arabic language"', "no language tag"),
    ("</feed>", "<item/></feed>", "an element"),
    ("<feed ", "<rss ", "not well formed"),
]
BROKEN_JSON = [
    ("version/1.1", "version/1", "not a JSON Feed 1.1"),
    ('"title": "Changes",', "", "the feed has no title"),
    (f'"feed_url": "{URL}"', '"feed_url": "https://diff.example/feed.json"', "feed_url is"),
    ("&before=1-2", "", "next_url leads to itself"),
    ('"https://diff.example/"', '"/"', "home_page_url '/'"),
    ('"language": "en"', '"language": "english language"', "no language tag"),
    ('{"name": "newsdiff"}', "{}", "an author says nothing"),
    ('"authors": [', '"author": [', "a member author"),
    ("change/2", "change/1", "stands twice"),
    ('"id": "tag:diff.example,2026:change/2"', '"id": 2', "id is of another type"),
    ('"id": "tag:diff.example,2026:change/2", ', "", "an item has no id"),
    ('"content_text": "b"', '"summary": "b"', "no content"),
    ("2026-03-02T10:30:00Z", "2026-03-02", "no RFC 3339 date"),
    ('["number"]', '["number", null]', "a tag is no text"),
    ('["number"]', '"number"', "tags is of another type"),
    ("<p>a</p>", "<p><style>a</style></p>", "<style>"),
    ("<p>a</p>", "<p>a", "<p> is not closed"),
    ('"_ours": 1', '"ours": 1', "a member ours"),
    ('"content_text": "b"', '"content_text": "\ud800"', "not JSON in UTF-8"),
    ('"title"', "title", "not JSON in UTF-8"),
]
BROKEN_OPML = [
    ('version="2.0"', 'version="1.0"', "not an OPML 2.0"),
    ("<head><title>Feeds</title>", "<title>Feeds</title><head>", "not an OPML 2.0"),
    ("Mon, 02 Mar 2026", "2 Mar 2026", "no RFC 822 date"),
    ("<title>Feeds</title>", "<name>Feeds</name>", "<name>"),
    ('text="All"', "", "no text"),
    ('xmlUrl="https://diff.example/feed.rss"', 'xmlUrl="/feed.rss"', "xmlUrl '/feed.rss'"),
    ('xmlUrl="https://diff.example/feed.rss"', "", "xmlUrl None"),
    ('version="RSS"', 'version="2.0"', "version is '2.0'"),
    ('type="rss" text="All"', 'type="atom" text="All"', "of type 'atom'"),
    ('type="rss" text="All"', 'text="All"', "of type None"),
    ("sources/gazette/feed.rss", "feed.rss", "stands twice"),
    ('language="en"', 'language="en_US"', "no language tag"),
    ("</body>", '<outline text="Empty"/></body>', "a folder is empty"),
    ("</body>", "", "not well formed"),
]


def _named(rule: Callable[..., list[str]], text: str, broken: list[tuple[str, str, str]]) -> list:
    return [pytest.param(rule, text, *case, id=f"{rule.__name__}: {case[2]}") for case in broken]


@pytest.mark.parametrize(
    ("rule", "text", "stood", "stands", "said"),
    [
        *_named(rss, RSS, BROKEN_RSS),
        *_named(atom, ATOM, BROKEN_ATOM),
        *_named(json_feed, JSON, BROKEN_JSON),
        *_named(opml, OPML, BROKEN_OPML),
    ],
)
def test_each_rule_finds_what_breaks_it(
    rule: Callable[..., list[str]], text: str, stood: str, stands: str, said: str
) -> None:
    assert stood in text
    assert any(said in wrong for wrong in rule(text.replace(stood, stands, 1)))
