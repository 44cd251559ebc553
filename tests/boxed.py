"""A source whose pages have a partner's box in the middle of the text: what rules are tried on."""

from articles.models import Source
from tests.crawl import follow, look_again
from tests.site import FILLER, Page, Site, article

OFFER = "Harbour Bank lends sailors {sum} crowns until the end of the season, our partner says."
PHOTO = "Photo: Ada Lund / Harbour Press"
EDITED = [FILLER[0].replace("Tuesday", "Wednesday"), *FILLER[1:]]
TITLES = {
    "/a": "Harbour board hears of a calm winter",
    "/b": "Second crane is on its way to the quay",
    "/c": "Lighthouse keeps its old paint until spring",
}
SHORT = [
    "The crane left the yard on Monday morning on a barge that two tugs will bring along the coast.",
    "It is to stand beside the older one, whose gear was mended last year after a long wait for parts.",
    "Crews say that the queue at the quay has never been as long as in the week before the festival.",
    "The mayor hopes that the work will be over before the first boats of the summer come home.",
]
PAINT = [
    "Painters came to look at the lighthouse and went home again, for the wind has not let up in weeks.",
    "The keeper said she had seen worse winters and would rather have a warm room than a white tower.",
    "The council has put the sum it needs into the budget of next year and asked for three more offers.",
]


def boxed(path: str, paragraphs: list[str], offer: str, name: str = "partner-note css-1x8kd2") -> Page:
    """The page of an article with a box and a photographer's line in its text."""
    page = article(TITLES[path], *paragraphs)
    box = f"<div class='{name}' onclick='alert(1)'><p>{OFFER.format(sum=offer)}</p></div>"
    page.body = page.body.replace("</h1>", f"</h1><p>{PHOTO}</p>").replace("</article>", f"{box}</article>")
    return page


def follow_boxed(site: Site) -> Source:
    """Three articles. /a has 3 versions: the sum in the box changed, then a day in the text. /b has 2, by the
    sum alone; /c has 1."""
    site.pages |= {"/a": boxed("/a", FILLER, "1,200"), "/b": boxed("/b", SHORT, "1,200")}
    site.pages["/c"] = boxed("/c", PAINT, "1,200")
    source = follow(site, "/a", "/b", "/c")
    site.pages |= {"/a": boxed("/a", FILLER, "1,500"), "/b": boxed("/b", SHORT, "1,500")}
    look_again()
    site.pages["/a"] = boxed("/a", EDITED, "1,500")
    look_again()
    return source
