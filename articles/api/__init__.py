"""The JSON API under /api/v1/: read-only, without a key, for researchers and programs.

`api` is what newsdiff/urls.py mounts. What each endpoint answers is docs/api.md.
"""

from articles.api.endpoints import router
from articles.api.mount import API

api = API(
    title="newsdiff",
    version="1",
    urls_namespace="api",
    description=(
        "Every version of every article that is followed, and exactly what changed between them. "
        "Lists come in pages: ask for `next` until it is null. Errors are RFC 9457 problems. "
        "Times are ISO 8601 in UTC."
    ),
)
api.add_router("", router)
