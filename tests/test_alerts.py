"""Followers are told of each change once: through a real mail server, and a web server that fails."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection, transaction
from django.http import Http404, QueryDict

from articles import following, hiding
from articles.alerts import gathering, mail, sending
from articles.alerts.postman import Postman
from articles.alerts.ways import Outcome
from articles.core.following import SINGLE_MOST, Cadence, Signature
from articles.finding import searching
from articles.following import Subject
from articles.models import (
    Article,
    ArticleTerms,
    Change,
    ChangeTerms,
    Channel,
    Delivery,
    Follow,
    Follower,
    Notice,
    Source,
    Untold,
)
from tests import cast as casting
from tests.conftest import LOOPBACK
from tests.sinks import HookSink, MailSink, mail_sink

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
VERA = "vera@example.org"


@pytest.fixture
def cast() -> casting.Cast:
    """The cast's history, all of it from before anybody follows; two articles count boats."""
    with transaction.atomic():
        made = casting.make_cast()
    for article in (made.stable, made.corrected):
        change(article, 1, at=casting.DAY_ONE + timedelta(hours=9))
    return made


@pytest.fixture
def mailbox(settings) -> Iterator[MailSink]:
    with mail_sink(settings) as sink:
        yield sink


@pytest.fixture
def hook(settings) -> Iterator[HookSink]:
    settings.NEWSDIFF_ALLOW_PRIVATE = LOOPBACK
    sink = HookSink()
    yield sink
    sink.close()


@pytest.fixture
def meanwhile(monkeypatch) -> Callable[[Callable[[], object]], list[object]]:
    """Has another process do something once, while texts are compared; what came of it."""

    def arrange(do: Callable[[], object]) -> list[object]:
        compare, came = searching.come_and_gone, []

        def another() -> None:
            try:
                came.append(do())
            finally:
                connection.close()

        def comparing(asked, pks):
            monkeypatch.setattr(searching, "come_and_gone", compare)
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()
            return compare(asked, pks)

        monkeypatch.setattr(searching, "come_and_gone", comparing)
        return came

    return arrange


def reader(
    query: str = "", cadence: Cadence = Cadence.INSTANT, weight: float = 0.0, address: str = VERA
) -> Follow:
    """What a reader follows who has confirmed it a day ago."""
    since = NOW - timedelta(days=1)
    owner, _ = Follower.objects.get_or_create(
        key=address, defaults={"address": address, "created_at": since, "confirmed_at": since}
    )
    return _begun(query, cadence, weight, follower=owner)


def channel(sink: HookSink, query: str = "", cadence: Cadence = Cadence.INSTANT) -> Channel:
    made = Channel.objects.create(name="Desk", address=f"{sink.base}/hook?a=1", created_at=NOW)
    _begun(query, cadence, 0.0, channel=made)
    return made


def _begun(query: str, cadence: Cadence, weight: float, **owner: object) -> Follow:
    since = NOW - timedelta(days=1)
    subject = Subject.read(QueryDict(query))
    rhythm = {"cadence": cadence, "least_weight": weight, "created_at": since}
    follow = Follow.objects.create(**owner, **subject.columns, **rhythm)
    following.begin(follow, since)
    follow.refresh_from_db()
    return follow


@transaction.atomic
def add_version(article: Article, text: list[str], **fields: object) -> None:
    casting.add_version(article, text, **fields)


def change(article: Article, number: int, at: datetime = NOW) -> Change:
    """Another version of the article, with another number of boats."""
    text = [*casting.BRIDGE[6:], f"The council counted {1000 + number} boats in the harbour on Tuesday."]
    add_version(article, text, at=at)
    return Change.objects.latest("pk")


def go_round(at: datetime = NOW) -> list[Outcome]:
    with time_machine.travel(at, tick=False):
        return Postman().round()


