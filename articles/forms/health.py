"""The operator's forms for the page of health. Each error says what to type instead."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from articles import wording
from articles.core import urls
from articles.models import Check

LONGEST = timedelta(days=366)


class BackOffForm(forms.Form):
    """Until when sources are left alone, and why."""

    until = forms.DateTimeField(
        label="Until (UTC)",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="Nothing of it is asked for before. Then it is followed again by itself.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For whoever asks later. Readers are told of the pause and of its end, not of the reason.",
        error_messages={"required": "Type why, such as “They asked us to wait for their relaunch”."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tomorrow = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
        example = f"Type a day and time in UTC, such as {tomorrow:%Y-%m-%d %H:%M}."
        self.fields["until"].initial = f"{tomorrow:%Y-%m-%dT%H:%M}"
        self.fields["until"].error_messages = {"required": example, "invalid": example}

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        now = timezone.now()
        if until <= now:
            raise forms.ValidationError(
                f"This has passed: it is {wording.absolute(now)} now. Type a later moment."
            )
        if until > now + LONGEST:
            raise forms.ValidationError(
                "This is more than a year ahead. Type an earlier day, or pause the source: that lasts until "
                "you resume it."
            )
        return until


class CheckLogForm(forms.Form):
    """Which article's checks are looked for, and which of them."""

    q = forms.CharField(
        label="Address or number of an article",
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"}),
        error_messages={"required": "Paste the article's address, in any spelling, or type its number."},
    )
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "all outcomes"), *Check.OUTCOMES],
        widget=UnfoldAdminSelectWidget(),
        error_messages={"invalid_choice": "Choose one of the outcomes listed."},
    )

    def clean_q(self) -> tuple[str, str]:
        """How the article is found: ("pk", its number) or ("key", that of its address)."""
        given = self.cleaned_data["q"]
        if given.isascii() and given.isdigit() and len(given) <= 18:
            return "pk", given
        try:
            return "key", urls.key(given)
        except urls.BadURL as error:
            raise forms.ValidationError(
                f"{error} Paste the article's whole address, such as https://example.org/news/1."
            ) from error
