"""Messages by e-mail: a change, a digest, and the one that asks to confirm.

Text and HTML say the same, and each marks what was removed and added without relying on colour. Headers:
List-Unsubscribe with List-Unsubscribe-Post (RFC 8058), List-Id (RFC 2919), Auto-Submitted (RFC 3834), and a
Message-ID that is the same at each attempt.
"""

import re
import smtplib
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from articles.alerts.told import Told, link, marked_text, one_line, told
from articles.alerts.ways import DROPPED, SENT, Attempt, Outcome
from articles.core.following import Cadence, masked
from articles.following import UNCONFIRMED, subject_of
from articles.models import Delivery, Follower


def send(delivery: Delivery) -> Attempt:
    """Sends one message to a reader, once.

    What the server says of it bears no address: not all who read the log may see that.
    """
    attempt = _sent(delivery)
    if delivery.follower is None:
        return attempt
    address = delivery.follower.address
    said = re.sub(re.escape(address), lambda _: masked(address), attempt.error, flags=re.IGNORECASE)
    return replace(attempt, error=said)


def _sent(delivery: Delivery) -> Attempt:
    message = compose(delivery)
    if message is None:
        return DROPPED
    if not settings.EMAIL_HOST:
        return Attempt(Outcome.PUT_OFF, error="No mail server is set: see EMAIL_URL.", is_down=True)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        return _refused(code, said, is_of_address=True)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as failure:
        return Attempt(Outcome.PUT_OFF, failure.smtp_code, _said(failure.smtp_error), is_down=True)
    except smtplib.SMTPSenderRefused as failure:
        return Attempt(Outcome.PUT_OFF, failure.smtp_code, _said(failure.smtp_error), is_down=True)
    except smtplib.SMTPDataError as failure:
        return _refused(failure.smtp_code, failure.smtp_error)
    except smtplib.SMTPException as failure:
        why = one_line(f"The mail server broke off: {failure}.", 500)
        return Attempt(Outcome.PUT_OFF, error=why, is_down=True)
    except OSError as failure:
        why = one_line(f"The mail server cannot be reached: {failure.strerror or failure}.", 500)
        return Attempt(Outcome.PUT_OFF, error=why, is_down=True)
    return SENT


def _refused(code: int, said: bytes | str, is_of_address: bool = False) -> Attempt:
    """4yz: later perhaps; 5yz: never (RFC 5321, 4.2.1)."""
    is_final = 500 <= code <= 599
    outcome = Outcome.FAILED if is_final else Outcome.PUT_OFF
    return Attempt(outcome, code, _said(said), is_gone=is_final and is_of_address)


def _said(words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return one_line(text, 500)


def compose(delivery: Delivery) -> EmailMultiAlternatives | None:
    """The message of a delivery as it is now; None where there is nothing to tell."""
    follower = delivery.follower
    if follower is None:
        return None
    if delivery.kind == Delivery.Kind.CONFIRM:
        return _confirmation(delivery, follower)
    content = told(delivery)
    if content is None or delivery.follow is None or delivery.follow.begins_at is None:
        return None
    stop = settings.BASE_URL + reverse("follow-stop", args=[delivery.follow.token])
    manage = settings.BASE_URL + reverse("follow-manage", args=[follower.token])
    context = {"told": content, "changes": _lines(content), "stop": stop, "manage": manage}
    context["often"] = Cadence(delivery.follow.cadence).value
    headers = {
        "List-Id": f"newsdiff <{delivery.follow.pk}.follow.{_host()}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return _message(delivery, content.subject, "mail/changes", context, headers)


def _lines(content: Told) -> list[dict[str, Any]]:
    """Each change as both forms of a message put it."""
    return [
        {
            "shown": shown,
            "change": shown.change,
            "article": shown.change.article,
            "link": link(shown.change),
            "headline": marked_text(shown.headline),
            "excerpt": marked_text(shown.excerpt),
            "kinds": [
                f"{kind.words}: {''.join(text for text, _ in kind.parts)}" if kind.parts else kind.words
                for kind in shown.kinds
            ],
        }
        for shown in content.shown
    ]


def _confirmation(delivery: Delivery, follower: Follower) -> EmailMultiAlternatives | None:
    waiting = follower.follows.filter(begins_at=None).select_related("article", "source").order_by("pk")
    wishes = list(filter(None, map(subject_of, waiting)))
    if not wishes:
        return None
    page = settings.BASE_URL + reverse("follow-confirm", args=[follower.token])
    days = UNCONFIRMED.days
    context = {"wishes": wishes, "page": page, "days": days, "about": settings.BASE_URL + reverse("about")}
    return _message(delivery, "Do you want to follow this by e-mail?", "mail/confirm", context, {})


def _message(
    delivery: Delivery, subject: str, template: str, context: dict[str, Any], headers: dict[str, str]
) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<{delivery.key}@{_host()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        **headers,
    }
    address = delivery.follower.address if delivery.follower else ""
    text = render_to_string(f"{template}.txt", context)
    message = EmailMultiAlternatives(
        one_line(subject), text, to=[address], headers=headers, connection=get_connection()
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def _host() -> str:
    """The host that our ids are under; an IPv6 address, which none can be spelt like, as a name."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"ip6-{host.replace(':', '-')}.invalid" if ":" in host else host.encode("idna").decode()
