"""The forms by which sources are added. Each error says what to type instead."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from articles.core.scheduling import Preset
from articles.forms.sources import PRESETS, language_tag
from articles.models import Source

NO_SUCH = "This is not among what was found any more: reload the page and choose again."


class AddressForm(forms.Form):
    """The address that somebody pastes."""

    address = forms.CharField(
        label="Address",
        max_length=2000,
        strip=True,
        widget=UnfoldAdminTextInputWidget(
            attrs={"inputmode": "url", "autofocus": True, "spellcheck": "false"}
        ),
        help_text="Such as example.org. A site, a section, a feed, an article or a list of feeds (OPML): "
        "newsdiff finds out what it is and shows it to you before anything is followed.",
        error_messages={"required": "Type the address of the site or of a feed, such as example.org."},
    )


class SaveForm(forms.Form):
    """Which of the feeds found to follow, and as what source. `feeds` are their addresses."""

    feeds = forms.MultipleChoiceField(
        error_messages={"required": "Tick at least one feed to follow.", "invalid_choice": NO_SUCH}
    )
    name = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="As readers know the publication.",
        error_messages={"required": "Type the name of the publication, such as The Daily Herald."},
    )
    slug = forms.CharField(
        max_length=80,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="For addresses here, such as daily-herald. If you leave it empty: made of the name.",
    )
    language = forms.CharField(
        max_length=20,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="A tag, such as en, de or pt-BR.",
    )
    preset = forms.ChoiceField(label="How often", choices=PRESETS, widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, feeds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feeds"].choices = [(url, url) for url in feeds]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields that are laid out one below the other; the feeds stand where they are shown."""
        return [self[name] for name in ("name", "slug", "language", "preset")]

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug and slugify(slug) != slug:
            raise forms.ValidationError("Type small letters, digits and hyphens only, such as daily-herald.")
        if slug and Source.objects.filter(slug=slug).exists():
            raise forms.ValidationError("Another source has this slug: type another one.")
        return slug

    def clean_language(self) -> str:
        return language_tag(self.cleaned_data["language"])

    @classmethod
    def initial_of(cls, title: str, language: str) -> dict[str, str]:
        """What the form proposes for a source whose feed has this title."""
        return {"name": title[:200], "language": language[:20], "preset": Preset.BALANCED.value}


class ChooseForm(forms.Form):
    """Which feeds of a list to follow: one by one, or all of a group or language.

    Give `items` as (number, group, language) of those that can be followed. `chosen` is what was ticked.
    """

    items = forms.TypedMultipleChoiceField(
        coerce=int, required=False, error_messages={"invalid_choice": NO_SUCH}
    )
    groups = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": NO_SUCH})
    languages = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": NO_SUCH})

    def __init__(self, *args: Any, items: Iterable[tuple[int, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._items = list(items)
        self.fields["items"].choices = [(number, number) for number, _, _ in self._items]
        for name, at in (("groups", 1), ("languages", 2)):
            values = sorted({item[at] for item in self._items})
            self.fields[name].choices = [(value, value) for value in values]

    def clean(self) -> None:
        super().clean()
        groups, languages = (set(self.cleaned_data.get(name, [])) for name in ("groups", "languages"))
        self.chosen = set(self.cleaned_data.get("items", [])) | {
            number for number, group, language in self._items if group in groups or language in languages
        }
        if not self.chosen and not self.errors:
            raise forms.ValidationError("Tick what to follow: a feed, a group or a language.")
