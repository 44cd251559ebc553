"""Events of health as an Atom feed, for those who hold a token: reasons may tell of what is inside."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from articles import healthevents, wording
from articles.models import EPOCH, HealthEvent
from articles.public import named, not_modified
from articles.syndication.formats import FORMATS, Entry, Feed
from articles.syndication.streams import tag

ENTRIES = 50


class _Turn(NamedTuple):
    """An event that was told, or was over: each makes an entry, which never alters."""

    at: datetime
    event: HealthEvent
    is_over: bool


@require_safe
@cache_control(private=True, no_cache=True)
def events(request: HttpRequest) -> HttpResponse:
    """The newest events; 403 in words without a token that is valid."""
    if healthevents.reader_of(request.GET.get("token", "")) is None:
        said = "This address is not valid, or not any more. Copy the present one from the page of health.\n"
        return HttpResponse(said, content_type="text/plain; charset=utf-8", status=403)
    turns = _newest()
    etag = named(settings.VERSION, settings.BASE_URL, [(turn.event.pk, turn.is_over) for turn in turns])
    if answer := not_modified(request, etag):
        return answer
    page = settings.BASE_URL + reverse("admin:health")
    feed = Feed(
        id=tag("health"),
        title="newsdiff: health",
        description="Which sources do badly, since when, and what to do; and when that is over.",
        page=page,
        address=settings.BASE_URL + request.get_full_path(),
        next="",
        author="newsdiff",
        language="en",
        updated=turns[0].at if turns else EPOCH,
        entries=[_entry(turn, page) for turn in turns],
    )
    written = FORMATS["atom"]
    return HttpResponse(written.write(feed), content_type=written.content_type, headers={"ETag": etag})


def _newest() -> list[_Turn]:
    told = [_Turn(event.told_at, event, False) for event in healthevents.told_since(EPOCH)[:ENTRIES]]
    over = [_Turn(event.settled_at, event, True) for event in healthevents.settled_since(EPOCH)[:ENTRIES]]
    return sorted([*told, *over], key=lambda turn: (turn.at, turn.event.pk), reverse=True)[:ENTRIES]


def _entry(turn: _Turn, page: str) -> Entry:
    event = turn.event
    label = event.get_condition_display()
    if turn.is_over:
        title = f"{event.source.name}: no more {label}"
        lasted = wording.gap(event.ended_at - event.began_at)
        content = format_html("<p>It was {} for {}.</p>", healthevents.in_words(event), lasted)
    else:
        title = f"{event.source.name}: {label}"
        content = format_html(
            "<p>Since {}: {}.</p><p>What to do: {}</p>",
            wording.absolute(event.began_at),
            event.words,
            event.remedy,
        )
    return Entry(
        id=tag(f"health/{event.pk}/{'over' if turn.is_over else 'began'}"),
        title=title,
        link=page,
        original="",
        content=content,
        author="newsdiff",
        at=turn.at,
        categories=(event.condition,),
    )
