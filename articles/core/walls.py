"""Pages that answer with 200 but are not the article: errors, walls, stubs, interstitials, lists of others.

A marker is a phrase such pages say to their reader; talk is what `pagetalk` finds in any wording. Neither
counts by itself but by the share it has of a short text, so that an article about paywalls, robots or a
server error, or one that quotes such a page, is never taken for one.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from articles.core import resemblance
from articles.core.fingerprint import word_count, words
from articles.core.pagetalk import is_price, is_talk, is_told, sentences
from articles.core.types import Extract, History
from articles.core.wall_phrases import ERROR, KINDS, TITLE

LEAST_WORDS = 8  # a text below this, at the first look, is no article
ONE_MARKER_WORDS = 60  # up to this length one marker is enough
TWO_MARKERS_WORDS = 160  # up to this length two different ones are
MOST_CHARACTERS = 20_000  # however few words: so many signs are no wall, and would take long to search
CONSENT_WORDS = 450  # consent walls are long; three different phrases of theirs are needed then
TALK_SHARE = 0.6  # of a text's words: with so many in talk and markers it is about the page itself
OWN_MATTER_SHARE = 0.8  # the same, of an article that had a phrase of such pages before
TALK_WORDS = 300  # a longer text under the headline that was expected gives advice, perhaps
LEAD_WORDS = (
    12  # so many words of talk at the head of a list make it an error page with stories to read instead
)
HEAD_WORDS = 220  # of an article, at most, that a wall leaves standing above it
SHORT_LINE = 15  # words of a line that may stand among what a wall says
FRAGMENT = 3  # words of a button or a label, which says nothing either way
LISTED = 3  # headlines of other articles, or lines of the same shape, that make a list of a page
KEPT_SHARE = 0.7  # a text that still holds this share of the last version is that article, whatever it says
_SITE_SUFFIX = re.compile(r"\s+[|–—·-]\s+[^|–—·]{2,40}$")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LIST_LINE = re.compile(
    r"(?:\w+,? )?\d{1,2}\.?(?:st|nd|rd|th)? (?:de )?[^\W\d]{3,12}\.?,? (?:de )?\d{4}(?:,? .{0,12})?"
    r"|[^\W\d]{3,12} \d{1,2},? \d{4}(?:,? .{0,12})?|\d{4}-\d\d-\d\d(?: .{0,12})?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}(?:,? .{0,12})?"
    r"|(?:by|von|par|por|di|door|av) \w+(?: [\w'.-]+){1,3}|(?:\.\.\.|…).*(?:\.\.\.|…)"
    r"|(?:read|see|full|continue) (?:more|story|reading).{0,12}|\d+ min(?:ute)?s? read"
)

# What a publisher says when it takes an article down: a real, last version of it.
_WORK = re.compile(
    r"(?<![^\W_])(?:article|story|stories|report|piece|column|interview|video|post|publication"
    r"|artikel|beitrag|text|bericht|meldung|artículo|noticia|información|reportaje|nota|articolo|notizia|servizio"
    r"|artigo|notícia|reportagem|matéria|texto|artykuł\w*|tekst\w*|článek|cikk\w*"
    r"|стать\w+|публикаци\w+|материал\w*|новост\w+|haber\w*|makale\w*|yazı\w*|artikel|berita)(?![^\W_])"
    r"|本文|此文|报道|報道|记事|記事|文章|기사|المقال|الخبر|التقرير|लेख|खबर|रिपोर्ट"
)
_TAKEN_DOWN = re.compile(
    r"(?<![^\W_])(?:withdrawn|withdrew|retract\w*|unpublished|redacted|removed|deleted|pulled|spiked"
    r"|take[ns]?(?: \w+){0,4} down|taken (?:down|offline)|(?:no longer|cannot|do not) stand by"
    r"|did not meet (?:\w+ ){1,2}standards"
    r"|entfernt|gelöscht|zurückgezogen|depubliziert|offline genommen|retirée?s?|supprimée?s?|dépubli\w+"
    r"|retirad[oa]s?|eliminad[oa]s?|retirar|rimoss[oa]|ritirat[oa]|removid[oa]s?|verwijderd|ingetrokken|usunię\w+|wycofa\w+"
    r"|stažen\w*|eltávolít\w+|visszavon\w+|снят\w*|снял\w*|удал\w+|удалён\w*|отозва\w+|kaldır\w+|yayından"
    r"|dicabut|ditarik)(?![^\W_])|撤回|撤下|撤稿|删除|刪除|取り下げ|削除|삭제|철회|سحب|حذف|वापस ल|हटा"
)
_BY_ORDER = re.compile(
    r"(?<![^\W_])(?:legal (?:advice|complaint|action|order|request|threat)|court order|order of the"
    r"|injunction)(?![^\W_])"
)


# An error page does not know what became of its article.
_PERHAPS = re.compile(
    r"(?<![^\W_])(?:looking for|looked for|requested|cherch\w+|such(?:en|te)|busca\w*|procur\w+|cerca\w+"
    r"|zoek\w*|söker|leter|szuka\w+|hled\w+|ищете|искали|шука\w+|aradığınız|cari|keresett|may|might|perhaps|maybe|possibly|probably|likely|if|or|moved|renamed|page"
    r"|vielleicht|möglicherweise|eventuell|oder|verschoben|seite|peut-être|ou|déplacé\w*|puede|posible\w*|quizás?|o"
    r"|movid[oa]|forse|oppure|spostat[oa]|talvez|misschien|verplaatst|возможно|или|lehet|vagy"
    r"|belki|veya|ya da|być może|lub|možná|nebo|poate|sau|kanskje|kanske|måske|eller)"
    r"(?![^\W_])|可能|或|かもしれ|可能性|수 있습니다"
)


def recognise(history: History, extract: Extract) -> str:
    """Why a page is an error, a wall, a stub or a list and not its article; "" if it may be the article.

    Beside the newest version only what is fresh counts: phrases that it has too are its own.
    """
    last = history.last
    length = word_count(extract.texts)
    if last is not None and keeps(last, extract):
        return ""
    expected = last.title if last else history.expected_title
    own_headline = resemblance.same_headline(expected, extract.title)
    if not own_headline and length <= TWO_MARKERS_WORDS and _is_wall_title(extract.title):
        return f"the headline is that of an error page or a wall: {extract.title[:80]!r}"
    if reason := _listing(history, extract, own_headline):
        return reason
    if length > CONSENT_WORDS or _is_huge(extract):
        return ""
    text, known = _said_by(extract), _said_by(last) if last else ""
    if is_withdrawal(extract, last) and not ERROR.patterns[0].search(text):
        return ""
    counts = {
        name: sum(1 for marker in markers.patterns if marker.search(text) and not marker.search(known))
        for name, markers in KINDS
    }
    if reason := _about_itself(extract, last, counts, own_headline=own_headline):
        return reason
    if last is None and length < LEAST_WORDS:
        return f"almost no text: {length} words"
    return ""


def _about_itself(
    extract: Extract, last: Extract | None, counts: dict[str, int], *, own_headline: bool
) -> str:
    """Whether what the page says is mostly of itself, or ends so after a few paragraphs."""
    length = word_count(extract.texts)
    total, likeliest = sum(counts.values()), max(counts, key=lambda name: counts[name])
    spoken = [line for line in _spoken(extract, last) if line.words > FRAGMENT or line.is_said]
    said, all_of_it = sum(line.words for line in spoken if line.is_said), sum(line.words for line in spoken)
    share = said / all_of_it if all_of_it else 0.0
    if last is not None and share_said(last.texts) > TALK_SHARE / 2:
        share = 0.0  # the article itself is about such things
    if own_headline and resemblance.is_of_its_headline(extract):
        share = 0.0  # and so is this, under its own headline
    own_matter = last is not None and any(
        marker.search(_said_by(last)) for _, markers in KINDS for marker in markers.patterns
    )
    reason = (
        f"looks like {likeliest if total else 'a page about itself'}: {length} words, {total} of the phrases"
    )
    needed = OWN_MATTER_SHARE if own_matter else TALK_SHARE
    if (
        (total >= 1 and length <= ONE_MARKER_WORDS and share >= 0.5)
        or (total >= 2 and length <= TWO_MARKERS_WORDS and share >= 0.4)
        or (counts["a consent or access wall"] >= 3 and share >= 0.3)
        or (share >= needed and length <= (TALK_WORDS if own_headline else CONSENT_WORDS))
    ):
        return f"{reason} of such pages, {share:.0%} of it about the page"
    tail, said_there, head = _tail(spoken)
    total += any(is_price(text) for text in extract.texts[-3:])
    is_plain = total + said_there > 2 or (counts["a paywall or login"] and length <= ONE_MARKER_WORDS)
    if tail >= LEAST_WORDS <= head <= HEAD_WORDS and total and is_plain:
        return f"{reason} of such pages, after {head} words of a text"
    if not own_headline and _lead(spoken) >= LEAD_WORDS and length > 2 * ONE_MARKER_WORDS:
        return f"{reason} of such pages, {_lead(spoken)} words about the page at its head"
    return ""


@dataclass(frozen=True, slots=True)
class _Line:
    words: int
    is_said: bool  # by the page, of itself: talk or a marker
    short: int  # words, at most, of a line that may stand among what a wall says


def _spoken(extract: Extract, last: Extract | None) -> list[_Line]:
    """The sentences of a text; what the last version says too is never the page's."""
    old = {words(part) for text in last.texts for part in sentences(text)} if last else frozenset()
    parts = [part for text in extract.texts for part in sentences(text)]
    return [
        _Line(
            word_count([part]),
            words(part) not in old and _is_said(part),
            SHORT_LINE * (2 if _UNSPACED.search(part) else 1),
        )
        for part in parts
    ]


