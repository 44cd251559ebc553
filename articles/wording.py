"""Times, gaps, kinds and totals in words, for pages and feeds alike.

Pure but for the catalogue of translations: nothing here asks the database or the clock.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from django.conf.locale import LANG_INFO
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext, gettext_lazy, ngettext

from articles.core import versioning
from articles.core.scheduling import QUIET_LIMIT, Life
from articles.core.types import OWN_FAULT, RowState

MINUTE, HOUR, DAY = 60, 3600, 86_400

KIND_WORDS: dict[str, str] = {
    "headline": gettext_lazy("headline"),
    "standfirst": gettext_lazy("standfirst"),
    "byline": gettext_lazy("byline"),
    "correction": gettext_lazy("correction notice"),
    "number": gettext_lazy("number"),
    "quotation": gettext_lazy("quotation"),
    "name": gettext_lazy("name"),
    "date": gettext_lazy("date"),
    "added": gettext_lazy("passage added"),
    "removed": gettext_lazy("passage removed"),
    "moved": gettext_lazy("passage moved"),
    "hedge": gettext_lazy("hedge or negation"),
    "wording": gettext_lazy("wording"),
    "cosmetic": gettext_lazy("cosmetic"),
}

CHANGES_OF: dict[str, str] = {
    "headline": gettext_lazy("Changed headlines"),
    "standfirst": gettext_lazy("Changed standfirsts"),
    "byline": gettext_lazy("Changed bylines"),
    "correction": gettext_lazy("Correction notices"),
    "number": gettext_lazy("Changed numbers"),
    "quotation": gettext_lazy("Changed quotations"),
    "name": gettext_lazy("Changed names"),
    "date": gettext_lazy("Changed dates"),
    "added": gettext_lazy("Passages added"),
    "removed": gettext_lazy("Passages removed"),
    "moved": gettext_lazy("Passages moved"),
    "hedge": gettext_lazy("Changed hedges and negations"),
    "wording": gettext_lazy("Changes of wording"),
    "cosmetic": gettext_lazy("Changes of typography alone"),
}
# Languages that Django has no name for: of these it knows the scripts only.
LANGUAGES = {"zh": ("中文", gettext_lazy("Chinese")), "no": ("norsk", gettext_lazy("Norwegian"))}

BETWEEN = gettext_lazy("between %(after)s and %(before)s")

GAP_REASONS: dict[str, str] = {
    "not_running": gettext_lazy("newsdiff was not running"),
    "stuck": gettext_lazy("newsdiff did not get on with its work"),
    "paused": gettext_lazy("the source was paused"),
    "backed_off": gettext_lazy("the source was left alone until a set time"),
    "unreachable": gettext_lazy("the site did not answer, or turned us away"),
    "robots": gettext_lazy("the site’s robots.txt could not be read"),
}


def gap_reason(reason: str) -> str:
    """Why nobody looked (`Gap.Reason`), as readers are told."""
    return str(GAP_REASONS[reason])


def kind_words(name: str) -> str:
    """A kind's name as readers see it; a name not known here is shown as it is, blanks for underscores."""
    return str(KIND_WORDS.get(name, name.replace("_", " ")))


def changes_of(kind: str) -> str:
    """What a list of the changes of a kind is a list of; of all of them where it is ""."""
    return str(CHANGES_OF[kind]) if kind else gettext("Changes")


def language(code: str) -> str:
    """A language's name in the reader's language; its code where that is not known."""
    if code in LANGUAGES:
        return str(LANGUAGES[code][1])
    return str(get_language_info(code)["name_translated"]) if code in LANG_INFO else code


def own_name(code: str) -> str:
    """A language's name for those who read it: "Deutsch"; its code where that is not known."""
    if code in LANGUAGES:
        return LANGUAGES[code][0]
    return str(get_language_info(code)["name_local"]) if code in LANG_INFO else code


def the_last(length: timedelta) -> str:
    """A span of whole days up to now, to be chosen: "the last 7 days"."""
    count = length.days
    return ngettext("the last 24 hours", "the last %(count)d days", count) % {"count": count}


