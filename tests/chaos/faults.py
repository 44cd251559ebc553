"""What befalls the processes, one small class each: it strikes, waits, and puts right what a person would.

A killed process is started again, a full disk is given room, a clock is set right. Everything else is
newsdiff's own affair.
"""

import random
import signal
import time
from typing import ClassVar

from tests.chaos.fleet import Embedded, Fleet, Member, Server


class Fault:
    """Something that goes wrong. `takes` names what it needs for itself while it lasts."""

    weight: ClassVar[int] = 1  # how many of it are in a deck
    stops_all: ClassVar[bool] = False  # nothing can be looked at until it is over
    name: ClassVar[str]
    takes: str

    def strike(self, dice: random.Random) -> None:
        """Does it, and returns when it is over."""
        raise NotImplementedError


class OfMember(Fault):
    """A fault of one process."""

    def __init__(self, member: Member) -> None:
        self.member, self.takes = member, member.name


class Kill(OfMember):
    name = "kill -9"
    weight = 3

    def strike(self, dice: random.Random) -> None:
        self.member.kill()
        time.sleep(dice.choice((0, 0, 1, 2)))
        self.member.start()


class KillAll(Kill):
    """The same where nobody else goes on meanwhile."""

    stops_all = True


class KillWeb(Kill):
    name = "kill -9 of the web"
    weight = 1


class KillBeat(Kill):
    name = "kill -9 of a beat"
    weight = 1


class KillRedis(Kill):
    name = "Redis killed and emptied"
    weight = 2


class KillReaders(OfMember):
    """The children that read pages, and whatever else the process has started."""

    name = "kill -9 of the readers"

    def strike(self, dice: random.Random) -> None:
        running = self.member.running
        for pid in self.member.pids():
            if running and pid != running.process.pid:
                _signal(pid, signal.SIGKILL)


class Terminate(OfMember):
    name = "SIGTERM"

    def __init__(self, member: Member, fleet: Fleet) -> None:
        super().__init__(member)
        self.fleet = fleet

    def strike(self, dice: random.Random) -> None:
        self.fleet.drained.append(self.member.terminate())
        self.member.start()


class TerminateAll(Terminate):
    """The same where nobody else goes on meanwhile."""

    stops_all = True


class Freeze(OfMember):
    """SIGSTOP for longer than a lease: it wakes up and believes that its claims are its own."""

    name = "frozen"
    seconds = (2.0, 20.0)

    def strike(self, dice: random.Random) -> None:
        self.member.send(signal.SIGSTOP)
        time.sleep(dice.uniform(*self.seconds))
        self.member.send(signal.SIGCONT)


class FreezeAll(Freeze):
    """The same where nobody else goes on meanwhile."""

    seconds = (1.0, 5.0)
    stops_all = True


class TurnClock(OfMember):
    name = "clock an hour off"
    hours: tuple[int, ...] = (-1, 1)

    def strike(self, dice: random.Random) -> None:
        self.member.turn_clock(dice.choice(self.hours))
        time.sleep(dice.uniform(3, 8))
        self.member.turn_clock(0)


class PutClockForward(TurnClock):
    """Only forward, and back: what was seen to change by a slow clock is an hour old by the right one.

    Where looks follow each other within seconds such an article is looked at far less often from then on.
    """

    hours = (1,)


class FullDisk(Fault):
    name = "disk full"
    stops_all = True
    takes = "disk"

    def __init__(self, fleet: Embedded) -> None:
        self.fleet = fleet

    def strike(self, dice: random.Random) -> None:
        pids = self.fleet.crawlers[0].pids()
        self.fleet.disk.fill(pids)
        time.sleep(dice.uniform(2, 5))
        self.fleet.disk.free(pids)


class OfServer(Fault):
    """A fault of what the server stands on."""

    def __init__(self, fleet: Server) -> None:
        self.fleet = fleet


