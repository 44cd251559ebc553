"""The operator's forms for sources and feeds. Each error says what to type instead."""

import re

from django import forms
from django.conf import settings
from django.core.validators import URLValidator
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)

from articles.core import urls
from articles.core.scheduling import Preset
from articles.fetching import Refused, addresses
from articles.models import Feed, Source

PRESETS = [
    (Preset.GENTLE.value, "gentle: few requests, some changes are seen half a day late"),
    (Preset.BALANCED.value, "balanced"),
    (Preset.FAST.value, "fast: most changes are seen within minutes, nearly all in three hours"),
]
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


class WebAddressField(forms.URLField):
    """An address of the web: http or https, no other scheme."""

    default_validators = (URLValidator(schemes=["http", "https"]),)


def language_tag(text: str) -> str:
    """A language tag (RFC 5646), checked for its shape only. Raises ValidationError."""
    language = text.strip()
    if language and not LANGUAGE_TAG.fullmatch(language):
        raise forms.ValidationError("Type a language tag, such as en, de or pt-BR, or leave it empty.")
    return language


class SourceForm(forms.ModelForm):
    """A publication's name and how it is treated. How its pages are read is typed elsewhere (`rules`)."""

    url = WebAddressField(
        label="Home page",
        required=False,
        assume_scheme="https",
        max_length=2000,
        widget=UnfoldAdminURLInputWidget(),
        error_messages={"invalid": "Type the site's whole address, such as https://example.org/."},
    )

    preset = forms.ChoiceField(
        label="How often",
        required=False,
        widget=UnfoldAdminSelectWidget(),
        choices=PRESETS,
    )

    class Meta:
        model = Source
        fields = ["name", "slug", "url", "language", "is_paused", "preset", "asks_archive"]
        error_messages = {
            "slug": {
                "unique": "Another source has this slug, and addresses are made of it: type another one.",
                "invalid": "Type letters, digits, hyphens and underscores only, such as daily-herald.",
            }
        }

    def clean_preset(self) -> str:
        return self.cleaned_data["preset"] or self.instance.preset

    def clean_language(self) -> str:
        return language_tag(self.cleaned_data["language"])


class FeedForm(forms.ModelForm):
    """A feed's address. `url` comes out canonical, and is no other feed's under any spelling."""

    # Not a URLField: the browser and Django would each refuse in words of their own, ours say more.
    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "aria-label": "Address of the feed"}),
        help_text="The feed itself (RSS, Atom or JSON Feed), such as https://example.org/news/rss.xml.",
        error_messages={"required": "Type the feed's address, such as https://example.org/news/rss.xml."},
    )

    class Meta:
        model = Feed
        fields = ["source", "url", "is_paused"]

    def clean_url(self) -> str:
        try:
            url = urls.canonical(self.cleaned_data["url"])
        except urls.BadURL as error:
            example = "Type the feed's whole address, such as https://example.org/news/rss.xml."
            raise forms.ValidationError(f"{error} {example}") from error
        if url != self.instance.url:
            try:
                addresses.judge(url, settings.NEWSDIFF_ALLOW_PRIVATE)
            except Refused as error:
                raise forms.ValidationError(error.in_words) from error
        twin = Feed.objects.filter(key=urls.key(url)).exclude(pk=self.instance.pk).select_related("source")
        if other := twin.first():
            raise forms.ValidationError(
                f"{other.source.name} already has this feed, as {other.url}. Type another address; to give "
                "the feed to this source, delete it there first."
            )
        return url


class FeedFormSet(forms.BaseInlineFormSet):
    """A source's feeds, no two of them the same."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            url = form.cleaned_data.get("url") if hasattr(form, "cleaned_data") else None
            if not url or self._should_delete_form(form):
                continue
            if (key := urls.key(url)) in seen:
                form.add_error("url", "This address is here twice: remove one of the two.")
            seen.add(key)
