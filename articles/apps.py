import gc

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Newsdiff"

    def ready(self) -> None:
        from articles import checks, roles, trail  # noqa: F401  registers the system checks

        trail.begin()
        post_migrate.connect(roles.keep, dispatch_uid="roles")
        gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
        gc.enable()  # which manage.py has held back
