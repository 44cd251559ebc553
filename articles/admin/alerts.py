"""Who is told of changes: curators' channels, what readers follow, and the log of messages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import BaseInlineFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import StackedInline, TabularInline

from articles import claiming, following, wording
from articles.admin.base import OperatorAdmin, ReadOnly, change_url, counted, in_lines, list_link
from articles.fetching import chat
from articles.following import WEIGHTS, Subject
from articles.forms.channels import ChannelFollowForm, ChannelForm
from articles.models import Channel, Delivery, Follow, Follower
from articles.models.alerts import new_secret


def followed(follow: Follow) -> str:
    """What is followed, in words, with its weight."""
    try:
        words = Subject.of(follow).words
    except Http404 as error:
        return f"nothing any more: {error}"
    weight = next((said for least, said in WEIGHTS if least == follow.least_weight and least), "")
    return f"{words}; {weight}" if weight else words


# --- channels --------------------------------------------------------------------------------------
class ChannelFollowInline(StackedInline):
    """What a channel is told of."""

    model = Follow
    form = ChannelFollowForm
    extra = 0
    hide_title = True
    verbose_name_plural = "What it is told of"
    fields = [
        ("source", "article_address"),
        ("kind", "disclosed"),
        ("language", "cadence"),
        ("q", "scope"),
        "weight",
    ]

    def get_extra(self, request: HttpRequest, obj: Channel | None = None, **kwargs: Any) -> int:
        """A new channel's page has a first one to fill in: as it stands, all changes."""
        return 0 if obj else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follow]:
        return super().get_queryset(request).select_related("source", "article")


@admin.register(Channel)
class ChannelAdmin(OperatorAdmin):
    """Webhooks and rooms of chat services that curators have changes told to."""

    filled_by = "A curator or an operator can add channels."
    form = ChannelForm
    inlines = [ChannelFollowInline]
    actions = ["test", "pause", "resume", "renew_secret"]
    list_display = ["name", "goes_to", "told_of", "state", "last_message"]
    list_filter = ["kind", "is_paused"]
    search_fields = ["name"]
    readonly_fields = ["state", "log", "signing_secret"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        ended = Delivery.objects.filter(channel=OuterRef("pk")).exclude(ended_at=None).order_by("-pk")
        rows = super().get_queryset(request).prefetch_related("follows__source", "follows__article")
        return rows.annotate(
            last_state=Subquery(ended.values("state")[:1]), last_at=Subquery(ended.values("ended_at")[:1])
        )

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> list[str]:
        """The address holds the key of a room: who may only look does not see it, nor the secret."""
        if obj is None:
            return ["name", "kind", "address"]
        if not self.has_change_permission(request, obj):
            return ["name", "kind", "state", "log"]
        of_webhook = ["signing_secret"] if obj.kind == Channel.Kind.WEBHOOK else []
        return ["name", "kind", "address", *of_webhook, "state", "log"]

    def page_actions(self, channel: Channel) -> list[str]:
        of_webhook = ["renew_secret"] if channel.kind == Channel.Kind.WEBHOOK else []
        return ["test", "resume" if channel.is_paused else "pause", *of_webhook]

    def save_model(self, request: HttpRequest, channel: Channel, form: ModelForm, change: bool) -> None:
        if not change:
            channel.created_at = claiming.now()
            channel.save()
        elif form.changed_data:
            channel.save(update_fields=form.changed_data)

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool
    ) -> None:
        """What is new begins now; what was altered keeps when it began."""
        now = claiming.now()
        formset.save(commit=False)
        for follow in formset.new_objects:
            follow.created_at = now
            follow.save()
            following.begin(follow, now)
        for follow, _ in formset.changed_objects:
            follow.save(update_fields=["article", "source", "query"])
            following.alter(follow, follow.cadence, follow.least_weight, now)
        for follow in formset.deleted_objects:  # last: what waits in it goes to the others, as they are now
            following.stop(follow)

    # --- what is shown ---------------------------------------------------------------------------
    @admin.display(description="goes to", ordering="kind")
    def goes_to(self, channel: Channel) -> str:
        return destination(channel)

    @admin.display(description="told of")
    def told_of(self, channel: Channel) -> str:
        return in_lines(followed(follow) for follow in channel.follows.all()) or "nothing yet"

    @admin.display(description="state", ordering="is_paused")
    def state(self, channel: Channel) -> str:
        if not channel.is_paused:
            return "active"
        return f"paused: {channel.pause_reason}" if channel.pause_reason else "paused"

    @admin.display(description="last message")
    def last_message(self, channel: Any) -> str:
        if channel.last_at is None:
            return "none yet"
        said = Delivery.State(channel.last_state).label
        return f"{said}, {wording.relative(channel.last_at, timezone.now())}"

    @admin.display(description="messages")
    def log(self, channel: Channel) -> str:
        counts = {state: channel.deliveries.filter(state=state).count() for state in Delivery.State}
        lines = [
            list_link(
                Delivery, f"{count} {state.label}", channel__id__exact=channel.pk, state__exact=state.value
            )
            for state, count in counts.items()
            if count
        ]
        return in_lines(lines) or "none yet"

    @admin.display(description="secret")
    def signing_secret(self, channel: Channel) -> str:
        return format_html(
            "<code>{}</code><p>{}</p>",
            channel.secret,
            "Each message is signed with it, so that its receiver knows that it comes from here.",
        )

    # --- what is done ----------------------------------------------------------------------------
    @admin.action(description="Send a test", permissions=["change"])
    def test(self, request: HttpRequest, channels: QuerySet[Channel]) -> HttpResponse | None:
        """A message that tells of nothing, by the way that all go."""
        active = list(channels.filter(is_paused=False))
        for channel in active:
            following.send_test(channel, claiming.now())
        words = f"A test goes to {counted(len(active), 'channel')} within seconds."
        if active:
            words += " How it ended stands under Deliveries."
        if left := channels.count() - len(active):
            words += f" {counted(left, 'channel')} left alone: paused. Resume first."
        return self.done(request, words, messages.SUCCESS if active else messages.WARNING)

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, channels: QuerySet[Channel]) -> HttpResponse | None:
        """Sends nothing more, and tells of nothing that happens meanwhile."""
        return self._set(request, channels.filter(is_paused=False), "Paused", is_paused=True)

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, channels: QuerySet[Channel]) -> HttpResponse | None:
        return self._set(
            request, channels.filter(is_paused=True), "Resumed", is_paused=False, pause_reason=""
        )

    @admin.action(description="Make a new secret", permissions=["change"])
    def renew_secret(self, request: HttpRequest, channels: QuerySet[Channel]) -> HttpResponse | None:
        """Signs with another from now on: the old one may be known to somebody who should not."""
        for channel in channels:
            Channel.objects.filter(pk=channel.pk).update(secret=new_secret())
        self.log_all(request, channels, "New secret.")
        return self.done(
            request, "Messages are signed with a new secret: give it to their receiver.", messages.SUCCESS
        )

    def _set(
        self, request: HttpRequest, channels: QuerySet[Channel], word: str, **values: Any
    ) -> HttpResponse | None:
        changed = list(channels)
        Channel.objects.filter(pk__in=[channel.pk for channel in changed]).update(**values)
        self.log_all(request, changed, f"{word}.")
        return self.done(request, f"{word}: {counted(len(changed), 'channel')}.", messages.SUCCESS)


