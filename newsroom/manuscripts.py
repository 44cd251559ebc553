"""The data files: reads and judges newsroom/articles/*.toml. docs/demo.md tells how they are written."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newsroom.blocks import Blocks, EditError, edit_blocks, even, find_block, parse
from newsroom.languages import LANGUAGES

FOLDER = Path(__file__).parent / "articles"

SECTIONS = {
    "town": "Town",
    "council": "Council",
    "courts": "Courts",
    "harbour": "Harbour",
    "business": "Business",
    "culture": "Culture",
    "sport": "Sport",
    "partner-towns": "Partner towns",
}

# What {…} in a text may name; newsroom.edition says what stands there.
PLACEHOLDERS = {"yesterday", "today", "tomorrow", "date", "clock", "count"}
_PLACEHOLDER = re.compile("|".join([*PLACEHOLDERS, r"opening[+-]\d+"]))


class ManuscriptError(ValueError):
    """A data file that cannot be used; the message names the file, the field and what to mend."""


@dataclass(frozen=True, slots=True)
class Version:
    """One text of an article, on show from `step` until the next version's.

    `byline` is the line as printed, `author` the names alone, as feeds give them.
    A `silent` version leaves the page's "Updated" stamp alone. A `typographic` one changes no word.
    """

    step: float
    note: str
    headline: str
    standfirst: str
    byline: str
    author: str
    blocks: Blocks
    silent: bool = False
    typographic: bool = False

    @property
    def lines(self) -> list[str]:
        """Every text of the version, from the headline down."""
        return [self.headline, self.standfirst, self.byline, *(block.text for block in self.blocks)]

    @property
    def words(self) -> list[str]:
        """The words and numbers alone, in order and without regard to case."""
        return re.findall(r"\w+", " ".join(self.lines).casefold())


@dataclass(frozen=True, slots=True)
class GoesOn:
    """How an article keeps changing for ever after its last version, once every `every` steps.

    Each round adds the next of `count_by` to {count}, which begins at `count_from`, and, where there
    are `entries`, puts the next of them after the block that contains `after`; `keep` entries stay.
    """

    every: float
    count_from: int = 0
    count_by: tuple[int, ...] = (0,)
    entries: tuple[str, ...] = ()
    after: str = ""
    keep: int = 8


@dataclass(frozen=True, slots=True)
class Article:
    """An article and its whole history. `age`: minutes it is old when the newsroom opens."""

    slug: str
    section: str
    language: str
    age: float
    versions: tuple[Version, ...]
    gone_at: float | None = None
    goes_on: GoesOn | None = None
    related: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where the article is on the site."""
        return f"/{self.section}/{self.slug}"


def load_all(folder: Path = FOLDER) -> tuple[Article, ...]:
    """Every article of `folder`, by slug. Raises ManuscriptError."""
    articles = tuple(load(path) for path in sorted(folder.glob("*.toml")))
    if not articles:
        raise ManuscriptError(f"{folder}: holds no .toml files")
    slugs = {article.slug for article in articles}
    for article in articles:
        for slug in article.related:
            if slug not in slugs:
                raise ManuscriptError(f"{article.slug}.toml: related: there is no article {slug!r}")
    return articles