# --- who is told -----------------------------------------------------------------------------------
def test_what_was_stored_before_is_told_to_nobody(cast, mailbox):
    reader()
    assert Untold.objects.count() == Change.objects.count()  # noted with each change
    assert go_round() == []
    assert (Untold.objects.count(), mailbox.messages) == (0, [])


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("", True),
        ("source=gazette", True),
        ("source=other", False),
        ("kind=number", True),
        ("kind=headline", False),
        ("kind=number&language=en&disclosed=no", True),
        ("language=de", False),
        ("article={article}", True),
        ("article={article}&kind=headline", False),
        ("article={another}", False),
        ("q=1040", True),
        ("q=1040&scope=added", True),
        ("q=1040&scope=removed", False),
        ("q=boats&scope=added", False),  # they were there before
        ("q=1040&source=gazette&kind=number", True),
        ("q=1040&source=other", False),
        ("q=1040&kind=headline", False),
    ],
)
def test_a_reader_is_told_of_what_the_list_of_the_same_query_shows(cast, mailbox, query, is_told):
    casting.make_source("Another paper", "other")
    query = query.format(article=cast.stable.pk, another=cast.corrected.pk)
    reader(query)
    made = change(cast.stable, 40)
    go_round()
    assert len(mailbox.to(VERA)) == is_told
    if "article" not in query:
        assert (made.pk in Subject.read(QueryDict(query)).among([made.pk])) == is_told


def test_a_search_is_followed_for_what_comes_under_its_source_s_name_of_the_day(cast):
    follow = reader("q=%22ran+aground%22+-ferry&scope=any&source=gazette&from=2020-01-01")
    assert follow.query == "q=%22ran+aground%22+-ferry&scope=any"
    Source.objects.filter(pk=follow.source_id).update(slug="herald")
    subject = Subject.of(Follow.objects.select_related("source").get(pk=follow.pk))
    assert subject.query == "q=%22ran+aground%22+-ferry&scope=any&source=herald"
    assert subject.words.startswith(
        'Changes with which this comes or goes: "ran aground" -ferry in any version'
    )
    with pytest.raises(Http404, match="takes one of"):
        Subject.read(QueryDict("q=x&scope=nowhere"))


def test_nothing_that_is_hidden_is_told_even_if_it_was_hidden_after_the_message_was_made(cast, mailbox, hook):
    """A passage is blacked out, a change from or to a hidden version is told to nobody."""
    reader()
    channel(hook)
    change(cast.stable, 40)
    why = hiding.Statement("privacy", "asked for")
    gathering.gather()
    gathering.bundle(NOW)
    hiding.hide_passage(cast.stable, "1040 boats", why, None)
    go_round()
    message = mailbox.to(VERA)[0]
    told = [message.get_body([kind]).get_content() for kind in ("plain", "html")]
    told.append(hook.posted[0].body.decode())
    assert ["1040" in text for text in told] == [False, False, False]
    assert ["council counted" in text for text in told] == [True, True, True]
    later = change(cast.stable, 41, NOW + timedelta(minutes=1))
    hiding.hide_versions([later.new], why, None)
    go_round(NOW + timedelta(minutes=2))
    assert (len(mailbox.to(VERA)), len(hook.posted)) == (1, 1)


def test_light_changes_are_left_out_for_who_wants_weighty_ones(cast, mailbox):
    made = change(cast.stable, 40)
    reader(weight=made.weight + 0.1)
    reader(weight=made.weight, address="ola@example.org")
    go_round()
    assert [mailbox.to(VERA), len(mailbox.to("ola@example.org"))] == [[], 1]


def test_who_follows_a_change_in_several_ways_is_told_once_and_the_soonest(cast, mailbox):
    reader("source=gazette", Cadence.WEEKLY)
    reader(f"article={cast.stable.pk}", Cadence.INSTANT)
    reader("kind=number", Cadence.DAILY)
    change(cast.stable, 40)
    for days in range(9):
        go_round(NOW + timedelta(days=days))
    assert len(mailbox.to(VERA)) == 1
    assert Notice.objects.get().follow.cadence == Cadence.INSTANT


# --- once ------------------------------------------------------------------------------------------
def test_each_change_is_told_once_to_each_however_often_one_goes_round(cast, mailbox, hook):
    channel(hook)
    reader()
    reader(address="ola@example.org")
    for number in (40, 41, 42):
        change(cast.stable, number)
        for _ in range(2):
            go_round()
    for address in (VERA, "ola@example.org"):
        told = mailbox.to(address)
        assert len(told) == 3
        assert len({message["Message-ID"] for message in told}) == 3
    assert [json.loads(one.body)["changes"][0]["new"] for one in hook.posted] == [3, 4, 5]


