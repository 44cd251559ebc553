"""Our own reading changes: rules, extractor, digests. No change of an article ever comes of it."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from articles import claiming
from articles.core import fingerprint
from articles.core.extraction import reading
from articles.core.types import Paragraph, ParagraphKind, Rules
from articles.ingestion import rebaselining
from articles.ingestion.rules import rules_of
from articles.models import Blob, Change, Check, Snapshot, Source, Version, packed_text
from tests.cast import DAY_ONE, add_version, make_article, make_source
from tests.crawl import at, follow, look_again
from tests.site import FILLER, Page, article

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("laws")]
PHOTO = "Photo: Ada Lund / Harbour Press"
EDITED = [FILLER[0].replace("Tuesday", "Wednesday"), *FILLER[1:]]


def page(*paragraphs: str, noise: str = "") -> Page:
    """An article with a photographer's line and a box of links in its text."""
    box = "<div class='box'><p>Our correspondents have written about the sea for forty years now.</p></div>"
    found = article("Harbour board meets", *paragraphs)
    found.body = found.body.replace("</h1>", f"</h1><p>{PHOTO}</p>").replace(
        "</article>", f"{box}</article>{noise}"
    )
    return found


@pytest.fixture
def source(site) -> Source:
    """An article with two versions, both with the line and the box."""
    site.pages["/a"] = page(*FILLER)
    found = follow(site, "/a")
    site.pages["/a"] = page(*EDITED)
    look_again()
    assert Version.objects.count() == 2
    return found


def shown() -> list[list[str]]:
    return [version.texts for version in Version.objects.order_by("number")]


@pytest.mark.parametrize("how", ["look", "command"])
@pytest.mark.parametrize(
    "rules",
    [
        {"ignored_texts": "Photo: * / Harbour Press\nOur correspondents have written *"},
        {"ignored_texts": "photo: *", "dropped_selectors": "article div.box"},
        {"dropped_selectors": "div.box\narticle > h1 + p"},
        {"kept_selectors": "article", "dropped_selectors": ".box, h1 + p"},
    ],
)
def test_a_rule_is_applied_to_every_version_and_makes_no_change(site, source, rules, how):
    if "photo: *" in rules.values():
        rules |= {"ignored_texts": "Photo: *"}
    before = list(Change.objects.values_list("pk", "kinds", "added_words", "removed_words"))
    Source.objects.update(**rules)
    if how == "look":
        site.pages["/a"] = page(*EDITED, noise="<!-- other bytes -->")
        look_again()
    else:
        call_command("reextract")
        look_again()
    assert shown() == [FILLER, EDITED]
    assert list(Change.objects.values_list("pk", "kinds", "added_words", "removed_words")) == before
    assert {v.extractor for v in Version.objects.all()} == {reading(rules_of(Source.objects.get()))}
    assert at(site, "/a").version_count == 2


def test_a_rule_that_would_make_two_versions_one_leaves_the_later_as_it_was_read(site, source):
    """Versions keep their numbers, and no two in a row say the same."""
    Source.objects.update(ignored_texts="*Tuesday*\n*Wednesday*")
    call_command("reextract")
    first, second = shown()
    assert FILLER[0] not in first
    assert EDITED[0] in second
    assert len({version.digest for version in Version.objects.all()}) == 2
    look_again()
    assert Version.objects.count() == 2


def test_each_text_is_named_once_while_an_article_is_locked_however_many_versions_become_one(monkeypatch):
    """A transaction in which nothing is asked of PostgreSQL for half a minute is ended."""
    with transaction.atomic():
        ferry = make_article(make_source("Gazette", "gazette"), "Ferry", ["It sails at 1."])
        for hour in range(2, 31):
            add_version(ferry, [f"It sails at {hour}."], at=DAY_ONE + timedelta(hours=hour))
    versions = list(ferry.versions.with_text().order_by("number"))
    same = replace(versions[0].extract, paragraphs=(Paragraph(ParagraphKind.PARAGRAPH, "It sails."),))
    named = []
    digest = fingerprint.digest
    monkeypatch.setattr(fingerprint, "digest", lambda text: named.append(text) or digest(text))
    taken = rebaselining._told_apart(versions, {version.number: same for version in versions})
    assert taken == set(range(1, 31, 2))  # of two neighbours one stays as it was read
    assert len(named) <= 2 * len(versions)


def test_a_rule_about_what_came_and_went_makes_no_version(site):
    """What the rule ignores is all that tells the three versions apart: they keep it, and nothing is added."""
    extra = "Ada Lund reports on the harbour for this paper."
    site.pages["/a"] = article("Harbour", *FILLER, extra)
    follow(site, "/a")
    for texts in (FILLER, [*FILLER, extra]):
        site.pages["/a"] = article("Harbour", *texts)
        look_again()
    Source.objects.update(ignored_texts="Ada Lund reports *")
    for noise in range(3):
        site.pages["/a"] = article("Harbour", *FILLER, extra)
        site.pages["/a"].body += f"<!-- {noise} -->"
        look_again()
    assert shown() == [[*FILLER, extra], FILLER, [*FILLER, extra]]
    site.pages["/a"] = article("Harbour", *EDITED, extra)
    look_again()
    assert shown()[3:] == [EDITED]


