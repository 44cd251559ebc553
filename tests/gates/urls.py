"""The site's addresses, and one that fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from newsdiff.urls import urlpatterns as all_of_the_site


def failing(request: HttpRequest) -> HttpResponse:
    message = "a failure of our own"
    raise RuntimeError(message)


urlpatterns = [path("failing/", failing), *all_of_the_site]
