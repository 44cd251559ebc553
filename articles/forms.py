"""The operator's forms. Each error says what to type instead."""

import re

from django import forms

from articles.core import urls
from articles.models import Feed, Source

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


class SourceForm(forms.ModelForm):
    """A publication's name and how it is treated."""

    url = forms.URLField(
        label="Home page",
        required=False,
        assume_scheme="https",
        max_length=2000,
        error_messages={"invalid": "Type the site's whole address, such as https://example.org/."},
    )

    class Meta:
        model = Source
        fields = ["name", "slug", "url", "language", "is_paused"]
        error_messages = {
            "slug": {
                "unique": "Another source has this slug, and addresses are made of it: type another one.",
                "invalid": "Type letters, digits, hyphens and underscores only, such as daily-herald.",
            }
        }

    def clean_language(self) -> str:
        """A language tag (RFC 5646), checked for its shape only."""
        language = self.cleaned_data["language"].strip()
        if language and not LANGUAGE_TAG.fullmatch(language):
            raise forms.ValidationError("Type a language tag, such as en, de or pt-BR, or leave it empty.")
        return language


class FeedForm(forms.ModelForm):
    """A feed's address. `url` comes out canonical, and is no other feed's under any spelling."""

    # Not a URLField: the browser and Django would each refuse in words of their own, ours say more.
    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "class": "vURLField", "size": 70}),
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


class HideForm(forms.Form):
    """Why articles are taken off the site."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text="For whoever asks later: who wanted it, and why. Readers do not see it.",
        error_messages={"required": "Type why, such as “Court order 12 O 345/26 of 3 November”."},
    )
