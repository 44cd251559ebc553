"""The operator's forms. Each error says what to type instead."""

import re
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.text import slugify

from articles.core import urls
from articles.core.extraction.selecting import BadSelector, compiled
from articles.core.fingerprint import words
from articles.core.scheduling import Preset
from articles.models import Feed, Source

LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


class WebAddressField(forms.URLField):
    """An address of the web: http or https, no other scheme."""

    default_validators = (URLValidator(schemes=["http", "https"]),)


def _selectors(text: str) -> str:
    """CSS selectors, one a line. Raises ValidationError with the first that is none."""
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            compiled(line)
        except BadSelector as error:
            raise forms.ValidationError(f"{error}. Type one selector a line, such as div.related.") from error
    return text


class FollowForm(forms.Form):
    """An address, and what else to know, to begin following a source."""

    address = forms.CharField(
        label="Address of the site or of a feed",
        max_length=2000,
        strip=True,
        widget=forms.TextInput(attrs={"inputmode": "url", "class": "vTextField", "autofocus": True}),
        help_text="Such as example.org. The feeds its page names are found and read at once.",
        error_messages={"required": "Type the address of the site or of a feed, such as example.org."},
    )
    name = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="If you leave it empty: the feed's title.",
    )
    slug = forms.CharField(
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For addresses here, such as daily-herald. If you leave it empty: made of the name.",
    )
    is_paused = forms.BooleanField(
        label="Paused", required=False, help_text="Read its feeds now, but follow it later."
    )

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug and slugify(slug) != slug:
            raise forms.ValidationError("Type small letters, digits and hyphens only, such as daily-herald.")
        if slug and Source.objects.filter(slug=slug).exists():
            raise forms.ValidationError("Another source has this slug: type another one.")
        return slug


class SourceForm(forms.ModelForm):
    """A publication's name and how it is treated."""

    url = WebAddressField(
        label="Home page",
        required=False,
        assume_scheme="https",
        max_length=2000,
        error_messages={"invalid": "Type the site's whole address, such as https://example.org/."},
    )

    preset = forms.ChoiceField(
        label="How often",
        required=False,
        choices=[
            (Preset.GENTLE.value, "gentle: few requests, some changes are seen half a day late"),
            (Preset.BALANCED.value, "balanced"),
            (Preset.FAST.value, "fast: most changes are seen within minutes, nearly all in three hours"),
        ],
    )

    class Meta:
        model = Source
        fields = [
            *("name", "slug", "url", "language", "is_paused", "preset"),
            *("kept_selectors", "dropped_selectors", "ignored_texts"),
        ]
        widgets = dict.fromkeys(
            ("kept_selectors", "dropped_selectors", "ignored_texts"),
            forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"}),
        )
        error_messages = {
            "slug": {
                "unique": "Another source has this slug, and addresses are made of it: type another one.",
                "invalid": "Type letters, digits, hyphens and underscores only, such as daily-herald.",
            }
        }

    def clean_preset(self) -> str:
        return self.cleaned_data["preset"] or self.instance.preset

    def clean_kept_selectors(self) -> str:
        return _selectors(self.cleaned_data["kept_selectors"])

    def clean_dropped_selectors(self) -> str:
        return _selectors(self.cleaned_data["dropped_selectors"])

    def clean_ignored_texts(self) -> str:
        lines = self.cleaned_data["ignored_texts"].splitlines()
        for line in lines:
            if line.strip() and len(words(line.replace("*", " "))) < 3:
                raise forms.ValidationError(
                    f"{line!r} would leave out almost anything: type more of the text."
                )
        return "\n".join(lines)

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
    """Why articles are taken off the site.

    count  how many there are, where they are all that a list finds: if it is no longer the number that
           was shown, it is asked again. None for articles chosen one by one.
    """

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 70}),
        help_text="For whoever asks later: who wanted it, and why. Readers do not see it.",
        error_messages={"required": "Type why, such as “Court order 12 O 345/26 of 3 November”."},
    )

    def __init__(self, *args: Any, count: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._count = count

    def clean(self) -> None:
        super().clean()
        if self._count is not None and self.data.get("count") != str(self._count):
            raise forms.ValidationError("The list finds other articles by now: see if you mean them too.")