def _is_said(sentence: str) -> bool:
    if is_talk(sentence):
        return True
    folded = _fold(sentence)
    marked = any(marker.search(folded) for _, markers in KINDS for marker in markers.patterns)
    return marked and not is_told(sentence)


def _tail(lines: list[_Line]) -> tuple[int, int, int]:
    """How many words a text says of its page at its end, in how many sentences; how many stand above them."""
    tail = said = others = 0
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if line.is_said:
            tail, said = tail + line.words, said + 1
        elif at == 0 or line.words > line.short or others > max(tail, line.short):
            return tail, said, sum(above.words for above in lines[: at + 1])
        else:
            others += line.words
    return tail, said, 0


def _lead(lines: list[_Line]) -> int:
    """How many words a text says of its page before it says anything else."""
    lead = 0
    for line in lines:
        if not line.is_said:
            break
        lead += line.words
    return lead


def _listing(history: History, extract: Extract, own_headline: bool) -> str:
    """Whether a page is a list of articles: it has headlines of others, or lines that repeat their shape."""
    titles = {_fold(title) for title in history.headlines if len(title.split()) > 2}
    if extract.title:
        titles.discard(_fold(extract.title))
    lines = [_fold(text) for text in extract.texts]
    named = sum(1 for title in titles if any(line.startswith(title) for line in lines))
    if named >= LISTED and named * (2 if own_headline else 6) > len(lines):
        return f"a list of articles: it has the headlines of {named} others of the source"
    shaped = 0 if own_headline else sum(1 for line in lines if _LIST_LINE.fullmatch(line))
    alike = Counter(line for line in lines if FRAGMENT < len(line.split()) <= SHORT_LINE)
    repeated = max((times for times in alike.values() if times * 2 < len(lines)), default=0)
    if max(shaped, repeated) >= LISTED and max(shaped, repeated) * 4 >= len(lines):
        return f"a list of articles: {max(shaped, repeated)} of its {len(lines)} lines are alike"
    return ""


