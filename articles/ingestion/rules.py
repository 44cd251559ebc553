"""How the pages of a source are read: what an operator said, and what was learnt."""

from dataclasses import replace

from articles.core.types import Rules
from articles.models import Boilerplate, Source

TYPED = ("kept_selectors", "dropped_selectors", "ignored_texts")


def rules_of(source: Source) -> Rules:
    """The rules of a source as `core.extraction` takes them."""
    learnt = Boilerplate.objects.filter(source=source).left_out()
    by_evidence = list(learnt.values_list("evidence", "rule"))
    given = Rules(
        repeats=frozenset(rule for how, rule in by_evidence if how == Boilerplate.Evidence.REPEATS),
        places=frozenset(rule for how, rule in by_evidence if how == Boilerplate.Evidence.DIFFERS),
    )
    return with_typed(given, typed_rules(source))


def with_typed(rules: Rules, typed: dict[str, str]) -> Rules:
    """The rules with what an operator typed, by column of a source, in place of what was said before."""
    return replace(
        rules,
        keep=entries(typed["kept_selectors"]),
        drop=entries(typed["dropped_selectors"]),
        ignore=entries(typed["ignored_texts"]),
    )


def typed_rules(source: Source) -> dict[str, str]:
    """What an operator has said of a source's pages, by column, one entry a line."""
    return {column: getattr(source, column) for column in TYPED}


def replace_typed(source: Source, known: dict[str, str], new: dict[str, str]) -> bool:
    """Saves what an operator says from now on, if `known` is still what was said; whether it was.

    Versions take it on when they are next read again (`rebaselining`).
    """
    return bool(Source.objects.filter(pk=source.pk, **known).update(**new))


def entries(text: str) -> tuple[str, ...]:
    """The entries of a column of rules, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
