"""One look at an article: fetch, read, judge. What it found is stored by articles/ingestion/storing.py."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db.models import Count

from articles import claiming, counting, logs
from articles.claiming import Job
from articles.core import fingerprint, http, redesign, resemblance, robots, steady, urls, versioning
from articles.core.extraction import ExtractionError, leave_out, reading
from articles.core.types import Decision, Extract, History, KnownVersion, Outcome, Rules, Verdict
from articles.fetching import FetchError
from articles.ingestion import storing
from articles.ingestion.boilerplate import learn_repeats
from articles.ingestion.doubts import differs_from_the_one_before, doubt, with_last
from articles.ingestion.look import OUTCOMES, Look
from articles.ingestion.rebaselining import bring_up_to_date, newest_as_read
from articles.ingestion.rules import rules_of
from articles.ingestion.slots import slots_of
from articles.ingestion.timed import fetch_timed
from articles.models import Article, Version
from articles.reading import read

log = logs.Log(__name__)
ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
MAX_HOPS = 6
MOST_CUT = 3  # looks in a row at a page without an end, after which it is taken to have none
HEADLINES = 100  # of the source's newest other articles, by which a list of articles is known


def check_article(article_id: int, token: str) -> storing.Checked | None:
    """Looks at the claimed article; returns how the look ended, or None if it is not ours any more.

    None also means that the look is not over: a redirect, or a text in doubt. The next claim goes on.
    """
    article = claiming.begin(Job.ARTICLE, article_id, token, claiming.now())
    if article is None:
        return None
    look = _look(article)
    if look.outcome is Outcome.MOVED and look.hop:
        storing.follow(article, look)
        return None
    if look.is_doubted:
        storing.wait(article, look)
        return None
    checked = storing.record(article, look, is_live=True)
    outcome = checked.outcome if checked else None
    counting.checked(outcome, look.reason, look.status, checked.version if checked else None)
    if outcome:
        counting.looked(article.source_id, look.at, outcome, look.reason, look.status)
    log.info(
        "check",
        article=article_id,
        outcome=outcome or "dropped",
        status=look.status,
        reason=look.reason,
        seconds=look.seconds,
        url=article.fetch_url,
    )
    return checked


def _look(article: Article) -> Look:
    """Asks the site, unless its robots.txt forbids, and judges the answer."""
    forbidden = _forbidden(article)
    if forbidden:
        now = claiming.now()
        claiming.open_host(article, now)
        return Look(now, Outcome.BLOCKED, forbidden)
    # While a text waits for its second look, a 304 or the same bytes would say too little.
    ask_anew = not _is_settled(article)
    try:
        response = fetch_timed(
            Job.ARTICLE,
            article.fetch_url,
            etag="" if ask_anew else article.etag,
            last_modified="" if ask_anew else article.last_modified,
            accept=ACCEPT,
        )
    except FetchError as failure:
        now = claiming.now()
        if failure.host_at_fault:
            claiming.host_refused(article, now, failure.reason)
        else:
            claiming.host_answered(article, now)
        return Look(now, Outcome.FAILED, failure.reason)
    now = claiming.now()
    answer = http.judge(response, now)
    if answer.kind is http.Kind.BUSY:
        until = claiming.host_refused(article, now, answer.reason, answer.retry_after)
        return replace(judged(article, response, now), retry_after=until)
    claiming.host_answered(article, now)
    return judged(article, response, now)


def _forbidden(article: Article) -> str:
    """Why robots.txt keeps us from this address, or ""."""
    host = article.host
    if robots.must_wait(host.robots_status):
        return f"nothing may be fetched until robots.txt can be read ({host.last_error})"
    if not robots.allowed(host.robots, article.fetch_url, settings.NEWSDIFF_USER_AGENT):
        return "robots.txt forbids this address"
    return ""


# --- what the answer means, by its kind ------------------------------------------------------------
Reader = Callable[[Article, http.Response, Rules, str], Extract | None]


def read_page(article: Article, response: http.Response, rules: Rules, known: str) -> Extract | None:
    """Reads an article's page as `reading.read` does."""
    return read(response.body, response.url, response.charset, rules, known)


def judged(
    article: Article,
    response: http.Response,
    at: datetime,
    reader: Reader = read_page,
    *,
    can_ask_again: bool = True,
) -> Look:
    """What the answer that was in at `at` shows of an article that is ours: the same live and replayed.

    A text never seen before is only doubted (`ingestion.doubts`) where the site can be asked again. The
    clock is not asked. A redirect ends in MOVED with a `hop`: the caller goes on from there.
    """
    answer = http.judge(response, at)
    look = Look(
        at,
        Outcome.FAILED,
        answer.reason,
        status=response.status,
        seconds=response.seconds,
        retry_after=answer.retry_after,
    )
    if answer.kind is http.Kind.OK:
        return _page(article, look, response, reader, can_ask_again)
    return _JUDGEMENTS[answer.kind](article, look, response, answer)


