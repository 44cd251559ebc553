"""The address that a hub calls (WebSub): GET asks or tells about a subscription, POST brings news."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import bell, claiming
from articles.core.websub import Signature
from articles.models import Subscription

MOST_BYTES = 5_000_000  # of a message: it may hold the feed, whose own cap this is
STEP = 64 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """The address of one subscription. Who knows it is a hub; what it says is still checked."""
    subscription = Subscription.objects.filter(token=token).first()
    if request.method == "POST":
        return _news(request, subscription)
    return _intent(request, subscription)


def _intent(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """Do we want this? (WebSub, 5.2 and 5.3)"""
    mode, challenge = request.GET.get("hub.mode", ""), request.GET.get("hub.challenge", "")
    if mode == "unsubscribe" and challenge and subscription is None:
        # We end a subscription by forgetting its address, so one that is not known is not wanted.
        return _plain(challenge, 200)
    if subscription is None or request.GET.get("hub.topic") != subscription.topic:
        return _plain("Nothing is asked for at this address, or another topic is.", 404)
    now = claiming.now()
    if mode == "denied":
        bell.denied(subscription, request.GET.get("hub.reason", ""), now)
        return _plain("Noted.", 200)
    lease_seconds = request.GET.get("hub.lease_seconds", "")
    if mode == "subscribe" and challenge and bell.confirmed(subscription, lease_seconds, now):
        return _plain(challenge, 200)
    return _plain("That was not asked for, or its lease is no number of seconds.", 404)


def _news(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """Rings the bell if the message is signed; the answer is 202 in either case (WebSub, 7.1).

    410 where there is no such subscription, so that the hub forgets it.
    """
    if subscription is None:
        return _plain("There is no such subscription.", 410)
    signature = Signature(request.headers.get("X-Hub-Signature", ""), subscription.secret)
    if _is_sized(request) and signature.is_of(_chunks(request)):
        bell.rung(subscription, claiming.now())
    else:
        bell.ignored(subscription)
    return HttpResponse(status=202)


def _is_sized(request: HttpRequest) -> bool:
    """Does the message say how long it is, and is it no longer than it may be?"""
    length = request.headers.get("Content-Length", "")
    return length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= MOST_BYTES


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body in small pieces; the server reads no more of it than its stated length."""
    while chunk := request.read(STEP):
        yield chunk


def _plain(text: str, status: int) -> HttpResponse:
    """Plain text that no browser takes for a page: a challenge is whatever the hub says."""
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response
