"""The addresses of pages and feeds. They are promises: a diff's link must lead there in ten years."""

from django.urls import path, register_converter

from articles import evidencepages, findpages, followpages, mementos, metrics, sourcepages, views, websub
from articles.syndication import answering, directory


class LatestOrNumber:
    """The second version of a comparison: its number, or "latest"."""

    regex = "[0-9]{1,9}|latest"

    def to_python(self, value: str) -> int | str:
        return value if value == "latest" else int(value)

    def to_url(self, value: int | str) -> str:
        return str(value)


class FeedFormat:
    """What a feed is written in."""

    regex = "rss|atom|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Number:
    """A row's or version's number: short enough to be one in every database."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Token:
    """What was given to one reader alone, as `models.alerts.new_token` makes it."""

    regex = "[-_A-Za-z0-9]{20,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FeedFormat, "feed_format")
register_converter(LatestOrNumber, "latest_or_number")
register_converter(Number, "number")
register_converter(Token, "token")

urlpatterns = [
    path("", views.home, name="home"),
    path("feed.<feed_format:format>", answering.everything, name="feed"),
    path("feeds/", directory.feeds, name="feeds"),
    path("feeds.opml", directory.opml, name="opml"),
    path("articles/<number:id>/", views.article, name="article-short"),
    path("articles/<number:id>-<slug:slug>/", views.article, name="article"),
    path("articles/<number:id>/compare/", views.compare, name="compare"),
    path("articles/<number:id>/diff/<number:a>/<latest_or_number:b>/", views.diff, name="diff"),
    path("articles/<number:id>/diff/<number:a>/<number:b>/card.png", views.card, name="card"),
    path(
        "articles/<number:id>/diff/<number:a>/<number:b>/evidence.zip",
        evidencepages.evidence,
        name="evidence",
    ),
    path("articles/<number:id>/versions/<number:number>/", views.version, name="version"),
    path("articles/<number:id>/versions/<number:number>/capture", views.capture, name="capture"),
    path("articles/<number:id>/blame/", views.blame, name="blame"),
    path("articles/<number:id>/feed.<feed_format:format>", answering.article, name="article-feed"),
    path("sources/", sourcepages.sources, name="sources"),
    path("sources/<slug:slug>/", sourcepages.source, name="source"),
    path("sources/<slug:slug>/feed.<feed_format:format>", answering.source, name="source-feed"),
    path("lookup/", views.look_up, name="lookup"),
    path("quote/", findpages.quote, name="quote"),
    path("quote/feed.<feed_format:format>", answering.quote, name="quote-feed"),
    path("search/", findpages.search, name="search"),
    path("search/feed.<feed_format:format>", answering.search, name="search-feed"),
    path("timegate/<path:url>", mementos.timegate, name="timegate"),
    path("timemap/link/<path:url>", mementos.timemap, name="timemap"),
    path("stats/", sourcepages.stats, name="stats"),
    path("follow/", followpages.follow, name="follow"),
    path("follow/asked/", followpages.asked, name="follow-asked"),
    path("follow/confirm/<token:token>/", followpages.confirm, name="follow-confirm"),
    path("follow/manage/<token:token>/", followpages.manage, name="follow-manage"),
    path("follow/stop/<token:token>/", followpages.stop, name="follow-stop"),
    path("websub/<slug:token>/", websub.callback, name="websub"),
    path("about/", views.about, name="about"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
