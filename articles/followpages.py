"""The pages where a reader says what to be told of by e-mail, and ends it.

They take posts without a cookie: public answers set none. Whoever posts acts by what the address of the page
holds, a token that was mailed to the reader, never by who is logged in; so there is nothing that another site
could do in a reader's name, and no CSRF token to compare. No GET changes anything, for scanners of mail
follow its links.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles import claiming, following, limits
from articles.core.following import Cadence
from articles.following import Subject, subject_of
from articles.forms.following import AskForm, RhythmForm
from articles.models import Follow, Follower
from articles.public import public_view, too_many

View = Callable[..., HttpResponse]
ENDED = (
    "This link leads nowhere any more: what it was for has been ended, or was not confirmed in time. "
    "You can follow it anew from its page here."
)
# What the page of all that is followed says was done: in its address, for readers get no cookie.
DONE = {
    "confirmed": gettext_lazy("Confirmed. You will be told by e-mail of what stands here."),
    "saved": gettext_lazy("Saved."),
    "stopped": gettext_lazy("Stopped. You will not be told of that any more."),
    "resumed": gettext_lazy("From now on you will be told again."),
}


def _form_view(view: View) -> View:
    """A view that may be posted to, and is kept by no cache: each is one reader's own."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except Http404 as error:
            response = render(request, "404.html", {"reason": str(error)}, status=404)
        response["Cache-Control"] = "no-store"
        return response

    return answered


@_form_view
def follow(request: HttpRequest) -> HttpResponse:
    """The form, for what the query string names; what it is sent with is asked of the address by mail.

    The answer is the same whether the address is known here or not.
    """
    if not following.is_offered():
        raise Http404(gettext("This newsdiff sends no e-mail. Its feeds tell the same."))
    subject = Subject.read(request.GET)
    if request.method != "POST":
        return render(request, "follow/ask.html", {"subject": subject, "form": AskForm()})
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Http404(gettext("Send the form from its own page here."))
    if seconds := limits.wait(request, "follow"):
        return too_many(request, seconds)
    form = AskForm(request.POST)
    if not form.is_valid():
        return render(request, "follow/ask.html", {"subject": subject, "form": form}, status=400)
    following.ask(form.cleaned_data["address"], subject, *form.rhythm, claiming.now())
    return HttpResponseRedirect(reverse("follow-asked"))


@public_view
def asked(request: HttpRequest) -> HttpResponse:
    """What a reader does next."""
    return render(request, "follow/asked.html", {"days": following.UNCONFIRMED.days})


@_form_view
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What was asked for in the name of an address, to be confirmed or left out."""
    follower = _follower(token)
    waiting = list(follower.follows.filter(begins_at=None).select_related("article", "source").order_by("pk"))
    if not waiting:
        return HttpResponseRedirect(reverse("follow-manage", args=[token]))
    if request.method == "POST":
        if following.confirm(follower, _numbers(request, "follow"), claiming.now()):
            return _to_manage(token, "confirmed")
        return _over(request, follower)
    wishes = [(follow, subject_of(follow)) for follow in waiting]
    return render(request, "follow/confirm.html", {"wishes": wishes})


@_form_view
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """All that an address follows: how often it is told, and the ends of it."""
    follower = _follower(token)
    if request.method == "POST":
        done = _manage(request, follower)
        if not Follower.objects.filter(pk=follower.pk).exists():
            return _over(request, follower)
        return _to_manage(token, done)
    follows = follower.follows.exclude(begins_at=None).select_related("article", "source").order_by("pk")
    lines = [(follow, subject_of(follow), RhythmForm.of(follow)) for follow in follows]
    paused = next((follow.pause_reason for follow, *_ in lines if follow.is_paused), "")
    context = {"follower": follower, "lines": lines, "paused": paused, "confirm_page": ""}
    context["done"] = DONE.get(request.GET.get("done", ""))
    if follower.follows.filter(begins_at=None).exists():
        context["confirm_page"] = reverse("follow-confirm", args=[token])
    return render(request, "follow/manage.html", context)


def _manage(request: HttpRequest, follower: Follower) -> str:
    """Does what a button of the page says; what was done, of DONE, or "" for nothing. What has ended on
    another page meanwhile has ended."""
    what, now, done = request.POST.get("do", ""), claiming.now(), ""
    if what == "forget":
        Follower.objects.filter(pk=follower.pk).delete()
    elif what == "resume":
        following.resume(follower, now)
        done = "resumed"
    else:
        for chosen in follower.follows.filter(pk__in=_numbers(request, "follow")):
            if what == "stop":
                following.stop(chosen)
                done = "stopped"
            else:
                following.alter(chosen, *_rhythm(request), now)
                done = "saved"
    return done


def _to_manage(token: str, done: str) -> HttpResponse:
    """On to the page of all that is followed, which says what was done."""
    page = reverse("follow-manage", args=[token])
    return HttpResponseRedirect(f"{page}?done={done}" if done else page)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    """The keys of rows that were sent under a name; what is no number is left out."""
    sent = request.POST.getlist(name)
    return {int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) <= 18}


def _rhythm(request: HttpRequest) -> tuple[Cadence, float]:
    form = RhythmForm(request.POST)
    if not form.is_valid():
        raise Http404(gettext("Choose how often and which changes, of those that the page lists."))
    return form.rhythm


@_form_view
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ends one thing that is followed: by its button, or by a mail program's (RFC 8058), which posts without
    a cookie and is answered at once. What has ended already ends again."""
    found = Follow.objects.filter(token=token).exclude(follower=None)
    follow = found.select_related("follower", "article", "source").first()
    if request.method == "POST":
        if follow:
            following.stop(follow)
        return _over(request, follow.follower if follow else None)
    if follow is None or follow.follower is None:
        raise Http404(gettext(ENDED))
    manage_page = reverse("follow-manage", args=[follow.follower.token])
    return render(request, "follow/stop.html", {"subject": subject_of(follow), "manage_page": manage_page})


def _follower(token: str) -> Follower:
    found = Follower.objects.filter(token=token).first()
    if found is None:
        raise Http404(gettext(ENDED))
    return found


def _over(request: HttpRequest, follower: Follower | None) -> HttpResponse:
    """Says what has ended, and whether the address is forgotten."""
    left = follower if follower and Follower.objects.filter(pk=follower.pk).exists() else None
    return render(request, "follow/over.html", {"left": left})
