"""A page of somebody else's in a frame of ours: words alone, in a sandbox that can reach nothing.

The page comes as `core.extraction.showing` writes it, without anything of its own mark-up. Should that ever
fail, the frame's policy still lets one script run, ours, known by its digest, loads nothing from anywhere,
and, being a sandbox, gives what runs in it no origin, form, window or way out of the frame.
"""

import base64
import hashlib
from functools import lru_cache
from html import escape

from django.conf import settings
from django.http import HttpResponse

SCRIPT, STYLE = "admin/rules-frame.js", "admin/rules-frame.css"


@lru_cache(maxsize=2)
def _own(name: str) -> tuple[str, str]:
    """A static file of ours: its text, and its digest as a policy names it (CSP Level 3, 2.3.1)."""
    text = (settings.BASE_DIR / "static" / name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


def framed(html: str, article: int, note: str) -> HttpResponse:
    """The document of the frame.

    html     what `page_view` wrote
    article  whose page it is, for the script to name
    note     what to say above it, in words; "" for nothing
    """
    script, script_digest = _own(SCRIPT)
    style, style_digest = _own(STYLE)
    said = f'<p class="note" role="note">{escape(note)}</p>' if note else ""
    answer = HttpResponse(
        '<!doctype html><html lang="" dir="auto"><head><meta charset="utf-8"><title>The kept page</title>'
        f'<style>{style}</style></head><body data-article="{article:d}" tabindex="0">{said}{html}'
        f"<script>{script}</script></body></html>"
    )
    answer["Content-Security-Policy"] = "; ".join(
        (
            "sandbox allow-scripts",
            "default-src 'none'",
            f"script-src {script_digest}",
            f"style-src {style_digest}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = "no-store"
    return answer
