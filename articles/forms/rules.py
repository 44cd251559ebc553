"""What an editor types about how a source's pages are read. Each error says what to type instead."""

from collections.abc import Sequence

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from articles.core.extraction.selecting import MAX_LENGTH, BadSelector, compiled
from articles.core.fingerprint import words
from articles.ingestion.rules import TYPED
from articles.models import Source

MOST = 50  # entries of one field


def _area(name: str, hint: str) -> forms.CharField:
    """A field with one entry a line, whose words are those of the source's column."""
    column = Source._meta.get_field(name)
    attributes = {"rows": 4, "spellcheck": "false", "autocapitalize": "off", "placeholder": hint}
    return forms.CharField(
        label=str(column.verbose_name).capitalize(),
        required=False,
        max_length=MOST * (MAX_LENGTH + 2),
        help_text=column.help_text,
        widget=UnfoldAdminTextareaWidget(attrs=attributes),
        error_messages={"max_length": f"Type at most {MOST} lines of at most {MAX_LENGTH} characters."},
    )


class RulesFields(forms.Form):
    """The rules of a source, as they are typed."""

    kept_selectors = _area("kept_selectors", "div.story-body")
    dropped_selectors = _area("dropped_selectors", "aside.related")
    ignored_texts = _area("ignored_texts", "Photo: * / Example Press")

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, by column of a source, once it is valid."""
        return {column: self.cleaned_data[column] for column in TYPED}

    def clean_kept_selectors(self) -> str:
        return _selectors(self.cleaned_data["kept_selectors"])

    def clean_dropped_selectors(self) -> str:
        return _selectors(self.cleaned_data["dropped_selectors"])

    def clean_ignored_texts(self) -> str:
        lines = _entries(self.cleaned_data["ignored_texts"])
        for line in lines:
            if len(line) > MAX_LENGTH:
                raise forms.ValidationError(
                    f"“{line[:40]}…” is longer than {MAX_LENGTH} characters: type its beginning and a *."
                )
            if len(words(line.replace("*", " "))) < 3:
                raise forms.ValidationError(
                    f"“{line}” would leave out almost anything: type more of the text."
                )
        return "\n".join(lines)


class RulesForm(RulesFields):
    """The rules of a source, and the article whose page is looked at meanwhile.

    articles  which can be chosen, as (key, words)
    """

    article = forms.TypedChoiceField(
        label="Page to look at",
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="As it was kept when its newest version was read.",
        error_messages={"invalid_choice": "Choose one of the articles in the list."},
    )

    def __init__(self, *args: object, articles: Sequence[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["article"].choices = articles


def _entries(text: str) -> list[str]:
    """The lines of a field, each once. Raises ValidationError where there are too many."""
    lines = list(dict.fromkeys(filter(None, (line.strip() for line in text.splitlines()))))
    if len(lines) > MOST:
        raise forms.ValidationError(f"These are {len(lines)} lines: type at most {MOST}.")
    return lines


def _selectors(text: str) -> str:
    """CSS selectors, one a line. Raises ValidationError with the first that is none."""
    lines = _entries(text)
    for line in lines:
        try:
            compiled(line)
        except BadSelector as error:
            raise forms.ValidationError(f"{error}. Type one selector a line, such as div.related.") from error
    return "\n".join(lines)
