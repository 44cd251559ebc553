"""Tables for bulk use: what readers may see, as JSON Lines, CSV and Parquet (docs/exports.md).

tables      the tables and their columns, as data
dictionary  these as a document, docs/data-dictionary.md
reading     rows out of the database, article by article
jsonl, csv, parquet, lines   how rows are written; lines: what the two formats of text share
formats     which of these a name stands for
parts       what an export that goes on later has finished
making      an export from beginning to end
"""
