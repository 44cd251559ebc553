"""Reading in children: the same answers as in-process, and no page harms more than itself."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from articles import reading
from articles.core.extraction import ExtractionError, extract
from articles.core.types import Extract, Paragraph, ParagraphKind, Rules
from tests.processes import PATIENCE, until

URL = "https://news.example.org/a"


def page(number: int) -> bytes:
    texts = "".join(
        f"<p>Paragraph {n} of page {number} tells readers at some length what happened.</p>" for n in range(9)
    )
    return f"<html><body><article><h1>Headline of page {number}</h1>{texts}</article></body></html>".encode()


@pytest.fixture(autouse=True, scope="module")
def _closed():
    yield
    reading.close()


# What a child is given in place of `extract`; it finds them by importing this module.
def sleep(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract:
    time.sleep(60)
    raise AssertionError("not ended")


def spin(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract:
    while True:
        pass


def die(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("not dead")


def eat(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract:
    return Extract(str(len(bytearray(8 * 1024**3))), ())


def imported(body: bytes, url: str, charset: str, rules: Rules, known: str) -> Extract:
    loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("django", "celery", "newsdiff"))
    return Extract("", (Paragraph(ParagraphKind.PARAGRAPH, " ".join(loaded)),))


def test_a_child_reads_what_extract_reads():
    assert reading.read(page(1), URL) == extract(page(1), URL)


def test_an_extraction_error_comes_through_with_its_words():
    with pytest.raises(ExtractionError, match="empty"):
        reading.read(b"", URL)


def test_many_threads_read_at_once_and_each_gets_its_own_page():
    with ThreadPoolExecutor(8) as threads:
        titles = [article.title for article in threads.map(lambda n: reading.read(page(n), URL), range(40))]
    assert titles == [f"Headline of page {n}" for n in range(40)]


@pytest.mark.parametrize(
    ("job", "words"), [(spin, r"more than 0\.2 seconds of a processor$"), (sleep, r"more than 0\.6 seconds$")]
)
def test_a_page_that_takes_too_long_is_ended(job, words, monkeypatch):
    if job is spin:  # a child that got little of a processor would be ended by the clock before
        monkeypatch.setattr(reading, "BY_THE_CLOCK", 300)
    with pytest.raises(ExtractionError, match=words):
        reading.run(b"", URL, "", seconds=0.2, job=job)
    assert reading.read(page(2), URL).title == "Headline of page 2"


def test_a_page_that_kills_its_reader_costs_only_itself():
    with pytest.raises(ExtractionError, match="died"):
        reading.run(b"", URL, "", seconds=20, job=die)
    assert reading.read(page(3), URL).title == "Headline of page 3"


def test_children_that_are_killed_while_they_have_nothing_to_do_are_replaced():
    assert reading.read(page(6), URL).title == "Headline of page 6"
    pool = reading._children()
    for child in multiprocessing.active_children():
        child.kill()
    until(lambda: not pool.active)
    assert reading.read(page(7), URL).title == "Headline of page 7"


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_given_up_with_all_others_is_read_by_new_children(times, monkeypatch):
    """What waits for a child is given up when one dies that had nothing to read."""

    class Broken:
        def schedule(self, *args, **kwargs) -> Future:
            future = Future()
            future.set_exception(BrokenProcessPool("All workers expired"))
            return future

    real, broken = reading._children, [Broken()] * times
    monkeypatch.setattr(reading, "_children", lambda: broken.pop() if broken else real())
    if times == 1:
        assert reading.read(page(8), URL).title == "Headline of page 8"
    else:
        with pytest.raises(ExtractionError, match="died before they came to the page"):
            reading.read(page(8), URL)


def test_a_page_that_takes_too_much_memory_is_refused():
    with pytest.raises(ExtractionError, match="memory"):
        reading.run(b"", URL, "", seconds=20, job=eat)
    assert reading.read(page(4), URL).title == "Headline of page 4"


def test_a_child_has_loaded_nothing_of_django_or_celery():
    assert reading.run(b"", URL, "", seconds=20, job=imported).texts == [""]


def test_reading_goes_on_after_the_pool_was_closed():
    reading.close()
    assert reading.read(page(5), URL).title == "Headline of page 5"


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


PARENT = """
import signal, sys, time
from articles import reading
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts beside itself ignores it
    reading.read(b"<p>" + b"Some words of an article that is read. " * 30, "https://news.example.org/")
    loaded = [name for name in sys.modules if name.startswith("django")]
    print("ready", *loaded, flush=True)
    for _ in range(600):  # a signal that comes just before one long sleep would be handled after it
        time.sleep(0.1)
"""


SHORT = """
import os, signal, time
from pathlib import Path
from articles import reading
if __name__ == "__main__":
    reading.warm_up()
    while len(list(Path(__file__).parent.glob("child-*"))) < reading.WORKERS:
        time.sleep(0.01)
else:  # a child that is asked to end while it starts, and is slow to
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(__file__).with_name(f"child-{os.getpid()}").touch()
    time.sleep(1)
"""


def test_children_that_were_still_starting_as_their_parent_ended_say_nothing(tmp_path):
    script = tmp_path / "short.py"
    script.write_text(SHORT)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ended = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_no_child_outlives_its_parent(how, tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parent.parent
    parent = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().split() == ["ready"]  # and reading imports no Django
    pids = {
        pid for thread in Path(f"/proc/{parent.pid}/task").iterdir() for pid in children_of_thread(thread)
    }
    assert len(pids) >= 2
    parent.send_signal(how)
    parent.wait(timeout=PATIENCE)
    deadline = time.monotonic() + 10
    while (left := {pid for pid in pids if is_running(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left
    parent.stdout.close()


def children_of_thread(thread: Path) -> set[int]:
    return {int(pid) for pid in (thread / "children").read_text().split()}
