"""One run in one mode: calm, storm, calm again, and what there is to say of it."""

import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from tests.chaos import verify
from tests.chaos.faults import Fault, faults_of
from tests.chaos.fleet import Embedded, Fleet, Server
from tests.chaos.origin import Origin, now
from tests.chaos.truth import Span
from tests.chaos.verify import Verdict
from tests.processes import get

MODES: dict[str, type[Embedded] | type[Server]] = {"embedded": Embedded, "server": Server}
DRAIN = 10.0  # seconds that a SIGTERM may take
RECOVERY = 60.0  # seconds for which a drill waits
AT_ONCE = 2  # faults of the processes
# Of a host, which is asked for one thing at a time, and which a fault may keep for as long as a lease lasts:
# of more the storm would only say that a minute is too short to ask for all of them.
MOST_ARTICLES = 8
CALM = 60.0  # seconds in which what is overdue after a storm must have been looked at
START = 150.0  # seconds within which every article must have been read once


@dataclass(frozen=True)
class Plan:
    """How hard a run is."""

    mode: str
    seed: int
    seconds: float  # of storm
    hold: float  # a text that stood for so many seconds must be stored
    hosts: int = 4
    articles: int = 4  # of each host at the beginning
    rate: float = 0.2  # the share of the site's answers that are faults
    pause: tuple[float, float] = (0.5, 4.0)  # seconds between two faults of the processes
    drills: int = 3
    least: int = 0  # faults of the site that must have come before it ends, for up to ten times as long


@dataclass
class Figures:
    """What a run showed."""

    plan: Plan
    faults: Counter[str] = field(default_factory=Counter)
    site_faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    stuck: list[str] = field(default_factory=list)
    looks: int = 0
    gaps: list[float] = field(default_factory=list)  # the longest of each article, in seconds
    settled: float = 0.0  # seconds after the storm until everything was stored
    recovered: list[tuple[float, float]] = field(default_factory=list)  # first look, every host
    drained: list[float] = field(default_factory=list)
    ended_by_themselves: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    doctor: str = ""
    unsound: str = ""
    web: Counter[str] = field(default_factory=Counter)
    disk: str = ""
    load: float = 0.0  # processes that wanted a processor, for each processor, at the end of the storm

    @property
    def failures(self) -> list[str]:
        """Everything that must not be, in sentences."""
        return [*self.broken, *self.late]

    @property
    def broken(self) -> list[str]:
        """What must not be on any machine."""
        found = [*self.verdict.failures, *(f"stuck: {words}" for words in self.stuck)]
        told = self.doctor.splitlines()
        # true of a storm: nobody looked for a while, and who was killed is missed; the next line says what to do
        gaps = {n for n, line in enumerate(told) if "Nothing was looked at" in line or "Workers: " in line}
        wrong = [n for n, line in enumerate(told) if not line.startswith("ok") and not {n, n - 1} & gaps]
        found += [told[n].strip() for n in wrong]
        found += [f"the database's files: {self.unsound}"] if self.unsound else []
        found += [f"{self.orphans} times children outlived their parent"] if self.orphans else []
        return found

    @property
    def late(self) -> list[str]:
        """What took longer than is promised, which a crowded machine may be to blame for."""
        promise = MODES[self.plan.mode].recovers_in
        found = [
            f"the first look came {first:.1f} s after kill -9, to the last host {last:.1f} s after it"
            for first, last in self.recovered
            if last > promise
        ]
        return found + [f"SIGTERM took {seconds:.1f} s" for seconds in self.drained if seconds > DRAIN]