def _not_modified(article: Article, look: Look, response: http.Response, answer: http.Answer) -> Look:
    return replace(look, outcome=Outcome.NOT_MODIFIED, reason="")


def _redirect(article: Article, look: Look, response: http.Response, answer: http.Answer) -> Look:
    if article.hops >= MAX_HOPS:
        return replace(look, reason="redirects without end")
    try:
        target = urls.canonical(answer.location)
    except urls.BadURL as error:
        return replace(look, reason=f"redirects to an address that cannot be followed: {error}")
    if urls.is_front_page(target) and not urls.is_front_page(article.url):
        return replace(look, outcome=Outcome.GONE, reason="redirects to the site's front page")
    return replace(look, outcome=Outcome.MOVED, hop=target, hop_permanent=answer.permanent)


def _missing(article: Article, look: Look, response: http.Response, answer: http.Answer) -> Look:
    return replace(look, outcome=Outcome.GONE, final=answer.kind is http.Kind.GONE)


def _refused(article: Article, look: Look, response: http.Response, answer: http.Answer) -> Look:
    return replace(look, outcome=Outcome.BLOCKED)


def _failed(article: Article, look: Look, response: http.Response, answer: http.Answer) -> Look:
    return look


def _page(article: Article, look: Look, response: http.Response, reader: Reader, can_ask_again: bool) -> Look:
    """A page came: the same bytes are the same text; anything else is read and decided on."""
    other = _other_article_at(article)
    if other and article.hop_permanent and article.version_count:
        return replace(look, outcome=Outcome.MOVED, reason=f"moved to the address of article {other.pk}")
    look = replace(look, response=response, body_digest=sha256(response.body).hexdigest())
    if _is_settled(article) and article.version_count and look.body_digest == article.body_digest:
        return replace(look, outcome=Outcome.UNCHANGED, is_identical=True)
    if not http.is_html(response):
        kind = response.header("content-type") or "unknown"
        return replace(look, reason=f"not a web page but {kind}")
    if can_ask_again and (cut := _may_be_cut(article, response)):
        return replace(look, reason=cut)
    rules = rules_of(article.source)
    try:
        extract = reader(article, response, rules, article.skeleton if _is_settled(article) else "")
    except ExtractionError as error:
        return replace(look, reason=str(error))
    if extract is None:
        return replace(look, outcome=Outcome.UNCHANGED)
    if other and not article.hop_permanent and not _is_announced(article, extract):
        reason = f"redirects, for now, to the page of article {other.pk}"
        return replace(look, outcome=Outcome.SUSPECT, reason=reason, extract=extract)
    if not article.version_count and learn_repeats(article, extract, look.at):
        rules = rules_of(article.source)
        extract = leave_out(extract, rules)
    return _text(article, look, response, extract, rules, can_ask_again)


def _text(
    article: Article,
    look: Look,
    response: http.Response,
    extract: Extract,
    rules: Rules,
    can_ask_again: bool,
) -> Look:
    """A text was read from the page: it is decided on beside what is known of the article."""
    bring_up_to_date(article, rules)
    if _is_settled(article) and not article.slots and fingerprint.text_digest(extract) == article.text_digest:
        # To the letter what was last seen of the newest version: its text and history need not be read.
        same = Decision(Verdict.SAME)
        return replace(
            look, outcome=OUTCOMES[same.verdict], extract=extract, decision=same, reading=reading(rules)
        )
    slots = None
    try:
        last = newest_as_read(article, rules)
    except ExtractionError as error:
        return replace(look, reason=f"the newest version cannot be read again: {error}")
    if last and article.slots:
        extract, slots = steady.settle(extract, last, slots_of(article.slots))
    history = history_of(article, extract, response.url, last)
    decision = versioning.decide(history, extract)
    look = replace(
        look,
        outcome=OUTCOMES[decision.verdict],
        reason=decision.reason,
        extract=extract,
        decision=decision,
        reading=reading(rules),
        slots=slots,
    )
    if decision.verdict is Verdict.NEW and history.last and article.places_looks:
        look, history = _carried_over(article, look, history)
    if look.outcome is Outcome.NEW_VERSION and decision.verdict is Verdict.NEW and can_ask_again:
        return doubt(article, look, history, rules)
    return look


def _is_settled(article: Article) -> bool:
    """Whether no text waits for a second look at it."""
    return not (article.pending_digest or article.variant_digest)


