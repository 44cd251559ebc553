"""Whole archives in and out: WARC files (ISO 28500, WARC 1.0 and 1.1), as docs/archives.md tells.

files      reading WARC files record by record, however broken
shelf      a record as the answer that a live look would have got
index      which captures the files hold, in order of time, on disk
placing    which article an address is of, and which source a new one belongs to
ahead      captures loaded, and their pages read, before it is their turn
replaying  each capture judged and stored as a look at its WARC-Date
ledger     all that is recorded of an article as JSON, and back; restoring: taken over as it was
importing  all of an import, in order
writing    articles written as WARC; digests: as WARC labels them
"""
