"""Everything this site answers to: pages and feeds, the API, the admin."""

from django.contrib import admin
from django.urls import include, path

from articles.api import api

urlpatterns = [
    path("", include("articles.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler403 = "newsdiff.operators.forbidden"