def test_many_who_go_round_at_once_tell_each_change_once(cast, mailbox):
    readers = [f"reader{n}@example.org" for n in range(5)]
    for address in readers:
        reader(address=address)
    for number in range(40, 44):
        change(cast.stable, number)
    barrier = threading.Barrier(4)

    def walk() -> None:
        close_old_connections()
        barrier.wait()
        try:
            Postman().round()
        finally:
            connection.close()

    with time_machine.travel(NOW):
        walkers = [threading.Thread(target=walk) for _ in range(4)]
        for walker in walkers:
            walker.start()
        for walker in walkers:
            walker.join()
        Postman().round()  # what a walker left to another that was faster
    assert {address: len(mailbox.to(address)) for address in readers} == dict.fromkeys(readers, 4)
    assert len({message["Message-ID"] for message in mailbox.messages}) == 20


def test_while_texts_are_compared_others_write(cast, meanwhile):
    gathering.gather()
    reader("q=1040&scope=any")
    change(cast.stable, 40)
    written = meanwhile(lambda: Source.objects.update(name="The Herald"))
    assert gathering.gather() == 1
    assert written == [Source.objects.count()]
    assert Notice.objects.count() == 1


def test_who_gathers_the_same_at_once_tells_it_once(cast, mailbox, meanwhile):
    gathering.gather()
    reader("q=1040&scope=any")
    reader(address="ola@example.org")
    change(cast.stable, 40)
    gathered = meanwhile(gathering.gather)
    assert gathering.gather() == 0
    assert gathered == [1]
    assert go_round() == [Outcome.SENT] * 2
    assert [len(mailbox.to(address)) for address in (VERA, "ola@example.org")] == [1, 1]


def test_what_was_found_for_a_follow_that_ends_just_then_is_told_through_another(cast, meanwhile):
    searched = reader("q=1040&scope=any", Cadence.DAILY)
    weekly = reader("source=gazette", Cadence.WEEKLY)
    change(cast.stable, 40)
    stopped = meanwhile(lambda: following.stop(searched))
    gathering.gather()
    gathering.gather()
    assert stopped == [None]
    assert Notice.objects.get().follow == weekly
    assert not Untold.objects.exists()


def test_of_a_search_no_text_is_read_that_cannot_have_it(cast, monkeypatch):
    gathering.gather()
    reader("q=zebra&scope=any")
    reader("q=1040&scope=any")
    made = change(cast.stable, 40)
    change(cast.corrected, 41)
    read, readable = [], searching.readable

    def noted(articles, only):
        read.extend(only)
        return readable(articles, only)

    monkeypatch.setattr(searching, "readable", noted)
    gathering.gather()
    assert Notice.objects.get().change == made
    assert set(read) == {made.old_id, made.new_id}


@pytest.mark.parametrize("missing", ["change", "article"])
def test_what_is_not_indexed_yet_is_read_and_told(cast, missing):
    reader("q=1040&scope=any")
    made = change(cast.stable, 40)
    if missing == "change":
        ChangeTerms.objects.filter(pk=made.pk).delete()
    else:
        ArticleTerms.objects.filter(pk=cast.stable.pk).update(made_by=0)
    gathering.gather()
    assert Notice.objects.get().change == made


@pytest.mark.server  # SQLite has one writer: what is committed later has a later number
def test_a_change_that_is_committed_late_under_an_earlier_number_is_told_too(cast, mailbox):
    reader()
    is_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                change(Article.objects.get(pk=cast.stable.pk), 40)
                is_written.set()
                may_commit.wait(30)
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    is_written.wait(30)
    later = change(cast.corrected, 41)
    go_round()
    may_commit.set()
    slow.join()
    go_round()
    numbers = set(Notice.objects.values_list("change", flat=True))
    assert len(mailbox.to(VERA)) == 2
    assert min(numbers) < later.pk


def test_a_process_that_dies_between_the_servers_yes_and_our_commit_sends_again_under_the_same_id(
    cast, mailbox
):
    reader()
    change(cast.stable, 40)
    gathering.gather()
    gathering.bundle(NOW)
    [claimed] = sending.claim(NOW, 4)
    assert mail.send(claimed).outcome is Outcome.SENT  # and here it dies
    assert go_round(NOW + timedelta(minutes=1)) == []  # for it may still be at it
    assert go_round(NOW + sending.LEASE) == [Outcome.SENT]
    first, second = mailbox.to(VERA)
    assert first["Message-ID"] == second["Message-ID"]
    assert Delivery.objects.get().attempts == 2


