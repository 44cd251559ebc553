"""The only sockets of newsdiff: one polite, capped client that cannot be sent where it must not go.

addresses   which addresses may be asked
network     names resolved once, dialled as judged, by an absolute deadline
decoding    content codings undone in small steps
client      the request, the answer and their caps
chat        messages to chat services, through Apprise: to services of fixed addresses alone
"""

from articles.fetching.client import ACCEPT, DEADLINE, MAX_BYTES, fetch, post, send
from articles.fetching.errors import FetchError, Refused

__all__ = ["ACCEPT", "DEADLINE", "MAX_BYTES", "FetchError", "Refused", "fetch", "post", "send"]