class Storm:
    """A site, the processes that follow it, and what happens to both."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.dice = random.Random(plan.seed)
        self.figures = Figures(plan)
        self.origin = Origin(plan.seed, plan.hosts, plan.articles, plan.hold)
        self.fleet: Fleet = MODES[plan.mode](folder)
        self.figures.disk = self.fleet.disk.kind
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []
        self.outages: list[Span] = []  # newsdiff's own: from a fault that stops it to the next look

    def run(self) -> Figures:
        """The whole run; the processes and the site are gone when it returns."""
        try:
            self._begin()
            self._rage()
            self._settle()
            self._drill()
            self._settle()
            self._end()
        finally:
            self._is_over.set()
            self.fleet.close()
            self.origin.close()
        if self._errors:
            raise self._errors[0]
        return self.figures

    def _begin(self) -> None:
        """In calm: every article is read once."""
        self.fleet.follow([f"{host.base}/feed.xml" for host in self.origin.hosts])
        self.fleet.start()
        assert self._wait(self._is_all_stored, START, every=0.5), self._logs()
        threading.Thread(target=self._edit, daemon=True).start()
        threading.Thread(target=self._visit, daemon=True).start()

    def _rage(self) -> None:
        """The storm."""
        self.origin.is_editing, self.origin.rate = True, self.plan.rate
        end, latest = now() + self.plan.seconds, now() + 10 * self.plan.seconds
        deck: list[Fault] = []
        faults = faults_of(self.fleet)
        while now() < (latest if self.origin.faults.total() < self.plan.least else end):
            time.sleep(self.dice.uniform(*self.plan.pause))
            host = self.dice.choice(self.origin.hosts)
            if self.dice.random() < 0.15 and len(host.stories) < MOST_ARTICLES:
                self.origin.add(host)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if len(self._threads) >= AT_ONCE:
                continue
            if not deck:
                deck = [fault for fault in faults for _ in range(fault.weight)]
                self.dice.shuffle(deck)
            thread = threading.Thread(target=self._strike, args=(deck.pop(), self.dice.random()), daemon=True)
            thread.start()
            self._threads.append(thread)
        self.figures.load = os.getloadavg()[0] / (os.cpu_count() or 1)
        self.origin.is_editing, self.origin.rate = False, 0.0
        for thread in self._threads:
            thread.join(120)

    def _strike(self, fault: Fault, seed: float) -> None:
        lock = self.fleet.locks[fault.takes]
        if not lock.acquire(timeout=30):
            return
        outage = Span(now())
        if fault.stops_all:
            self.outages.append(outage)
        try:
            self.figures.faults[fault.name] += 1
            fault.strike(random.Random(seed))
            self._wait_for_a_look()  # else a crowded machine would be killed before it has started, again and again
        except Exception as error:  # noqa: BLE001  whatever it is ends the run as a failure
            self._errors.append(error)
        finally:
            outage.end = now()
            lock.release()

    @staticmethod
    def _wait(found: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
        """Until something is so, or has not been for so long; whether it is so."""
        end = now() + seconds
        while not (is_so := found()) and now() < end:
            time.sleep(every)
        return is_so

    def _wait_for_a_look(self) -> None:
        """Until anything has been asked of the site again."""
        began = now()
        self._wait(lambda: any(host.asked[-1] > began for host in self.origin.hosts), RECOVERY)

    def _settle(self) -> None:
        """In calm again: until what stands is stored, or has stood long enough to be missed."""
        began = now()
        self._wait(self._is_all_stored, self.plan.hold + 5, every=0.5)
        self.figures.settled = max(self.figures.settled, now() - began)

    def _drill(self) -> None:
        """kill -9 of everything that crawls, in the middle of looks, and how long until it is made good."""
        self.origin.latency = 0.3
        for _ in range(self.plan.drills):
            self.origin.edit_all()
            self._wait(lambda: any(host.open for host in self.origin.hosts), RECOVERY)
            killed = now()
            for member in self.fleet.crawlers:
                member.kill()
            for member in self.fleet.crawlers:
                member.start()
            self._wait(lambda: min(host.asked[-1] for host in self.origin.hosts) > killed, RECOVERY)  # noqa: B023
            back = [
                next((at - killed for at in host.asked if at > killed), inf) for host in self.origin.hosts
            ]
            self.figures.recovered.append((min(back), max(back)))
            self._settle()
        self.origin.latency = 0.02

    def _end(self) -> None:
        figures, ended = self.figures, now()
        self._is_over.set()
        self._wait(lambda: not verify.stuck_rows(self.fleet), CALM, every=1.0)
        figures.stuck = verify.stuck_rows(self.fleet)
        figures.stuck += self._silent_web()
        figures.drained = [*self.fleet.drained, *self.fleet.stop()]
        figures.stuck += verify.leases(self.fleet)
        figures.verdict = verify.compare(self.origin, verify.stored_texts(self.fleet), ended, self.outages)
        figures.site_faults = self.origin.faults
        figures.looks = sum(len(story.asked) for _, story in self.origin.stories)
        figures.gaps = [
            max((later - at for at, later in zip(s.asked, s.asked[1:], strict=False)), default=0.0)
            for _, s in self.origin.stories
        ]
        figures.ended_by_themselves = self.fleet.ended_by_themselves()
        figures.orphans = sum(member.orphans for member in self.fleet.members)
        figures.unsound = self.fleet.is_sound()
        figures.doctor = self.fleet.doctor()

    def _silent_web(self) -> list[str]:
        page = get(f"http://127.0.0.1:{self.fleet.web}/")
        return [] if page and page.status == 200 else [f"the web answers {page and page.status}"]

    def _is_all_stored(self) -> bool:
        """Is what stands the newest version of every article?"""
        stored = verify.stored_texts(self.fleet)
        listed = sum(len(host.stories) for host in self.origin.hosts)
        newest = {url: texts[-1] for url, texts in stored.items() if texts}
        with self.origin.lock:
            standing = {story.url: story.current.text for _, story in self.origin.stories}
        return len(standing) == listed and newest == standing

    def _edit(self) -> None:
        """The site edits its articles, but rests while newsdiff is stopped: of texts that stood for less than
        `hold` beside that there is nothing to say."""
        before = now()
        while not self._is_over.wait(0.1):
            at = now()
            if any(outage.end == inf for outage in self.outages):
                self.origin.put_off(at - before)
            before = at
            self.origin.edit_what_is_due()

    def _visit(self) -> None:
        """Somebody reads the pages all the while."""
        while not self._is_over.wait(1.0):
            page = get(f"http://127.0.0.1:{self.fleet.web}/")
            self.figures.web[str(page.status) if page else "none"] += 1

    def _logs(self) -> str:
        tails = (f"--- {m.name}\n{m.log.read_text(errors='replace')[-1500:]}" for m in self.fleet.members)
        return "\n".join(tails)


def median(values: list[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(values) if values else 0.0