def _may_be_cut(article: Article, response: http.Response) -> str:
    """Why a page that may have broken off on its way is asked for once more, or "".

    It is believed if the last look had as many bytes of it, if several in a row were like it, or if the
    newest version's page has no end either: some pages are written without.
    """
    if not http.may_be_cut(response):
        return ""
    reason = f"answer may be cut short: {len(response.body):,} bytes without an end"
    if reason == article.last_reason or article.failures >= MOST_CUT:
        return ""
    newest = article.versions.select_related("snapshot__blob").order_by("-number").first()
    if newest and http.END_OF_PAGE not in newest.snapshot.blob.body.lower():
        return ""
    return reason


def _carried_over(article: Article, look: Look, history: History) -> tuple[Look, History]:
    """A look at a page in a new template, decided on beside what the last version would look like in it."""
    if not (look.extract and history.last and redesign.is_redesigned(article.places, look.extract)):
        return look, history
    last = redesign.carry_over(history.last, look.extract)
    if last is None or not differs_from_the_one_before(history, last):
        return look, history
    history = with_last(history, last)
    decision = versioning.decide(replace(history, seen_text=""), look.extract)
    outcome, reason = OUTCOMES[decision.verdict], decision.reason
    look = replace(look, outcome=outcome, reason=reason, decision=decision, last=last, is_redesigned=True)
    return look, history


def _other_article_at(article: Article) -> Article | None:
    """The article, other than this, at whose address redirects have ended."""
    if not article.hop_url:
        return None
    others = Article.objects.exclude(pk=article.pk)
    return others.filter(urls__key=urls.key(article.hop_url)).first()


def _is_announced(article: Article, extract: Extract) -> bool:
    """Is a page that a temporary redirect led to, and another article has, this one's by its headline?

    Only at the first look: then the feed may have named one page twice. Many articles that all lead
    to a page of other words are behind a wall or under repair.
    """
    return not article.version_count and resemblance.same_headline(article.title, extract.title)


Judgement = Callable[[Article, Look, http.Response, http.Answer], Look]
_JUDGEMENTS: dict[http.Kind, Judgement] = {
    http.Kind.NOT_MODIFIED: _not_modified,
    http.Kind.REDIRECT: _redirect,
    http.Kind.MISSING: _missing,
    http.Kind.GONE: _missing,
    http.Kind.REFUSED: _refused,
    http.Kind.BUSY: _failed,
    http.Kind.FAILED: _failed,
}


def history_of(article: Article, extract: Extract, final_url: str, last: Extract | None) -> History:
    """What `versioning.decide` must know of an article before it sees `extract`, read at `final_url`.

    `last` is the newest version's text as it is read today. What tells a new text from a wall is not
    asked for where the text is that one.
    """
    versions = article.versions.order_by("number")
    known = tuple(KnownVersion(*row) for row in versions.values_list("number", "digest", "same_as"))
    if last:
        known = (*known[:-1], replace(known[-1], digest=fingerprint.digest(last)))
    is_same = bool(known) and known[-1].digest == fingerprint.digest(extract)
    return History(
        versions=known,
        last=last,
        expected_title=article.title,
        seen_text=article.text_digest,
        pending=article.pending_digest,
        pending_looks=article.pending_looks,
        pending_reason=article.pending_reason,
        variant=article.variant_digest,
        variant_looks=article.variant_looks,
        siblings=0 if is_same else _siblings(article, extract, final_url),
        headlines=frozenset() if is_same else _headlines(article),
    )


def _headlines(article: Article) -> frozenset[str]:
    """Headlines of the source's other articles, the newest by number, through the index of its key."""
    others = Article.objects.filter(source_id=article.source_id).exclude(pk=article.pk).exclude(title="")
    return frozenset(others.order_by("-pk").values_list("title", flat=True)[:HEADLINES])


def _siblings(article: Article, extract: Extract, final_url: str) -> int:
    """How many other articles of the source show exactly this text, as version or held back?

    Not counted are one that this address has turned out to be only another spelling of, and those that were
    merged into another.
    """
    digest = fingerprint.digest(extract)
    named = (final_url, urls.believed(extract.canonical_url, final_url))
    same_page = Article.objects.filter(urls__key__in=[urls.key(url) for url in named if url])
    others = Article.objects.filter(source_id=article.source_id, merged_into=None)
    others = others.exclude(pk=article.pk).exclude(pk__in=same_page)
    stored = Version.objects.filter(digest=digest, article__in=others)
    return (
        others.filter(pending_digest=digest).count()
        + stored.aggregate(n=Count("article_id", distinct=True))["n"]
    )
