"""The sockets of one exchange: names resolved once, addresses judged, everything by one deadline."""

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import chain, zip_longest
from socket import SOCK_STREAM
from threading import Thread
from typing import Any

import httpcore2

from articles.fetching import errors
from articles.fetching.addresses import Address, Network, plain, refusal
from articles.fetching.errors import FetchError

Resolver = Callable[..., Iterable[tuple[Any, ...]]]  # takes and gives what socket.getaddrinfo does

MOST_ATTEMPTS = 4
LONGEST_ATTEMPT = 5.0  # seconds to connect, while there is another address to try


@dataclass(slots=True)
class Deadline:
    """The moment by which the whole exchange must be over, on the monotonic clock.

    `phase` is what is being waited for: the end of the sentence for the operator.
    """

    seconds: float
    ends: float
    phase: str = "answer"

    def left(self) -> float:
        """Seconds left, more than none; FetchError when the time is over."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> FetchError:
        """The error of a deadline that passed."""
        return FetchError(f"no {self.phase} within {self.seconds:g} s", host_at_fault=True)


class GuardedStream(httpcore2.NetworkStream):
    """A stream that counts what it reads and ends at the deadline, however slowly bytes drip in.

    The client's own timeouts hold for a single read each, so a byte a second would never end.
    """

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline, most_bytes: int) -> None:
        self._stream = stream
        self._deadline = deadline
        self._bytes_left = most_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._deadline.left())
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise FetchError("too many bytes sent for one answer")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        except FetchError:
            self.close()
            raise
        return GuardedStream(secured, self._deadline, self._bytes_left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Dials for one exchange: resolves the name, judges every address, dials one of those judged.

    The HTTP client above goes on using the name, for Host, SNI and the certificate. As name and
    address are put together here and nowhere else, a name that resolves to something else a moment
    later (rebinding) gains nothing.
    """

    def __init__(
        self, deadline: Deadline, most_bytes: int, allowed: Sequence[Network], resolve: Resolver
    ) -> None:
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._allowed = allowed
        self._resolve = resolve
        self._dialler = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        attempts = self._judged(host, port)[:MOST_ATTEMPTS]
        while True:
            address = attempts.pop(0)
            left = self._deadline.left()
            patience = min(left / 2, LONGEST_ATTEMPT) if attempts else left
            try:
                stream = self._dialler.connect_tcp(str(address), port, patience, None, socket_options)
                return GuardedStream(stream, self._deadline, self._most_bytes)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if not attempts:
                    raise

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        raise FetchError("refused: a local socket is not a host")

    def _judged(self, host: str, port: int) -> list[Address]:
        """The host's addresses, all of them fit to be dialled; FetchError if a single one is not.

        A name with a public and a private address is refused whole: no honest site has one.
        """
        addresses = self._addresses(host, port)
        for address in addresses:
            why = refusal(address, port, self._allowed)
            if why:
                named = host if host == str(address) else f"{host} is at {address}, which"
                raise FetchError(f"refused: {named} is {why}")
        return alternating(addresses)

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            return [plain(ip_address(host))]
        except ValueError:
            pass  # a name
        found = self._looked_up(host, port)
        addresses = [plain(ip_address(sockaddr[0])) for *_, sockaddr in found]
        if not addresses:
            raise FetchError(f"there is no host named {host}", host_at_fault=True)
        return list(dict.fromkeys(addresses))

    def _looked_up(self, host: str, port: int) -> list[tuple[Any, ...]]:
        """The resolver's answer, waited for until the deadline and no longer.

        The system's resolver knows no deadline and cannot be stopped: a lookup that is too late
        is left behind in its thread, which ends when the resolver gives up (some 30 s by default).
        """
        answers: list[list[tuple[Any, ...]]] = []
        failures: list[OSError | UnicodeError] = []

        def look_up() -> None:
            try:
                answers.append(list(self._resolve(host, port, type=SOCK_STREAM)))
            except (OSError, UnicodeError) as error:
                failures.append(error)

        thread = Thread(target=look_up, name=f"look up {host}", daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if failures:
            raise errors.of_resolver(host, failures[0]) from failures[0]
        if not answers:
            raise FetchError(
                f"no answer from the name service within {self._deadline.seconds:g} s", host_at_fault=True
            )
        return answers[0]


def alternating(addresses: list[Address]) -> list[Address]:
    """The addresses with IPv6 and IPv4 in turn, so that a broken one of the two costs one attempt.

    The resolver's first stays first, and the order within a family stays (RFC 8305, section 4).
    """
    first = [a for a in addresses if a.version == addresses[0].version]
    other = [a for a in addresses if a.version != addresses[0].version]
    return [a for a in chain.from_iterable(zip_longest(first, other)) if a is not None]
