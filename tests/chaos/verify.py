"""What was stored, beside what the site showed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from articles.core import packing
from tests.chaos.fleet import Fleet
from tests.chaos.origin import Origin
from tests.chaos.truth import Span, Stand, Story, Text, overlap


@dataclass
class Verdict:
    """What is wrong, counted; each with words that help to find out why."""

    shown: int = 0  # texts the site showed
    expected: int = 0  # of these, those that stood so long that they must be there
    stored: int = 0
    away: int = 0  # texts that stood as long, but newsdiff was stopped for a part of it: none is owed
    away_lost: int = 0  # of these, those that are not there
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        kinds = ("lost", "doubled", "invented", "out_of_order")
        return [f"{kind.replace('_', ' ')}: {words}" for kind in kinds for words in getattr(self, kind)]


def stored_texts(fleet: Fleet) -> dict[str, list[Text]]:
    """The texts of every article's versions in their order, by the article's address."""
    rows = fleet.rows(
        "SELECT a.url, v.title, v.packed, b.packed FROM articles_article a "
        "LEFT JOIN articles_version v ON v.article_id = a.id "
        "LEFT JOIN articles_textbase b ON b.id = v.base_id ORDER BY a.id, v.number"
    )
    found: dict[str, list[Text]] = {}
    for url, title, packed, base in rows:
        texts = found.setdefault(url, [])
        if packed is not None:
            data = packing.unpack(bytes(packed), packing.unpack(bytes(base)))
            texts.append(Text(title, tuple(text for _, text in packing.decoded(data))))
    return found


def compare(
    origin: Origin, stored: dict[str, list[Text]], ended: float, outages: Sequence[Span] = ()
) -> Verdict:
    """Judges every article; a text counts that stood for `hold` seconds in which its host was to be had and
    newsdiff was not stopped."""
    verdict = Verdict()
    known = set()
    for host, story in origin.stories:
        known.add(story.url)
        stands = [stand for stand in story.stands if stand.began < ended]
        must = must_be_stored(stands, [*host.silences, *outages], origin.hold, ended)
        found = stored.get(story.url, [])
        _judge(verdict, story, stands, must, found)
        long = must_be_stored(stands, host.silences, origin.hold, ended)
        away = [stand.text for n, stand in enumerate(stands) if long[n] and not must[n]]
        verdict.away += len(away)
        verdict.away_lost += sum(text not in found for text in away)
    for url in stored.keys() - known:
        verdict.invented.append(f"{url} is no article of the site")
    return verdict


def must_be_stored(stands: Sequence[Stand], silences: list[Span], hold: float, ended: float) -> list[bool]:
    """Which texts stood long enough while their host was to be had.

    One that came back counts only if what stood in between does: else nobody can have seen that it went.
    """
    must: list[bool] = []
    for n, stand in enumerate(stands):
        end = min(stand.ended, ended)
        is_long = end - stand.began - overlap(stand.began, end, silences) >= hold
        came_back = n >= 2 and stand.text == stands[n - 2].text
        must.append(is_long and (not came_back or must[n - 1]))
    return must


def _judge(
    verdict: Verdict, story: Story, stands: Sequence[Stand], must: Sequence[bool], stored: Sequence[Text]
) -> None:
    verdict.shown += len(stands)
    verdict.expected += sum(must)
    verdict.stored += len(stored)
    truth = [stand.text for stand in stands]
    matched = align(truth, must, stored)
    taken = {at for at, _ in matched}
    placed = {at for _, at in matched}
    for n, stand in enumerate(stands):
        if must[n] and n not in taken:
            verdict.lost.append(
                f"{story.url} text {n + 1} of {len(stands)}, stood {stand.ended - stand.began:.0f} s, "
                f"sent whole {len(stand.served)} times, asked for "
                f"{sum(stand.began <= at < stand.ended for at in story.asked)} times, {len(stored)} stored"
            )
    for n, text in enumerate(stored):
        words = f"{story.url} version {n + 1} of {len(stored)}"
        went_out = any(stand.served for stand in stands if stand.text == text)
        if text not in truth or not went_out:
            verdict.invented.append(f"{words}: {text.title!r}, {len(text.paragraphs)} paragraphs")
        elif n and stored[n - 1] == text:
            verdict.doubled.append(words)
        elif n not in placed and text not in stored[n + 1 : n + 2]:
            too_often = stored.count(text) > truth.count(text)
            (verdict.doubled if too_often else verdict.out_of_order).append(words)


def align(truth: Sequence[Text], must: Sequence[bool], stored: Sequence[Text]) -> list[tuple[int, int]]:
    """Which stored version is which text of the site, in order: as many as can be, then as many that must.

    The longest common subsequence; of several the one that covers most of `must`.
    """
    best = [[(0, 0)] * (len(stored) + 1) for _ in range(len(truth) + 1)]
    for i in reversed(range(len(truth))):
        for j in reversed(range(len(stored))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if truth[i] == stored[j]:
                count, needed = best[i + 1][j + 1]
                best[i][j] = max(best[i][j], (count + 1, needed + must[i]))
    found, i, j = [], 0, 0
    while i < len(truth) and j < len(stored):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


# --- rows that stick -------------------------------------------------------------------------------
LATE = 20.0  # seconds: a row that is due for longer, in calm weather, is stuck
LONGEST_LEASE = 15  # seconds
AHEAD = 60.0  # seconds: the longest wait that a calm article can have here is a share of its quiet time


def stuck_rows(fleet: Fleet) -> list[str]:
    """Rows that will not be looked at again, or not soon, though nothing is wrong any more; ask in calm."""
    server = fleet.mode == "server"
    seconds = "extract(epoch FROM {0} - now())" if server else "(julianday({0}) - julianday('now')) * 86400"
    found = []
    for table in ("article", "feed"):
        due = seconds.format("next_check_at")
        far = AHEAD if table == "article" else 3 * AHEAD
        found += [
            f"{table} {pk} {url}: due in {when and round(when)} s, failures {failures}, {error!r}"
            for pk, url, when, failures, error in fleet.rows(
                f"SELECT id, url, {due}, failures, last_error FROM articles_{table} "
                f"WHERE next_check_at IS NULL OR {due} NOT BETWEEN {-LATE} AND {far}"
            )
        ]
    found += [
        f"host {pk} {authority}: asked again in {when:.0f} s, {error!r}"
        for pk, authority, when, error in fleet.rows(
            f"SELECT id, authority, {seconds.format('next_at')}, last_error FROM articles_host "
            f"WHERE {seconds.format('next_at')} > {AHEAD}"
        )
    ]
    found += [
        f"article {pk}: {status}"
        for pk, status in fleet.rows("SELECT id, status FROM articles_article WHERE status <> 'tracked'")
    ]
    return found


def leases(fleet: Fleet) -> list[str]:
    """Leases that are still held; ask when no worker is running.

    Embedded there must be none. As a server's workers end, work that they were never handed may be
    claimed: its lease must run out as any other.
    """
    left = "lease_token <> ''"
    if fleet.mode == "server":
        left += f" AND (lease_until IS NULL OR lease_until > now() + interval '{LONGEST_LEASE} seconds')"
    return [
        f"{table} {pk} has a lease until {until}"
        for table in ("article", "feed", "host")
        for pk, until in fleet.rows(f"SELECT id, lease_until FROM articles_{table} WHERE {left}")
    ]
