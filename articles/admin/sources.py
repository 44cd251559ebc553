"""Sources, their feeds, and the hosts that answer for them."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from articles import claiming, wording
from articles.admin.adding import AddingViews
from articles.admin.base import (
    OperatorAdmin,
    ReadOnly,
    change_url,
    check_at_once,
    counted,
    in_lines,
    list_link,
    trouble,
)
from articles.admin.bulk import GivingFeeds, MergingSources
from articles.admin.exchange import ExchangingSources
from articles.admin.reading_rules import RulesPages, rules_in_words, rules_url
from articles.core import urls
from articles.core.feeds.hints import DAY_NAMES
from articles.core.scheduling import Preset, forecast
from articles.core.websub import can_be_called
from articles.feedstates import FeedState, in_state, state_of
from articles.forms.sources import FeedForm, FeedFormSet, SourceForm
from articles.health import NO_END
from articles.ingestion import transfers
from articles.ingestion.habits import articles_a_day
from articles.models import Article, Boilerplate, Feed, Host, Source, Subscription, WebCopy


class PausableAdmin(OperatorAdmin):
    """Pause and resume, for rows with `is_paused`; `pause_ends` are columns that a pause by hand clears."""

    actions = ["check_now", "pause", "resume"]
    pause_ends: ClassVar[dict[str, Any]] = {}

    def page_actions(self, row: Any) -> list[str]:
        return ["check_now", "resume" if row.is_paused else "pause"]

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        return self._set_paused(request, rows, True)

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        return self._set_paused(request, rows, False)

    def _set_paused(self, request: HttpRequest, rows: QuerySet[Any], paused: bool) -> HttpResponse | None:
        changed = list(rows.filter(is_paused=not paused))
        mine = self.model.objects.filter(pk__in=[row.pk for row in changed])
        mine.update(is_paused=paused, **self.pause_ends)
        claiming.recall(claiming.now())
        word = "Paused" if paused else "Resumed"
        self.log_all(request, changed, f"{word}.")
        noun = self.opts.verbose_name
        return self.done(request, f"{word} {counted(len(changed), str(noun))}.", messages.SUCCESS)


# --- feeds -------------------------------------------------------------------------------------
POLLED = ["title", "kind", "entry_count", "next_check_at", "last_checked_at", "last_ok_at", "last_status"]
TOLD = ["state", "interval_in_words", "asks", "address", "hub", "note", "trouble"]


class StateFilter(DropdownFilter):
    """Feeds by how they are doing (`feedstates`)."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in FeedState]

    def queryset(self, request: HttpRequest, rows: QuerySet[Feed]) -> QuerySet[Feed]:
        known = [state for state in FeedState if state.value == self.value()]
        return in_state(rows, known[0], timezone.now()) if known else rows


class FeedInline(TabularInline):
    model = Feed
    form = FeedForm
    formset = FeedFormSet
    fields = ["url", "is_paused", "state", "last_ok_at", "next_check_at", "trouble"]
    readonly_fields = ["state", "last_ok_at", "next_check_at", "trouble"]
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Source | None = None, **kwargs: Any) -> int:
        """A new source's page has a line to type its first feed into."""
        return 0 if obj else 1

    @admin.display(description="state")
    def state(self, feed: Feed) -> str:
        return state_of(feed, timezone.now()).label

    @admin.display(description="trouble")
    def trouble(self, feed: Feed) -> str:
        return trouble(feed)


