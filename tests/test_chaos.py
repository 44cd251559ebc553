"""A short slice of the storm in each mode, and what its judge makes of cases that can be reckoned by hand."""

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import pairwise
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.chaos import misbehaving
from tests.chaos.fleet import Disk
from tests.chaos.origin import Origin
from tests.chaos.proxy import Proxy
from tests.chaos.storm import Plan, Storm
from tests.chaos.truth import Author, Span, Stand, Text, overlap
from tests.chaos.verify import compare, must_be_stored
from tests.processes import until

A, B, C, D = (Text(name, (f"What stands under {name}.",)) for name in "ABCD")


# --- the storm --------------------------------------------------------------------------------------
def slice_of(mode: str, folder) -> list[str]:
    plan = Plan(
        mode, seed=5, seconds=10, hold=25, hosts=3, articles=3, rate=0.3, pause=(0.2, 1.5), drills=1, least=3
    )
    figures = Storm(plan, folder).run()
    assert figures.faults.total() >= 3
    assert figures.site_faults.total() >= 3
    assert figures.verdict.stored > 9
    return figures.broken


@pytest.fixture
def folder():
    """One that PostgreSQL's own user can enter, which the folders of a test cannot be by anybody else."""
    with TemporaryDirectory(prefix="newsdiff-chaos-") as made:
        yield Path(made)


@pytest.mark.chaos
def test_embedded_nothing_is_lost_doubled_invented_or_stuck(folder):
    assert slice_of("embedded", folder) == []


@pytest.mark.chaos
@pytest.mark.server
def test_as_a_server_nothing_is_lost_doubled_invented_or_stuck(folder):
    assert slice_of("server", folder) == []


# --- the judge --------------------------------------------------------------------------------------
class OneStory:
    """A site with one article that showed these texts, each as long as is said, sent whole once."""

    def __init__(self, *shown: tuple[Text, float], hold: float = 10.0) -> None:
        self.origin = Origin(1, hosts=1, articles=1, hold=hold)
        self.origin.close()
        (self.host,) = self.origin.hosts
        (self.story,) = self.host.stories.values()
        at = 0.0
        for text, seconds in shown:
            self.story.stands.append(Stand(text, at, at + seconds, served=[at + 0.1]))
            at += seconds
        self.ended = at

    def judge(self, *stored: Text):
        verdict = compare(self.origin, {self.story.url: list(stored)}, self.ended)
        return len(verdict.lost), len(verdict.doubled), len(verdict.invented), len(verdict.out_of_order)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ((A, B, C), (0, 0, 0, 0)),
        ((A, C), (1, 0, 0, 0)),
        ((), (3, 0, 0, 0)),
        ((A, B, B, C), (0, 1, 0, 0)),
        ((A, B, A, C), (0, 1, 0, 0)),
        ((A, B, D, C), (0, 0, 1, 0)),
        ((A, C, B), (1, 0, 0, 1)),
    ],
    ids=lambda value: "".join(text.title for text in value) if value and isinstance(value[0], Text) else None,
)
def test_what_is_wrong_with_what_was_stored(stored, found):
    assert OneStory((A, 20), (B, 20), (C, 20)).judge(*stored) == found


def test_a_text_that_stood_shortly_may_be_missed_or_stored():
    site = OneStory((A, 20), (B, 5), (C, 20))
    assert site.judge(A, C) == site.judge(A, B, C) == (0, 0, 0, 0)


def test_a_text_that_came_back_is_a_version_where_the_one_between_was_to_be_seen():
    assert OneStory((A, 20), (B, 20), (A, 20)).judge(A, B, A) == (0, 0, 0, 0)
    assert OneStory((A, 20), (B, 20), (A, 20)).judge(A, B) == (1, 0, 0, 0)
    assert OneStory((A, 20), (B, 5), (A, 20)).judge(A) == (0, 0, 0, 0)


def test_a_text_that_never_went_out_whole_is_invented():
    site = OneStory((A, 20), (B, 20))
    site.story.stands[1].served.clear()
    assert site.judge(A, B) == (0, 0, 1, 0)


def test_time_in_which_the_host_was_not_to_be_had_does_not_count():
    stands = [Stand(A, 0, 20), Stand(B, 20, inf)]
    assert must_be_stored(stands, [], 15, ended=40) == [True, True]
    assert must_be_stored(stands, [Span(2, 8), Span(5, 9)], 15, ended=40) == [False, True]
    assert must_be_stored(stands, [Span(32)], 15, ended=40) == [True, False]
    assert overlap(0, 20, [Span(2, 8), Span(5, 9), Span(15)]) == 12


