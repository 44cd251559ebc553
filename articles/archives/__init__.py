"""Whole archives in and out: WARC files (ISO 28500, WARC 1.0 and 1.1), as docs/archives.md tells.

files      reading WARC files record by record, however broken
index      which captures the files hold, in order of time, on disk
shelf      a capture as the answer that a live look would have got
replaying  each capture judged and stored as a look at its WARC-Date
ledger     an article's rows as JSON, and back
restoring  articles that newsdiff itself exported, taken over as they were recorded
writing    articles written as WARC
importing  all of an import, in order
"""
