"""The documents against the code: what they name exists, and what exists is named."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<(https?://[^>]+)>")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"```[\s\S]*?```|^ {4}.*$|`[^`\n]*`", re.MULTILINE)
TO_BE_SET = "must be set"
NONE = "none"
COMPUTED = {
    "f'newsdiff@{urlsplit(BASE_URL).hostname}'": "`newsdiff@` and the host of `BASE_URL`",  # a default that the code works out, and how docs/settings.md puts it
    "str(BASE_DIR / 'var')": "`var` beside `manage.py`",
    "[urlsplit(BASE_URL).hostname or '']": "the host of `BASE_URL`",
    "f'{BASE_URL}/about/'": "`BASE_URL` + `/about/`",
    "f'newsdiff/{VERSION} (+{NEWSDIFF_CONTACT})'": "`newsdiff/VERSION (+CONTACT)`",
    "1 if SECURE else 0": "`1` with an https `BASE_URL`, else `0`",
    "str(2 * multiprocessing.cpu_count())": "twice the number of processors",
}
# Readers of newsdiff.env whose second argument is no default.
WITHOUT_DEFAULT = {"addresses", "networks", "service"}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def rows(document: str) -> list[list[str]]:
    """The cells of every table row of a document, headings and rules left out."""
    lines = [line for line in read(document).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        row
        for row, below in zip(cells, [*cells[1:], [""]], strict=True)
        if not {row[0][:3], below[0][:3]} & {"---"}
    ]


# --- settings --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Setting:
    """A variable as a file reads it; `default` is how the documents must put it."""

    name: str
    reader: str
    default: str


def _calls(file: str, owner: str) -> Iterator[tuple[str, list[ast.expr]]]:
    """The calls of `owner`'s functions in a file: the function's name and the arguments."""
    for node in ast.walk(ast.parse(read(file))):
        match node:
            case ast.Call(ast.Attribute(value, name), arguments) if ast.unparse(value) == owner:
                yield name, arguments


def _put(default: ast.expr | None) -> str:
    if default is None:
        return NONE
    if not isinstance(default, ast.Constant):
        return COMPUTED[ast.unparse(default)]
    match default.value:
        case "":
            return NONE
        case bool(value):
            return "`yes`" if value else "`no`"
        case float(value):
            return f"`{value:g}`"
        case value:
            return f"`{value}`"


def of_the_app() -> list[Setting]:
    found = []
    for function, (name, *rest) in _calls("newsdiff/settings.py", "env"):
        default = rest[0] if rest and function not in WITHOUT_DEFAULT else None
        found.append(Setting(ast.literal_eval(name), "app", _put(default)))
    return found


def of_gunicorn() -> list[Setting]:
    calls = _calls("newsdiff/gunicorn.py", "os.environ")
    return [Setting(ast.literal_eval(name), "gunicorn", _put(default)) for _, (name, default) in calls]


def of_compose() -> list[Setting]:
    found = re.findall(r"\$\{(\w+)(?::([-?])([^}]*))?\}", read("docker-compose.yml"))
    return [
        Setting(name, "compose", TO_BE_SET if mark == "?" else f"`{default}`" if default else NONE)
        for name, mark, default in dict.fromkeys(found)
    ]


READ = [*of_the_app(), *of_gunicorn(), *of_compose()]


def documented() -> dict[str, tuple[str, set[str]]]:
    """Variable -> default and readers, as docs/settings.md has them."""
    table = [row for row in rows("docs/settings.md") if len(row) == 4]
    return {name.strip("`"): (default, set(readers.split(", "))) for name, default, readers, _ in table}


def test_the_settings_are_found_at_all():
    assert {"DATABASE_URL", "NEWSDIFF_HOST_DELAY", "WEB_CONCURRENCY", "POSTGRES_PASSWORD"} <= {
        s.name for s in READ
    }


def test_each_variable_is_in_the_table_once_and_with_who_reads_it():
    readers: dict[str, set[str]] = {}
    for setting in READ:
        readers.setdefault(setting.name, set()).add(setting.reader)
    assert {name: who for name, (_, who) in documented().items()} == readers
    names = [row[0] for row in rows("docs/settings.md") if len(row) == 4]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("setting", READ, ids=lambda s: f"{s.name}-{s.reader}")
def test_the_default_stated_is_that_of_the_code(setting):
    stated, _ = documented()[setting.name]
    if setting.reader == "compose" and setting.default in (NONE, TO_BE_SET):
        return  # it hands on what .env says, or insists on more than the code does: the default is the code's
    assert stated == setting.default


def test_a_variable_that_only_compose_reads_is_stated_as_compose_has_it():
    elsewhere = {s.name for s in READ if s.reader != "compose"}
    alone = {s.name: s.default for s in READ if s.reader == "compose" and s.name not in elsewhere}
    assert alone == {name: documented()[name][0] for name in alone}
    assert alone["POSTGRES_PASSWORD"] == TO_BE_SET


def test_each_id_of_a_failed_check_is_explained():
    given = set(re.findall(r'id="(newsdiff\.E\d+)"', read("articles/checks.py")))
    explained = {row[0].strip("`") for row in rows("docs/settings.md") if row[0].startswith("`newsdiff.")}
    assert given
    assert explained == given


# --- commands, dependencies ------------------------------------------------------------------------
def test_each_command_has_a_section_and_each_section_is_a_command():
    commands = {path.stem for path in ROOT.glob("articles/management/commands/[a-z]*.py")}
    sections = set(re.findall(r"^## (\w+)$", read("docs/commands.md"), re.MULTILINE))
    listed = {row[0].strip("`") for row in rows("docs/commands.md") if len(row) == 2}
    assert commands
    assert sections == commands
    assert commands <= listed


def test_each_option_of_a_command_is_shown_with_it():
    for path in ROOT.glob("articles/management/commands/[a-z]*.py"):
        options = re.findall(r'add_argument\("(--[\w-]+)"', path.read_text())
        section = read("docs/commands.md").partition(f"\n## {path.stem}\n")[2].partition("\n## ")[0]
        assert [option for option in options if option not in section] == [], path.stem


def test_the_fields_of_a_check_are_those_it_prints():
    from collections import Counter

    from articles.management.commands.check import _report

    section = read("docs/commands.md").partition("\n## check\n")[2].partition("\n## ")[0]
    fields = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert fields == [*_report(Counter()), "seconds"]


def packages(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", line)[0].lower() for line in requirements}


def test_each_dependency_is_explained_and_none_that_is_not_used():
    project = tomllib.loads(read("pyproject.toml"))
    text = read("docs/dependencies.md")
    at_run_time, for_development = text.split("\n## For development\n")
    named = {line.split("|")[1].strip() for line in at_run_time.splitlines() if line.startswith("| ")}
    assert named - {"package", "---"} == packages(project["project"]["dependencies"])
    tools = re.findall(r"^\| ([^|]+) \|", for_development, re.MULTILINE)
    tools = {name for cell in tools for name in cell.split(", ")} - {"package", "---"}
    assert tools == packages(project["dependency-groups"]["dev"])


def test_each_dependency_is_locked_for_running():
    """What development tools bring along by chance, a user's machine has not."""
    locked = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", read("requirements/runtime.txt"), re.MULTILINE)
    needed = packages(tomllib.loads(read("pyproject.toml"))["project"]["dependencies"])
    spelt_alike = {re.sub(r"[-_.]+", "-", name) for name in needed}  # PEP 503
    assert spelt_alike - set(locked) == set()