def test_a_process_that_comes_back_after_its_lease_writes_nothing(cast, mailbox):
    reader()
    change(cast.stable, 40)
    gathering.gather()
    gathering.bundle(NOW)
    [late] = sending.claim(NOW, 4)
    [taken_over] = sending.claim(NOW + sending.LEASE, 4)
    mailbox.refused[VERA] = "550 no such user"
    sending.send(late, NOW + sending.LEASE)
    assert Delivery.objects.get().state == Delivery.State.WAITING
    del mailbox.refused[VERA]
    sending.send(taken_over, NOW + sending.LEASE)
    assert Delivery.objects.get().state == Delivery.State.SENT


def test_a_message_is_claimed_by_one_only(cast, mailbox):
    reader()
    for number in range(40, 46):
        change(cast.stable, number)
    gathering.gather()
    gathering.bundle(NOW)
    found: list[int] = []
    barrier = threading.Barrier(3)

    def take() -> None:
        barrier.wait()
        try:
            while claimed := sending.claim(NOW, 2):
                found.extend(one.pk for one in claimed)
        finally:
            connection.close()

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(found) == sorted(Delivery.objects.values_list("pk", flat=True))


def test_a_message_that_is_forgotten_while_it_is_claimed_keeps_no_other_back(cast, mailbox):
    """Its reader forgets the address between the claim's statement and what is read after it."""
    reader()
    other = reader(address="ola@example.org")
    change(cast.stable, 40)
    gathering.gather()
    gathering.bundle(NOW)

    def forgetting(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith('UPDATE "articles_delivery" SET "lease_token"'):
            Follower.objects.filter(key=VERA).delete()
        return answer

    with connection.execute_wrapper(forgetting):
        claimed = sending.claim(NOW, 4)
    assert [one.follower for one in claimed] == [other.follower]


# --- what waits in a follow that ends --------------------------------------------------------------
def test_what_waits_in_a_follow_that_ends_is_told_once_through_another_that_has_it(cast, mailbox):
    reader("kind=headline", Cadence.WEEKLY)
    daily = reader(f"article={cast.stable.pk}", Cadence.DAILY)
    reader("source=gazette", Cadence.WEEKLY)
    go_round()  # the digests that were due
    change(cast.stable, 40)
    go_round()
    assert Notice.objects.get().follow == daily
    following.stop(daily)
    for days in range(1, 15):
        go_round(NOW + timedelta(days=days))
    [digest] = mailbox.to(VERA)
    assert f"/articles/{cast.stable.pk}/diff/2/3/" in digest.get_body(("plain",)).get_content()


def test_of_several_others_the_soonest_tells_what_waits(cast):
    ended = reader(f"article={cast.stable.pk}", Cadence.DAILY)
    reader("source=gazette", Cadence.WEEKLY)
    daily = reader("q=1040&scope=any", Cadence.DAILY)
    reader("q=1040&scope=any", Cadence.DAILY, address="ola@example.org")
    change(cast.stable, 40)
    gathering.gather()
    assert Notice.objects.filter(follow=ended).exists()
    following.stop(ended)
    assert Notice.objects.get(follower=ended.follower).follow == daily


@pytest.mark.parametrize(
    "kind_of_other", ["another article", "weightier", "began later", "paused", "nobody's"]
)
def test_what_nothing_else_has_goes_with_the_follow(cast, kind_of_other):
    ended = reader(f"article={cast.stable.pk}", Cadence.DAILY)
    query = f"article={cast.corrected.pk}" if kind_of_other == "another article" else ""
    weight = 1_000.0 if kind_of_other == "weightier" else 0.0
    address = "ola@example.org" if kind_of_other == "nobody's" else VERA
    other = reader(query, Cadence.WEEKLY, weight, address)
    if kind_of_other == "began later":
        following.begin(other, NOW + timedelta(seconds=1))
    Follow.objects.filter(pk=other.pk).update(is_paused=kind_of_other == "paused")
    change(cast.stable, 40)
    gathering.gather()
    following.stop(ended)
    assert not Notice.objects.filter(follower=ended.follower).exists()


def test_what_comes_to_wait_in_a_follow_while_it_ends_is_told_through_another_too(cast, meanwhile):
    daily = reader("source=gazette", Cadence.DAILY)
    weekly = reader("q=1040&scope=any", Cadence.WEEKLY)
    first = change(cast.stable, 40)
    gathering.gather()

    def come() -> int:
        change(Article.objects.get(pk=cast.stable.pk), 41)
        return gathering.gather()

    gathered = meanwhile(come)
    following.stop(daily)
    assert gathered == [1]
    assert set(Notice.objects.values_list("follow", flat=True)) == {weekly.pk}
    assert set(Notice.objects.values_list("change", flat=True)) == {first.pk, Change.objects.latest("pk").pk}


# --- floods and digests ----------------------------------------------------------------------------
def test_a_flood_becomes_one_digest_and_what_follows_another_an_hour_later(cast, mailbox):
    reader()
    for number in range(SINGLE_MOST + 5):
        change(cast.stable, number)
    go_round()
    [digest] = mailbox.to(VERA)
    assert digest["Subject"].startswith("15 changes: ")
    change(cast.stable, 400)
    go_round(NOW + timedelta(minutes=30))
    assert len(mailbox.to(VERA)) == 1
    go_round(NOW + timedelta(hours=1))
    assert len(mailbox.to(VERA)) == 2


def test_who_waits_for_a_flood_to_end_keeps_nobody_else_waiting(cast, mailbox, monkeypatch):
    """However many these are: so many follows are seen to in a round."""
    monkeypatch.setattr(gathering, "BATCH", 3)
    flooded = [reader(address=f"{name}@example.org") for name in "abc"]
    for follow in flooded:
        Delivery.objects.create(
            kind="digest", follow=follow, follower=follow.follower, created_at=NOW, next_attempt_at=NOW
        )
    reader()
    change(cast.stable, 40)
    go_round(NOW + timedelta(minutes=1))
    assert len(mailbox.to(VERA)) == 1


def test_changes_that_trickle_in_are_a_flood_as_well(cast, mailbox):
    reader()
    for minute in range(SINGLE_MOST + 5):
        change(cast.stable, minute, NOW + timedelta(minutes=minute))
        go_round(NOW + timedelta(minutes=minute))
    assert len(mailbox.to(VERA)) == SINGLE_MOST + 1
    go_round(NOW + timedelta(hours=3))
    assert len(mailbox.to(VERA)) == SINGLE_MOST + 1 + 4  # the rest, when the hour is over
    assert set(Notice.objects.values_list("delivery__state", flat=True)) == {"sent"}


def test_a_daily_digest_comes_at_its_hour_the_weightiest_first(cast, mailbox):
    follow = reader(cadence=Cadence.DAILY)
    assert follow.next_digest_at == datetime(2026, 3, 4, 6, tzinfo=UTC)  # confirmed a day before, at noon
    go_round()
    add_version(cast.stable, [*casting.BRIDGE[6:], "Its lamps are lit."], at=NOW)
    add_version(cast.corrected, casting.BRIDGE_REWRITTEN, title="Another headline altogether", at=NOW)
    go_round(NOW + timedelta(hours=17))
    assert mailbox.messages == []
    go_round(NOW + timedelta(hours=18))
    [digest] = mailbox.to(VERA)
    text = digest.get_body(("plain",)).get_content()
    assert text.index("Another headline altogether") < text.index("School library")
    go_round(NOW + timedelta(hours=42))
    assert len(mailbox.to(VERA)) == 1  # nothing was seen, nothing is sent


def test_a_large_digest_shows_the_weightiest_and_says_how_many_more(cast, mailbox):
    reader(cadence=Cadence.WEEKLY)
    for number in range(25):
        change(cast.stable, number)
    go_round()
    go_round(NOW + timedelta(days=7))
    text = mailbox.to(VERA)[0].get_body(("plain",)).get_content()
    assert text.count("/diff/") == 20
    assert "and 5 more: " in text


# --- hidden ----------------------------------------------------------------------------------------
def test_what_is_hidden_between_gathering_and_sending_is_not_sent(cast, mailbox, hook):
    reader()
    channel(hook)
    change(cast.stable, 40)
    gathering.gather()
    gathering.bundle(NOW)
    Article.objects.filter(pk=cast.stable.pk).update(hidden_at=NOW)
    assert go_round() == [Outcome.DROPPED, Outcome.DROPPED]
    assert (mailbox.messages, hook.posted) == ([], [])


def test_of_a_digest_what_is_hidden_is_left_out(cast, mailbox):
    reader(cadence=Cadence.DAILY)
    go_round()
    change(cast.stable, 40)
    change(cast.corrected, 41)
    gathering.gather()
    Article.objects.filter(pk=cast.stable.pk).update(hidden_at=NOW)
    go_round(NOW + timedelta(days=1))
    [digest] = mailbox.to(VERA)
    assert digest["Subject"].startswith("1 change: ")
    assert "School library" not in digest.as_string()


# --- mail ------------------------------------------------------------------------------------------
def test_a_message_says_what_changed_in_both_forms_and_how_to_end_it(cast, mailbox, settings):
    settings.BASE_URL = "https://diff.example.org"
    follow = reader()
    add_version(cast.stable, ["The bridge has 19 lamps."], title="A bridge <b>lit</b>", at=NOW)
    add_version(cast.stable, ["The bridge has 21 lamps."], title="A bridge <b>lit</b>", at=NOW)
    go_round()
    [message] = [one for one in mailbox.to(VERA) if "Number" in one["Subject"]]
    stop = f"https://diff.example.org/follow/stop/{follow.token}/"
    assert message["List-Unsubscribe"].strip() == f"<{stop}>"  # which stands on a line of its own
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == f"newsdiff <{follow.pk}.follow.diff.example.org>"
    assert message["Message-ID"].endswith("@diff.example.org>")
    assert message["Subject"] == "Number: A bridge <b>lit</b>"
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "[-19-]{+21+}" in text.replace("-] {+", "-]{+")
    assert "<del>19</del>" in html
    assert "<ins>21</ins>" in html
    assert "<b>" not in html.partition("</head>")[2]
    comparison = f"https://diff.example.org/articles/{cast.stable.pk}/diff/3/4/"
    manage = f"https://diff.example.org/follow/manage/{follow.follower.token}/"
    for form in (text, html):
        for part in (comparison, stop, manage, "weight", "number: “19”"):
            assert part in form


def test_no_headline_puts_a_header_into_a_message(cast, mailbox):
    reader()
    title = "Storm\r\nBcc: everybody@example.org\r\n\r\nBody\u2028\x00" + "long " * 100
    add_version(cast.stable, ["Twelve."], title=casting.storable(title), at=NOW)
    go_round()
    [message] = mailbox.to(VERA)
    assert message["Bcc"] is None
    assert "Storm Bcc: everybody@example.org Body" in message["Subject"]
    assert len(message["Subject"].strip()) <= 150
    assert mailbox.recipients == [VERA]


def test_an_address_that_is_refused_three_times_is_left_alone_until_its_reader_says_so(cast, mailbox):
    follow = reader()
    mailbox.refused[VERA] = "550 5.1.1 <Vera@example.org>: no such user"
    for hour in range(4):
        change(cast.stable, hour, NOW + timedelta(hours=hour))
        go_round(NOW + timedelta(hours=hour))
    follow.refresh_from_db()
    assert follow.is_paused
    assert "no such user" in follow.pause_reason
    said = {*Delivery.objects.values_list("last_error", flat=True), follow.pause_reason}
    assert not [words for words in said if VERA in words.lower()]  # viewers read the log
    assert list(Delivery.objects.values_list("state", "status")) == [("failed", 550)] * 3
    del mailbox.refused[VERA]
    following.resume(follow.follower, NOW + timedelta(hours=5))
    change(cast.stable, 99, NOW + timedelta(hours=6))
    go_round(NOW + timedelta(hours=6))
    assert len(mailbox.to(VERA)) == 1


def test_a_mail_server_that_says_later_is_asked_later_and_nobody_is_forgotten(cast, mailbox):
    reader()
    reader(address="ola@example.org")
    replies = ["451 try again"]
    mailbox.on_data = lambda message: replies.pop() if replies else None
    change(cast.stable, 40)
    assert sorted(go_round()) == [Outcome.PUT_OFF, Outcome.SENT]
    assert go_round(NOW + timedelta(seconds=29)) == []
    assert go_round(NOW + timedelta(seconds=31)) == [Outcome.SENT]
    assert sorted(mailbox.recipients) == ["ola@example.org", VERA]


def test_without_a_server_what_is_due_waits_three_days_at_most(cast, settings, mailbox):
    reader()
    settings.EMAIL_PORT = 1  # nobody listens there
    change(cast.stable, 40)
    assert go_round() == [Outcome.PUT_OFF]
    assert go_round(NOW + timedelta(days=4)) == [Outcome.FAILED]
    assert Delivery.objects.get().last_error == "The mail server cannot be reached: Connection refused."


# --- webhooks --------------------------------------------------------------------------------------
def test_a_webhook_is_told_in_signed_json(cast, hook, settings):
    settings.BASE_URL = "https://diff.example.org"
    desk = channel(hook, "kind=number")
    made = change(cast.stable, 40)
    go_round()
    [posted] = hook.posted
    body = json.loads(posted.body)
    assert posted.path == "/hook?a=1"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["idempotency-key"] == body["id"]
    assert Signature(desk.secret).is_of(posted.headers["x-newsdiff-signature"], posted.body, NOW)
    assert body["type"] == "change"
    assert body["followed"] == {
        "words": "Changed numbers",
        "page": "https://diff.example.org/?kind=number",
    }
    [said] = body["changes"]
    assert (said["id"], said["article"], said["old"], said["new"]) == (made.pk, cast.stable.pk, 2, 3)
    assert said["link"] == f"https://diff.example.org/articles/{cast.stable.pk}/diff/2/3/"
    assert {kind["name"] for kind in said["kinds"]} == set(made.kind_names)


def test_channels_are_told_of_the_changes_with_which_what_they_search_for_comes_or_goes(cast, hook):
    channel(hook, "q=1040&scope=removed&source=gazette")
    change(cast.stable, 40)
    go_round()
    assert hook.posted == []
    gone = change(cast.stable, 41, NOW + timedelta(minutes=1))
    change(cast.corrected, 41, NOW + timedelta(minutes=1))
    go_round(NOW + timedelta(minutes=1))
    (posted,) = hook.posted
    told = json.loads(posted.body)
    assert [one["id"] for one in told["changes"]] == [gone.pk]
    assert "1040 in what was removed" in told["followed"]["words"]
    assert told["followed"]["page"].endswith("/search/?q=1040&scope=removed&source=gazette")


def test_a_webhook_that_fails_is_tried_for_a_day_ever_more_seldom_and_then_given_up(cast, hook):
    channel(hook)
    hook.answers = [503] * 100
    change(cast.stable, 40)
    at, moments = NOW, []
    while Delivery.objects.filter(state="waiting").exists() or at == NOW:
        moments.append(at)
        go_round(at)
        at = Delivery.objects.get().next_attempt_at
    waits = [timedelta(seconds=round((b - a).total_seconds())) for a, b in pairwise(moments)]
    assert waits == sorted(waits)
    assert waits[:2] == [timedelta(seconds=30), timedelta(minutes=1)]
    assert timedelta(days=1) <= moments[-1] - NOW < timedelta(days=1, hours=4)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.status, delivery.attempts) == ("failed", 503, len(moments))
    assert len({posted.headers["idempotency-key"] for posted in hook.posted}) == 1
    hook.answers = []
    assert following.send_again(Delivery.objects.all(), at) == 1
    assert go_round(at) == [Outcome.SENT]
    assert following.send_again(Delivery.objects.all(), at) == 0