def destination(channel: Channel) -> str:
    """Where a channel's messages go, without what in its address is a key."""
    if channel.kind == Channel.Kind.CHAT:
        return chat.SERVICES.get(channel.address.partition("://")[0].lower(), "a chat service")
    return "webhook at " + channel.address.partition("://")[2].partition("/")[0].partition("?")[0]


# --- readers ---------------------------------------------------------------------------------------
class FollowInline(ReadOnly, TabularInline):
    """What a reader follows."""

    model = Follow
    hide_title = True
    fields = readonly_fields = ["what", "cadence", "begins_at", "pause_reason"]
    extra = 0

    @admin.display(description="what")
    def what(self, follow: Follow) -> str:
        return followed(follow)


@admin.register(Follower)
class FollowerAdmin(ReadOnly, OperatorAdmin):
    """Readers who follow by e-mail: to look at, and to forget. They say themselves what they follow."""

    filled_by = "Readers come here by themselves, when they follow something by e-mail."
    inlines = [FollowInline]
    actions = ["forget"]
    list_display = ["thing_count", "confirmed_at", "refusals", "last_error"]
    ordering = ["-pk"]
    fields = ["created_at", "confirmed_at", "refusals", "last_error"]
    readonly_fields = ["whole_address", "masked_address"]
    search_fields = ["key"]
    search_help_text = "A whole e-mail address."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follower]:
        return super().get_queryset(request).annotate(things=Count("follows"))

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [self._address_for(request), *self.list_display]

    def get_fields(self, request: HttpRequest, obj: Follower | None = None) -> list[str]:
        return [self._address_for(request), *self.fields]

    def _address_for(self, request: HttpRequest) -> str:
        """The column that shows as much of addresses as who asks may see."""
        return "whole_address" if request.user.has_perm("articles.see_addresses") else "masked_address"

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet[Follower], search_term: str
    ) -> tuple[QuerySet[Follower], bool]:
        """By the whole address alone, so that nobody finds out addresses letter by letter."""
        return (rows.filter(key=search_term.strip().casefold()) if search_term else rows), False

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.delete_follower")

    def page_actions(self, follower: Follower) -> list[str]:
        return ["forget"]

    @admin.display(description="address", ordering="key")
    def whole_address(self, follower: Follower) -> str:
        return follower.address

    @admin.display(description="address")
    def masked_address(self, follower: Follower) -> str:
        return str(follower)

    @admin.display(description="follows")
    def thing_count(self, follower: Any) -> str:
        return counted(follower.things, "thing")

    @admin.action(description="Forget this address", permissions=["forget"])
    def forget(self, request: HttpRequest, followers: QuerySet[Follower]) -> HttpResponse | None:
        """Deletes addresses with all that they follow, as a reader's own button does."""
        count = followers.count()
        self.log_all(request, followers, "Forgotten.")
        Follower.objects.filter(pk__in=list(followers.values_list("pk", flat=True))).delete()
        self.message_user(request, f"Forgotten: {counted(count, 'address', 'addresses')}.", messages.SUCCESS)
        return None