def test_rules_hold_for_texts_that_were_carried_over_to_a_new_template(site):
    site.pages["/a"] = article("Harbour", *FILLER)
    follow(site, "/a")
    new = article("Harbour", *FILLER)
    new.body = new.body.replace(
        "<article>",
        "<div class='new-story'><div class='inner'><ul><li>Printed on the quay since 1931</li></ul>",
    )
    new.body = new.body.replace("</article>", "</div></div>").replace("<p>", "<p class='text'>")
    site.pages["/a"] = new
    look_again()
    assert shown() == [["Printed on the quay since 1931", *FILLER]]
    Source.objects.update(ignored_texts="Printed on the quay *")
    site.pages["/a"].body += "<!-- other bytes -->"
    look_again()
    assert shown() == [FILLER]


def test_a_rule_to_keep_that_matches_nothing_is_a_failure_the_operator_sees(site, source):
    Source.objects.update(kept_selectors="div.story-body")
    site.pages["/a"] = page(*FILLER[1:])
    look_again()
    row = at(site, "/a")
    assert row.last_error == "the source's rule to keep div.story-body matches nothing on the page"
    assert shown()[1][1:-1] == EDITED
    assert row.version_count == 2


def test_versions_read_by_older_means_are_read_again_whole(site, source):
    """An older extractor lost the last paragraph of both, and told texts apart in another way."""
    for version in Version.objects.all():
        older = {"digest": f"1:{version.number}", "extractor": "1/older"}
        older |= packed_text(version.article_id, version.paragraphs[:-2])
        Version.objects.filter(pk=version.pk).update(**older)
    call_command("reextract")
    assert [texts[1:-1] for texts in shown()] == [FILLER, EDITED]
    assert all(version.digest.startswith("3:") for version in Version.objects.all())
    site.pages["/a"] = page(*EDITED, noise="<!-- other bytes -->")
    look_again()
    assert Version.objects.count() == 2
    assert Change.objects.get().kind_names == ["date"]


def test_versions_that_only_an_older_digest_told_apart_keep_their_numbers_and_nothing_is_added(site):
    """The older one took the sign by which a heading is linked to for a word."""
    plain = [*FILLER, "The summary of the board"]
    linked = [*FILLER, "The summary of the board #"]
    site.pages["/a"] = article("Harbour board meets", *plain)
    follow(site, "/a")
    site.pages["/a"] = article("Harbour board meets", *EDITED)
    look_again()
    site.pages["/a"] = article("Harbour board meets", *linked)
    body = site.pages["/a"].body.encode()
    second = Version.objects.get(number=2)
    with transaction.atomic():
        blob = Blob.keep(sha256(body).hexdigest(), body)
        Snapshot.objects.filter(pk=second.snapshot_id).update(blob=blob)
    for version in Version.objects.all():
        older = {"digest": f"2:{version.number}", "extractor": "1/words-2"}
        Version.objects.filter(pk=version.pk).update(**older)
    paragraphs = [[ParagraphKind.PARAGRAPH.value, text] for text in linked]
    Version.objects.filter(pk=second.pk).update(**packed_text(second.article_id, paragraphs))
    site.pages["/a"] = article("Harbour board meets", *plain)
    look_again()
    assert shown() == [plain, linked]
    assert [version.digest[:2] for version in Version.objects.order_by("number")] == ["3:", "2:"]
    site.pages["/a"] = article("Harbour board meets", *linked)
    look_again()
    assert Version.objects.count() == 2
    change = Change.objects.get()
    assert (change.kind_names, change.weight) == (["cosmetic"], 0)


def test_reextract_leaves_alone_what_is_being_looked_at_and_says_so(site, source):
    row = at(site, "/a")
    Source.objects.update(dropped_selectors=".box")
    held = claiming.hold(row.pk, timezone.now())
    with pytest.raises(CommandError, match="1 were being looked at"):
        call_command("reextract")
    claiming.finish(held)
    call_command("reextract", "--source", source.slug)
    row.refresh_from_db()
    assert (row.lease_token, row.check_count) == ("", Check.objects.count())
    with pytest.raises(CommandError, match=r"No source 'other'\. There are: "):
        call_command("reextract", "--source", "other")


def test_the_name_of_a_reading_tells_rules_apart():
    names = {
        reading(rules)
        for rules in (
            Rules(),
            Rules(keep=("p",)),
            Rules(drop=("p",)),
            Rules(ignore=("p",)),
            Rules(repeats=frozenset(("p",))),
            Rules(places=frozenset(("p",))),
        )
    }
    assert len(names) == 6
    assert all(len(name) <= Version._meta.get_field("extractor").max_length for name in names)