def test_time_in_which_newsdiff_was_stopped_does_not_count_and_is_told():
    site = OneStory((A, 20), (B, 20), (C, 20))
    outages = [Span(22, 35)]  # 7 s of B are left
    verdict = compare(site.origin, {site.story.url: [A, C]}, site.ended, outages)
    assert (verdict.expected, verdict.lost) == (2, [])
    assert (verdict.away, verdict.away_lost) == (1, 1)
    stored = compare(site.origin, {site.story.url: [A, B, C]}, site.ended, outages)
    assert (stored.away, stored.away_lost) == (1, 0)


def test_an_author_edits_so_that_the_truth_is_clear():
    author = Author(3)
    for _ in range(60):
        author.revert() or author.edit()
    words = [text.words for text in author.had]
    assert all(one != other for one, other in pairwise(words))
    back = [n for n in range(2, len(words)) if words[n] == words[n - 2]]
    assert len(back) > 10
    assert all(later - earlier >= 3 for earlier, later in pairwise(back))
    assert len(set(words)) == len(words) - len(back)  # nothing else ever stood before
    assert [text.words for text in Author(3).had] == words[:1]


# --- what it is done with ---------------------------------------------------------------------------
def test_every_way_to_misbehave_ends_and_is_no_whole_answer():
    origin = Origin(1, hosts=1, articles=1, hold=10)
    (host,) = origin.hosts
    (story,) = host.stories.values()
    story.publish(0.0)
    origin.rate = 1.0
    try:
        for fault in misbehaving.QUICK:
            origin._deck, story.faults_in_a_row = [fault], 0
            with socket.create_connection(host.base.removeprefix("http://").split(":"), timeout=10) as asking:
                asking.sendall(f"GET {story.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                _read(asking)
        assert set(origin.faults) == {fault.__name__ for fault in misbehaving.QUICK}
        assert story.current.served == []
        assert len(story.asked) == len(misbehaving.QUICK)
    finally:
        origin.close()


def _read(asking: socket.socket) -> None:
    with suppress(ConnectionResetError):  # one of the ways
        while asking.recv(65_536):
            pass


def test_a_proxy_passes_on_cuts_and_holds():
    with socket.create_server(("127.0.0.1", 0)) as behind:
        threading.Thread(target=_echo, args=(behind,), daemon=True).start()
        proxy = Proxy(behind.getsockname()[1])
        try:
            with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as asking:
                asking.sendall(b"one")
                assert asking.recv(10) == b"one"
                proxy.hold()
                asking.sendall(b"two")
                asking.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    asking.recv(10)
                asking.settimeout(5)
                proxy.release()
                assert asking.recv(10) == b"two"
                proxy.cut()
                with pytest.raises(ConnectionResetError):
                    asking.recv(10)
        finally:
            proxy.close()


def _echo(behind: socket.socket) -> None:
    with behind.accept()[0] as asked, suppress(ConnectionResetError):
        while piece := asked.recv(100):
            asked.sendall(piece)


@pytest.mark.parametrize("is_mounted", [True, False], ids=["own file system", "limit on files"])
def test_a_full_disk_lets_nothing_be_written_until_there_is_room(tmp_path, is_mounted):
    disk = Disk(tmp_path / "disk", may_mount=is_mounted)
    if is_mounted and not disk.is_mounted:
        pytest.skip("mounting is not allowed here; the storm limits the size of files instead")
    writes = (
        "import sys\nwith open(sys.argv[1], 'ab', buffering=0) as out:\n for line in sys.stdin:\n"
        "  try: print(out.write(bytes(8192)) == 8192, flush=True)\n"
        "  except OSError: print(False, flush=True)\n"
    )
    command = [sys.executable, "-c", writes, str(disk.folder / "file")]
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:

            def wrote() -> str:
                writer.stdin.write("\n")
                writer.stdin.flush()
                return writer.stdout.readline().strip()

            assert wrote() == "True"
            disk.fill([writer.pid])
            assert wrote() == "False"
            disk.free([writer.pid])
            assert wrote() == "True"
            writer.stdin.close()
            until(lambda: writer.poll() is not None)
    finally:
        disk.close()


def test_the_same_seed_plans_the_same_texts():
    one, other = Author(9), Author(9)
    for _ in range(5):
        one.edit(), other.edit()
    assert one.had == other.had
