"""The worked example of docs/research.md: its script and queries, run as they stand there on an export."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "research.md"
# The columns that matter here, named and typed as in an export; one row a line.
TABLES = {
    "articles": """
        SELECT * FROM (VALUES
            (1, 'gazette', 'https://gazette.example/1', TIMESTAMPTZ '2026-05-04 08:00Z'),
            (2, 'courier', 'https://courier.example/2', TIMESTAMPTZ '2026-05-04 09:00Z'),
            (3, 'courier', 'https://courier.example/3', TIMESTAMPTZ '2026-05-03 22:20Z')
        ) AS t(id, source, url, first_seen_at)""",
    "versions": """
        SELECT * FROM (VALUES
            (1, 1, TIMESTAMPTZ '2026-05-04 08:00Z', TIMESTAMPTZ '2026-05-04 07:50Z'),
            (1, 2, TIMESTAMPTZ '2026-05-04 08:30Z', TIMESTAMPTZ '2026-05-04 08:29Z'),
            (1, 3, TIMESTAMPTZ '2026-05-05 13:50Z', TIMESTAMPTZ '2026-05-04 07:50Z'),
            (2, 1, TIMESTAMPTZ '2026-05-04 09:00Z', TIMESTAMPTZ '2026-04-20 09:00Z'),
            (2, 2, TIMESTAMPTZ '2026-05-04 15:00Z', TIMESTAMPTZ '2026-04-20 09:00Z'),
            (3, 1, TIMESTAMPTZ '2026-05-03 22:20Z', NULL),
            (3, 2, TIMESTAMPTZ '2026-05-03 23:20Z', NULL)
        ) AS t(article_id, number, first_seen_at, published_claim)""",
    "changes": """
        SELECT * FROM (VALUES
            (1, 2, 'gazette', '2026-05-04 08:20Z'::TIMESTAMPTZ, '2026-05-04 08:30Z'::TIMESTAMPTZ, ['number'], false),
            (1, 3, 'gazette', '2026-05-05 13:00Z'::TIMESTAMPTZ, '2026-05-05 13:50Z'::TIMESTAMPTZ, ['headline'], true),
            (2, 2, 'courier', '2026-05-04 09:00Z'::TIMESTAMPTZ, '2026-05-04 15:00Z'::TIMESTAMPTZ, ['name', 'number'], true),
            (3, 2, 'courier', '2026-05-03 22:50Z'::TIMESTAMPTZ, '2026-05-03 23:20Z'::TIMESTAMPTZ, ['number'], false)
        ) AS t(article_id, new_number, source, previous_seen_at, seen_at, kinds, disclosed)""",
    "edits": """
        SELECT * FROM (VALUES
            (1, 2, 'gazette', '2026-05-04 08:30Z'::TIMESTAMPTZ, 'edit', 'Ten hurt.', 0),
            (1, 2, 'gazette', '2026-05-04 08:30Z'::TIMESTAMPTZ, 'edit', 'All are safe.', 1),
            (1, 2, 'gazette', '2026-05-04 08:30Z'::TIMESTAMPTZ, 'deletion', 'He is guilty.', 2),
            (1, 3, 'gazette', '2026-05-05 13:50Z'::TIMESTAMPTZ, 'edit', 'Nine hurt.', 0),
            (1, 3, 'gazette', '2026-05-05 13:50Z'::TIMESTAMPTZ, 'deletion', 'All is well.', 1),
            (2, 2, 'courier', '2026-05-04 15:00Z'::TIMESTAMPTZ, 'edit', 'It rained.', 0),
            (2, 2, 'courier', '2026-05-04 15:00Z'::TIMESTAMPTZ, 'addition', '', NULL),
            (3, 2, 'courier', '2026-05-03 23:20Z'::TIMESTAMPTZ, 'edit', 'It snowed.', 0),
            (3, 2, 'courier', '2026-05-03 23:20Z'::TIMESTAMPTZ, 'refactor', 'It snowed.', 0),
            (3, 2, 'courier', '2026-05-03 23:20Z'::TIMESTAMPTZ, 'deletion', 'Trains ran.', 1)
        ) AS t(article_id, new_number, source, seen_at, action, old_text, old_sentence)""",
}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The folder in which `data/` lies, and where one is."""
    (tmp_path / "data").mkdir()
    for name, rows in TABLES.items():
        duckdb.sql(f"COPY ({rows}) TO '{tmp_path}/data/{name}.parquet'")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


def run_script(folder: Path) -> subprocess.CompletedProcess[str]:
    (script,) = blocks("python")
    (folder / "hours.py").write_text(script)
    return subprocess.run(
        [sys.executable, "hours.py"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_script_counts_by_the_newsrooms_clock_and_draws_what_it_counts(data):
    """London is an hour ahead of UTC in May. What fell in six hours of which nobody knows more is left out."""
    done = run_script(data)
    assert (done.stdout.splitlines(), done.stderr) == (["Mon 09:00  2", "Mon 00:00  1", "Tue 14:00  1"], "")
    drawn = ElementTree.parse(data / "hours.svg").getroot()
    svg = "{http://www.w3.org/2000/svg}"
    titles = {cell.find(f"{svg}title").text: cell.attrib for cell in drawn.iter(f"{svg}rect")}
    assert list(titles) == ["Mon 09:00: 2", "Mon 00:00: 1", "Tue 14:00: 1"]
    monday, midnight, tuesday = titles.values()
    assert (monday["fill-opacity"], midnight["fill-opacity"]) == ("1.00", "0.50")
    assert (midnight["x"], midnight["y"]) == ("40", "0")
    assert (int(tuesday["x"]) - int(midnight["x"]), tuesday["y"]) == (14 * 24, "24")


def test_the_script_says_where_there_is_nothing_to_draw(data):
    duckdb.sql("COPY (SELECT * FROM 'data/edits.parquet' WHERE action = 'addition') TO 'data/fewer.parquet'")
    (data / "data" / "fewer.parquet").rename(data / "data" / "edits.parquet")
    done = run_script(data)
    assert done.returncode == 1
    assert done.stderr.strip() == "Of no edit it is known to the hour when it was made."


def test_the_queries_answer_their_questions(data):
    silent, soon, taken_back, actions = (duckdb.sql(query).fetchall() for query in blocks("sql"))
    assert silent == [("gazette", 1, 100.0), ("courier", 2, 50.0)]
    # 40 minutes and 30 hours after 07:50; of the others nobody saw the beginning, or knows it
    assert soon == [("gazette", 2, 40, 1800)]
    assert taken_back == [
        ("gazette", 30, "He is guilty.", "https://gazette.example/1"),
        ("courier", 60, "Trains ran.", "https://courier.example/3"),
    ]
    assert actions == [
        ("courier", "edit", 2, 40.0),
        ("courier", "addition", 1, 20.0),
        ("courier", "deletion", 1, 20.0),
        ("courier", "refactor", 1, 20.0),
        ("gazette", "edit", 3, 60.0),
        ("gazette", "deletion", 2, 40.0),
    ]
