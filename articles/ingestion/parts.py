"""The parts of a list of sitemaps: polled as feeds of their own while there is something new in them."""

from contextlib import suppress

from django.db import IntegrityError, transaction

from articles.core import urls
from articles.models import Feed


def keep_parts(feed: Feed, named: tuple[str, ...]) -> None:
    """Makes the parts that are named now feeds, and lets go of those that are not any more.

    A part that is followed already, of whatever source, is left as it is. Nothing is lost with a part's
    row: articles are of the source.
    """
    by_key = {urls.key(url): url for url in named}
    feed.parts.exclude(key__in=by_key).delete()
    known = set(Feed.objects.filter(key__in=by_key).values_list("key", flat=True))
    for key, url in sorted(by_key.items()):
        if key not in known:
            part = Feed(source=feed.source, url=url, part_of=feed, is_paused=feed.is_paused)
            with suppress(IntegrityError), transaction.atomic():  # somebody has just added it
                part.save()