def is_withdrawal(extract: Extract, last: Extract | None) -> bool:
    """Whether a short text is the publisher's notice that the article was taken down.

    It says so without a perhaps, had not said so before, and does not go on to show its reader the way out.
    """
    if word_count(extract.texts) > TWO_MARKERS_WORDS or _is_huge(extract):
        return False
    old = {part for text in (last.title, *last.texts) for part in sentences(text)} if last else set()
    parts = [part for text in extract.texts for part in sentences(text) if part not in old]
    notices = [part for part in parts if _is_notice(part)]
    led_out = sum(word_count([part]) for part in parts if part not in notices and _is_said(part))
    said_so = bool(notices) or (extract.title not in old and _is_notice(extract.title))
    return said_so and led_out * 2 <= word_count(extract.texts)


def _is_notice(sentence: str) -> bool:
    folded = _fold(sentence)
    taken_down = _WORK.search(folded) and _TAKEN_DOWN.search(folded)
    return bool(taken_down or _BY_ORDER.search(folded)) and not _PERHAPS.search(folded)


def share_said(texts: Iterable[str]) -> float:
    """How much of these texts a page says of itself, by their beginning where they are long."""
    begun = " \n ".join(texts)[:MOST_CHARACTERS].split("\n")
    lines = [(word_count([part]), _is_said(part)) for text in begun for part in sentences(text)]
    total = sum(length for length, _ in lines)
    return sum(length for length, is_said in lines if is_said) / total if total else 0.0


def _is_huge(extract: Extract) -> bool:
    return sum(map(len, extract.texts)) > MOST_CHARACTERS


def _said_by(extract: Extract) -> str:
    return _fold(" . ".join((extract.title, extract.standfirst, *extract.texts)))


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("‘", "'").split())


def _is_wall_title(title: str) -> bool:
    if not 0 < len(title) <= 120:
        return False
    folded = _fold(title)
    return any(TITLE.fullmatch(candidate) for candidate in (folded, _SITE_SUFFIX.sub("", folded)))


def keeps(last: Extract, extract: Extract) -> bool:
    """Whether most of the last version's words are still there, each as often."""
    before, now = Counter(resemblance.tokens(last.texts)), Counter(resemblance.tokens(extract.texts))
    return bool(before) and (before & now).total() >= KEPT_SHARE * before.total()
