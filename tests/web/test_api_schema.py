"""The API against its own OpenAPI description: whatever fits it is answered as it says, whatever does not is
refused as it says. Schemathesis makes the requests, the same ones each time."""

from datetime import timedelta

import pytest
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from articles import tallying
from articles.core import permalinks, urls
from articles.models import Article, ArticleURL, Hiding, Host, Source
from newsdiff.wsgi import application
from tests import cast as casting
from tests.cast import DAY_ONE, add_version, make_article

HOUR = timedelta(hours=1)
CHINESE = ["市图书馆将于星期日重新开放，此前已关闭八个月。", "馆内藏书逾四万册，其中包括珍贵的手稿。"]
SAID = "Twelve people were hurt, two of them badly, the coast guard said."

CONFIG = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": 12},
    # 410: what is asked for may be hidden, which no schema can say
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "404", "410"]}},
}


@pytest.fixture(autouse=True)
def site(cast: casting.Cast, one_connection: None, settings) -> None:
    """A site with articles in every state, to which anybody may come as often as they like."""
    settings.NEWSDIFF_RATE_API = settings.NEWSDIFF_RATE_SEARCH = 0
    source = cast.source
    chinese = make_article(source, "图书馆重新开放", CHINESE, language="zh")
    add_version(chinese, [CHINESE[0].replace("八", "九"), CHINESE[1]], at=DAY_ONE + HOUR)
    partly = make_article(source, "Mill burns down", ["The mill burned down.", "A name said so."])
    for hours, last in enumerate(["Another name said so.", "Nobody said so.", "A name said so."], start=1):
        add_version(partly, ["The mill burned down.", last], at=DAY_ONE + hours * HOUR)
    for about in ({"version": partly.versions.get(number=2)}, {"passage": "Nobody"}):
        Hiding.objects.create(article=partly, category="privacy", reason="r", hidden_at=DAY_ONE, **about)
    Article.objects.filter(pk=partly.pk).update(hidings_at=DAY_ONE)
    make_article(source, "Fair is over", ["It is."], status=Article.Status.GONE)
    merged = make_article(source, "Ferry aground", ["It is."])
    Article.objects.filter(pk=merged.pk).update(merged_into=cast.corrected)
    below_hidden = make_article(source, "A private thing", ["It is."])
    Article.objects.filter(pk=below_hidden.pk).update(merged_into=cast.hidden)
    unread = "https://gazette.example/unread"
    Article.objects.create(source=source, url=unread, host=Host.of(unread), first_seen_at=DAY_ONE)
    for article in Article.objects.all():
        key = urls.key(article.url)
        ArticleURL.objects.create(article=article, url=article.url, key=key, seen_at=DAY_ONE)
    Source.objects.create(name="Old", slug="old", url="https://old.example/", merged_into=source)
    casting.make_source("Herald", "herald", is_paused=True)
    tallying.settle()


api = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json", application, config=SchemathesisConfig.from_dict(CONFIG)
)


def make_sense(case: Case) -> None:
    """Puts into a request that fits the description what no description can tell: which sources and cursors
    there are, what a search or a quotation is, what an address looks like."""
    known = {
        "source": "gazette",
        "q": "ferry",
        "text": SAID,
        "z": permalinks.packed(SAID),
        "url": "https://gazette.example/news/4",
    }
    given = {name: known.get(name, value) for name, value in case.query.items() if name != "cursor"}
    if case.path.endswith("/quote"):
        given = {"z": known["z"]} if "z" in given else {"text": SAID}
    case.query = given


@api.parametrize()
def test_every_answer_is_as_it_is_described(case: Case) -> None:
    if case.meta.generation.mode is GenerationMode.POSITIVE:
        make_sense(case)
    case.call_and_validate(headers={"Accept-Encoding": "identity"})