def of_the_last(length: timedelta) -> str:
    """A span of whole days up to now: "of the last 7 days"."""
    count = length.days
    return ngettext("of the last 24 hours", "of the last %(count)d days", count) % {"count": count}


def gap(length: timedelta) -> str:
    """How long a span of time is, as people say it: "about 1 hour". Its sign does not matter."""
    seconds = abs(length.total_seconds())
    if seconds < MINUTE:
        return gettext("less than a minute")
    if seconds < 45 * MINUTE:
        count = round(seconds / MINUTE)
        return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
    if seconds < 36 * HOUR:
        count = max(1, round(seconds / HOUR))
        return ngettext("about %(count)d hour", "about %(count)d hours", count) % {"count": count}
    if seconds < 45 * DAY:
        count = round(seconds / DAY)
        return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    if seconds < 540 * DAY:
        count = round(seconds / (30.44 * DAY))
        return ngettext("about %(count)d month", "about %(count)d months", count) % {"count": count}
    count = round(seconds / (365.25 * DAY))
    return ngettext("about %(count)d year", "about %(count)d years", count) % {"count": count}


def relative(moment: datetime, now: datetime) -> str:
    """`moment` as seen from `now`: "3 minutes ago", "in about 2 hours"."""
    words = gap(now - moment)
    if moment > now:
        return gettext("in %(gap)s") % {"gap": words}
    return gettext("%(gap)s ago") % {"gap": words}


def absolute(moment: datetime, exact: bool = False) -> str:
    """A moment in UTC, to the minute or, `exact`, to the second: "22 Nov 2026, 03:50 UTC"."""
    return date_format(moment.astimezone(UTC), f"j M Y, {_clock(exact)}") + " UTC"


def ends(after: datetime, before: datetime, exact: bool = False) -> tuple[str, str]:
    """Both ends of an interval in UTC, a date they share said once: ("22 Nov 2026, 14:02", "14:32 UTC").

    To the minute; to the second where both fall into one minute, or where that is asked for by `exact`.
    """
    after, before = after.astimezone(UTC), before.astimezone(UTC)
    is_one_minute = after.replace(second=0, microsecond=0) == before.replace(second=0, microsecond=0)
    clock = _clock(exact or is_one_minute)
    last = clock if after.date() == before.date() else f"j M Y, {clock}"
    return date_format(after, f"j M Y, {clock}"), date_format(before, last) + " UTC"


def between(after: datetime, before: datetime, exact: bool = False) -> str:
    """An interval in words, its `ends` in a clause: "between 22 Nov 2026, 14:02 and 14:32 UTC"."""
    first, last = ends(after, before, exact)
    return BETWEEN % {"after": first, "before": last}


def _clock(exact: bool) -> str:
    return "H:i:s" if exact else "H:i"


def iso(moment: datetime) -> str:
    """A moment as the datetime attribute of HTML's time element takes it, to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def how_often(count: int) -> str:
    """Once, twice, 3 times."""
    if count == 2:
        return gettext("twice")
    return ngettext("once", "%(count)d times", count) % {"count": count}


def why_then(life: Life, now: datetime) -> str:
    """Why the next look at an article comes when it does: what the estimate goes by, in a clause.

    "it changed twice in its first day", "it is about 3 hours old and has not changed".
    """
    if life.changed and life.changes:
        often = how_often(life.changes)
        if life.changed - life.born <= timedelta(days=1):
            return gettext("it changed %(often)s in its first day") % {"often": often}
        at = relative(life.changed, now)
        if life.changes == 1:
            return gettext("it changed once, %(at)s") % {"at": at}
        return gettext("it changed %(often)s, last %(at)s") % {"often": often, "at": at}
    if life.born < life.first_seen - timedelta(hours=1):
        watched = gap(now - life.first_seen)
        return gettext("it has not changed in the %(gap)s since it was found") % {"gap": watched}
    return gettext("it is %(gap)s old and has not changed") % {"gap": gap(now - life.born)}


def why_finished(life: Life, last_look: datetime) -> str:
    """Why an article is not looked at any more: "no change in 124 days"; "" where it was quiet for less."""
    quiet = last_look - life.quiet_since
    if quiet < QUIET_LIMIT:
        return ""
    count = quiet.days
    return ngettext("no change in %(count)d day", "no change in %(count)d days", count) % {"count": count}


def share(part: int, whole: int) -> str:
    """A part in per cent of the whole: never 0 % or 100 % where it is not none or all; "–" of nothing."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    if 0 < part < whole:
        percent = min(max(percent, 1), 99)
    return gettext("%(percent)d %%") % {"percent": percent}


