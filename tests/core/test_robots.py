"""robots.txt, by RFC 9309."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.core import robots
from articles.core.robots import allowed, crawl_delay, product_token, verdict_of

AGENT = "newsdiff/1.0 (+https://diff.example/about/)"
HOST = "https://news.example"


def may(text, path, agent=AGENT):
    return allowed(text, HOST + path, agent)


# --- what an answer amounts to -------------------------------------------------------------------
def test_rfc9309_2_3_1_1_a_file_is_kept_as_text():
    found = verdict_of(200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n")
    assert found == robots.Robots("User-agent: *\nDisallow: /x\n", 200, wait=False)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 301])
def test_rfc9309_2_3_1_3_unavailable_means_all_is_allowed(status):
    found = verdict_of(status, b"User-agent: *\nDisallow: /")
    assert found == robots.Robots("", status, wait=False)
    assert not robots.must_wait(status)
    assert may(found.text, "/anything")


@pytest.mark.parametrize("status", [500, 502, 503, 429, 0, 999])
def test_rfc9309_2_3_1_4_a_server_error_means_wait(status):
    assert verdict_of(status, b"User-agent: *\nAllow: /").wait
    assert robots.must_wait(status)


def test_no_answer_and_never_asked_mean_wait():
    assert robots.unreachable().wait
    assert robots.must_wait(robots.unreachable().status)
    assert robots.must_wait(None)


def test_rfc9309_2_5_reads_500_kibibytes_and_no_half_line():
    filler = b"# " + b"x" * 1021 + b"\n"  # 1 KiB
    head = b"User-agent: *\nDisallow: /first\n"
    cut = b"Disallow: /" + b"y" * 2000  # begins within the limit and ends beyond it
    body = head + filler * 499 + cut + b"\nDisallow: /last\n"
    text = verdict_of(200, body).text
    assert not may(text, "/first")
    assert may(text, "/last")
    assert may(text, "/" + "y" * 3000)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"User-agent: *\n", b"User-agent: newsdiff\nDisallow: "])
)
def test_any_bytes_are_read(body, beginning):
    text = verdict_of(200, beginning + body).text
    assert isinstance(may(text, "/a?b=c"), bool)
    assert "\0" not in text
    delay = crawl_delay(text, AGENT)
    assert delay is None or 0 < delay <= 60


DIRECTIVES = st.sampled_from(
    ["Disallow:", "Allow:", "Crawl-delay:", "Request-rate:", "User agent", "Visit-time:"]
)


@given(st.lists(st.tuples(DIRECTIVES, st.text(max_size=30)), max_size=8))
def test_any_rules_are_read(rules):
    text = "User-agent: *\n" + "\n".join(f"{name} {value}" for name, value in rules)
    assert isinstance(may(text, "/a"), bool)
    delay = crawl_delay(text, AGENT)
    assert delay is None or 0 < delay <= 60


# --- what is allowed -----------------------------------------------------------------------------
RULES = """
# for everybody
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Disallow: /search?

