"""How the pages of a source are read: what an operator said, and what was learnt."""

from articles.core.types import Rules
from articles.models import Boilerplate, Source


def rules_of(source: Source) -> Rules:
    """The rules of a source as `core.extraction` takes them."""
    learnt = Boilerplate.objects.filter(source=source).left_out()
    by_evidence = list(learnt.values_list("evidence", "rule"))
    return Rules(
        keep=_lines(source.kept_selectors),
        drop=_lines(source.dropped_selectors),
        ignore=_lines(source.ignored_texts),
        repeats=frozenset(rule for how, rule in by_evidence if how == Boilerplate.Evidence.REPEATS),
        places=frozenset(rule for how, rule in by_evidence if how == Boilerplate.Evidence.DIFFERS),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
