"""Finding texts in any version: quotations, and what is searched for.

    texts       the lines of a version, and which versions readers may see
    indexing    keeps the numbers by which texts are found, in the transaction that stores a version
    candidates  what the index knows, the same of PostgreSQL and of SQLite
    quotes      a quotation: in which versions of which articles, and what stands there now
    searching   words and phrases: in current texts, in any version, in what came or went

The index only ever names candidates; what is answered is read in the versions themselves.
"""