def join_words(words: Iterable[object]) -> str:
    """A list in a sentence: "6", "6 and 7", "6, 7 and 8"."""
    *first, last = [str(word) for word in words]
    if not first:
        return last
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}


def word_delta(added: int, removed: int) -> str:
    """Words gained and lost: "+112 −98 words", with a true minus so that it is read out as one."""
    return gettext("+%(added)s \N{MINUS SIGN}%(removed)s words") % {"added": added, "removed": removed}


def _counted(state: str, count: int) -> str:
    forms = {
        RowState.CHANGED: ngettext("%(count)d changed", "%(count)d changed", count),
        RowState.ADDED: ngettext("%(count)d added", "%(count)d added", count),
        RowState.REMOVED: ngettext("%(count)d removed", "%(count)d removed", count),
        RowState.MOVED: ngettext("%(count)d moved", "%(count)d moved", count),
        RowState.SPLIT: ngettext("%(count)d split", "%(count)d split", count),
        RowState.MERGED: ngettext("%(count)d merged", "%(count)d merged", count),
    }
    return forms[RowState(state)] % {"count": count}


def _alike(state: str, count: int) -> str:
    """The sentence where all passages fared alike: "1 passage changed"."""
    forms = {
        RowState.CHANGED: ngettext("%(count)d passage changed", "%(count)d passages changed", count),
        RowState.ADDED: ngettext("%(count)d passage added", "%(count)d passages added", count),
        RowState.REMOVED: ngettext("%(count)d passage removed", "%(count)d passages removed", count),
        RowState.MOVED: ngettext("%(count)d passage moved", "%(count)d passages moved", count),
        RowState.SPLIT: ngettext("%(count)d passage split", "%(count)d passages split", count),
        RowState.MERGED: ngettext("%(count)d passage merged", "%(count)d passages merged", count),
    }
    return forms[RowState(state)] % {"count": count}


def totals(counts: Mapping[str, int], words: tuple[int, int] | None) -> str:
    """The sentence over a diff: "6 passages: 3 added, 2 removed, 1 moved; +112 −98 words".

    counts  rows per state, as Diff.counts gives them
    words   how many were added and removed, or None where they were not counted
    """
    order = ("changed", "added", "removed", "moved", "split", "merged")
    parts = [_counted(state, counts[state]) for state in order if counts.get(state)]
    total = sum(counts.values())
    sentence = ngettext("%(count)d passage: %(parts)s", "%(count)d passages: %(parts)s", total)
    said = sentence % {"count": total, "parts": ", ".join(parts)}
    if len(parts) == 1:
        said = _alike(next(iter(counts)), total)
    elif not parts:
        said = gettext("No passage of the text changed")
    return f"{said}; {word_delta(*words)}" if words else said


def disclosure(disclosed: bool) -> tuple[str, str]:
    """Whether a page owns up to its change: in a word, and what that word means."""
    if disclosed:
        return gettext("disclosed"), gettext("the page itself says that it was changed")
    return gettext("silent"), gettext("the page does not say that it was changed")


def public_reason(reason: str) -> str:
    """Why a look failed or a text is held back, for readers: the operator's words, but for the word they
    begin with, by which reasons are sorted, and for the addresses of our own network.

    The words for a refused address say what a name resolves to inside; that is the operator's alone.
    """
    if "refused: " in reason:
        return gettext("its address is not one that may be fetched")
    if reason.startswith(OWN_FAULT):
        return gettext("an error of this site's own")
    word, _, rest = reason.partition(" ")
    return capfirst(rest) if word in versioning.SORTS else reason
