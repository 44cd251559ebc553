"""Adding a source: an address is typed, looked at step by step, shown as it would be read, and followed."""

from collections import Counter
from datetime import timedelta
from itertools import groupby
from types import ModuleType
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from articles import claiming, wording
from articles.admin.base import change_url, counted
from articles.core import languages, urls
from articles.forms.adding import AddressForm, ChooseForm, SaveForm
from articles.models import Feed, Source, SourceDraft

DRAFTS_SHOWN = 5
MOMENT = timedelta(minutes=1)
EACH_TO_CHOOSE = 500  # feeds of a list that can be ticked one by one; of a longer one whole groups only
LONGEST_DELAY = 3.0  # seconds until a page asks again: a host may be free sooner than was foreseen
OPENED = 6  # paragraphs of an article that are shown; the others are folded
UNNAMED = "without a folder"


def _previewing() -> ModuleType:
    """Imported when it is needed: it brings the extractor along, 2 s that each command would take longer."""
    from articles.ingestion import previewing

    return previewing


class AddingViews:
    """Mixed into the admin of sources: its pages for adding one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("add/<int:pk>/", view(self.draft_view), name="articles_source_draft"),
            path("add/<int:pk>/discard/", view(self.discard_view), name="articles_source_draft_discard"),
            path("add/<int:pk>/step/", view(self.step_view), name="articles_source_draft_step"),
            path("starter/", view(self.starter_view), name="articles_source_starter"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Takes an address of a source; by hand, and in Django's pop-ups, adds one through its own form.

        No page of these is in a transaction, as Django's form is: sites are asked, and nobody should wait
        for them.
        """
        if {"by_hand", IS_POPUP_VAR} & set(request.GET):
            return super().add_view(request, form_url, extra_context)
        self._allow(request)
        form = AddressForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            previewing = _previewing()
            try:
                draft = previewing.begin(form.cleaned_data["address"], request.user.pk)
            except previewing.AddSourceError as error:
                form.add_error("address", str(error))
            else:
                return HttpResponseRedirect(_draft_url(draft.pk))
        told_why = Q(state__of="site") & ~Q(state__error="")  # and to be typed anew, not to be gone on with
        is_imported = Q(state__of="list", state__todo=[]) & ~Q(state__chosen=[])
        unfinished = SourceDraft.objects.filter(user=request.user).exclude(told_why).exclude(is_imported)
        told = {
            "form": form,
            "submit_words": "Look at it",
            "drafts": [_called(draft) for draft in unfinished.order_by("-pk")[:DRAFTS_SHOWN]],
        }
        return self._page(request, "add", "Add a source", **told)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forgets a draft of one's own; a step of it that is under way writes nothing any more."""
        self._allow(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if SourceDraft.objects.filter(pk=pk, user=request.user).delete()[0]:
            self.message_user(request, "Discarded: nothing of it is kept.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:articles_source_add"))

    def step_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Runs a draft's next step: the page's script asks for it again and again, or a button does."""
        self._allow(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        _previewing().go_on(pk)
        draft = SourceDraft.objects.filter(pk=pk).first()
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(_draft_url(pk))
        if draft is None or not _is_under_way(draft):
            return HttpResponse(headers={"HX-Redirect": _draft_url(pk)})
        return render(request, "admin/articles/source/progress.html", self._progress(draft))

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft as far as it is: how it goes on, what was found, what to follow of it."""
        self._allow(request)
        draft = SourceDraft.objects.filter(pk=pk).first()
        if draft is None:
            words = (
                "This is not kept any more: it was followed, or left alone for a day. Type the address again."
            )
            self.message_user(request, words, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:articles_source_add"))
        if _is_under_way(draft):
            return self._page(request, "draft", _title(draft), **self._progress(draft))
        if draft.state["of"] == "list":
            return self._list_view(request, draft)
        return self._preview_view(request, draft)

    def starter_view(self, request: HttpRequest) -> HttpResponse:
        """The feeds that come with newsdiff, to choose from."""
        self._allow(request)
        previewing = _previewing()
        items = previewing.lists.state_of(previewing.lists.starter(), "")["items"]
        form = ChooseForm(request.POST if request.method == "POST" else None, items=_open(items))
        if form.is_valid():
            draft = previewing.begin_list(form.chosen, request.POST.get("do") == "pause", request.user.pk)
            return HttpResponseRedirect(_draft_url(draft.pk))
        told = _choices(items, form)
        return self._page(request, "choose", "Starter list", form=form, is_starter=True, **told)

    # --- the pages of a draft --------------------------------------------------------------------------
    def _preview_view(self, request: HttpRequest, draft: SourceDraft) -> HttpResponse:
        previewing = _previewing()
        preview = previewing.Preview.of(draft.state)
        do = request.POST.get("do") if request.method == "POST" else None
        if do == "again":
            previewing.try_again(draft.pk)
            return HttpResponseRedirect(_draft_url(draft.pk))
        if preview.error:
            form = AddressForm(initial={"address": draft.address})
            told = {"form": form, "submit_words": "Look at it", "draft": draft, "preview": preview}
            return self._page(request, "failed", _title(draft), **told)
        ticked = request.POST.getlist("feeds")
        if do == "others" and ticked:
            previewing.read_others(draft.pk, ticked)
            return HttpResponseRedirect(_draft_url(draft.pk))
        open_feeds = [feed for feed in preview.feeds if not (feed.problem or feed.known_to)]
        form = SaveForm(
            request.POST if do else None,
            feeds=[feed.url for feed in open_feeds],
            initial=_proposed(preview, open_feeds),
        )
        if (
            do in ("start", "pause")
            and form.is_valid()
            and (saved := self._begin_to_follow(request, draft, form))
        ):
            return saved
        told = {
            "draft": draft,
            "form": form,
            "feeds": [_feed_shown(feed, form) for feed in preview.feeds],
            "pages": [_page_shown(page) for page in preview.pages],
            "warnings": previewing.warnings(preview, claiming.now()),
            "can_be_followed": bool(open_feeds),
            "done": preview.done,
        }
        return self._page(request, "preview", _title(draft), **told)

    def _begin_to_follow(
        self, request: HttpRequest, draft: SourceDraft, form: SaveForm
    ) -> HttpResponse | None:
        """Follows what was chosen and leads to its page; None where it cannot be: why is said on the form."""
        previewing, given = _previewing(), form.cleaned_data
        fields = {name: given[name] for name in ("name", "slug", "language", "preset")}
        try:
            source, feeds = previewing.save(
                draft, given["feeds"], paused=request.POST["do"] == "pause", **fields
            )
        except previewing.AddSourceError as error:
            form.add_error(None, str(error))
            return None
        entries = sum(Feed.objects.filter(source=source).values_list("entry_count", flat=True))
        self.log_addition(request, source, f"Followed from {draft.address}.")
        found = f"{counted(len(feeds), 'feed')} with {counted(entries, 'entry', 'entries')}"
        self.message_user(request, f"{source.name} was added: {found}.", messages.SUCCESS)
        return HttpResponseRedirect(change_url(Source, source.pk))

    def _list_view(self, request: HttpRequest, draft: SourceDraft) -> HttpResponse:
        """A list of feeds: to choose from, and when that is done, what became of each."""
        items = draft.state["items"]
        if draft.state["chosen"]:
            results = [items[number] for number in draft.state["chosen"]]
            told = {"draft": draft, **_results(results)}
            return self._page(request, "imported", _title(draft), **told)
        form = ChooseForm(request.POST if request.method == "POST" else None, items=_open(items))
        if form.is_valid():
            _previewing().choose(draft.pk, form.chosen, request.POST.get("do") == "pause")
            return HttpResponseRedirect(_draft_url(draft.pk))
        return self._page(request, "choose", _title(draft), draft=draft, form=form, **_choices(items, form))

    def _progress(self, draft: SourceDraft) -> dict[str, Any]:
        """What the page shows of a draft that is under way, and when it asks again."""
        told: dict[str, Any] = {
            "draft": draft,
            "step_url": reverse("admin:articles_source_draft_step", args=[draft.pk]),
        }
        now = claiming.now()
        is_taken = bool(draft.lease_token and draft.lease_until and draft.lease_until > now)
        if draft.state["of"] == "list":
            left, chosen = len(draft.state["todo"]), len(draft.state["chosen"])
            results = _results([draft.state["items"][n] for n in draft.state["chosen"][: chosen - left]])
            return (
                told
                | results
                | {"of_list": True, "at": chosen - left, "of": chosen, "delay": 2_000 * is_taken + 100}
            )
        preview = _previewing().Preview.of(draft.state)
        wait = max(0.0, (preview.wait_until - now).total_seconds()) if preview.wait_until else 0.0
        steps = [
            _STEP_WORDS[step.do].format(url=step.url, title=step.title or step.url) for step in preview.todo
        ]
        return told | {
            "done": preview.done,
            "under_way": steps[0] if steps else "",
            "to_come": steps[1:],
            "wait": round(wait + 0.5) if wait else 0,
            "host": urls.authority(preview.todo[0].url) if wait and preview.todo[0].url else "",
            "delay": round(min(wait, LONGEST_DELAY) * 1000) + 2_000 * is_taken + 100,
            "at": len(preview.done),
            "of": len(preview.done) + len(steps),
        }

    def _page(self, request: HttpRequest, name: str, title: str, **told: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            **told,
        }
        return TemplateResponse(request, f"admin/articles/source/{name}.html", context)

    def _allow(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


_STEP_WORDS = {
    "address": "Looking at {url}",
    "onward": "Following it to {url}",
    "home": "Looking at the front page, {url}",
    "sitemaps": "Looking for news sitemaps in robots.txt",
    "feed": "Reading the feed {url}",
    "part": "Reading the sitemap {url}",
    "choose": "Choosing three articles, and reading them",
    "robots": "Reading {url}",
    "page": "Reading “{title}”",
}
KIND_WORDS = {
    "heading": "heading",
    "list_item": "list",
    "quote": "quote",
    "caption": "caption",
    "correction": "correction",
}


def _draft_url(pk: int) -> str:
    return reverse("admin:articles_source_draft", args=[pk])


def _is_under_way(draft: SourceDraft) -> bool:
    return bool(draft.state["todo"]) and not draft.state.get("error")


def _title(draft: SourceDraft) -> str:
    return draft.address or "Starter list"


def _called(draft: SourceDraft) -> dict[str, Any]:
    age = claiming.now() - draft.created_at
    return {
        "pk": draft.pk,
        "url": _draft_url(draft.pk),
        "words": _title(draft),
        "begun": f"{wording.gap(age)} ago" if age >= MOMENT else "just now",
    }


# --- what is shown of a preview ------------------------------------------------------------------------
def _proposed(preview: Any, feeds: list[Any]) -> dict[str, Any]:
    """What the form holds before anything is typed: the feeds worth following, a name, a language."""
    worth = [feed for feed in feeds if feed.is_worth_following]
    ticked = [feed for feed in worth if feed.kind not in ("sitemap", "sitemaps")] or worth[:1]
    first = next(iter(ticked or feeds), None)
    host = urls.site(preview.feeds[0].url) if preview.feeds else ""
    said = [feed.language for feed in ticked if feed.language]
    read = [page.extract.language for page in preview.pages if page.extract and page.extract.language]
    told = [page.spoken[0] for page in preview.pages if page.spoken]
    language = next((tag for tags in (said, read, told) for tag, _ in Counter(tags).most_common(1)), "")
    title = (first.title if first else "") or host
    return {"feeds": [feed.url for feed in ticked], **SaveForm.initial_of(title, language)}


def _feed_shown(feed: Any, form: SaveForm) -> dict[str, Any]:
    """A feed with what is to be known before it is ticked."""
    ticked = form["feeds"].value() or []
    return {
        "feed": feed,
        "kind": _previewing().KIND_WORDS.get(feed.kind, feed.kind),
        "newest": wording.relative(feed.newest, claiming.now()) if feed.newest else "",
        "is_ticked": feed.url in ticked,
        "can_be_ticked": not (feed.problem or feed.known_to),
    }


def _page_shown(page: Any) -> dict[str, Any]:
    """An article with its paragraphs, each with the kind it was read as."""
    if not page.extract:
        return {"page": page}
    rows = [
        {"kind": p.kind, "label": KIND_WORDS.get(p.kind, ""), "text": p.text} for p in page.extract.paragraphs
    ]
    primary = languages.primary(page.extract.language)
    return {
        "page": page,
        "extract": page.extract,
        "language": wording.language(primary) if primary else "",
        "published": wording.absolute(page.extract.published) if page.extract.published else "",
        "opened": rows[:OPENED],
        "folded": rows[OPENED:],
    }


# --- what is shown of a list -----------------------------------------------------------------------------
def _group(item: dict[str, Any]) -> str:
    return " / ".join(item["folder"]) or UNNAMED


def _open(items: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """The items that can be followed, as `ChooseForm` takes them."""
    return [
        (number, _group(item), languages.primary(item["language"]))
        for number, item in enumerate(items)
        if item["how"] == "added"
    ]


def _choices(items: list[dict[str, Any]], form: ChooseForm) -> dict[str, Any]:
    """The items by group, and their languages, with what is ticked."""
    ticked = {str(number) for number in form["items"].value() or []}
    numbered = sorted(enumerate(items), key=lambda one: _group(one[1]))
    groups = []
    for name, rows in groupby(numbered, key=lambda one: _group(one[1])):
        feeds = [
            {
                "number": number,
                "is_ticked": str(number) in ticked,
                "tag": languages.primary(item["language"]),
                **item,
            }
            for number, item in rows
        ]
        fresh = sum(1 for feed in feeds if feed["how"] == "added")
        told = {"name": name, "feeds": feeds, "fresh": fresh, "known": len(feeds) - fresh}
        groups.append(told | {"is_ticked": name in (form["groups"].value() or [])})
    spoken = Counter(tag for _, _, tag in _open(items) if tag)
    return {
        "groups": groups,
        "languages": [
            {
                "tag": tag,
                "name": wording.language(tag),
                "count": count,
                "is_ticked": tag in (form["languages"].value() or []),
            }
            for tag, count in sorted(spoken.items(), key=lambda one: wording.language(one[0]))
        ],
        "one_by_one": len(items) <= EACH_TO_CHOOSE,
        "fresh": sum(group["fresh"] for group in groups),
        "count": len(items),
    }


def _results(items: list[dict[str, Any]]) -> dict[str, Any]:
    """What became of the items, by how that ended."""
    slugs = {item["source"] for item in items if item["source"]}
    pks = dict(Source.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    rows = [
        item | {"source_url": change_url(Source, pks[item["source"]]) if item["source"] in pks else ""}
        for item in items
    ]
    by_how = Counter(item["how"] for item in items)
    return {
        "results": rows,
        "added": by_how["added"],
        "known": by_how["followed already"],
        "failed": by_how["failed"],
    }
