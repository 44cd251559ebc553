"""Messages to chat services, in plain text."""

from articles.alerts.told import Told, change_title, link, marked_text, one_line, told
from articles.alerts.ways import DROPPED, SENT, Attempt, Outcome
from articles.fetching import chat
from articles.models import Delivery

LISTED = 5  # changes of a digest; a message must stay below what the strictest service takes
EXCERPT = 400  # characters


def send(delivery: Delivery) -> Attempt:
    """Sends one message to a room, once."""
    channel = delivery.channel
    if channel is None:
        return DROPPED
    if delivery.kind == Delivery.Kind.TEST:
        title, body = "A test by newsdiff", "Changes will be told here."
    else:
        content = told(delivery)
        if content is None:
            return DROPPED
        title, body = content.subject, text(content)
    try:
        chat.tell(channel.address, title, body)
    except chat.ChatError as failure:
        return Attempt(Outcome.PUT_OFF, failure.status, str(failure), is_down=True)
    return SENT


def text(content: Told) -> str:
    """What a message says under its title."""
    if content.delivery.kind == Delivery.Kind.CHANGE:
        shown = content.shown[0]
        excerpt = one_line(marked_text(shown.excerpt), EXCERPT)
        return "\n".join(filter(None, [shown.change.article.source.name, excerpt, link(shown.change)]))
    listed = content.shown[:LISTED]
    lines = [f"{one_line(change_title(one.change), 120)}\n{link(one.change)}" for one in listed]
    if left := content.count - len(listed):
        lines.append(f"and {left} more: {content.page}")
    return "\n".join(lines)