def test_a_webhook_that_fails_twice_and_hangs_once_is_told_in_the_end_once(cast, hook, monkeypatch):
    monkeypatch.setattr("articles.alerts.hooks.DEADLINE", 0.5)
    channel(hook)
    hook.answers = [500, "hang", 502]
    change(cast.stable, 40)
    outcomes = [go_round(NOW + timedelta(minutes=10 * n)) for n in range(5)]
    assert outcomes == [[Outcome.PUT_OFF]] * 3 + [[Outcome.SENT], []]
    assert Delivery.objects.get().last_error == ""


def test_while_one_message_fails_those_behind_it_wait_with_it(cast, hook):
    channel(hook)
    for number in range(6):
        change(cast.stable, number)
    hook.answers = [503] * 4
    go_round()
    assert len(hook.posted) == 4  # as many as go at once
    assert go_round(NOW + timedelta(seconds=29)) == []
    go_round(NOW + timedelta(seconds=31))
    assert Delivery.objects.filter(state="sent").count() == 6


def test_a_redirect_is_not_followed_wherever_it_leads(cast, hook):
    channel(hook)
    hook.answers = [(307, {"Location": f"{hook.base}/elsewhere"})]
    change(cast.stable, 40)
    assert go_round() == [Outcome.PUT_OFF]
    assert [posted.path for posted in hook.posted] == ["/hook?a=1"]
    assert "give the address that it leads to" in Delivery.objects.get().last_error


