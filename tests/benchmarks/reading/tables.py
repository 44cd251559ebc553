"""Measures reading: which edits and which noise are seen, in one look and through the real tracker."""

import random
from collections import Counter
from types import ModuleType

from rich.table import Table

from articles.core.extraction import extract
from articles.core.fingerprint import digest
from articles.core.types import Extract
from tests.benchmarks.embedded import own_database
from tests.benchmarks.reading import edits
from tests.benchmarks.reading.pages import Case, key, render

URL = "http://paper.example/news/a"
BLOCKS = 8  # paragraphs of a page that have a word changed; the other edits are made in three of them
KINDS_A_PAGE = 3  # of noise, all at once, through the tracker
STEPS = ("same", "same", "word", "same", "insert", "same", "number", "remove", "same", "sentence", "same")


def _read(tree: object) -> Extract:
    found = extract(render(tree), URL, "utf-8")
    assert found is not None  # without a known skeleton a page is always read
    return found


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / max(1, whole):.2%})"


# --- one look --------------------------------------------------------------------------------------------
def edits_seen(cases: list[Case]) -> Table:
    """One edit a reading: whether it is seen, and how often another paragraph was disturbed by it."""
    made, missed, disturbed = Counter[str](), Counter[str](), 0
    for case in cases:
        rng = random.Random(case.name)
        before = _read(case.tree())
        lines = {paragraph.text for paragraph in before.paragraphs}
        count = len(case.paragraphs(case.tree()))
        chosen = rng.sample(range(count), min(BLOCKS, count))
        for kind, edit in edits.PARAGRAPH.items():
            for index in chosen if kind == "word" else chosen[:3]:
                tree = case.tree()
                if not edit(case.paragraphs(tree)[index], rng):
                    continue
                after = _read(tree)
                made[kind] += 1
                missed[kind] += digest(after) == digest(before)
                disturbed += kind == "word" and len(lines ^ {p.text for p in after.paragraphs}) > 2
        tree = case.tree()
        if edits.headline(tree, before.title, rng):
            made["headline"] += 1
            missed["headline"] += digest(_read(tree)) == digest(before)
        _structures(case, rng, made, missed)
    shown = Table(
        title=f"Edits of {len(cases)} pages that were missed, and structures lost", title_justify="left"
    )
    shown.add_column("edit or structure")
    shown.add_column("missed", justify="right")
    for kind in made:
        shown.add_row(kind, _share(missed[kind], made[kind]))
    shown.add_row("other paragraphs disturbed by a word's edit", _share(disturbed, made["word"]))
    return shown


