"""What is kept, by noun.

hosts     whom we ask, and what is asked again and again
sources   publications, their feeds, and what was learnt of their pages
articles  articles, the spellings of their addresses, and the looks at them
evidence  pages as they came
versions  each distinct text, and the step from one to the next
tallies   what is counted of edits, for the pages of figures
upkeep    what newsdiff keeps about itself

The laws these tables keep (docs/architecture.md): one article per page however many spellings lead
to it; versions append-only, numbered without gaps; every check recorded with exactly one outcome.
"""

from articles.models.articles import Article, ArticleQuerySet, ArticleURL, Check
from articles.models.evidence import Blob, Snapshot
from articles.models.hosts import EPOCH, Host, Leased, Polled
from articles.models.sources import Boilerplate, BoilerplateQuerySet, Feed, FeedQuerySet, Source, Subscription
from articles.models.tallies import Recount, Tally
from articles.models.upkeep import Count, Gap, Heartbeat, Worker
from articles.models.versions import (
    Change,
    ChangeKind,
    ChangeQuerySet,
    CosmeticChange,
    CosmeticChangeQuerySet,
    TextBase,
    Version,
    VersionQuerySet,
    packed_text,
)

__all__ = [
    "EPOCH",
    "Article",
    "ArticleQuerySet",
    "ArticleURL",
    "Blob",
    "Boilerplate",
    "BoilerplateQuerySet",
    "Change",
    "ChangeKind",
    "ChangeQuerySet",
    "Check",
    "CosmeticChange",
    "CosmeticChangeQuerySet",
    "Count",
    "Feed",
    "FeedQuerySet",
    "Gap",
    "Heartbeat",
    "Host",
    "Leased",
    "Polled",
    "Recount",
    "Snapshot",
    "Source",
    "Subscription",
    "Tally",
    "TextBase",
    "Version",
    "VersionQuerySet",
    "Worker",
    "packed_text",
]
