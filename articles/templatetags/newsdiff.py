"""Template filters and tags: moments, gaps, segments' language and direction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from articles import presentation, wording
from articles.core.types import Segment
from articles.feedstates import FeedState, state_of
from articles.models import Article, Feed

register = template.Library()


register.filter("public_reason", wording.public_reason)
register.filter("public_address", presentation.public_address)
register.filter("web_address", presentation.web_address)


@register.filter
def when(moment: datetime) -> SafeString:
    """A moment in full, and from here: "22 Nov 2026, 03:50 UTC (3 hours ago)"."""
    return format_html(
        '<time datetime="{}">{} <span class="ago">({})</span></time>',
        wording.iso(moment),
        wording.absolute(moment),
        wording.relative(moment, timezone.now()),
    )


@register.filter
def moment(moment: datetime, exact: str = "") -> SafeString:
    """A moment in full, without the words: for tables. To the second where `exact` is not empty."""
    return _time(moment, wording.absolute(moment, bool(exact)))


@register.filter
def plain_moment(moment: datetime, exact: str = "") -> str:
    """The same where no element can stand."""
    return wording.absolute(moment, bool(exact))


@register.simple_tag
def between(after: datetime, before: datetime, exact: bool = False) -> SafeString:
    """An interval, "between 22 Nov 2026, 14:02 and 14:32 UTC"; to the second if it needs that, or `exact`."""
    first, last = wording.ends(after, before, exact)
    return mark_safe(wording.BETWEEN % {"after": _time(after, first), "before": _time(before, last)})


@register.simple_tag
def plain_between(after: datetime, before: datetime, exact: bool = False) -> str:
    """The same where no element can stand."""
    return wording.between(after, before, exact)


def _time(moment: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', wording.iso(moment), words)


@register.filter
def one_line(text: object) -> str:
    """Words on one line, whatever breaks and blanks stand between them: for mails in plain text."""
    return " ".join(str(text).split())


@register.filter
def ago(moment: datetime) -> SafeString:
    """A moment from here, in full where the pointer rests: for rows that say the time elsewhere or not."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        wording.iso(moment),
        wording.absolute(moment),
        wording.relative(moment, timezone.now()),
    )


@register.filter
def gap_from(later: datetime, earlier: datetime) -> str:
    """The time between two moments in words."""
    return wording.gap(later - earlier)


@register.filter
def delta(change: Any) -> str:
    """Words gained and lost by a change."""
    return wording.word_delta(change.added_words, change.removed_words)


@register.filter
def gap_reason(gap: Any) -> str:
    """Why something was not looked at, in words."""
    return wording.gap_reason(gap.reason)


@register.filter
def kind(name: str) -> str:
    """A kind of change in words."""
    return wording.kind_words(name)


@register.filter
def disclosure(change: Any) -> tuple[str, str]:
    """Whether a change is disclosed: in a word, and what the word means."""
    return wording.disclosure(change.disclosed)


@register.filter
def absolute(path: str) -> str:
    """An address on this site in full, as others know it."""
    return settings.BASE_URL + path


@register.filter
def join_words(numbers: Iterable[int]) -> str:
    """Numbers in a sentence: "4 and 5"; a long run by its ends, "4 to 9"."""
    listed = list(numbers)
    if len(listed) > 3:
        return gettext("%(first)s to %(last)s") % {"first": listed[0], "last": listed[-1]}
    return wording.join_words(listed)


@register.filter
def why_then(article: Article) -> str:
    """Why an article's next look comes when it does; "" where a trouble that is told below sets the time."""
    if article.failures or article.held_back or article.missing_since or not article.version_count:
        return ""
    return wording.why_then(article.life, timezone.now())


@register.filter
def why_finished(article: Article) -> str:
    """Why an article is not looked at any more, where that is for want of changes."""
    return wording.why_finished(article.life, article.last_checked_at or article.first_seen_at)


@register.filter
def share_of(part: int, whole: int) -> str:
    """A part in per cent of the whole."""
    return wording.share(part, whole)


@register.filter
def span(length: timedelta) -> str:
    """A length of time in words."""
    return wording.gap(length)


@register.filter
def past(moment: datetime | None) -> bool:
    """Whether a moment has come."""
    return moment is not None and moment <= timezone.now()


@register.filter
def minus(number: int, less: int) -> int:
    """For numbers of versions: the one before, what lies between."""
    return number - less