# --- the log ---------------------------------------------------------------------------------------
class WayFilter(admin.SimpleListFilter):
    """Messages by how they go."""

    title = "way"
    parameter_name = "way"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mail", "e-mail"), *Channel.Kind.choices]

    def queryset(self, request: HttpRequest, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        if self.value() == "mail":
            return rows.filter(channel=None)
        return rows.filter(channel__kind=self.value()) if self.value() else rows


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, OperatorAdmin):
    """Every message: to whom, what became of it, and why."""

    filled_by = "Messages come here when channels and readers are told of changes."
    actions = ["send_again"]
    list_display = ["created_at", "to", "kind", "state_in_words", "trouble"]
    list_filter = ["state", "kind", WayFilter, "channel"]
    list_select_related = ["follower", "channel"]
    ordering = ["-pk"]
    fields = [
        *("to", "what", "kind", "state", "created_at", "ended_at", "attempts", "next_attempt_at"),
        *("status", "last_error", "key", "tells_of"),
    ]
    readonly_fields = ["to", "what", "tells_of"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.change_channel")

    def page_actions(self, delivery: Delivery) -> list[str]:
        return ["send_again"] if delivery.state == Delivery.State.FAILED else []

    @admin.display(description="to")
    def to(self, delivery: Delivery) -> str:
        return str(delivery.channel or delivery.follower)

    @admin.display(description="state", ordering="state")
    def state_in_words(self, delivery: Delivery) -> str:
        """The state, and of what waits how often it was tried and when it is next."""
        said = delivery.get_state_display()
        if delivery.state != Delivery.State.WAITING or not delivery.attempts:
            return said
        now = timezone.now()
        again = "now" if delivery.next_attempt_at <= now else wording.relative(delivery.next_attempt_at, now)
        return f"{said}: tried {wording.how_often(delivery.attempts)}, next {again}"

    @admin.display(description="what is followed")
    def what(self, delivery: Delivery) -> str:
        return followed(delivery.follow) if delivery.follow else "nothing"

    @admin.display(description="tells of")
    def tells_of(self, delivery: Delivery) -> str:
        """Its changes; of a large digest the first."""
        notices = delivery.notices.select_related("change__article", "change__old", "change__new")
        shown = notices.defer("change__old__packed", "change__new__packed").order_by("pk")[:50]
        links = [
            format_html(
                '<a href="{}">{}</a>', change_url(type(one.change), one.change_id), one.change.article
            )
            for one in shown
        ]
        return in_lines(links) or "no change"

    @admin.display(description="trouble")
    def trouble(self, delivery: Delivery) -> str:
        return delivery.last_error or "none"

    @admin.action(description="Send again", permissions=["operate"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> HttpResponse | None:
        """Tries once more what was given up."""
        count = following.send_again(deliveries.select_related(None), claiming.now())
        words = f"{counted(count, 'message')} will be sent again within seconds."
        if left := deliveries.count() - count:
            words += f" {counted(left, 'message')} left alone: only what was given up is sent again."
        return self.done(request, words, messages.SUCCESS if count else messages.WARNING)
