"""How moments are written where a page leaves it to Django, as the admin's lists do (FORMAT_MODULE_PATH)."""
