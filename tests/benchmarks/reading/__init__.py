"""Reading pages: edits that must be seen, noise that must not, and what it costs.

`make bench BENCH=reading` measures on made-up pages; PAGES=folder on the pages in it (*.html), for made-up
pages are kinder than real ones. NOISE=file measures another set of noise, PER=n samples n pages.
"""

import importlib.util
import os
import random
from pathlib import Path
from types import ModuleType

from rich.console import Group

from tests.benchmarks.reading import noise as own_noise
from tests.benchmarks.reading.layouts import generated
from tests.benchmarks.reading.pages import Case, from_folder
from tests.benchmarks.reading.speed import speed
from tests.benchmarks.reading.tables import edits_seen, noise_seen, tracked

SAMPLE = 60


def table() -> Group:
    """The tables: edits seen and structures kept, noise in one look, both through the real tracker, speed."""
    cases = _cases()
    noise = _noise()
    return Group(edits_seen(cases), noise_seen(cases, noise), tracked(cases, noise), speed(cases))


def _cases() -> list[Case]:
    folder = os.environ.get("PAGES")
    cases = list(from_folder(Path(folder))) if folder else generated()
    random.Random(1).shuffle(cases)
    return cases[: int(os.environ.get("PER", SAMPLE))]


def _noise() -> ModuleType:
    path = os.environ.get("NOISE")
    if not path:
        return own_noise
    spec = importlib.util.spec_from_file_location("other_noise", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
