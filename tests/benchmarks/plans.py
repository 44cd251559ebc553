"""What PostgreSQL reads for a request: blocks, and tables that it goes through from end to end.

Neither depends on what else a machine has to do, as times do.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection, transaction

LARGE = 10_000  # rows of a table that no request should go through


@dataclass
class Reading:
    """Blocks of 8 KB that were read, cached or not; milliseconds that took; tables gone through, if large."""

    blocks: int = 0
    ms: float = 0.0
    whole: set[str] = field(default_factory=set)


def explain(queries: Iterable[str]) -> Reading:
    """Asks the queries of a request once more, those that only read."""
    told = Reading()
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in queries:
            if sql.startswith("SET LOCAL"):
                cursor.execute(sql)
            if not sql.startswith(("SELECT", "WITH", "(SELECT")) or " FOR UPDATE" in sql:
                continue
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql.replace('%', '%%')}", [])
            (answer,) = cursor.fetchone()
            found = (json.loads(answer) if isinstance(answer, str) else answer)[0]
            plan = found["Plan"]
            told.blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            told.ms += found["Execution Time"]
            told.whole |= {table for table in _gone_through(plan) if table in _large()}
    return told


def _gone_through(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _gone_through(part)


@cache
def _large() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [LARGE])
        return frozenset(name for (name,) in cursor.fetchall())