def _structures(case: Case, rng: random.Random, made: Counter[str], missed: Counter[str]) -> None:
    for name in edits.STRUCTURES:
        tree = case.tree()
        paragraphs = case.paragraphs(tree)
        at_end = "correction" in name or "note" in name
        text = (
            "What the committee wants"
            if "heading" in name
            else f"{rng.choice(edits.SENTENCES)} {rng.randint(10, 99)}."
        )
        edits.put_in(name, paragraphs[-1] if at_end else paragraphs[len(paragraphs) // 2], text)
        made[name] += 1
        missed[name] += not any(key(text) in key(paragraph.text) for paragraph in _read(tree).paragraphs)


def noise_seen(cases: list[Case], noise: ModuleType) -> Table:
    """Two answers with noise of one kind: how often their texts differ, with nothing known of the page."""
    groups = {
        "in the body": set(getattr(noise, "IN_BODY", ())),
        "characters": set(getattr(noise, "CHARACTERS", ())),
    }
    differ, looks = Counter[str](), Counter[str]()
    for case in cases:
        for kind, put in noise.KINDS.items():
            digests = set()
            for look in (1, 2):
                tree = case.tree()
                put(tree, case.paragraphs(tree), random.Random(f"{case.name}{kind}{look}"))
                digests.add(digest(_read(tree)))
            group = next((name for name, kinds in groups.items() if kind in kinds), "around it")
            looks[group] += 1
            differ[group] += len(digests) > 1
    shown = Table(
        title=f"Noise of {len(noise.KINDS)} kinds on {len(cases)} pages: looks whose bare texts differ",
        title_justify="left",
    )
    shown.add_column("where")
    shown.add_column("differ", justify="right")
    for group in looks:
        shown.add_row(group, _share(differ[group], looks[group]))
    return shown


# --- through the tracker ---------------------------------------------------------------------------------
def tracked(cases: list[Case], noise: ModuleType) -> Table:
    """Versions made where nothing was edited, and edits without one, by the real tracker on a real site.

    Each page shows several kinds of noise at once, another content in every answer, while it is edited.
    """
    own_database()
    return _tracked(cases, noise)


class _Paper:
    """A page that is edited, and written anew with noise for every answer."""

    def __init__(self, case: Case, kinds: list[str], noise: ModuleType) -> None:
        self.case, self.kinds, self.noise = case, kinds, noise
        self.edits: list[tuple[str, int, str]] = []  # kind, paragraph, seed
        self.answers = 0

    def edit(self, kind: str, seed: str) -> bool:
        """Makes an edit, if some paragraph is fit for it."""
        rng = random.Random(f"{self.case.name}{seed}")
        taken = {index for made, index, _ in self.edits if made == "remove"}
        fit = [
            index
            for index, element in enumerate(self.case.paragraphs(self.case.tree()))
            if index not in taken and edits.PARAGRAPH[kind](element, random.Random(seed))
        ]
        if fit:
            self.edits.append((kind, rng.choice(fit), seed))
        return bool(fit)

    def answer(self, asked: object) -> object:
        from tests.site import Page

        self.answers += 1
        tree = self.case.tree()
        paragraphs = self.case.paragraphs(tree)
        live = list(paragraphs)
        for kind, index, seed in self.edits:
            edits.PARAGRAPH[kind](paragraphs[index], random.Random(seed))
            if kind == "remove":
                live.remove(paragraphs[index])
        for kind in self.kinds:
            self.noise.KINDS[kind](tree, live, random.Random(f"{self.case.name}{kind}{self.answers}"))
        return Page(render(tree))


def _tracked(cases: list[Case], noise: ModuleType) -> Table:
    from tests.crawl import at, follow, look_again
    from tests.site import Page, Site

    names = sorted(noise.KINDS)
    site = Site()
    site.pages["/robots.txt"] = Page("", kind="text/plain")
    papers = {}
    for number, case in enumerate(cases):
        kinds = [names[(number * KINDS_A_PAGE + i) % len(names)] for i in range(KINDS_A_PAGE)]
        papers[f"/{number}"] = site.pages[f"/{number}"] = _Paper(case, kinds, noise)
        site.pages[f"/{number}"] = papers[f"/{number}"].answer
    follow(site, *papers)
    versions = {path: at(site, path).version_count for path in papers}
    looks, phantoms, made, missed = 0, 0, 0, 0
    requests = []
    for number, step in enumerate(STEPS):
        edited = {p for p, paper in papers.items() if step != "same" and paper.edit(step, f"{number}")}
        asked = sum(paper.answers for paper in papers.values())
        look_again()
        requests.append((sum(paper.answers for paper in papers.values()) - asked) / len(papers))
        for path in papers:
            count = at(site, path).version_count
            if path in edited:
                made, missed = made + 1, missed + (count == versions[path])
            elif step == "same":
                looks, phantoms = looks + 1, phantoms + (count > versions[path])
            versions[path] = count
    site.close()
    shown = Table(
        title=f"The tracker, {KINDS_A_PAGE} kinds of noise at once on each of {len(cases)} pages",
        title_justify="left",
    )
    shown.add_column("what")
    shown.add_column("figure", justify="right")
    shown.add_row("versions where nothing was edited", _share(phantoms, looks))
    shown.add_row("edits without a version", _share(missed, made))
    shown.add_row("requests at the first look again", f"{requests[0]:.2f}")
    unedited = [count for step, count in zip(STEPS, requests, strict=True) if step == "same"][1:]
    shown.add_row("requests a look after that, unedited", f"{sum(unedited) / len(unedited):.2f}")
    return shown
