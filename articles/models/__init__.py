"""What is kept, by noun.

hosts     whom we ask, and what is asked again and again
sources   publications, their feeds, and what was learnt of their pages
articles  articles, the spellings of their addresses, and the looks at them
hidings   what readers are not shown of them, and rows as readers may see them
evidence  pages as they came
drafts    sources that somebody is about to follow
versions  each distinct text, and the step from one to the next
tallies   what is counted of edits, for the pages of figures
health    how sources do: looks by the hour, what went wrong, who is told of it
alerts    who is told of changes, of which, and each message to them
finding   by what texts are found
webcopies copies of versions that a public web archive keeps, or is asked to
upkeep    what newsdiff keeps about itself

The laws these tables keep (docs/architecture.md): one article per page however many spellings lead
to it; versions append-only, numbered without gaps; every check recorded with exactly one outcome.
"""

from articles.models.alerts import Channel, Delivery, Follow, Follower, FollowQuerySet, Notice
from articles.models.articles import Article, ArticleQuerySet, ArticleURL, Check
from articles.models.drafts import DraftAnswer, SourceDraft
from articles.models.evidence import Blob, Snapshot
from articles.models.finding import ArticleTerms, ChangeTerms
from articles.models.health import Digest, HealthEvent, HealthFeedKey, LookTally
from articles.models.hidings import Hiding, HidingQuerySet
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
    Untold,
    Version,
    VersionQuerySet,
    packed_text,
)
from articles.models.webcopies import WebCopy

__all__ = [
    "EPOCH",
    "Article",
    "ArticleQuerySet",
    "ArticleTerms",
    "ArticleURL",
    "Blob",
    "Boilerplate",
    "BoilerplateQuerySet",
    "Change",
    "ChangeKind",
    "ChangeQuerySet",
    "ChangeTerms",
    "Channel",
    "Check",
    "CosmeticChange",
    "CosmeticChangeQuerySet",
    "Count",
    "Delivery",
    "Digest",
    "DraftAnswer",
    "Feed",
    "FeedQuerySet",
    "Follow",
    "FollowQuerySet",
    "Follower",
    "Gap",
    "HealthEvent",
    "HealthFeedKey",
    "Heartbeat",
    "Hiding",
    "HidingQuerySet",
    "Host",
    "Leased",
    "LookTally",
    "Notice",
    "Polled",
    "Recount",
    "Snapshot",
    "Source",
    "SourceDraft",
    "Subscription",
    "Tally",
    "TextBase",
    "Untold",
    "Version",
    "VersionQuerySet",
    "WebCopy",
    "Worker",
    "packed_text",
]
