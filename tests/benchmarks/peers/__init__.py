"""Other differs to stand beside: two in other languages, a process each, and two in Python.

    wikidiff2          MediaWiki's, in C++, through PHP; writing its table of HTML is in its time
    NewsSniffer        its method in Ruby: Diff::LCS over paragraphs, then over words
    difflib            the same method with Python's SequenceMatcher
    diff-match-patch   Python's port, over the characters of the whole text; it pairs no paragraphs

All but wikidiff2 would take from ten seconds to minutes on some inputs. They have a bound in words
and are not given what is beyond it: `words` of the whole text, or of what must be compared `at_once`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks.cases import Pair
from tests.benchmarks.peers.foreign import Absent, Foreign, plain_rows
from tests.benchmarks.peers.local import DIFFLIB, DMP, OURS, Local
from tests.benchmarks.peers.wikidiff2 import read_rows

__all__ = ["OURS", "WIKIDIFF2", "Differ", "installed", "takes"]

Differ = Local | Foreign
WIKIDIFF2, NEWSSNIFFER = "wikidiff2", "NewsSniffer"
PACKAGES = {WIKIDIFF2: "php-cli php-wikidiff2", NEWSSNIFFER: "ruby ruby-diff-lcs"}


@contextmanager
def installed() -> Iterator[tuple[list[Differ], list[str]]]:
    """The peers there are, and a line on each: its version, or which package would bring it."""
    found: list[Differ] = []
    notes: list[str] = []
    with ExitStack() as stack:
        for peer in (
            Foreign(WIKIDIFF2, ("php", "wikidiff2.php"), read_rows),
            Foreign(NEWSSNIFFER, ("ruby", "newssniffer.rb"), plain_rows, at_once=2_000),
        ):
            try:
                stack.enter_context(peer)
            except Absent:
                notes.append(f"{peer.name} left out: apt install {PACKAGES[peer.name]}")
            else:
                found.append(peer)
                notes.append(f"{peer.name}: {peer.version}")
        yield [*found, DIFFLIB, DMP], notes


def takes(differ: Differ, pair: Pair) -> bool:
    """Whether the pair is within what the differ can be given."""
    within_words = differ.words is None or pair.words <= differ.words
    return within_words and (differ.at_once is None or pair.at_once <= differ.at_once)
