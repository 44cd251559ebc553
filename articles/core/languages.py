"""Languages by their tags (BCP 47), as pages claim them."""

import re

_PRIMARY = re.compile(r"[a-z]{2,8}", re.ASCII)


def primary(tag: str) -> str:
    """The language alone of a tag: "en" of "en-GB" or "en_US"; "" where there is none."""
    found = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    return found if _PRIMARY.fullmatch(found) else ""