def test_a_webhook_inside_is_not_reached(cast, hook, settings):
    settings.NEWSDIFF_ALLOW_PRIVATE = []
    channel(hook)
    change(cast.stable, 40)
    assert go_round() == [Outcome.PUT_OFF]
    assert hook.posted == []
    assert "private address" in Delivery.objects.get().last_error


def test_a_webhook_that_is_gone_is_stopped_in_the_open(cast, hook):
    desk = channel(hook)
    hook.answers = [410]
    change(cast.stable, 40)
    assert go_round() == [Outcome.FAILED]
    desk.refresh_from_db()
    assert desk.is_paused
    assert "410 Gone" in desk.pause_reason
    change(cast.stable, 41)
    assert go_round(NOW + timedelta(hours=1)) == []


def test_a_test_tells_of_nothing_and_goes_the_way_of_all(hook):
    desk = Channel.objects.create(name="Desk", address=f"{hook.base}/", created_at=NOW)
    following.send_test(desk, NOW)
    assert go_round() == [Outcome.SENT]
    [posted] = hook.posted
    assert json.loads(posted.body)["type"] == "test"
    assert Signature(desk.secret).is_of(posted.headers["x-newsdiff-signature"], posted.body, NOW)


# --- chat ------------------------------------------------------------------------------------------
def test_a_chat_service_is_told_in_words(cast, hook, monkeypatch):
    from apprise.plugins.discord import NotifyDiscord

    monkeypatch.setattr(NotifyDiscord, "notify_url", f"{hook.base}/api/webhooks")
    room = channel(hook)
    address = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    Channel.objects.filter(pk=room.pk).update(kind=Channel.Kind.CHAT, address=address)
    change(cast.stable, 40)
    hook.answers = [500]
    assert go_round() == [Outcome.PUT_OFF]
    assert Delivery.objects.get().status == 500
    assert go_round(NOW + timedelta(minutes=1)) == [Outcome.SENT]
    said = json.loads(hook.posted[-1].body)
    assert f"/articles/{cast.stable.pk}/diff/2/3/" in json.dumps(said)
    assert "School library" in json.dumps(said)