class FullDatabaseDisk(OfServer):
    name = "PostgreSQL's disk full"
    stops_all = True
    takes = "database"

    def strike(self, dice: random.Random) -> None:
        pids = self.fleet.postgres.pids()
        self.fleet.disk.fill(pids)
        time.sleep(dice.uniform(2, 5))
        self.fleet.disk.free(pids)
        self.fleet.postgres.start()  # it may have given up


class StopDatabase(OfServer):
    name = "PostgreSQL stopped at once"
    stops_all = True
    takes = "database"
    weight = 2

    def strike(self, dice: random.Random) -> None:
        self.fleet.postgres.stop("immediate")
        time.sleep(dice.choice((0, 1, 3)))
        self.fleet.postgres.start()


class EmptyBroker(OfServer):
    name = "Redis emptied"
    takes = "broker"

    def strike(self, dice: random.Random) -> None:
        import redis

        with redis.Redis(port=self.fleet.broker_proxy.target, socket_timeout=2) as broker:
            broker.flushall()


class CutDatabase(OfServer):
    name = "connections to PostgreSQL cut"
    takes = "database"

    def strike(self, dice: random.Random) -> None:
        self.fleet.database_proxy.cut()


class CutBroker(OfServer):
    name = "connections to Redis cut"
    takes = "broker"

    def strike(self, dice: random.Random) -> None:
        self.fleet.broker_proxy.cut()


class SlowDatabase(OfServer):
    name = "PostgreSQL slow (50-200 ms each way)"
    takes = "database"

    def strike(self, dice: random.Random) -> None:
        self.fleet.database_proxy.delay = dice.uniform(0.05, 0.2)
        time.sleep(dice.uniform(2, 6))
        self.fleet.database_proxy.delay = 0.0


class SlowBroker(OfServer):
    name = "Redis slow (50-500 ms each way)"
    takes = "broker"

    def strike(self, dice: random.Random) -> None:
        self.fleet.broker_proxy.delay = dice.uniform(0.05, 0.5)
        time.sleep(dice.uniform(2, 6))
        self.fleet.broker_proxy.delay = 0.0


class HoldDatabase(OfServer):
    name = "PostgreSQL silent"
    stops_all = True
    takes = "database"

    def strike(self, dice: random.Random) -> None:
        self.fleet.database_proxy.hold()
        time.sleep(dice.uniform(1, 6))
        self.fleet.database_proxy.release()


class HoldBroker(OfServer):
    name = "Redis silent"
    takes = "broker"

    def strike(self, dice: random.Random) -> None:
        self.fleet.broker_proxy.hold()
        time.sleep(dice.uniform(1, 6))
        self.fleet.broker_proxy.release()


def faults_of(fleet: Fleet) -> list[Fault]:
    """All that can befall these processes."""
    if isinstance(fleet, Embedded):
        (up,) = fleet.crawlers
        return [
            KillAll(up),
            KillReaders(up),
            TerminateAll(up, fleet),
            FreezeAll(up),
            PutClockForward(up),
            FullDisk(fleet),
        ]
    assert isinstance(fleet, Server)
    found: list[Fault] = [KillRedis(fleet.redis), KillWeb(fleet.gunicorn)]
    for worker in fleet.crawlers:
        found += [
            Kill(worker),
            KillReaders(worker),
            Terminate(worker, fleet),
            Freeze(worker),
            TurnClock(worker),
        ]
    for beat in fleet.beats:
        found += [KillBeat(beat), TurnClock(beat)]
    return found + [kind(fleet) for kind in OF_THE_SERVER]


OF_THE_SERVER: tuple[type[OfServer], ...] = (
    StopDatabase,
    FullDatabaseDisk,
    CutDatabase,
    SlowDatabase,
    HoldDatabase,
    EmptyBroker,
    CutBroker,
    SlowBroker,
    HoldBroker,
)


def _signal(pid: int, number: int) -> None:
    import os
    from contextlib import suppress

    with suppress(ProcessLookupError):
        os.kill(pid, number)
