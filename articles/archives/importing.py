"""An import: index the files, take over what newsdiff itself recorded, replay the rest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from django.db import connection

from articles.archives.ahead import Ahead
from articles.archives.files import Damage
from articles.archives.index import Index
from articles.archives.placing import Sources
from articles.archives.replaying import Replay, Report
from articles.archives.restoring import Restoring
from articles.archives.shelf import Shelf
from articles.models import Feed, Source


class Import:
    """The files of one import, and how far it has come."""

    def __init__(self, paths: list[Path], now: datetime, source: Source | None, only: str) -> None:
        """`source` is that of all new articles; `only` a pattern of the addresses that are wanted."""
        feeds = frozenset(Feed.objects.values_list("key", flat=True))
        self._paths = paths
        self._only = only
        self._sources = Sources(source)
        self._shelf = Shelf(paths)
        self._index = Index(now, only, feeds)
        self.report = Report()

    @property
    def damages(self) -> list[Damage]:
        """What could not be read."""
        return self._index.damages

    def index(self, progress: Callable[[int], None]) -> None:
        """Finds the captures; `progress` is told how many bytes have been looked at. Raises OSError."""
        before = 0
        for number, path in enumerate(self._paths):
            self._index.add(number, path, lambda offset, before=before: progress(before + offset))
            before += path.stat().st_size
            progress(before)
        self._index.seal()

    @property
    def recorded(self) -> int:
        """How many articles the files hold as newsdiff had recorded them."""
        return len(self._index.ledgers())

    @property
    def waiting(self) -> int:
        """How many captures are to be replayed."""
        return self._index.waiting()

    def take_over(self, progress: Callable[[], None]) -> None:
        """Takes over articles that newsdiff exported; `progress` is told of each. Raises Busy."""
        restoring = Restoring(self._index, self._shelf, self._sources, self.report)
        restoring.run(lambda url: not self._only or fnmatchcase(url, self._only), progress)

    def replay(self, progress: Callable[[], None]) -> Report:
        """Replays the captures that are left; `progress` is told of each. Raises Busy."""
        ahead = Ahead(self._index, self._shelf)
        try:
            with _without_waiting():
                Replay(self._index, ahead, self._sources, self.report).run(progress)
        finally:
            ahead.close()
            self._shelf.close()
        self.report.skipped += self._index.skipped
        return self.report


@contextmanager
def _without_waiting() -> Iterator[None]:
    """PostgreSQL need not wait for the disk at each look: what a crash takes is imported again.

    SQLite does not wait either (`synchronous=NORMAL` with a write-ahead log), so that looks need not be
    put together into larger transactions, which would keep live workers waiting.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