@admin.register(Feed)
class FeedAdmin(PausableAdmin, GivingFeeds):
    filled_by = "A curator or an operator can add feeds."
    form = FeedForm
    fields = ["source", "url", "is_paused", "articles", *POLLED, *TOLD]
    readonly_fields = ["articles", *POLLED, *TOLD]
    list_display = ["__str__", "source", "state", "entry_count", "last_ok_at", "next_check_at", "trouble"]
    list_filter = [("source", AutocompleteSelectFilter), StateFilter, "is_paused"]
    list_filter_submit = True
    list_select_related = ["source"]
    search_fields = ["title", "url"]
    actions = [*PausableAdmin.actions, "move_back", "give"]

    def page_actions(self, feed: Feed) -> list[str]:
        return [*super().page_actions(feed), *(["move_back"] if feed.previous_url else [])]

    def save_model(self, request: HttpRequest, feed: Feed, form: ModelForm, change: bool) -> None:
        # Only what was typed: a worker may be writing the outcome of a poll to the other columns.
        before = Feed.objects.filter(pk=feed.pk).first()
        feed.save(update_fields=form.changed_data if change else None)
        if before and "source" in form.changed_data:  # with its parts, and dropping a poll that is under way
            transfers.give_feeds([before], feed.source)
        if "is_paused" in form.changed_data:
            feed.parts.update(is_paused=feed.is_paused)

    def _set_paused(self, request: HttpRequest, rows: QuerySet[Feed], paused: bool) -> HttpResponse | None:
        Feed.objects.filter(part_of__in=list(rows)).update(is_paused=paused)
        return super()._set_paused(request, rows, paused)

    @admin.display(description="state")
    def state(self, feed: Feed) -> str:
        return state_of(feed, timezone.now()).label

    @admin.display(description="articles that it named first")
    def articles(self, feed: Feed) -> str:
        """How many, with a link to them."""
        if feed.pk is None:
            return "none yet"
        if feed.part_of_id:
            return f"kept with the list {feed.part_of}"
        return list_link(Article, f"{feed.articles.count():,}", feed__id__exact=feed.pk)

    @admin.display(description="asks not to be polled")
    def asks(self, feed: Feed) -> str:
        """What the feed said of its own polling when it was last read."""
        asked = []
        if feed.asked_interval:
            asked.append(f"within {wording.gap(timedelta(seconds=feed.asked_interval))} of a poll")
        if feed.skip_hours:
            asked.append(f"in the hours {wording.join_words(feed.skip_hours)} (GMT)")
        if feed.skip_days:
            asked.append(f"on {wording.join_words(DAY_NAMES[day].capitalize() for day in feed.skip_days)}")
        return "; ".join(asked) or "nothing said"

    @admin.display(description="whether it moved")
    def address(self, feed: Feed) -> str:
        """Where it has moved from, or is about to move to."""
        if feed.part_of_id:
            return f"a part of the list {feed.part_of}: it comes and goes with what is new there"
        now = timezone.now()
        if feed.redirect_url and feed.redirect_since:
            since = wording.relative(feed.redirect_since, now)
            return (
                f"redirected for good to {feed.redirect_url}, first seen {since}; the feed moves there when "
                "the redirect is seen again a day later"
            )
        if feed.previous_url and feed.moved_at:
            return f"moved {wording.relative(feed.moved_at, now)} from {feed.previous_url}"
        return "as it was given"

    @admin.display(description="hub (WebSub)")
    def hub(self, feed: Feed) -> str:
        """What was agreed with the feed's hub, and how it has kept to it."""
        if not feed.hub_url:
            return "none named"
        found = Subscription.objects.filter(feed=feed).first()
        if found is None:
            if can_be_called(settings.BASE_URL):
                return f"{feed.hub_url}: asked after the next poll"
            return f"{feed.hub_url}: not asked, for hubs call public https addresses only: see BASE_URL"
        return f"{found.hub}: {_subscription_in_words(found)}"

    @admin.action(description="Move back to the address before", permissions=["change"])
    def move_back(self, request: HttpRequest, feeds: QuerySet[Feed]) -> HttpResponse | None:
        """Undoes a move; if the old address redirects on, it is followed, and in a day it moves again."""
        moved = []
        for feed in feeds.exclude(previous_url="").order_by("pk"):
            if Feed.objects.filter(key=urls.key(feed.previous_url)).exclude(pk=feed.pk).exists():
                continue
            feed.url, feed.previous_url, feed.moved_at = feed.previous_url, "", None
            feed.save(update_fields=["url", "previous_url", "moved_at"])
            moved.append(feed)
        self.log_all(request, moved, "Moved back to the address before.")
        words = f"Moved back {counted(len(moved), 'feed')}."
        if left := feeds.count() - len(moved):
            words += f" {counted(left, 'feed')} left alone: never moved, or another feed is there."
        return self.done(request, words, messages.SUCCESS if moved else messages.WARNING)

    @admin.display(description="polled every")
    def interval_in_words(self, feed: Feed) -> str:
        if not feed.interval:
            return "not polled yet"
        return wording.gap(timedelta(seconds=feed.interval))

    @admin.display(description="trouble")
    def trouble(self, feed: Feed) -> str:
        return trouble(feed)

    @admin.action(description="Check now", permissions=["change"])
    def check_now(self, request: HttpRequest, feeds: QuerySet[Feed]) -> HttpResponse | None:
        """Polls feeds without waiting for their time; paused ones are left alone."""
        due = check_at_once(feeds.filter(is_paused=False, source__is_paused=False))
        words = f"{counted(due, 'feed')} will be polled as soon as its host's turn comes."
        if paused := feeds.count() - due:
            words += f" {counted(paused, 'feed')} left alone: paused. Resume first."
        return self.done(request, words, messages.SUCCESS if due else messages.WARNING)


