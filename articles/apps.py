from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Newsdiff"

    def ready(self) -> None:
        from articles import checks  # noqa: F401  registers the system checks
