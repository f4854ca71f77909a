from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import palate.report
from palate.report import _charts as charts

PALETTE = {"a": "var(--series-1)", "b": "var(--series-2)"}
CIRCLE = re.compile(r'transform="translate\(([\d.]+),[\d.]+\)" d="M[^"]*A[^"]*" fill="var\(--series-(\d)\)"')
"""A dot of an interval chart: its place from the left and its colour."""


def rows(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(
        {"system": ["a", "b"], "value": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5], **columns}
    )


def dots(svg: str) -> list[tuple[float, int]]:
    return [(float(x), int(colour)) for x, colour in CIRCLE.findall(svg)]


def texts(svg: str) -> list[str]:
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg)


def rules(svg: str) -> list[float]:
    """Return the widths of the intervals."""
    return [float(x) for x in re.findall(r'<line [^>]*x2="(-?[\d.]+)"[^>]*stroke="var\(--series-\d\)"', svg)]


def test_dot_stands_in_the_middle_of_its_interval_and_at_its_value():
    svg = charts.intervals(rows(), PALETTE, "label")
    (left, first), (right, second) = dots(svg)
    # the scale runs from 0.1 − 7% of 0.4 to 0.5 + 7% of 0.4 over 338 pixels
    wide = 338 / (0.4 * 1.14)
    assert (first, second) == (1, 2)
    assert right - left == pytest.approx(0.2 * wide, abs=0.1)
    assert left == pytest.approx((0.2 - 0.1 + 0.028) * wide, abs=0.1)
    assert [abs(w) for w in rules(svg)] == pytest.approx([0.2 * wide] * 2, abs=0.1)
    assert {"a", "b", "0.200", "0.400"} <= set(texts(svg))


def test_rows_keep_the_order_they_come_in():
    turned = rows().reverse()
    assert [colour for _, colour in dots(charts.intervals(turned, PALETTE, "label"))] == [2, 1]


def test_value_without_an_interval_has_only_a_dot():
    svg = charts.intervals(rows(low=[None, 0.3], high=[None, 0.5]), PALETTE, "label")
    assert len(dots(svg)) == 2
    assert len([w for w in rules(svg) if abs(w) > 0]) == 1


def test_true_values_are_drawn_and_written():
    svg = charts.intervals(rows(truth=[0.25, 0.45]), PALETTE, "label")
    assert "0.200 · true 0.250" in texts(svg)
    assert len(re.findall(r'fill="var\(--paper\)" stroke="var\(--ink\)"', svg)) == 2


def test_colours_are_the_pages_own():
    points = pl.DataFrame(
        {"skill": [0.4, 0.9], "true_skill": [0.5, 0.8], "answers": [3, 9], "kind": ["x", "y"]}
    )
    drawn = [
        charts.intervals(rows(truth=[0.25, 0.45]), PALETTE, "label"),
        charts.difference(0.1, 0.05, 0.15, "var(--series-1)", "label"),
        charts.bars(pl.DataFrame({"feature": ["x"], "share": [0.5]}), "label"),
        charts.skills(points, "label"),
        charts.skills_by_answers(points, "label"),
    ]
    for svg in drawn:
        colours = re.findall(r'(?:fill|stroke)="([^"]+)"', svg)
        assert {c for c in colours if not re.fullmatch(r"none|var\(--[a-z]+(-\d)?\)", c)} == set()


def test_hostile_names_are_escaped():
    name = "<script>alert(1)</script>"
    palette = {name: "var(--series-1)"}
    frame = pl.DataFrame({"system": [name], "value": [0.2], "low": [0.1], "high": [0.3]})
    svg = charts.intervals(frame, palette, f'"><b>{name}')
    assert "<script" not in svg
    assert "<b>" not in svg


@pytest.mark.parametrize(
    ("estimate", "low", "high"), [(0.1, 0.05, 0.15), (-0.1, -0.15, -0.05), (0, -0.1, 0.1), (0, 0, 0)]
)
def test_difference_keeps_zero_in_sight(estimate, low, high):
    svg = charts.difference(estimate, low, high, "var(--soft)", "label")
    zero = re.search(r'<line transform="translate\(([\d.]+),\d+\)"[^>]*stroke="var\(--ink\)"', svg)
    assert zero is not None
    assert 0 < float(zero[1]) < 338
    assert "no difference" in texts(svg)


def test_values_that_are_all_the_same_or_unknown_are_drawn():
    frame = rows(value=[0.5, 0.5], low=[0.5, 0.5], high=[0.5, 0.5])
    assert len(dots(charts.intervals(frame, PALETTE, "label"))) == 2
    unknown = rows(value=[None, None], low=[None, None], high=[None, None])
    assert "–" in texts(
        charts.intervals(unknown.cast(dict.fromkeys(("value", "low", "high"), pl.Float64)), PALETTE, "x")
    )


def test_kinds_have_shapes_of_their_own_and_a_legend():
    kinds = ["careful", "hasty", "guessing"]
    frame = pl.DataFrame({"skill": [0.9, 0.5, 0.2], "true_skill": [0.8, 0.5, 0.3], "kind": kinds})
    svg = charts.skills(frame, "label")
    assert set(kinds) <= set(texts(svg))
    legend = svg[svg.index("role-legend") :]
    shapes = re.findall(r'role-legend-symbol"[^>]*><path transform="[^"]*" d="([^"]*)"', legend)
    assert len(set(shapes)) == 3


def systems_colours() -> list[list[str]]:
    style = Path(palate.report.__file__).with_name("templates").joinpath("style.css").read_text()
    found = re.findall(r"--series-\d: #([0-9a-f]{6});", style)
    return [found[:8], found[8:]]


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(light, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


VISION = {
    "all colours": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What remains of linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1)."""


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("vision", list(VISION))
def test_systems_are_told_apart_by_every_kind_of_eye(theme, vision):
    colours = [lab(np.array(VISION[vision]) @ linear(c)) for c in systems_colours()[theme]]
    apart = [[np.linalg.norm(a - b) for b in colours] for a in colours]
    assert min(apart[i][j] for i in range(5) for j in range(i)) > 20
    assert min(apart[i][j] for i in range(8) for j in range(i)) > 12


@pytest.mark.parametrize(("theme", "paper"), [(0, "fcfbf9"), (1, "14161a")], ids=["light", "dark"])
def test_systems_stand_out_from_the_page(theme, paper):
    weights = np.array([0.2126, 0.7152, 0.0722])
    ground = weights @ linear(paper)
    for colour in systems_colours()[theme]:
        ends = sorted([weights @ linear(colour), ground])
        assert (ends[1] + 0.05) / (ends[0] + 0.05) >= 3, colour