def _subscription_in_words(row: Subscription) -> str:
    now = timezone.now()
    parts = [row.get_state_display()]
    if row.state == Subscription.State.LIVE and row.expires_at:
        if row.expires_at <= now:
            parts = [f"ended {wording.relative(row.expires_at, now)}, asked for anew after the next poll"]
        else:
            parts.append(f"ends {wording.relative(row.expires_at, now)} if it is not renewed")
    if row.reason:
        parts.append(row.reason.rstrip("."))
    parts.append(f"told of news {counted(row.rings, 'time')}")
    if row.rung_at:
        parts.append(f"last {wording.relative(row.rung_at, now)}")
    if row.ignored:
        parts.append(f"{counted(row.ignored, 'message')} without a valid signature ignored")
    return "; ".join(parts)


# --- sources -----------------------------------------------------------------------------------
@admin.register(Source)
class SourceAdmin(AddingViews, RulesPages, PausableAdmin, MergingSources, ExchangingSources):
    filled_by = "A curator or an operator can add sources."
    actions = [*PausableAdmin.actions, "merge", "duplicates", "export_csv", "export_opml"]
    form = SourceForm
    pause_ends: ClassVar[dict[str, Any]] = NO_END
    prepopulated_fields = {"slug": ["name"]}
    inlines = [FeedInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "url", "language", "is_paused"]}),
        (
            "How often its articles are looked at",
            {
                "fields": ["preset", "forecast"],
                "description": "Most while they are fresh or changing, by what is known of each and of its "
                "source. A change of this holds from an article's next look on.",
            },
        ),
        (
            "Copies elsewhere",
            {
                "fields": ["asks_archive", "copies"],
                "description": "An independent copy of each new version, for whoever would not take this "
                "site’s word for it. The archive shows the page and its address to everybody: leave it off "
                "where addresses hold a key.",
            },
        ),
        (
            "How its pages are read",
            {
                "fields": ["said", "left_out"],
                "description": "Mostly nothing is needed here. Where the wrong part of the pages is read, "
                "choose Rules… above: you point at it, and see the effect before anything is saved.",
            },
        ),
    ]
    readonly_fields = ["forecast", "copies", "said", "left_out"]
    list_display = ["name", "is_paused", "feed_count", "article_count", "last_ok_at", "trouble"]
    list_filter = ["is_paused"]
    search_fields = ["name", "slug", "url"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        feeds = Feed.objects.filter(source=OuterRef("pk")).order_by()
        failing = feeds.filter(failures__gt=0)
        articles = Article.objects.filter(source=OuterRef("pk")).order_by()
        return (
            super()
            .get_queryset(request)
            .select_related("merged_into")
            .annotate(
                feeds_counted=_per_source(feeds, Count("pk"), 0),
                feeds_failing=_per_source(failing, Count("pk"), 0),
                articles_counted=_per_source(articles, Count("*"), 0),  # without a column: off an index alone
                last_ok_at=_per_source(feeds, Max("last_ok_at")),
                last_failure=Subquery(failing.order_by("-last_error_at").values("last_error")[:1]),
            )
        )

    @admin.display(description="feeds")
    def feed_count(self, source: Any) -> str:
        return list_link(Feed, str(source.feeds_counted), source__id__exact=source.pk)

    def page_actions(self, source: Source) -> list[str]:
        return [*super().page_actions(source), "duplicates"]

    @admin.display(description="requests to be expected")
    def forecast(self, source: Source) -> str:
        """What each preset asks of the site, an article and a day, by the very policy that is run."""
        if source.pk is None:
            return "known once the source has been added"
        daily = articles_a_day(source, timezone.now())
        told = [requests_in_words(preset, source.habit, daily) for preset in Preset]
        return format_html_join("", "{}<br>", [(line,) for line in told])

    @admin.display(description="copies")
    def copies(self, source: Source) -> str:
        """Which archive is asked, and how many copies of this source it has."""
        archive = settings.NEWSDIFF_ARCHIVE_URL
        if not archive:
            return "No archive is set: see NEWSDIFF_ARCHIVE_URL. Until then the box does nothing."
        kept = WebCopy.objects.filter(version__article__source=source.pk, state=WebCopy.State.KEPT).count()
        found = f"{counted(kept, 'copy', 'copies')} at {urls.authority(archive)}"
        return list_link(WebCopy, found, version__article__source__id__exact=source.pk)

    @admin.display(description="rules")
    def said(self, source: Source) -> str:
        if source.pk is None:
            return "tried on its pages, once some have been read"
        link = format_html('<a href="{}">See its pages, and change the rules</a>', rules_url(source))
        return format_html("{}{}", rules_in_words(source), in_lines([link]))

    @admin.display(description="learnt to be no text")
    def left_out(self, source: Source) -> str:
        learnt = Boilerplate.objects.filter(source=source).left_out().count()
        if not learnt:
            return "nothing yet"
        found = counted(learnt, "paragraph or place", "paragraphs and places")
        return list_link(Boilerplate, found, source__id__exact=source.pk)

    @admin.display(description="articles")
    def article_count(self, source: Any) -> str:
        return list_link(Article, str(source.articles_counted), source__id__exact=source.pk)

    @admin.display(description="last good poll", ordering="last_ok_at")
    def last_ok_at(self, source: Any) -> Any:
        return source.last_ok_at or "never"

    @admin.display(description="trouble")
    def trouble(self, source: Any) -> str:
        if not source.feeds_counted and source.merged_into:
            return f"none: merged into {source.merged_into}"
        if not source.feeds_counted:
            return "It has no feed: add one."
        if not source.feeds_failing:
            return "none"
        of_all = f"{source.feeds_failing} of {counted(source.feeds_counted, 'feed')}"
        return f"{of_all} failing: {source.last_failure or 'no reason was recorded'}"

    @admin.action(description="Check now (polls the feeds)", permissions=["change"])
    def check_now(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse | None:
        """Polls the feeds of sources without waiting for their time; paused ones are left alone."""
        due = check_at_once(Feed.objects.filter(source__in=sources, is_paused=False, source__is_paused=False))
        words = f"{counted(due, 'feed')} will be polled as soon as its host's turn comes."
        if paused := sources.filter(is_paused=True).count():
            words += f" {counted(paused, 'source')} left alone: paused. Resume first."
        return self.done(request, words, messages.SUCCESS if due else messages.WARNING)

    def save_model(self, request: HttpRequest, source: Source, form: ModelForm, change: bool) -> None:
        # Only what was typed: workers write the habits, and end pauses, and rules may be saved, meanwhile.
        typed = dict.fromkeys(form.changed_data)
        if "is_paused" in typed:
            source.backs_off_until, source.pause_reason = None, ""
            typed |= dict.fromkeys(NO_END)
        source.save(update_fields=[*typed] if change else None)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not form.instance.feeds.exists():
            words = f"{form.instance.name} has no feed, so no article of it is found: add one."
            self.message_user(request, words, messages.WARNING)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for feed in formset.deleted_objects:
            feed.delete()
        for feed, typed in formset.changed_objects:
            # Only what was typed: a worker may be writing the outcome of a poll to the other columns.
            feed.save(update_fields=typed)
        for feed in formset.new_objects:
            feed.save()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        source = self.get_object(request, object_id)
        if source is None or not source.articles_counted:
            return super().delete_view(request, object_id, extra_context)
        self.message_user(
            request,
            f"{source.name} was not deleted: {counted(source.articles_counted, 'article')} of it are kept, "
            "and what was seen is never deleted. Pause the source instead: nothing of it is fetched then.",
            messages.ERROR,
        )
        return HttpResponseRedirect(change_url(Source, source.pk))


def requests_in_words(preset: Preset, habit: float, daily: float | None) -> str:
    """One preset's forecast in a sentence; `daily` is how many articles the source brings, if known."""
    each = forecast(preset, round(habit, 1))
    said = f"{preset}: about {each:.0f} an article"
    return (
        f"{said}." if daily is None else f"{said}, {each * daily:,.0f} a day with {daily:.1f} new articles."
    )


def _per_source(rows: QuerySet[Any], aggregate: Any, otherwise: Any = None) -> Any:
    """An aggregate over the outer query's source, in a subquery: joins would multiply the rows."""
    found = Subquery(rows.values("source").annotate(value=aggregate).values("value"))
    return found if otherwise is None else Coalesce(found, otherwise)


# --- boilerplate -------------------------------------------------------------------------------
class InForceFilter(admin.SimpleListFilter):
    """What is left out of texts, and what there is not enough evidence for or was called text."""

    title = "left out"
    parameter_name = "left_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "all, and what is only suspected")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Boilerplate]) -> QuerySet[Boilerplate]:
        return rows if self.value() else rows.exclude(left_out_since=None)


@admin.register(Boilerplate)
class BoilerplateAdmin(ReadOnly, OperatorAdmin):
    """What was learnt about a source's pages: to look at, and to overrule."""

    filled_by = "What repeats on a source’s pages is learnt: it takes four articles of the source."
    list_display = ["sample_in_short", "source", "evidence", "articles_in_words", "left_out_since", "is_text"]
    list_filter = [InForceFilter, "evidence", "is_text", "source"]
    list_select_related = ["source"]
    search_fields = ["sample"]
    fields = [
        "source",
        "evidence",
        "sample",
        "rule",
        "articles_in_words",
        *("first_seen_at", "left_out_since"),
    ]
    readonly_fields = ["articles_in_words"]
    actions = ["call_text", "leave_out"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.change_boilerplate")

    def page_actions(self, row: Boilerplate) -> list[str]:
        return ["leave_out" if row.is_text else "call_text"]

    @admin.display(description="paragraph", ordering="sample")
    def sample_in_short(self, row: Boilerplate) -> str:
        return row.sample if len(row.sample) <= 120 else row.sample[:119] + "…"

    @admin.display(description="seen on")
    def articles_in_words(self, row: Boilerplate) -> str:
        return counted(len(row.seen_on), "article")

    @admin.action(description="It is text: never leave it out", permissions=["operate"])
    def call_text(self, request: HttpRequest, rows: QuerySet[Boilerplate]) -> HttpResponse | None:
        return self._set(request, rows, True, "Counts as text from now on")

    @admin.action(description="Leave it out again", permissions=["operate"])
    def leave_out(self, request: HttpRequest, rows: QuerySet[Boilerplate]) -> HttpResponse | None:
        return self._set(request, rows, False, "Left out again")

    def _set(
        self, request: HttpRequest, rows: QuerySet[Boilerplate], is_text: bool, word: str
    ) -> HttpResponse | None:
        changed = list(rows.exclude(is_text=is_text))
        Boilerplate.objects.filter(pk__in=[row.pk for row in changed]).update(is_text=is_text)
        self.log_all(request, changed, f"{word}.")
        return self.done(request, f"{word}: {counted(len(changed), 'entry', 'entries')}.", messages.SUCCESS)


# --- hosts -------------------------------------------------------------------------------------
@admin.register(Host)
class HostAdmin(ReadOnly, ModelAdmin):
    filled_by = "A host comes here with the first feed that is followed there."
    list_display = ["authority", "next_at", "crawl_delay", "robots_status", "trouble"]
    search_fields = ["authority"]
    fields = [
        "authority",
        "scheme",
        "next_at",
        "crawl_delay",
        "robots_status",
        "robots_expires_at",
        "robots",
        "trouble",
    ]
    readonly_fields = ["trouble"]

    @admin.display(description="trouble")
    def trouble(self, host: Host) -> str:
        return trouble(host)
