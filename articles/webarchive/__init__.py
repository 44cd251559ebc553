"""Having a public web archive keep versions too: a third copy that a reader need not take our word for.

A copy's way: `ingestion.storing` notes in a version's own transaction that one is wanted, `asking` claims the
note, sees whether the version still stands, asks, and writes what became of it; `wire` is what goes over
the wire, `clerk` the thread that does all of this, and `faring` how it goes, for the operator. What an answer
means is judged by `core.webarchive`. Not to be mixed up with `articles.archives`, which reads and writes
WARC files.
"""
