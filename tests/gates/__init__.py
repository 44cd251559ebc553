"""What every page must keep, whatever it comes to look like: seen in a real Chromium, on a history made for it.

A page is added in one place, pages.py; each gate then stands before it too.
"""