User-agent: OtherBot
User-agent: NewsDiff/2.0
Disallow: /only-us
"""


@pytest.mark.parametrize(
    ("path", "everybody", "us"),
    [
        ("/", True, True),
        ("/private/x", False, True),
        ("/private/open/x", True, True),  # RFC 9309, 2.2.2: the longest match counts
        ("/a/b.pdf", False, True),
        ("/a/b.pdf?x", True, True),
        ("/search?q=1", False, True),
        ("/searching", True, True),
        ("/only-us/x", True, False),
        ("/robots.txt", True, True),
    ],
)
def test_rfc9309_2_2_groups_and_matches(path, everybody, us):
    assert may(RULES, path, "somebody/1.0") is everybody
    assert may(RULES, path) is us


def test_rfc9309_2_2_1_groups_of_one_agent_are_one():
    text = "User-agent: newsdiff\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: NEWSDIFF\nDisallow: /b"
    assert [may(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


@pytest.mark.parametrize("agent", ["news", "diff", "newsdiffer", "xnewsdiff", "https", "about", "n"])
def test_rfc9309_2_2_1_a_group_for_a_similar_name_is_not_ours(agent):
    assert may(f"User-agent: {agent}\nDisallow: /", "/a")


@pytest.mark.parametrize(
    "line",
    ["User-agent: newsdiff", "user-agent:NewsDiff # us", "USER AGENT newsdiff", "\tUseragent : newsdiff/9 x"],
)
def test_spellings_of_the_line_that_names_us(line):
    assert not may(f"User-agent: *\nAllow: /\n{line}\nDisallow: /", "/a")


def test_an_empty_disallow_allows_all():
    assert may("User-agent: *\nDisallow:", "/a")


def test_escapes_are_compared_decoded():
    assert not may("User-agent: *\nDisallow: /grün", "/gr%C3%BCn/1")


def test_many_agents_over_many_rules_stay_small():
    # 15,000 agents sharing 15,000 rules would be 225 million rules if each kept its own.
    text = "".join(f"User-agent: a{i}\n" for i in range(15_000)) + "Disallow: /x\n" * 15_000
    assert may(text + "User-agent: newsdiff\nDisallow: /y\n", "/x")
    assert not may(text + "User-agent: newsdiff\nDisallow: /y\n", "/y")


# --- how often -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ("", None),
        ("Crawl-delay: 5", 5),
        ("Crawl-delay: 0.5", 0.5),
        ("Crawl-delay: 0", None),
        ("Crawl-delay: 3600", 60),
        ("Crawl-delay: -1", None),
        ("Crawl-delay: soon", None),
        ("Request-rate: 1/10", 10),
        ("Request-rate: 2/1m", 30),
        ("Request-rate: 1/1h", 60),
        ("Request-rate: 1/10\nCrawl-delay: 20", 20),
        ("Request-rate: 1/10\nCrawl-delay: 2", 10),
        ("Request-rate: 0/10", None),
        ("Request-rate: 1/" + "9" * 400, 60),
        ("Request-rate: " + "9" * 400 + "/1", None),
    ],
)
def test_delay(rules, seconds):
    assert crawl_delay(f"User-agent: *\nDisallow: /x\n{rules}", AGENT) == seconds


def test_the_delay_is_that_of_our_group():
    text = "User-agent: *\nCrawl-delay: 30\n\nUser-agent: newsdiff\nCrawl-delay: 3"
    assert crawl_delay(text, AGENT) == 3
    assert crawl_delay(text, "somebody") == 30


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("newsdiff/1.0 (+https://x.example)", "newsdiff"),
        ("News-Diff_bot", "news-diff_bot"),
        ("Mozilla/5.0 (compatible)", "mozilla"),
        ("1bot", ""),
        ("", ""),
    ],
)
def test_rfc9309_2_2_1_product_token(agent, token):
    assert product_token(agent) == token


def test_an_agent_without_a_token_is_under_the_rules_for_everybody():
    text = "User-agent: !\nAllow: /\n\nUser-agent: *\nDisallow: /"
    assert not may(text, "/a", "")


# --- by name, and sitemaps --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rules", "is_shut_out"),
    [
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: newsdiff\nDisallow: /", True),
        ("User-agent: NewsDiff/1.0\nUser-agent: b\nDisallow: /feed", True),
        ("User-agent: newsdiff\nDisallow: /other", False),
        ("User-agent: newsdiff-two\nDisallow: /", False),
        ("", False),
    ],
)
def test_who_is_shut_out_by_name(rules, is_shut_out):
    assert robots.shut_out(rules, "https://a.example/feed.xml", "newsdiff/0.1 (+https://x)") == is_shut_out
    assert not robots.shut_out(rules, "https://a.example/feed.xml", "(nameless)")


def test_the_sitemaps_a_robots_txt_names():
    rules = "Sitemap: https://a.example/news.xml\nUser-agent: *\nDisallow: /\nsitemap: /two.xml\n"
    assert robots.sitemaps(rules) == ["https://a.example/news.xml", "/two.xml"]
    assert robots.sitemaps("") == []