def test_each_outcome_of_a_look_is_in_the_table():
    from articles.core.types import Outcome

    section = read("docs/architecture.md").partition("\n### Outcomes\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [outcome.value for outcome in Outcome]


def test_the_version_is_the_same_everywhere():
    from django.conf import settings

    project = tomllib.loads(read("pyproject.toml"))
    newest = re.search(r"^## \[([^\]]+)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert newest
    assert newest[1] == project["project"]["version"] == settings.VERSION


def test_the_layers_drawn_are_those_of_the_contract():
    contract = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    drawn = read("docs/architecture.md").partition("\n## Layers\n")[2].split("```")[1]
    layers = [set(re.findall(r"[\w.]+", layer)) for layer in contract["layers"]]
    assert [set(line.split()) for line in drawn.strip().splitlines()] == layers


def test_each_threat_of_security_md_is_attacked_by_tests_that_exist():
    section = read("SECURITY.md").partition("\n## Threats")[2].partition("\n## ")[0]
    table = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][2:]
    named = [re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", attackers) for *_, attackers in table]
    assert len(table) > 20
    assert all(named), "a threat without a test"
    for file, test in (pair for row in named for pair in row):
        assert f"def {test}(" in read(file), f"{file}::{test}"


# --- links and files -------------------------------------------------------------------------------
def anchor(heading: str) -> str:
    """The anchor that the usual viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(document: Path) -> list[str]:
    found = LINK.findall(CODE.sub("", document.read_text()))
    return [target for target, _ in found if target and not target.startswith(("http://", "https://"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_relative_link_leads_to_a_file_and_its_heading(document):
    for link in links(document):
        name, _, fragment = unquote(link).partition("#")
        target = (document.parent / name) if name else document
        assert target.is_file(), f"{document.name}: {link}"
        if fragment:
            anchors = map(anchor, HEADING.findall(target.read_text()))
            assert fragment in anchors, f"{document.name}: {link}"


def test_each_document_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document not in reached and document.suffix == ".md":
            reached.add(document)
            waiting += [(document.parent / link.partition("#")[0]).resolve() for link in links(document)]
    assert set(DOCUMENTS) <= reached


def test_each_picture_is_shown_and_small():
    shown = {(path.parent / link).resolve() for path in DOCUMENTS for link in links(path)}
    for picture in ROOT.glob("docs/images/*"):
        assert picture in shown, picture.name
        assert picture.stat().st_size < 200_000


def test_each_file_the_architecture_points_to_is_there():
    section = read("docs/architecture.md").partition("\n## Where to look for what\n")[2]
    for files, _ in (row for row in _two_columns(section)):
        folder = ""
        for name in re.findall(r"`([^`]+)`", files):
            # "`articles/core/http.py`, `robots.py`": a bare name stands in the folder of the one before it
            path = name.rstrip("/")
            folder = path.rpartition("/")[0] or folder
            assert any((ROOT / place / path).exists() for place in ("", folder)), name


def _two_columns(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_module_is_named_by_the_architecture():
    section = read("docs/architecture.md").partition("\n## Where to look for what\n")[2]
    named = set(re.findall(r"[\w.]+", section))
    modules = [*ROOT.glob("articles/*.py"), *ROOT.glob("articles/core/*.py"), *ROOT.glob("newsdiff/*.py")]
    unnamed = [m.name for m in modules if m.name not in named and m.name not in ("__init__.py", "apps.py")]
    assert unnamed == []
