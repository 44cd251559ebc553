"""The operator's pages under /admin/: what is followed, how it goes, and what is hidden.

What was seen is never edited here: versions, changes, checks and snapshots are for looking only.
"""

from django.contrib import admin

from articles.admin import alerts, articles, hiding, people, records, sources, trails, webcopies

__all__ = ["alerts", "articles", "hiding", "people", "records", "sources", "trails", "webcopies"]

admin.site.site_header = "newsdiff"
admin.site.site_title = "newsdiff"
admin.site.index_title = "What is followed, and how it goes"
