"""Draw what each feature adds to scores: a dot a row, in the colour of where its feature stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from markupsafe import Markup

from palate.report._drawing import ACCENT, INK, LINE, SOFT, axis, edge_text, scale_of, svg
from palate.report._numbers import number
from palate.report._short_names import short_names

if TYPE_CHECKING:
    from palate.learning import Contributions

__all__ = ["HIGH", "LOW", "beeswarm"]

HIGH, LOW = ACCENT, "var(--series-2)"
"""Colours of a feature's highest and lowest third."""

_FEATURES, _ROWS = 10, 120
"""What a picture 340 pixels wide can show."""

_BINS = 60
_STEP = 46
_SPREAD = 0.2
"""Of a row's height: how far dots go up and down."""


def beeswarm(found: Contributions) -> Markup:
    """Draw the contributions of the first features, of as many rows as there is room for."""
    import altair as alt

    count = min(_FEATURES, len(found.features))
    rows = np.linspace(0, len(found.values) - 1, min(_ROWS, len(found.values))).astype(int)
    values, places = found.values[rows, :count], found.places[rows, :count]
    dots = pl.concat(_dots(values[:, f], places[:, f], f) for f in range(count))
    short = short_names(list(found.features[:count]), 34)
    names = pl.DataFrame(
        {
            "feature": [short[name] for name in found.features[:count]],
            "shown": [number(mean) for mean in found.mean[:count]],
            "y": [f + 0.55 for f in range(count)],
        }
    )
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, count], reverse=True, nice=False), axis=None)
    x = scale_of(dots, ("value",), in_sight=(0.0,))
    zero = alt.Chart(pl.DataFrame({"zero": [0.0]})).mark_rule(strokeWidth=1.25, color=INK)
    points = alt.Chart(dots, height=count * _STEP).mark_circle(size=15, opacity=0.85)
    base = alt.Chart(names).encode(y=y)
    layers = [
        zero.encode(x=alt.X("zero:Q", scale=x)),
        points.encode(
            x=alt.X("value:Q", scale=x, axis=axis()),
            y=y,
            color=alt.Color("colour:N", legend=None, scale=None),
        ),
        edge_text(base, "feature", "left", 250),
        edge_text(base, "shown", "right"),
    ]
    pairs = zip(found.features[:count], found.mean[:count], strict=True)
    said = "; ".join(f"{name} {number(mean)}" for name, mean in pairs)
    return svg(layers, f"Mean absolute contribution to the score: {said}")


def _dots(values: npt.NDArray[np.float64], places: npt.NDArray[np.float64], feature: int) -> pl.DataFrame:
    """Return the dots of a feature, those of nearly equal values beside each other."""
    span = float(np.ptp(values)) or 1.0
    bins = ((values - values.min()) / span * _BINS).astype(int)
    most = max(Counter(bins.tolist()).values())
    seen: Counter[int] = Counter()
    offsets = []
    for place in bins.tolist():
        turn = seen[place]
        offsets.append((turn + 1) // 2 * (1 if turn % 2 else -1))
        seen[place] += 1
    gap = min(0.09, 2 * _SPREAD / max(most, 1))
    colours = np.select([np.isnan(places), places > 2 / 3, places < 1 / 3], [LINE, HIGH, LOW], SOFT)
    return pl.DataFrame(
        {"value": values, "y": feature + 0.68 + gap * np.array(offsets), "colour": colours.tolist()}
    )
