"""The one exception that leaves this package, and the words for what went wrong below it."""

import errno
import socket
import ssl

import httpcore2

OVERLONG_HEAD = "too many bytes of header fields"


class FetchError(Exception):
    """There is no answer to judge; `reason` says why, in a few words for the operator.

    `host_at_fault`: the host does not answer at all, so that asking it for other pages now is in
    vain; else it is this page, or our own caps, that are at fault.
    """

    def __init__(self, reason: str, *, host_at_fault: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.host_at_fault = host_at_fault


class Refused(FetchError):
    """An address that is never asked, whatever answers there; `remedy` says what to type instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"refused: {reason}")
        self.remedy = remedy
        self.in_words = f"{reason[:1].upper()}{reason[1:]}. {remedy}"  # for whoever typed it


def megabytes(count: int) -> str:
    """A number of bytes in words: "5 MB"."""
    return f"{count / 1_000_000:g} MB"


def too_large(max_bytes: int) -> FetchError:
    """A body of more than `max_bytes`."""
    return FetchError(f"more than {megabytes(max_bytes)}")


def of_resolver(host: str, error: OSError | UnicodeError) -> FetchError:
    """The words for a name that could not be resolved."""
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return FetchError(f"the name service could not look up {host} for now", host_at_fault=True)
    return FetchError(f"there is no host named {host}", host_at_fault=True)


def of_client(error: Exception) -> FetchError:
    """The words for an exception of the HTTP client, by the socket's own error where there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return FetchError(_of_socket(cause), host_at_fault=True)
        cause = cause.__cause__
    if isinstance(error, httpcore2.LocalProtocolError):
        return FetchError(f"the request cannot be sent: {error}")
    text = str(error)
    if text == "Receive buffer too long":  # h11's own cap
        return FetchError(OVERLONG_HEAD)
    if "without sending complete message body" in text:
        return FetchError(f"answer cut short: {text}")
    if text.startswith("Server disconnected"):
        return FetchError("connection closed without an answer", host_at_fault=True)
    return FetchError(f"not a valid HTTP answer: {text}")


def _of_socket(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection reset"
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL):
        return "no route to the host"
    return f"connection failed: {error.strerror or error}"
