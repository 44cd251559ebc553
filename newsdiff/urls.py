"""Everything this site answers to: pages and feeds, the API, the admin."""

from django.urls import include, path

from articles.api import api
from newsdiff.operators import opened_admin

urlpatterns = [
    path("", include("articles.urls")),
    path("api/v1/", api.urls),
    path("admin/", opened_admin().urls),
]

handler403 = "newsdiff.operators.forbidden"
