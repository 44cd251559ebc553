"""The curve of requests against capture, drawn as a plain SVG for light and dark pages."""

import math
from html import escape

from articles.core.scheduling import Preset
from tests.benchmarks.schedule.simulation import Score

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 24, 56
LEAST_REQUESTS, MOST_REQUESTS = 8, 1000
LEAST_SHARE, MOST_SHARE = 0.4, 1.0
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.axis, .grid { stroke: #8c959f; stroke-width: 1 } .grid { stroke-opacity: .3 }
.other { fill: #57606a } .ours { fill: #0a58ca } .line { fill: none; stroke: #0a58ca; stroke-width: 2 }
.name-ours { fill: #0a58ca; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .other { fill: #9da7b3 } .ours { fill: #6ea8fe } .line { stroke: #6ea8fe }
  .name-ours { fill: #6ea8fe }
}
"""


def svg(population: str, scores: dict[tuple[str, str], Score]) -> str:
    """All rules on one population but the clairvoyant one; our presets are joined by a line."""
    points = {name: score for (judged, name), score in scores.items() if judged == population}
    points.pop("clairvoyant")
    ours = [points[f"newsdiff, {preset}"] for preset in Preset]
    line = " ".join(f"{_x(score.per_article):.1f},{_y(score.share):.1f}" for score in ours)
    title = f"Requests an article against captured changes, {population} outlets"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        f"<title>{title}</title><style>{STYLE}</style>",
        *_axes(),
        f'<polyline class="line" points="{line}"/>',
        *(_point(name, score) for name, score in sorted(points.items())),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _x(requests: float) -> float:
    span = math.log(MOST_REQUESTS / LEAST_REQUESTS)
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(requests / LEAST_REQUESTS) / span


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (share - LEAST_SHARE) / (MOST_SHARE - LEAST_SHARE)


def _axes() -> list[str]:
    low, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    drawn = [f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{low}H{right}"/>']
    for requests in (10, 20, 50, 100, 200, 500, 1000):
        x = f"{_x(requests):.1f}"
        drawn.append(f'<path class="grid" d="M{x} {TOP}V{low}"/>')
        drawn.append(f'<text x="{x}" y="{low + 20}" text-anchor="middle">{requests}</text>')
    for percent in range(40, 101, 10):
        y = _y(percent / 100)
        drawn.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    middle = (LEFT + right) / 2
    drawn.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">requests an article</text>')
    return drawn


def _point(name: str, score: Score) -> str:
    """A dot with its name beside it; where that would leave the picture, on the other side."""
    x, y = _x(score.per_article), _y(score.share)
    hinted = "hints" in name
    kind = "ours" if name.startswith("newsdiff,") else "other"
    left = x > WIDTH * 0.6 or hinted
    at, anchor = (x - 9, "end") if left else (x + 9, "start")
    words = name.removeprefix("newsdiff, ").removesuffix(" of 50 %").partition(":")[0]
    below = -6 if hinted else 16  # under the line that joins our presets, over those of hints
    return (
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{4 if hinted else 5}"/>'
        f'<text class="name-{kind}" x="{at:.1f}" y="{y + below:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )
