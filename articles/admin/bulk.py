"""What is done to many rows at once, each after a page that shows what it would do: merge, give away."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from articles import claiming
from articles.admin.base import OperatorAdmin, article_link, counted
from articles.forms.bulk import GiveFeedsForm, GiveForm, MergeForm
from articles.ingestion import duplicates, transfers
from articles.models import Article, Feed, Source

MOST_MERGED = 10  # articles: more are hardly one piece, and nobody would read them side by side


def left_over(count: int) -> str:
    """What is said of articles for which there was no time, without its full stop."""
    return f"{counted(count, 'article is', 'articles are')} left: do the same again, and it goes on"


def paused(to: Source) -> str:
    """A further sentence, with its blank, where a source that was given something is paused; else nothing."""
    return f" {to} is paused: nothing of it is looked at until you resume it." if to.is_paused else ""


class Asking(OperatorAdmin):
    """An admin with actions that ask something first, on a page of their own that posts to the list again."""

    def ask(
        self, request: HttpRequest, action: str, title: str, form: Form | None, count: int, **more: Any
    ) -> HttpResponse:
        """The page that asks; without a form it only says why there is nothing to ask.

        count  how many rows were chosen: if all that a list finds, as many must be found when it is posted
        more   the template and its context, beside what every such page needs
        """
        across = request.POST.get("select_across") == "1"
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "action": action,
            "count": count,
            "across": across,
            # Of all that a list finds only one is sent along: Django wants some row to be selected.
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME)[: 1 if across else None],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back_to": request.POST.get("back_to", ""),
            **more,
        }
        return TemplateResponse(request, more["template"], context)

    def expected(self, request: HttpRequest, count: int) -> int | None:
        """The number that the form must bear; None where rows were chosen one by one."""
        return count if request.POST.get("select_across") == "1" else None


class MergingArticles(Asking):
    """Merge and unmerge, for articles."""

    @admin.action(description="Merge…", permissions=["operate"])
    def merge(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Shows articles side by side, and merges them into the one that is chosen to stay."""
        chosen = duplicates.by_merit(articles.select_related("source")[: MOST_MERGED + 1])
        if not 2 <= len(chosen) <= MOST_MERGED:
            words = f"Choose 2 to {MOST_MERGED} articles of the list: those that are one and the same piece."
            return self.done(request, words, messages.WARNING)
        form = MergeForm(chosen, request.POST if "stays" in request.POST else None)
        if form.is_valid():
            stays = form.cleaned_data["stays"]
            others = [one.pk for one in chosen if one.pk != stays.pk]
            try:
                merged = duplicates.merge(stays.pk, others, claiming.now())
            except duplicates.NotMerged as error:
                form.add_error(None, str(error))
            else:
                self.log_all(request, merged, f"Merged into article {stays.pk}, “{stays}”.")
                names = ", ".join(f"“{one}” ({one.pk})" for one in merged)
                self.log_all(request, [stays], f"Goes on for articles merged into it: {names}.")
                words = format_html(
                    "Merged {} into “{}”. Unmerge, on the page of what was merged, undoes it: {}.",
                    counted(len(merged), "article"),
                    stays,
                    format_html_join(", ", "{}", ((article_link(one.pk),) for one in merged)),
                )
                return self.done(request, words, messages.SUCCESS)
        return self.ask(
            request,
            "merge",
            "Merge articles",
            form,
            len(chosen),
            template="admin/articles/article/merge.html",
            submit_words="Merge",
            # those that are shown are merged, whatever the list finds by then
            across=False,
            selected=[one.pk for one in chosen],
            sides=[(one, duplicates.compared(chosen[0], one), one.urls.all()[:5]) for one in chosen],
        )

    @admin.action(description="Unmerge", permissions=["operate"])
    def unmerge(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Makes merged articles ones of their own again, with their addresses; they are looked at soon."""
        keys = list(articles.exclude(merged_into=None).order_by("pk").values_list("pk", flat=True))
        parted = list(filter(None, (duplicates.unmerge(pk, claiming.now()) for pk in keys)))
        self.log_all(request, parted, "Unmerged: an article of its own again.")
        words = f"Unmerged {counted(len(parted), 'article')}."
        if not parted:
            words += " None of those chosen is merged into another."
        return self.done(request, words, messages.SUCCESS if parted else messages.WARNING)


class GivingArticles(Asking):
    """Give to another source, for articles."""

    @admin.action(description="Move to another source…", permissions=["operate"])
    def give(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponse | None:
        """Asks for the source, counts what would move, and moves it."""
        rows = articles.select_related(None)
        count = rows.count()
        form = GiveForm(request.POST if "to" in request.POST else None, count=self.expected(request, count))
        burden = None
        if form.is_valid():
            to = form.cleaned_data["to"]
            if form.is_confirmed:
                return self._give(request, rows, to)
            burden = transfers.burden(rows, to)
            if burden.articles:
                form = form.to_confirm()
            else:
                form.add_error("to", "This source has them already: choose another.")
                burden = None
        return self.ask(
            request,
            "give",
            "Move articles to another source",
            form,
            count,
            template="admin/articles/give.html",
            what=counted(count, "article"),
            burden=burden,
            submit_words="Move" if burden else "Count what would move",
        )

    def _give(self, request: HttpRequest, rows: QuerySet[Article], to: Source) -> HttpResponse | None:
        given = 0
        for batch in transfers.giving(rows, to):
            given += len(batch)
            for source in {article.source for article in batch}:
                moved = [article for article in batch if article.source == source]
                names = (source.name, to.name)
                self.log_all(request, moved, f"Moved to the source {to}.", source=names)
        words = f"Moved {counted(given, 'article')} to {to}.{paused(to)}"
        if left := transfers.burden(rows, to).articles:
            words += f" {left_over(left)}."
        return self.done(request, words, messages.SUCCESS)


class GivingFeeds(Asking):
    """Give to another source, for feeds, with the articles that came from them."""

    @admin.action(description="Move to another source…", permissions=["change"])
    def give(self, request: HttpRequest, feeds: QuerySet[Feed]) -> HttpResponse | None:
        """Asks for the source and for which articles to take along, counts, and moves."""
        chosen = list(feeds.select_related("source").order_by("pk"))
        form = GiveFeedsForm(
            request.POST if "to" in request.POST else None,
            count=self.expected(request, len(chosen)),
            feeds=chosen,
        )
        burden, by_address, in_doubt = None, 0, 0
        if form.is_valid():
            to, along = form.cleaned_data["to"], form.along
            if form.is_confirmed:
                return self._give_feeds(request, chosen, along.articles, to)
            burden = transfers.burden(along.articles, to)
            by_address, in_doubt = (
                rows.exclude(source=to).count() for rows in (along.by_address, along.in_doubt)
            )
            if burden.articles or any(feed.source_id != to.pk for feed in chosen):
                form = form.to_confirm()
            else:
                form.add_error("to", "This source has them already: choose another.")
                burden = None
        return self.ask(
            request,
            "give",
            "Move feeds to another source",
            form,
            len(chosen),
            template="admin/articles/give.html",
            what=counted(len(chosen), "feed"),
            burden=burden,
            by_address=by_address,
            in_doubt=in_doubt,
            submit_words="Move" if burden else "Count what would move",
        )

    def _give_feeds(
        self, request: HttpRequest, chosen: list[Feed], articles: QuerySet[Article], to: Source
    ) -> HttpResponse | None:
        """Moves the articles and then the feeds: which source the articles are of, their feeds say."""
        before = {feed.pk: feed.source.name for feed in chosen}
        given, moved = transfers.give_articles(articles, to), []
        left = transfers.burden(articles, to).articles
        if not left:
            moved = transfers.give_feeds(chosen, to)
            given += transfers.give_articles(articles, to)  # what polls have found meanwhile
        for feed in moved:
            self.log_all(request, [feed], f"Moved to the source {to}.", source=(before[feed.pk], to.name))
        if given:
            self.log_all(request, [to], f"Took over {counted(given, 'article')} with feeds.")
        words = f"Moved {counted(len(moved), 'feed')} and {counted(given, 'article')} to {to}.{paused(to)}"
        if left:
            words += f" {left_over(left)}; the feeds move with the last of them."
        return self.done(request, words, messages.SUCCESS)


class MergingSources(Asking):
    """Merge, for sources: everything of some is given to another, and they are paused. And the articles of a
    source that may be one piece."""

    @admin.action(description="Possible duplicates", permissions=["view"])
    def duplicates(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse | None:
        """Groups of articles of a source that may be one piece, each to be merged or left."""
        source = sources.order_by("name").first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"Possible duplicates in {source}",
            "opts": self.opts,
            "groups": [
                [(one, duplicates.compared(group[0], one)) for one in group]
                for group in duplicates.suggested(source)
            ],
            "searched": duplicates.SEARCHED,
            "may_merge": request.user.has_perm("articles.change_article"),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/articles/source/duplicates.html", context)

    @admin.action(description="Merge into another source…", permissions=["change"])
    def merge(self, request: HttpRequest, sources: QuerySet[Source]) -> HttpResponse | None:
        """Asks for the source that stays, counts what it would get, and gives it."""
        chosen = list(Source.objects.filter(pk__in=sources.values("pk")))
        form = GiveForm(
            request.POST if "to" in request.POST else None, count=self.expected(request, len(chosen))
        )
        burden = None
        if form.is_valid():
            to = form.cleaned_data["to"]
            others = [source for source in chosen if source.pk != to.pk]
            if not others:
                form.add_error("to", "This is the source that you chose: choose another that is to stay.")
            elif form.is_confirmed:
                return self._merge_sources(request, others, to)
            else:
                burden = transfers.burden(Article.objects.filter(source__in=others), to)
                form = form.to_confirm()
        return self.ask(
            request,
            "merge",
            "Merge sources",
            form,
            len(chosen),
            template="admin/articles/give.html",
            what=", ".join(source.name for source in chosen[:20]),
            is_merge=True,
            burden=burden,
            submit_words="Merge" if burden else "Count what would move",
        )

    def _merge_sources(self, request: HttpRequest, others: list[Source], to: Source) -> HttpResponse | None:
        feeds = transfers.give_feeds(Feed.objects.filter(source__in=others, part_of=None), to)
        articles = Article.objects.filter(source__in=others)
        given = transfers.give_articles(articles, to)
        transfers.close(others, to)
        self.log_all(request, others, f"Merged into the source {to}, and paused.")
        took = f"{counted(len(feeds), 'feed')} and {counted(given, 'article')}"
        self.log_all(request, [to], f"Took over {took} of {', '.join(source.name for source in others)}.")
        words = f"{to} has taken over {took}.{paused(to)}"
        if left := transfers.burden(articles, to).articles:
            words += f" {left_over(left)}."
        return self.done(request, words, messages.SUCCESS)