@register.filter
def negative(number: int) -> int:
    """A number below zero: in a drawing, up."""
    return -number


@register.filter
def numbers(count: int) -> range:
    """1 to `count`."""
    return range(1, count + 1)


@register.simple_tag
def language(article: Article) -> SafeString:
    """The lang and dir attributes of an element that holds an article's text.

    An empty lang says that the language is unknown, which is not the page's own; dir="auto" lets the
    browser judge by the first letter.
    """
    lang = article.language or article.source.language
    return format_html('lang="{}" dir="{}"', lang, article.direction or "auto")


# A list shows thousands of marked words and quoted reasons: a template for each, or format_html, took most of
# the time of its page. All that comes from a text is escaped here.
_ENDS = {"=": ("", ""), "-": ("<del>", "</del>"), "+": ("<ins>", "</ins>")}


@register.simple_tag
def marked(segments: Iterable[Segment]) -> SafeString:
    """Segments as text, what was removed in <del>, what was added in <ins>."""
    told = (escape(text).join(_ENDS[op]) for op, text in segments)
    return mark_safe("".join(told))


_OF_QUOTES = {**_ENDS, "": ("", ""), "=": ("<mark>", "</mark>")}


@register.simple_tag
def quoted(segments: Iterable[Segment]) -> SafeString:
    """What was found in a text, in <mark>, with what differs there in <del> and <ins>; lines in a row."""
    shown = ((op, presentation.printable(text)) for op, text in segments)
    told = (escape(text).replace("\n", "<br>").join(_OF_QUOTES[op]) for op, text in shown)
    return mark_safe("".join(told))


@register.filter
def stretch(stretch: Any, before: str = "") -> str:
    """Versions in a row by their numbers: "3", "3 to 5"; "v3", "v3–v5" with a letter before each."""
    if stretch.start == stretch.end:
        return f"{before}{stretch.start}"
    if before:
        return f"{before}{stretch.start}–{before}{stretch.end}"
    return gettext("%(first)s to %(last)s") % {"first": stretch.start, "last": stretch.end}


@register.simple_tag
def reason(parts: Iterable[tuple[str, bool]], article: Article) -> SafeString:
    """Why a change is of a kind, what is quoted of the article in its own language."""
    quotation = (f"<bdi {language(article)}>", "</bdi>")
    told = (escape(text).join(quotation if is_quoted else ("", "")) for text, is_quoted in parts)
    return mark_safe("".join(told))


@register.simple_tag
def mail_is_sent() -> bool:
    """Can what is listed be followed by e-mail here?"""
    return bool(settings.EMAIL_HOST)


@register.simple_tag
def manage_command() -> str:
    """How the operator calls a command here."""
    return str(settings.MANAGE)


@register.simple_tag
def feed_health(feed: Feed) -> SafeString:
    """How a feed is doing, in one line."""
    now = timezone.now()
    state = state_of(feed, now)
    if state is FeedState.PAUSED:
        return format_html("{}", gettext("Paused."))
    last = format_html(gettext("Last good poll {}."), ago(feed.last_ok_at)) if feed.last_ok_at else ""
    if state is FeedState.ENDED:
        ended = gettext("The site has ended this feed (410 Gone) {}: it is not polled any more.")
        return format_html("{} {}", format_html(ended, _ago(feed.last_error_at)), last)
    if feed.failures:
        failed = format_html(
            gettext("Failing {} times in a row, last {}: {}."),
            feed.failures,
            _ago(feed.last_error_at),
            wording.public_reason(feed.last_error).rstrip("."),
        )
        return format_html("{} {}", failed, last or gettext("No good poll yet."))
    if state is FeedState.WAITING:
        return format_html("{}", gettext("Not polled yet."))
    if state is FeedState.DEAD and feed.last_new_at:
        dead = gettext("It answers, but has named nothing new for {}: it may be dead.")
        return format_html("{} {}", last, format_html(dead, wording.gap(now - feed.last_new_at)))
    if state is FeedState.REDIRECTED:
        return format_html("{} {}", last, gettext("It is redirected, and followed there."))
    if state is FeedState.MOVED:
        return format_html("{} {}", last, format_html(gettext("Moved here {}."), _ago(feed.moved_at)))
    return last


def _ago(moment: datetime | None) -> str:
    return ago(moment) if moment else ""
