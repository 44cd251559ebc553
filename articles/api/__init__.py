"""The JSON API under /api/v1/: read-only, without a key, for researchers and programs.

`api` is what newsdiff/urls.py mounts. What each endpoint answers is docs/api.md.
"""

from ninja import Router

from articles.api import endpoints, figures, finding
from articles.api.mount import API, no_such_endpoint

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
rest = Router()
rest.get("/{anything:rest}", include_in_schema=False)(no_such_endpoint)
# The rest last, for it fits every address.
for router in (endpoints.router, figures.router, finding.router, rest):
    api.add_router("", router)
