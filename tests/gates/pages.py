"""Every page of the site, once, in each of its states; the gates go through all of them."""

from dataclasses import dataclass, field

from articles.core.permalinks import packed

SINGLE_ASKER = {"X-Forwarded-For": "198.51.100.9"}  # the visitor who has asked for too much


@dataclass(frozen=True)
class GatedPage:
    """A page by what is special about it.

    path    where {name} stands for the number of an article that serving.py makes
    on      which of the two installations: "full", or "empty", where nothing is followed yet
    """

    name: str
    path: str
    status: int = 200
    on: str = "full"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


PAGES = [
    GatedPage("home", "/"),
    GatedPage("home of an empty site", "/", on="empty"),
    GatedPage("home, a later page", "/?before={later}"),
    GatedPage("home, narrowed", "/?kind=number&source=gazette&sort=weightiest"),
    GatedPage("home, narrowed to nothing", "/?kind=byline&language=he"),
    GatedPage("home, narrowed to what is not", "/?kind=sorcery", 404),
    GatedPage("figures", "/stats/"),
    GatedPage("figures of an empty site", "/stats/", on="empty"),
    GatedPage("sources", "/sources/"),
    GatedPage("no sources", "/sources/", on="empty"),
    GatedPage("source", "/sources/gazette/"),
    GatedPage("source, its changes", "/sources/gazette/?list=changes"),
    GatedPage("history of many versions", "/articles/{long}/"),
    GatedPage("history, older versions", "/articles/{long}/?before=4"),
    GatedPage("history of one version", "/articles/{stable}/"),
    GatedPage("history of a gone article", "/articles/{gone}/"),
    GatedPage("history from right to left", "/articles/{arabic}/"),
    GatedPage("history of endless words", "/articles/{endless}/"),
    GatedPage("history of what others were merged into", "/articles/{joined}/"),
    GatedPage("diff", "/articles/{ferry}/diff/1/2/"),
    GatedPage("diff of everything", "/articles/{bridge}/diff/1/2/"),
    GatedPage("diff in one text", "/articles/{bridge}/diff/1/2/?view=inline"),
    GatedPage("diff, the changes only", "/articles/{bridge}/diff/1/2/?view=changes"),
    GatedPage("diff of the whole text", "/articles/{long}/diff/1/2/?context=all"),
    GatedPage("diff of a long text", "/articles/{long}/diff/1/2/"),
    GatedPage("diff over several versions", "/articles/{long}/diff/2/9/"),
    GatedPage("diff up to the latest", "/articles/{long}/diff/2/latest/"),
    GatedPage("diff of one version", "/articles/{long}/diff/2/2/"),
    GatedPage("diff of typography", "/articles/{set}/diff/1/3/"),
    GatedPage("diff of a headline", "/articles/{headline}/diff/1/2/"),
    GatedPage("diff from right to left", "/articles/{arabic}/diff/1/2/"),
    GatedPage("diff from right to left in one text", "/articles/{arabic}/diff/1/2/?view=inline"),
    GatedPage("diff in Thai", "/articles/{thai}/diff/1/2/"),
    GatedPage("diff of endless words", "/articles/{endless}/diff/1/2/"),
    GatedPage("diff of a text too large", "/articles/{large}/diff/1/2/"),
    GatedPage("diff with an unknown version", "/articles/{ferry}/diff/1/99/", 404),
    GatedPage("diff in an unknown view", "/articles/{ferry}/diff/1/2/?view=upside-down", 404),
    GatedPage("version", "/articles/{bridge}/versions/2/"),
    GatedPage("version from right to left", "/articles/{arabic}/versions/1/"),
    GatedPage("version of endless words", "/articles/{endless}/versions/1/"),
    GatedPage("since when each sentence stands", "/articles/{long}/blame/"),
    GatedPage("since when, from right to left", "/articles/{arabic}/blame/"),
    GatedPage("look-up", "/lookup/"),
    GatedPage("look-up of nothing known", "/lookup/?url=https://elsewhere.example/news/1", 404),
    GatedPage("look-up that finds", "/lookup/?url=gazette.example/news/1"),
    GatedPage("look-up of no address", "/lookup/?url=javascript:alert(1)", 400),
    GatedPage("quote finder", "/quote/"),
    GatedPage("quotation found", "/quote/?text=Twelve+people+were+hurt,+three+of+them+badly"),
    GatedPage(
        "quotation that nobody says", "/quote/?text=The+mayor+of+the+moon+will+close+the+old+wooden+door"
    ),
    GatedPage("quotation of nothing known", "/quote/?text=Zyxwvut+qponmlk+jihgfed+cbazyx"),
    GatedPage(
        "quotation by a short link", "/quote/?z=" + packed("Twelve people were hurt, three of them badly")
    ),
    GatedPage("quotation by a damaged link", "/quote/?z=eJzz", 400),
    GatedPage("quotation too short", "/quote/?text=short", 400),
    GatedPage("page that cannot be read", "/quote/?url=http://127.0.0.1:9/", 400),
    GatedPage("quotation of an empty site", "/quote/?text=Twelve+people+were+hurt+badly", on="empty"),
    GatedPage("search", "/search/"),
    GatedPage("search of an empty site", "/search/?q=council", on="empty"),
    GatedPage("search that finds", "/search/?q=ferry&scope=any"),
    GatedPage("search from right to left", "/search/?q=%D8%A7%D9%84%D9%85%D9%83%D8%AA%D8%A8%D8%A9"),
    GatedPage("search of what was removed", "/search/?q=twelve&scope=removed"),
    GatedPage("search that finds nothing", "/search/?q=zeppelin"),
    GatedPage("search of no word", "/search/?q=-ferry", 400),
    GatedPage("feeds", "/feeds/"),
    GatedPage("feeds of an empty site", "/feeds/", on="empty"),
    GatedPage("follow everything", "/follow/"),
    GatedPage("follow an article", "/follow/?article={arabic}&kind=number"),
    GatedPage("follow what is not", "/follow/?kind=cosmetic", 404),
    GatedPage("follow, asked", "/follow/asked/"),
    GatedPage("follow, to confirm", "/follow/confirm/{reader}/"),
    GatedPage("what one follows", "/follow/manage/{reader}/"),
    GatedPage("follow, to stop", "/follow/stop/{stop}/"),
    GatedPage("about", "/about/"),
    GatedPage("not found", "/nothing/here/", 404),
    GatedPage("hidden", "/articles/{hidden}/", 410),
    GatedPage("hidden diff", "/articles/{hidden}/diff/1/2/", 410),
    GatedPage("history with hidden versions", "/articles/{partly}/"),
    GatedPage("version that is hidden", "/articles/{partly}/versions/2/", 410),
    GatedPage("diff past a hidden version", "/articles/{partly}/diff/1/3/"),
    GatedPage("version with a hidden passage", "/articles/{partly}/versions/1/"),
    GatedPage("since when, with a hidden passage", "/articles/{partly}/blame/"),
    GatedPage("capture of a page with a hidden passage", "/articles/{partly}/versions/1/capture", 410),
    GatedPage(
        "evidence pack of a page with a hidden passage", "/articles/{partly}/diff/1/3/evidence.zip", 410
    ),
    GatedPage("evidence pack of one version", "/articles/{long}/diff/2/2/evidence.zip", 404),
    GatedPage("too many requests", "/articles/{ferry}/diff/1/2/", 429, headers=SINGLE_ASKER),
    GatedPage("failing", "/failing/", 500),
]

# Addresses by name that answer with no page of ours: files, data, redirects and signs of life.
NO_PAGES = {
    *(
        "feed",
        "source-feed",
        "article-feed",
        "quote-feed",
        "search-feed",
        "card",
        "capture",
        "evidence",
        "robots",
        "opml",
        "timegate",
        "timemap",
    ),
    *("compare", "article-short", "websub", "healthz", "readyz", "metrics"),
}