def load(path: Path) -> Article:
    """The article in the file `path`; its slug is the file's name. Raises ManuscriptError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManuscriptError(f"{path.name}: is not TOML: {error}") from error
    return _Reader(path.name).article(path.stem, table)


_TYPE_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
}
_MISSING = object()


@dataclass(slots=True)
class _Reader:
    """Reads one file's tables, and says in every complaint which file and field it is about."""

    file: str
    versions: list[Version] = field(default_factory=list)

    def fail(self, where: str, message: str) -> ManuscriptError:
        return ManuscriptError(f"{self.file}: {where}: {message}")

    def article(self, slug: str, table: dict[str, Any]) -> Article:
        self.check_keys(table, "", "section language age gone_at related versions goes_on".split())
        section = self.choice(table, "section", list(SECTIONS))
        language = self.choice(table, "language", list(LANGUAGES))
        for index, version in enumerate(self.tables(table, "versions")):
            self.versions.append(self.version(f"versions[{index + 1}]", version))
        if not self.versions:
            raise self.fail("versions", "is missing; an article needs at least one")
        first, last = self.versions[0], self.versions[-1]
        age = self.number(table, "", "age", default=0)
        if (first.step == 0) != (age > 0):
            raise self.fail("age", "is for an article on show from step 0, and only for one")
        if "goes_on" not in table and any("{count}" in line for v in self.versions for line in v.lines):
            raise self.fail("goes_on", "is missing, and a text names {count}")
        gone_at = self.number(table, "", "gone_at") if "gone_at" in table else None
        if gone_at is not None and gone_at <= last.step:
            raise self.fail("gone_at", f"{gone_at:g} is not after the last version's step {last.step:g}")
        return Article(
            slug=slug,
            section=section,
            language=language,
            age=age,
            versions=tuple(self.versions),
            gone_at=gone_at,
            goes_on=self.goes_on(table["goes_on"], last) if "goes_on" in table else None,
            related=self.texts(table, "", "related"),
        )

    # --- versions ---------------------------------------------------------------------------------
    def version(self, where: str, table: dict[str, Any]) -> Version:
        self.check_keys(
            table,
            where,
            "step note headline standfirst byline author body edits revert_to silent typographic".split(),
        )
        step = self.number(table, where, "step")
        before = self.versions[-1] if self.versions else None
        if before and step <= before.step:
            raise self.fail(f"{where}.step", f"{step:g} is not after {before.step:g}, the one before it")
        base = self.base(where, table, before)
        version = replace(
            base,
            step=step,
            note=self.text(table, where, "note"),
            headline=self.text(table, where, "headline", base.headline or _MISSING),
            standfirst=self.text(table, where, "standfirst", base.standfirst or _MISSING),
            byline=self.text(table, where, "byline", base.byline or _MISSING),
            author=self.text(table, where, "author", base.author or _MISSING),
            blocks=self.blocks(where, table, base.blocks),
            typographic=self.value(table, where, "typographic", bool, False),
            silent=self.value(table, where, "silent", bool, False),
        )
        self.check_text(where, version, before)
        return version

    def base(self, where: str, table: dict[str, Any], before: Version | None) -> Version:
        """What the version starts from: the one before it, or the one it reverts to."""
        if "revert_to" not in table:
            return before or Version(0, "", "", "", "", "", ())
        extra = {"headline", "standfirst", "byline", "author", "body", "edits"} & set(table)
        if extra:
            raise self.fail(f"{where}.{min(extra)}", "a revert takes the earlier text as it was")
        number: int = self.value(table, where, "revert_to", int)
        if not 1 <= number < len(self.versions):
            raise self.fail(
                f"{where}.revert_to", f"{number} is not the number of a version before the one before"
            )
        return self.versions[number - 1]

    def blocks(self, where: str, table: dict[str, Any], blocks: Blocks) -> Blocks:
        if "body" in table and "edits" in table:
            raise self.fail(f"{where}.edits", "give a whole body or edits, not both")
        if "body" in table:
            return parse(self.text(table, where, "body"))
        if not blocks:
            raise self.fail(f"{where}.body", "is missing; the first version is written in full")
        for index, edit in enumerate(self.tables(table, "edits", where)):
            place = f"{where}.edits[{index + 1}]"
            for key in edit:
                self.value(edit, place, key, str)
            try:
                blocks = edit_blocks(blocks, edit)
            except EditError as error:
                raise self.fail(f"{place}.{error.field}".rstrip("."), str(error)) from error
        return blocks

    def check_text(self, where: str, version: Version, before: Version | None) -> None:
        for line in version.lines:
            for name in re.findall(r"\{([^{}]*)\}", line):
                if not _PLACEHOLDER.fullmatch(name):
                    names = ", ".join(sorted(PLACEHOLDERS))
                    raise self.fail(
                        where, f"{{{name}}} is unknown; a text may name {names}, opening+N, opening-N"
                    )
        if before is None:
            return
        if version.lines == before.lines:
            raise self.fail(where, "is no different from the version before it")
        if version.typographic and version.words != before.words:
            raise self.fail(f"{where}.typographic", "is true, but a word differs from the version before")
        if not version.typographic and version.words == before.words:
            raise self.fail(where, "changes no word; mark it 'typographic = true' or change one")

    def goes_on(self, table: Any, last: Version) -> GoesOn:
        where = "goes_on"
        if not isinstance(table, dict):
            raise self.fail(where, "must be a table, [goes_on]")
        self.check_keys(table, where, "every count_from count_by entries after keep".split())
        every = self.number(table, where, "every")
        if every <= 0:
            raise self.fail(f"{where}.every", "must be above 0")
        count_by = self.value(table, where, "count_by", list, [0])
        if not count_by or not all(type(number) is int for number in count_by):
            raise self.fail(f"{where}.count_by", "must be a list of whole numbers")
        entries = tuple(even(entry) for entry in self.texts(table, where, "entries"))
        after = even(self.text(table, where, "after")) if entries else ""
        if entries:
            try:
                find_block(last.blocks, {"after": after}, "after")
            except EditError as error:
                raise self.fail(f"{where}.after", str(error)) from error
        if not any("{count}" in line or "{clock}" in line for line in [*last.lines, *entries]):
            raise self.fail(where, "nothing would change: no text names {count} or {clock}")
        return GoesOn(
            every=every,
            count_from=self.value(table, where, "count_from", int, 0),
            count_by=tuple(count_by),
            entries=entries,
            after=after,
            keep=self.value(table, where, "keep", int, 8),
        )

    # --- values -----------------------------------------------------------------------------------
    def check_keys(self, table: dict[str, Any], where: str, known: list[str]) -> None:
        for key in table:
            if key not in known:
                raise self.fail(f"{where}.{key}".strip("."), f"is unknown; known are {', '.join(known)}")

    def value(self, table: dict[str, Any], where: str, key: str, kind: type, default: Any = _MISSING) -> Any:
        value = table.get(key, default)
        if value is _MISSING:
            raise self.fail(f"{where}.{key}".strip("."), "is missing")
        if type(value) is not kind:
            raise self.fail(f"{where}.{key}".strip("."), f"must be {_TYPE_NAMES[kind]}, is {value!r}")
        return value

    def text(self, table: dict[str, Any], where: str, key: str, default: Any = _MISSING) -> str:
        value: str = self.value(table, where, key, str, default)
        if not value.strip():
            raise self.fail(f"{where}.{key}".strip("."), "is empty")
        return value if key == "body" else even(value)

    def texts(self, table: dict[str, Any], where: str, key: str) -> tuple[str, ...]:
        values = self.value(table, where, key, list, [])
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fail(f"{where}.{key}".strip("."), "must be a list of texts, none empty")
        return tuple(values)

    def number(self, table: dict[str, Any], where: str, key: str, default: Any = _MISSING) -> float:
        given = table.get(key, default)
        whole = type(given) is int
        number: float = self.value(
            {**table, key: float(given)} if whole else table, where, key, float, default
        )
        if number < 0:
            raise self.fail(f"{where}.{key}".strip("."), f"must not be below 0, is {number:g}")
        return number

    def choice(self, table: dict[str, Any], key: str, known: list[str]) -> str:
        value = self.text(table, "", key)
        if value not in known:
            raise self.fail(key, f"{value!r} is unknown; known are {', '.join(known)}")
        return value

    def tables(self, table: dict[str, Any], key: str, where: str = "") -> list[dict[str, Any]]:
        values: list[dict[str, Any]] = self.value(table, where, key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.fail(f"{where}.{key}".strip("."), f"must be tables, [[{key}]]")
        return values
