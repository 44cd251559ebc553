"""Exports as tables: what stands in them, in each format, and what must not."""

import csv
import gzip
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import hiding
from articles.core.redaction import MARK
from articles.exports import dictionary, formats, making, parquet, reading
from articles.exports.reading import Asked
from articles.exports.tables import TABLES, VERSIONS, Table, Type
from articles.ingestion import duplicates
from tests.cast import (
    BRIDGE,
    DAY_ONE,
    FERRY,
    FERRY_CORRECTED,
    add_version,
    make_article,
    make_cast,
    make_source,
    storable,
)
from tests.test_commands import refused, run

HOUR = timedelta(hours=1)
WHY = hiding.Statement("privacy", "A letter.")
Rows = list[dict[str, Any]]


# --- read back as others would read them -------------------------------------------------------------------
def plain(value: Any) -> Any:
    """A value as JSON would say it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


def of_jsonl(data: bytes, table: Table) -> Rows:
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def of_csv(data: bytes, table: Table) -> Rows:
    read = {
        Type.INTEGER: int,
        Type.NUMBER: float,
        Type.BOOLEAN: {"true": True, "false": False}.__getitem__,
        Type.TEXTS: json.loads,
        Type.PARAGRAPHS: json.loads,
    }
    types = {column.name: column for column in table.columns}

    def value(name: str, text: str) -> Any:
        column = types[name]
        return None if column.is_optional and not text else read.get(column.type, str)(text)

    lines = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    return [{name: value(name, text) for name, text in line.items()} for line in lines]


def of_parquet(data: bytes, table: Table) -> Rows:
    rows = pq.read_table(io.BytesIO(data)).to_pylist()
    return [{name: plain(value) for name, value in row.items()} for row in rows]


READ = {"jsonl": of_jsonl, "csv": of_csv, "parquet": of_parquet}


def read(path: Path) -> Rows:
    """The rows of a file of a folder; its name says which table and format."""
    data = path.read_bytes()
    return READ[path.suffix[1:]](data, TABLES[path.stem])


def exported(tmp_path: Path, *options: str, format: str = "jsonl") -> dict[str, Rows]:
    """All tables of an export to a folder of its own."""
    folder = tmp_path / f"export-{len(list(tmp_path.iterdir()))}"
    run("export", format, f"{folder}/", *options)
    return {name: read(folder / f"{name}.{format}") for name in TABLES}


# --- what stands in them -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_table_has_what_readers_see(tmp_path):
    cast = make_cast()
    found = exported(tmp_path)
    assert found["sources"] == [
        {
            "slug": "gazette",
            "name": "The Harbour Gazette",
            "url": "https://gazette.example/",
            "language": "en",
            "paused": False,
            "article_count": 4,
            "change_count": 4,
            "first_seen_at": "2026-03-01T09:00:00.000000Z",
        }
    ]
    assert [row["id"] for row in found["articles"]] == sorted(
        article.pk for article in (cast.stable, cast.right_to_left, cast.rewritten, cast.corrected)
    )
    corrected = next(row for row in found["articles"] if row["id"] == cast.corrected.pk)
    title = "Nineteen hurt as ferry runs aground off Brightwater"
    assert corrected == {
        "id": cast.corrected.pk,
        "source": "gazette",
        "url": cast.corrected.url,
        "title": title,
        "language": "en",
        "state": "tracked",
        "version_count": 3,
        "change_count": 2,
        "check_count": 3,
        "first_seen_at": "2026-03-02T09:00:00.000000Z",
        "last_checked_at": "2026-03-02T12:00:00.000000Z",
        "last_changed_at": "2026-03-02T12:00:00.000000Z",
    }
    versions = [row for row in found["versions"] if row["article_id"] == cast.corrected.pk]
    assert [row["number"] for row in versions] == [1, 2, 3]
    third = versions[2]
    assert third["paragraphs"] == [{"kind": "paragraph", "text": text} for text in FERRY_CORRECTED[:-1]] + [
        {"kind": "correction", "text": FERRY_CORRECTED[-1][1]}
    ]
    assert third["text"].split("\n") == [*FERRY_CORRECTED[:-1], FERRY_CORRECTED[-1][1]]
    assert (third["title"], third["language"], third["same_as"]) == (title, "en", None)
    assert third["previous_seen_at"] == versions[1]["last_seen_at"] == "2026-03-02T11:30:00.000000Z"
    assert third["first_seen_at"] == "2026-03-02T12:00:00.000000Z"
    assert versions[0]["previous_seen_at"] is None

    changes = [row for row in found["changes"] if row["article_id"] == cast.corrected.pk]
    assert [(row["old_number"], row["new_number"]) for row in changes] == [(1, 2), (2, 3)]
    assert changes[0]["kinds"][:2] == ["headline", "number"]
    assert len(changes[0]["reasons"]) == len(changes[0]["kinds"])
    assert "Twelve -> Nineteen" in changes[0]["reasons"][changes[0]["kinds"].index("number")]
    assert (changes[0]["disclosed"], changes[1]["disclosed"]) == (False, True)
    assert changes[1]["seen_at"] == third["first_seen_at"]
    assert changes[1]["previous_seen_at"] == third["previous_seen_at"]

    edits = [row for row in found["edits"] if row["article_id"] == cast.corrected.pk]
    assert {(row["old_number"], row["new_number"]) for row in edits} == {(1, 2), (2, 3)}
    added = [row for row in edits if row["new_number"] == 3]
    assert [(row["action"], row["old_text"], row["new_text"]) for row in added] == [
        ("addition", "", FERRY_CORRECTED[-1][1])
    ]
    assert (added[0]["old_paragraph"], added[0]["new_paragraph"]) == (None, len(FERRY_CORRECTED) - 1)


@pytest.mark.django_db
def test_rows_are_the_same_in_each_format_and_however_few_are_read_at_once(tmp_path, monkeypatch):
    make_cast()
    found = exported(tmp_path)
    assert {name: bool(rows) for name, rows in found.items()} == dict.fromkeys(TABLES, True)
    for name, rows in found.items():
        assert [list(row) for row in rows] == [TABLES[name].names] * len(rows)
        keys = [tuple(row[column] for column in TABLES[name].key) for row in rows]
        assert keys == sorted(keys)
    assert exported(tmp_path, format="csv") == found
    assert exported(tmp_path, format="parquet") == found
    monkeypatch.setattr(reading, "ARTICLES_AT_A_TIME", 2)
    monkeypatch.setattr(reading, "TEXTS_AT_A_TIME", 1)
    monkeypatch.setattr(making, "PART_ARTICLES", 1)
    for format in READ:
        assert exported(tmp_path, format=format) == found


@pytest.mark.django_db
def test_with_a_moment_what_was_seen_since(tmp_path):
    cast = make_cast()
    found = exported(tmp_path, "--since", "2026-03-02T11:00Z")  # two hours in
    assert {(row["article_id"], row["new_number"]) for row in found["changes"]} == {
        (cast.rewritten.pk, 2),
        (cast.corrected.pk, 3),
    }
    assert {(row["article_id"], row["number"]) for row in found["versions"]} == {
        (cast.rewritten.pk, 2),
        (cast.corrected.pk, 3),
    }
    # against the version before, which itself was seen earlier
    assert {(row["article_id"], row["old_number"]) for row in found["edits"]} == {
        (cast.rewritten.pk, 1),
        (cast.corrected.pk, 2),
    }
    counts = {row["id"]: (row["version_count"], row["change_count"]) for row in found["articles"]}
    assert counts == {cast.rewritten.pk: (2, 1), cast.corrected.pk: (3, 2)}
    assert [row["article_count"] for row in found["sources"]] == [4]


@pytest.mark.django_db
def test_nothing_that_was_seen_after_the_end(tmp_path):
    cast = make_cast()
    asked = Asked(until=DAY_ONE + 2 * HOUR)
    batch = list(reading.articles(asked))
    rows = {
        name: list(reading.rows(TABLES[name], batch, asked)) for name in ("articles", "versions", "changes")
    }
    corrected = next(row for row in rows["articles"] if row["id"] == cast.corrected.pk)
    assert (corrected["version_count"], corrected["change_count"]) == (2, 1)
    assert corrected["last_changed_at"] == DAY_ONE + 1.5 * HOUR
    assert max(row["first_seen_at"] for row in rows["versions"]) == DAY_ONE + 2 * HOUR
    assert {(row["article_id"], row["new_number"]) for row in rows["changes"]} == {
        (cast.right_to_left.pk, 2),
        (cast.rewritten.pk, 2),
        (cast.corrected.pk, 2),
    }
    assert [row["change_count"] for row in reading.sources(asked)] == [3]
    assert list(reading.articles(Asked(until=DAY_ONE - HOUR))) == []


@pytest.mark.django_db
def test_one_source(tmp_path):
    make_cast()
    other = make_article(make_source("The Pier", "pier"), "A pier", ["It stands in the sea."])
    found = exported(tmp_path, "--source", "pier")
    assert [row["slug"] for row in found["sources"]] == ["pier"]
    assert [row["id"] for row in found["articles"]] == [other.pk]
    assert [row["article_id"] for row in found["versions"]] == [other.pk]
    assert found["changes"] == found["edits"] == []
    assert [row["slug"] for row in exported(tmp_path)["sources"]] == ["gazette", "pier"]


@pytest.mark.django_db
def test_a_merged_article_is_left_out_as_it_is_of_lists(tmp_path):
    cast = make_cast()
    duplicates.merge(cast.rewritten.pk, [cast.corrected.pk], DAY_ONE + 5 * HOUR)
    found = exported(tmp_path)
    assert cast.corrected.pk not in {row["id"] for row in found["articles"]}
    for name in ("versions", "changes", "edits"):
        assert cast.corrected.pk not in {row["article_id"] for row in found[name]}
    assert [(row["article_count"], row["change_count"]) for row in found["sources"]] == [(3, 2)]


@pytest.mark.django_db
def test_an_empty_database_gives_tables_without_rows(tmp_path):
    for format in READ:
        assert exported(tmp_path, format=format) == {name: [] for name in TABLES}


# --- what is hidden ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", READ)
@pytest.mark.django_db
def test_nothing_hidden_is_in_any_format(tmp_path, format):
    """`tests/web/test_hiding.py` asks for every address; here are the files, and what stands in their place."""
    cast = make_cast()
    before = exported(tmp_path, format=format)
    assert "Almqvist" in json.dumps(before["versions"])
    hiding.hide_articles([cast.rewritten.pk], WHY, None)
    hiding.hide_passage(cast.corrected, "Ines Almqvist", WHY, None)
    second = cast.right_to_left.versions.select_related("article").get(number=2)
    hiding.hide_versions([second], WHY, None)
    found = exported(tmp_path, format=format)
    told = json.dumps(found, ensure_ascii=False)
    for secret in ("Almqvist", "Iron bridge", "الاثنين", "private matter", "must not be shown", WHY.reason):
        assert secret not in told
    assert [row["id"] for row in found["articles"]] == [
        cast.stable.pk,
        cast.right_to_left.pk,
        cast.corrected.pk,
    ]
    arabic = next(row for row in found["articles"] if row["id"] == cast.right_to_left.pk)
    assert (arabic["version_count"], arabic["change_count"], arabic["last_changed_at"]) == (1, 0, None)
    assert {row["article_id"] for row in found["changes"]} == {cast.corrected.pk}
    assert {row["article_id"] for row in found["edits"]} == {cast.corrected.pk}
    versions = [row for row in found["versions"] if row["article_id"] == cast.corrected.pk]
    assert all(f"said {MARK}, a passenger" in row["text"] for row in versions)
    assert [row["digest"] for row in versions] == ["", "", ""]
    assert [(row["article_count"], row["change_count"]) for row in found["sources"]] == [(3, 2)]


@pytest.mark.django_db
def test_a_hidden_version_takes_the_changes_and_edits_on_both_its_sides_along(tmp_path):
    story = make_article(make_source(), "A bridge", BRIDGE[:1])
    for hours in (1, 2, 3):
        add_version(story, BRIDGE[: hours + 1], at=DAY_ONE + hours * HOUR)
    hiding.hide_versions([story.versions.select_related("article").get(number=2)], WHY, None)
    found = exported(tmp_path)
    assert [row["number"] for row in found["versions"]] == [1, 3, 4]
    assert [(row["old_number"], row["new_number"]) for row in found["changes"]] == [(3, 4)]
    assert {(row["old_number"], row["new_number"]) for row in found["edits"]} == {(3, 4)}


@pytest.mark.django_db
def test_hidden_articles_are_counted(tmp_path):
    make_cast()
    _, said = run("export", "csv", f"{tmp_path}/out/")
    assert "8 versions written." in said
    assert "1 articles left out, for they are hidden." in said


# --- formats -----------------------------------------------------------------------------------------------
def values(type: Type) -> st.SearchStrategy[Any]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    paragraph = st.fixed_dictionaries({"kind": st.sampled_from(["paragraph", "quote"]), "text": text})
    return {
        Type.INTEGER: st.integers(0, 2**63 - 1),
        Type.NUMBER: st.floats(0, 1e9),
        Type.BOOLEAN: st.booleans(),
        Type.TEXT: text,
        Type.TIME: st.datetimes(timezones=st.just(UTC)),
        Type.TEXTS: st.lists(text, max_size=3),
        Type.PARAGRAPHS: st.lists(paragraph, max_size=3),
    }[type]


@st.composite
def split_rows(draw: st.DrawFn) -> tuple[Table, list[Rows]]:
    """A table, and rows of it, some in each of several parts."""
    table = draw(st.sampled_from(list(TABLES.values())))
    row = {
        column.name: st.none() | values(column.type) if column.is_optional else values(column.type)
        for column in table.columns
    }
    return table, draw(st.lists(st.lists(st.fixed_dictionaries(row), max_size=3), max_size=3))


def said(rows: Rows) -> Rows:
    """Rows as JSON would say them."""
    return [{name: _told(value) for name, value in row.items()} for row in rows]


def _told(value: Any) -> Any:
    return (
        f"{value.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        if isinstance(value, datetime)
        else value
    )


@pytest.mark.parametrize(
    ("name", "ending"), [(name, ending) for name, endings in formats.ENDINGS.items() for ending in endings]
)
@given(split=split_rows())
def test_what_is_written_in_parts_is_read_back_as_it_was(tmp_path_factory, name, ending, split):
    table, parted = split
    folder = tmp_path_factory.mktemp("parts")
    format = formats.named(name, ending)
    paths = []
    for number, rows in enumerate(parted):
        paths.append(folder / f"{number}{ending}")
        with paths[-1].open("wb") as out:
            writer = format.writer(table, out, is_part=True)
            for row in rows:
                writer.write(row)
            writer.close()
    whole = io.BytesIO()
    format.join(table, paths, whole)
    at_once = io.BytesIO()
    writer = format.writer(table, at_once, is_part=False)
    rows = [row for part in parted for row in part]
    for row in rows:
        writer.write(row)
    writer.close()
    for written in (whole, at_once):
        data = gzip.decompress(written.getvalue()) if ending.endswith(".gz") else written.getvalue()
        if name == "parquet":  # strftime writes years before 1000 with fewer digits
            assert pq.read_table(io.BytesIO(data)).to_pylist() == rows
        else:
            assert READ[name](data, table) == said(rows)


def test_parquet_has_real_types_and_says_what_columns_mean():
    schema = parquet.schema(VERSIONS)
    paragraph = pa.struct([pa.field("kind", pa.string(), False), pa.field("text", pa.string(), False)])
    assert schema.field("paragraphs").type.value_type == paragraph
    assert schema.field("first_seen_at").type == pa.timestamp("us", "UTC")
    assert (schema.field("number").nullable, schema.field("same_as").nullable) == (False, True)
    assert schema.field("word_count").metadata[b"unit"] == b"words"
    assert parquet.schema(TABLES["changes"]).field("kinds").type.value_type == pa.string()


@pytest.mark.django_db
def test_parquet_is_packed_and_its_row_groups_are_bounded(tmp_path, monkeypatch):
    story = make_article(make_source(), "A bridge", BRIDGE)
    for turn in range(20):
        add_version(story, [f"Edition {turn}.", *FERRY], at=DAY_ONE + (turn + 1) * HOUR)
    size = 2 * len("\n".join(FERRY))  # of a version: its paragraphs, and its text
    monkeypatch.setattr(parquet, "ROW_GROUP", 3 * size)
    monkeypatch.setattr(making, "PART_SIZE", 1)
    out = tmp_path / "versions.parquet"
    run("export", "parquet", str(out))
    told = pq.ParquetFile(out).metadata
    groups = [told.row_group(at) for at in range(told.num_row_groups)]
    assert sum(group.num_rows for group in groups) == 21
    assert max(group.num_rows for group in groups) <= 4
    columns = {
        groups[0].column(at).path_in_schema: groups[0].column(at)
        for at in range(told.num_columns + 1)
        if at < groups[0].num_columns
    }
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert columns["source"].has_dictionary_page
    assert not columns["text"].has_dictionary_page
    assert columns["text"].statistics is None
    assert columns["number"].statistics.min == 1


@pytest.mark.django_db
def test_csv_is_faithful_and_quoted(tmp_path):
    title = '=HYPERLINK("http://evil.example";"Click")'
    make_article(make_source(), title, ["-1, she said.\rAnd “2”, so he.", "a,b"], byline="@everyone")
    out = tmp_path / "v.csv"
    run("export", "csv", str(out))
    data = out.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 2
    assert b',"=HYPERLINK(""http://evil.example"";""Click"")",' in data
    (row,) = of_csv(data, VERSIONS)
    assert (row["title"], row["byline"]) == (title, "@everyone")
    assert row["text"] == "-1, she said.\rAnd “2”, so he.\na,b"


@pytest.mark.django_db
def test_csv_for_a_spreadsheet_has_no_formula(tmp_path):
    source = make_source()
    for title in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "Nothing = special"):
        make_article(source, title, ["Text."])
    out = tmp_path / "v.csv"
    run("export", "csv", str(out), "--spreadsheet")
    text = out.read_bytes().decode("utf-8-sig")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    titles = [row["title"] for row in rows]
    assert titles[-1] == "Nothing = special"
    assert [title[0] for title in titles[:-1]] == ["'"] * 7
    for row in rows:
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for value in row.values())


@pytest.mark.parametrize("format", READ)
@pytest.mark.django_db
def test_what_stands_for_no_character_is_marked_as_such(tmp_path, format):
    text = storable("Broken \ud83d, whole \U0001f600, \udc00")
    make_article(make_source(), "Title", [text])
    (row,) = exported(tmp_path, format=format)["versions"]
    assert row["text"] == text.replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd")
    assert row["paragraphs"] == [{"kind": "paragraph", "text": row["text"]}]


@pytest.mark.parametrize("ending", [".jsonl.gz", ".csv.gz"])
@pytest.mark.django_db
def test_a_file_may_be_gzipped(tmp_path, ending, monkeypatch):
    make_cast()
    monkeypatch.setattr(reading, "ARTICLES_AT_A_TIME", 1)
    monkeypatch.setattr(making, "PART_ARTICLES", 1)
    format = ending.split(".")[1]
    out = tmp_path / f"changes{ending}"
    run("export", format, str(out), "--table", "changes")
    found = READ[format](gzip.decompress(out.read_bytes()), TABLES["changes"])
    assert found == exported(tmp_path)["changes"]
    again = tmp_path / f"again{ending}"
    run("export", format, str(again), "--table", "changes")
    assert again.read_bytes() == out.read_bytes()  # neither a name nor a time is in it


# --- where they go -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_folder_says_what_is_in_it(tmp_path, settings):
    make_cast()
    run("export", "csv", f"{tmp_path}/data/", "--since", "2026-03-02")
    folder = tmp_path / "data"
    assert {path.name for path in folder.iterdir()} == {"manifest.json", *(f"{name}.csv" for name in TABLES)}
    told = json.loads((folder / "manifest.json").read_text())
    assert told["software"] == f"newsdiff/{settings.VERSION}"
    assert (told["format"], told["since"], told["source"]) == ("csv", "2026-03-02T00:00:00.000000Z", None)
    assert datetime.now(UTC) - datetime.fromisoformat(told["until"]) < timedelta(minutes=10)
    assert "publishers" in told["licence"]
    for name, table in told["tables"].items():
        data = (folder / table["file"]).read_bytes()
        assert (table["bytes"], table["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert table["rows"] == len(of_csv(data, TABLES[name]))
        assert [column["name"] for column in table["columns"]] == TABLES[name].names
    run("export", "jsonl", str(folder))  # a folder that is there need not end in /
    assert (folder / "edits.jsonl").exists()
    assert json.loads((folder / "manifest.json").read_text())["format"] == "jsonl"


@pytest.mark.parametrize("format", READ)
@pytest.mark.django_db
def test_standard_output_gets_one_table_and_nothing_else(tmp_path, capsysbinary, format):
    make_cast()
    run("export", format, "-")
    assert READ[format](capsysbinary.readouterr().out, VERSIONS) == exported(tmp_path)["versions"]
    for name in ("sources", "edits"):
        run("export", format, "-", "--table", name)
        assert READ[format](capsysbinary.readouterr().out, TABLES[name]) == exported(tmp_path)[name]


@pytest.mark.parametrize("text", ["yesterday", "0001-01-01T00:00+14:00", "9999-12-31T23:00-14:00"])
def test_a_moment_that_is_none_in_utc_is_no_date(text):
    message, _ = refused("export", "jsonl", "-", "--since", text)
    assert f"{text!r} is no date such as" in message


@pytest.mark.django_db
def test_misuse_is_told_from_failure(tmp_path):
    folder = str(tmp_path)
    for arguments, words in (
        (("jsonl", f"{folder}/a.json"), "must end in .jsonl or .jsonl.gz"),
        (("parquet", f"{folder}/a.parquet.gz"), "must end in .parquet"),
        (("csv", f"{folder}/a.csv", "--source", "none"), "No source 'none'"),
        (("csv", f"{folder}/a/", "--table", "edits"), "a folder gets all tables"),
        (("jsonl", f"{folder}/a.jsonl", "--spreadsheet"), "--spreadsheet is for csv"),
        (("jsonl", "-", "--restart"), "--restart is for files"),
        (("warc", f"{folder}/a.gz", "--table", "edits"), "--table: not for warc"),
    ):
        message, status = refused("export", *arguments)
        assert (status, words in message) == (2, True), message
    for arguments in (("jsonl", f"{folder}/none/a.jsonl"), ("jsonl", f"{folder}/none/a/")):
        message, status = refused("export", *arguments)
        assert (status, "No such file or directory" in message) == (1, True), message
    assert list(tmp_path.iterdir()) == []


# --- the dictionary ----------------------------------------------------------------------------------------
def test_the_data_dictionary_is_that_of_the_tables():
    document = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"
    assert document.read_text() == dictionary.markdown(), (
        "python -m articles.exports.dictionary > docs/data-dictionary.md"
    )


def test_each_column_is_explained_once():
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names)
        assert set(table.key) <= set(table.names)
        assert all(column.description.endswith(".") for column in table.columns)
