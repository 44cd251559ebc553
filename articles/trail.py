"""Who did what to everything: kept by django-auditlog, of what people do here and of nothing else.

Forms are noted by themselves, with the values before and after, for the models in EDITED. What is done by
UPDATE, past Django's signals, is noted by `record`. What workers store is nobody's doing: no entry is made of
it, nor anything asked for it. No address of a person is kept, and of no model more than the columns named
here, so that no secret gets into it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.db.models.signals import pre_save
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles.models import Boilerplate, Channel, Feed, Source

BATCH = 500  # entries written in one statement
LONGEST = 120  # characters shown of a value
_RULES = ("kept_selectors", "dropped_selectors", "ignored_texts")
# By model the columns that people edit, and the relations. What is done to another is noted once it is here.
EDITED: dict[type[Model], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Source: (("name", "slug", "url", "language", "is_paused", "preset", "asks_archive", *_RULES), ()),
    Feed: (("source", "url", "is_paused"), ()),
    Boilerplate: (("is_text",), ()),
    # not its address: that of a chat service is its password
    Channel: (("name", "kind", "is_paused"), ()),
    User: (
        ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser"),
        ("groups", "user_permissions"),
    ),
    Group: (("name",), ("permissions",)),
    TOTPDevice: (("user", "name", "confirmed"), ()),
}
Handler = Callable[[HttpRequest], HttpResponse]
_acting: ContextVar[AbstractBaseUser | None] = ContextVar("acting", default=None)


def begin() -> None:
    """Notes what is done to the models in EDITED from now on; called once, at the start."""
    for model, (fields, relations) in EDITED.items():
        auditlog.register(model, include_fields=[*fields], m2m_fields={*relations})
    pre_log.connect(_is_done_by_somebody, dispatch_uid="trail")
    pre_save.connect(_name_who, sender=LogEntry, dispatch_uid="trail")


@contextmanager
def acting(user: AbstractBaseUser) -> Iterator[None]:
    """What is stored within is this user's doing."""
    before = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(before)


def in_the_admin(get_response: Handler) -> Handler:
    """Django middleware: what is posted to the admin is the doing of who is logged in.

    Of no other request is it asked who that is: readers have no session, and no cookie is to vary a page.
    """
    begins = reverse("admin:index")

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.path.startswith(begins) and request.user.is_authenticated:
            with acting(request.user):
                return get_response(request)
        return get_response(request)

    return middleware


def record(
    user: AbstractBaseUser | None,
    rows: Iterable[Model],
    words: str,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    """Notes what a user did to rows; None: somebody on the command line.

    words    what was done, in a sentence
    changes  values before and after, by the field's name
    """
    told = {name: [str(before), str(after)] for name, (before, after) in (changes or {}).items()}
    entries = (
        LogEntry(
            content_type=ContentType.objects.get_for_model(row),
            object_pk=str(row.pk),
            object_id=row.pk,
            object_repr=str(row),
            action=LogEntry.Action.UPDATE,
            changes=told,
            additional_data={"words": words},
            actor=user,
        )
        for row in rows
    )
    LogEntry.objects.bulk_create(entries, batch_size=BATCH)


def of_row(row: Model) -> Any:
    """The entries of a row, the newest first."""
    about = {"content_type": ContentType.objects.get_for_model(row), "object_pk": str(row.pk)}
    return LogEntry.objects.filter(**about).select_related("actor").order_by("-timestamp", "-pk")


def lines(entry: LogEntry) -> list[str]:
    """What an entry tells, in sentences."""
    said = [entry.additional_data["words"]] if entry.additional_data else []
    if entry.action == LogEntry.Action.CREATE:
        return [*said, "Added."]
    if entry.action == LogEntry.Action.DELETE:
        return [*said, "Deleted."]
    return said + [_change(name, change) for name, change in (entry.changes or {}).items()]


def who(entry: LogEntry) -> str:
    """Who did it, by name."""
    return entry.actor.get_username() if entry.actor else "somebody on the command line, or no user any more"


def _change(name: str, change: Any) -> str:
    """A column's change: from what to what; of a relation what came or went."""
    field = name.replace("_", " ")
    if isinstance(change, dict):
        word = "added" if change["operation"] == "add" else "taken away"
        return f"{field}: {word} {', '.join(change['objects'])}."
    before, after = (_short(value) for value in change)
    return f"{field}: {before} → {after}"


def _short(value: str) -> str:
    plain = {"": "nothing", "None": "nothing", "True": "yes", "False": "no"}
    if value in plain:
        return plain[value]
    return f"“{value}”" if len(value) <= LONGEST else f"“{value[: LONGEST - 1]}…”"


def _is_done_by_somebody(**signal: Any) -> bool:
    return _acting.get() is not None


def _name_who(instance: LogEntry, **signal: Any) -> None:
    if instance.actor is None:
        instance.actor = _acting.get()