# --- what is over ----------------------------------------------------------------------------------
def test_a_fault_of_ours_in_one_message_keeps_no_other_back(cast, mailbox, monkeypatch):
    reader()
    reader(address="ola@example.org")
    change(cast.stable, 40)
    compose = mail.compose

    def failing(delivery: Delivery):
        if delivery.follower.address == VERA:
            raise RuntimeError("a fault")
        return compose(delivery)

    monkeypatch.setattr(mail, "compose", failing)
    assert sorted(go_round()) == [Outcome.PUT_OFF, Outcome.SENT]
    assert "RuntimeError" in Delivery.objects.get(follower__address=VERA).last_error


def test_the_log_is_kept_for_ninety_days(cast, mailbox):
    reader()
    change(cast.stable, 40)
    go_round()
    following.sweep(NOW + timedelta(days=89))
    assert Delivery.objects.exists()
    following.sweep(NOW + timedelta(days=90))
    assert not Delivery.objects.exists()
    assert not Notice.objects.exists()
    assert go_round(NOW + timedelta(days=90)) == []


# --- the operator's test ---------------------------------------------------------------------------
def test_the_operator_learns_whether_mail_goes_out(mailbox, settings, capsys):
    call_command("testmail", VERA)
    assert [message["From"] for message in mailbox.to(VERA)] == [settings.NEWSDIFF_MAIL_FROM]
    assert f"127.0.0.1:{mailbox.port} took a message" in capsys.readouterr().out
    mailbox.refused[VERA] = "550 no such user"
    with pytest.raises(CommandError, match="no such user"):
        call_command("testmail", VERA)
    with pytest.raises(CommandError, match=r"give one such as name@example\.org") as misuse:
        call_command("testmail", "vera")
    assert misuse.value.returncode == 2
    settings.EMAIL_HOST = ""
    with pytest.raises(CommandError, match="Set EMAIL_URL"):
        call_command("testmail", VERA)
