"""What a command needs before it can work."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from articles.models import Source


def database_behind() -> bool:
    """Are there migrations that this database has not had?"""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def ensure_migrated() -> None:
    """Brings an embedded database up to date; on a server that is the operator's step to take."""
    if not database_behind():
        return
    if not settings.EMBEDDED:
        raise CommandError(f"The database is not up to date: run  {settings.MANAGE} migrate  first.")
    call_command("migrate", interactive=False, verbosity=0)


def named_source(slug: str) -> Source:
    """The source of this slug; a misuse of the command if there is none."""
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        known = ", ".join(Source.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f"No source {slug!r}. There are: {known}.", returncode=2)
    return source
