"""The curator's forms for channels. Each error says what to type instead."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from articles import lookup, searches
from articles.core import kinds, languages, querying, urls
from articles.fetching import Refused, addresses, chat
from articles.following import Subject
from articles.forms.following import FROM_WEIGHT
from articles.listing import Filters
from articles.models import Channel, Follow
from articles.wording import kind_words

ANY = [("", "any")]
KINDS = [(name, kind_words(name).capitalize()) for name in kinds.NAMES if name != "cosmetic"]
DISCLOSED = [("no", "No, silent"), ("yes", "Yes, disclosed")]
# Of a search is told what comes and goes: so the two scopes that are of texts mean the same here.
SEARCHED = "current"
SCOPES = [("", "come or go"), ("added", "come"), ("removed", "go")]


class ChannelForm(forms.ModelForm):
    """Where changes are told: a web address, or that of a room as Apprise writes it."""

    class Meta:
        model = Channel
        fields = ["name", "kind", "address"]
        widgets = {"address": UnfoldAdminTextInputWidget(attrs={"spellcheck": "false"})}
        help_texts = {
            "name": "For this list, such as “Standards desk”.",
            "kind": "A webhook is told in JSON, signed; a chat service in words.",
            "address": "Of a webhook: https://… Of a chat service, as Apprise writes it: "
            "slack://…, discord://…, tgram://…, gchat://…, wxteams://…, pover://…",
        }
        error_messages = {
            "name": {
                "required": "Type a name, such as “Standards desk”.",
                "unique": "Another channel has this name: type another.",
            },
            "address": {"required": "Type the address, such as https://example.org/hooks/newsdiff."},
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        address, kind = cleaned.get("address", ""), cleaned.get("kind")
        try:
            if address and kind == Channel.Kind.CHAT:
                chat.judged(address)
            elif address and kind:
                addresses.judge(address, settings.NEWSDIFF_ALLOW_PRIVATE)
        except chat.ChatError as error:
            self.add_error("address", str(error))
        except Refused as error:
            self.add_error("address", error.in_words)
        return cleaned


class ChannelFollowForm(forms.ModelForm):
    """One thing a channel is told of: what a list can be narrowed to, one article, or what a search finds."""

    article_address = forms.CharField(
        label="Article, by its address",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "spellcheck": "false"}),
        help_text="In any spelling. Empty: all articles.",
    )
    q = forms.CharField(
        label="Search for",
        required=False,
        max_length=querying.LONGEST,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "auto"}),
        help_text='Words, "words in a row", either OR other, -none of these, as on the page Search. '
        "Empty: no search.",
        error_messages={
            "max_length": "Search for at most %(limit_value)d characters: these are %(show_value)d."
        },
    )
    scope = forms.ChoiceField(
        label="Told when these words",
        required=False,
        choices=SCOPES,
        widget=UnfoldAdminSelectWidget(),
        help_text="Holds for a search alone.",
    )
    kind = forms.ChoiceField(required=False, choices=ANY + KINDS, widget=UnfoldAdminSelectWidget())
    language = forms.CharField(
        required=False,
        max_length=8,
        widget=UnfoldAdminTextInputWidget(),
        help_text="A code such as en or de. Empty: all.",
    )
    disclosed = forms.ChoiceField(
        label="Disclosed?", required=False, choices=ANY + DISCLOSED, widget=UnfoldAdminSelectWidget()
    )
    weight = forms.ChoiceField(
        label="Which changes",
        choices=FROM_WEIGHT,
        widget=UnfoldAdminSelectWidget(),
        error_messages={"invalid_choice": "Choose one of those listed."},
    )

    class Meta:
        model = Follow
        fields = ["source", "cadence"]
        widgets = {"cadence": UnfoldAdminSelectWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].empty_label = "all sources"
        follow = self.instance
        said = QueryDict(follow.query)
        self.initial |= {name: said.get(name, "") for name in ("kind", "language", "disclosed")}
        scope = said.get("scope", "")
        self.initial |= {"q": said.get("q", ""), "scope": scope if scope in dict(SCOPES) else ""}
        self.initial["weight"] = f"{follow.least_weight:g}"
        self.initial["article_address"] = follow.article.url if follow.article else ""

    def clean_language(self) -> str:
        tag = str(self.cleaned_data["language"]).strip()
        if tag and languages.primary(tag) != tag:
            raise forms.ValidationError("Type a language’s code, such as en, de or ar.")
        return tag

    def clean_article_address(self) -> str:
        address = str(self.cleaned_data["article_address"]).strip()
        if not address:
            self._article = None
            return ""
        try:
            self._article = lookup.find(address).article
        except urls.BadURL as error:
            raise forms.ValidationError(f"{error} Type the address as the browser shows it.") from error
        if self._article is None:
            raise forms.ValidationError(
                "No article of this address is followed here. Type one that has a history, or leave it empty."
            )
        return address

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        subject = self._searched(cleaned) if cleaned["q"] else self._listed(cleaned)
        if subject is None:
            return cleaned
        columns = subject.columns
        for name, value in columns.items():
            setattr(self.instance, name, value)
        cleaned["source"] = columns["source"]  # which is written to the row after this
        self.instance.least_weight = float(cleaned["weight"])
        return cleaned

    def _listed(self, cleaned: dict[str, Any]) -> Subject | None:
        if cleaned["scope"]:
            self.add_error("q", "Type what to search for, or choose “come or go”.")
            return None
        filters = Filters(
            source=None if self._article else cleaned.get("source"),
            kind=cleaned["kind"],
            language=cleaned["language"],
            disclosed=cleaned["disclosed"],
        )
        return Subject(filters, self._article)

    def _searched(self, cleaned: dict[str, Any]) -> Subject | None:
        """What is searched for: in all articles or a source's, and in any changes or those of a kind."""
        for name in ("article_address", "language", "disclosed"):
            if cleaned[name]:
                self.add_error(name, "Leave this empty: a search is narrowed by source and kind alone.")
        if self.errors:
            return None
        try:
            found = searches.asked(
                cleaned["q"], cleaned["scope"] or SEARCHED, cleaned["source"], cleaned["kind"]
            )
        except querying.BadQuery as error:
            self.add_error("q", str(error))
            return None
        return Subject(Filters(), search=found)

    def has_changed(self) -> bool:
        """A new one as it stands is meant as well: it is all changes."""
        return True if self.instance.pk is None else super().has_changed()
