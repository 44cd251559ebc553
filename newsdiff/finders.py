"""Static files of a library that is no installed app: found where it lies."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import get_files, matches_patterns
from django.core.files.storage import FileSystemStorage

NOT_USED = ["redoc*"]  # another viewer of the API's description, a third of all there is to pack


class DocumentationFinder(BaseFinder):
    """What the page of the API's documentation is made of (articles/api/mount.py)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(settings.NINJA / "static")

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        is_used = not matches_patterns(path.rpartition("/")[2], NOT_USED) and self.storage.exists(path)
        found = [self.storage.path(path)] if is_used else []
        return found if find_all else next(iter(found), None)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for path in get_files(self.storage, [*(ignore_patterns or ()), *NOT_USED]):
            yield path, self.storage
