"""The operator's forms for hiding. Each error says what to type instead."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from articles import hiding, wording
from articles.core.redaction import LONGEST, is_enough, reading
from articles.models import Article, Hiding, Version


class StatementForm(forms.Form):
    """Why something is hidden: in a word and a sentence for readers, and in full for whoever asks later."""

    category = forms.ChoiceField(
        label="What readers are told",
        choices=[("", "Choose one"), *Hiding.Category.choices],
        widget=UnfoldAdminSelectWidget,
        help_text="Stands with the date where the text stood.",
        error_messages={"required": "Choose what readers are told, such as “privacy”."},
    )
    note = forms.CharField(
        label="A sentence for readers",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="May be left empty. Public: name nobody here whom you mean to protect.",
        error_messages={"max_length": "Say it in at most 300 characters: these are %(show_value)d."},
    )
    reason = forms.CharField(
        label="Reason, for the record",
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="For whoever asks later: who wanted it, and why. Readers do not see it.",
        error_messages={
            "required": "Type why, such as “Court order 12 O 345/26 of 3 November”.",
            "max_length": "Say it in at most 2,000 characters: these are %(show_value)d.",
        },
    )

    @property
    def statement(self) -> hiding.Statement:
        """What was typed, once it is valid."""
        given = self.cleaned_data
        return hiding.Statement(given["category"], given["reason"], given["note"])


class HideVersionForm(StatementForm):
    """Why a version is hidden, and whether those that say the same are hidden with it."""

    with_alike = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, article: int, alike: list[Version], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not alike:
            del self.fields["with_alike"]
            return
        own = [str(version.number) for version in alike if version.article_id == article]
        merged = [
            f"version {version.number} of article {version.article_id}"
            for version in alike
            if version.article_id != article
        ]
        where = wording.join_words([*([f"version {', '.join(own)}"] if own else []), *merged])
        self.fields["with_alike"].label = f"Hide the same text in {where} too"
        self.fields["with_alike"].help_text = "Else readers go on reading these words there."


class HidePassageForm(StatementForm):
    """Which words of an article are blacked out, and why."""

    passage = forms.CharField(
        label="The words to hide",
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
        help_text="As they stand in the text; quotation marks, dashes, spaces and capitals do not matter.",
        error_messages={
            "required": "Copy the words out of the text below.",
            "max_length": "Hide at most 2,000 characters at a time: these are %(show_value)d.",
        },
    )
    field_order = ["passage", "category", "note", "reason"]

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._article = article
        self.standings: list[hiding.Standing] = []

    def clean_passage(self) -> str:
        """The passage, which stands in some version; notes in which."""
        passage: str = self.cleaned_data["passage"]
        if not is_enough(passage):
            raise forms.ValidationError(
                "That would be found in too many places: take more of the text, two words or a whole name."
            )
        hidden = Hiding.objects.standing().of_kind("passage").filter(article__in=self._article.family)
        if reading(passage) in map(reading, hidden.values_list("passage", flat=True)):
            raise forms.ValidationError("These words are hidden already: choose others, or go back.")
        self.standings = hiding.standings(self._article, passage)
        if not self.standings:
            raise forms.ValidationError(
                "No version of this article has these words in this order: copy them out of the text below."
            )
        return passage
