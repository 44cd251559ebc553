"""The operator's forms for what is done to many rows at once. Each error says what to do instead."""

from collections.abc import Sequence
from typing import Any, Self

from django import forms
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from articles.core import urls
from articles.ingestion import transfers
from articles.models import Article, Feed, Source


class MergeForm(forms.Form):
    """Which of some articles stays; the first of them unless another is chosen."""

    stays = forms.ModelChoiceField(
        queryset=Article.objects.none(),
        error_messages={
            "required": "Choose the article that stays.",
            "invalid_choice": "Choose one of the articles shown here.",
        },
    )

    def __init__(self, articles: Sequence[Article], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stays"].queryset = Article.objects.filter(pk__in=[one.pk for one in articles])
        self.fields["stays"].initial = articles[0].pk

    @property
    def chosen(self) -> str:
        """The key of the article that is marked to stay."""
        return str(self["stays"].value())


class GiveForm(forms.Form):
    """The source that gets something. Sent twice: first to count what would move, then to move it.

    count  how many rows there are, where they are all that a list finds: if it is no longer the number that
           was shown, it is asked again. None for rows chosen one by one.
    """

    to = forms.ModelChoiceField(
        label="To the source",
        queryset=Source.objects.order_by("name"),
        empty_label="choose one",
        widget=UnfoldAdminSelectWidget(),
        error_messages={
            "required": "Choose the source that is to have them.",
            "invalid_choice": "This source is not there any more: choose another.",
        },
    )
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, count: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._count = count

    def clean(self) -> None:
        super().clean()
        if self._count is not None and self.data.get("count") != str(self._count):
            raise forms.ValidationError("The list finds others by now: see if you mean them too.")

    @property
    def is_confirmed(self) -> bool:
        """Whether what was counted is what is asked for now."""
        return self.cleaned_data["confirmed"] == self._asked_for()

    def to_confirm(self) -> Self:
        """The same form, to be sent again once the counts have been seen."""
        data = self.data.copy()
        data["confirmed"] = self._asked_for()
        again = self._again(data)
        again.full_clean()
        return again

    def _again(self, data: QueryDict) -> Self:
        return type(self)(data, count=self._count)

    def _asked_for(self) -> str:
        return str(self.cleaned_data["to"].pk)


class GiveFeedsForm(GiveForm):
    """The same for feeds, and which articles go along.

    feeds  those that are given; what is asked depends on whether all their articles are known to be theirs
    """

    with_named = forms.BooleanField(
        label="With the articles that they named first",
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Else these stay where they are, and only new ones go to the other source.",
    )
    beginning = forms.CharField(
        label="And with those whose addresses begin with",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url"}),
        help_text="Such as https://example.org/sport/. Of some articles of the source it is not known which "
        "feed named them: they were imported, are from before that was kept, or their feed was deleted. "
        "Of these alone those go along whose addresses begin so; if you leave it empty, none.",
    )
    field_order = ["to", "with_named", "beginning", "confirmed"]

    def __init__(self, *args: Any, feeds: Sequence[Feed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._feeds = feeds
        if not transfers.Along(feeds).in_doubt.exists():
            del self.fields["beginning"]

    def clean(self) -> None:
        super().clean()
        chosen = {feed.pk for feed in self._feeds}
        for feed in self._feeds:
            if feed.part_of_id and feed.part_of_id not in chosen:
                raise forms.ValidationError(
                    f"{feed} is a part of the list {feed.part_of}, and which part named an article is not "
                    "kept: choose the list, with which its parts move."
                )

    def clean_beginning(self) -> str:
        beginning = self.cleaned_data["beginning"]
        if not beginning:
            return ""
        try:
            return urls.canonical(beginning)
        except urls.BadURL as error:
            raise forms.ValidationError(f"{error} Type such as https://example.org/sport/.") from error

    @property
    def along(self) -> transfers.Along:
        """Which articles go along, of a valid form."""
        given = self.cleaned_data
        return transfers.Along(self._feeds, given["with_named"], given.get("beginning", ""))

    def _again(self, data: QueryDict) -> Self:
        return type(self)(data, count=self._count, feeds=self._feeds)

    def _asked_for(self) -> str:
        given = self.cleaned_data
        named = "named" if given["with_named"] else "none"
        return f"{super()._asked_for()} {named} {given.get('beginning', '')}".strip()
