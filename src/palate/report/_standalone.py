"""Turn a chart of a page into an SVG file that stands by itself."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from palate.report._templates import stylesheet

__all__ = ["rastered", "standalone"]

_CAPTION = 30
_HALO = "paint-order:stroke;stroke-width:4px;stroke-linejoin:round;stroke:"
_MARGIN = 14


def standalone(chart: Markup, caption: str) -> str:
    """Return the chart with a caption and colours of its own: those of the light page, and of the dark where it is dark.

    Programs that know no CSS variables see the light colours, which stand in the attributes.

    Args:
        chart: An SVG element whose colours are CSS variables.
        caption: What stands above it.
    """
    light, dark = _colours()
    text = re.sub(r"var\(--([\w-]+)\)", lambda found: light[found[1]], str(chart))
    used = sorted({name for name, colour in light.items() if colour in text} | {"paper", "ink"})
    rules = "".join(
        f'[{kind}="{light[name]}"]{{{kind}:{dark[name]}}}'
        for name in used
        for kind in ("fill", "stroke")
        if name in dark
    )
    opening, _, body = text.partition(">")
    left, top, width, height = (float(v) for v in opening.partition('viewBox="')[2].partition('"')[0].split())
    words = opening.partition('aria-label="')[2].partition('"')[0]
    left, top = left - _MARGIN, top - _CAPTION - _MARGIN
    width, height = width + 2 * _MARGIN, height + _CAPTION + 2 * _MARGIN
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}"'
        f' width="{2 * width:g}" height="{2 * height:g}" role="img" aria-label="{words}" font-family="sans-serif">\n'
        f"<style>text{{{_HALO}{light['paper']}}}"
        f"@media (prefers-color-scheme: dark){{{rules}text{{stroke:{dark['paper']}}}}}</style>\n"
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" fill="{light["paper"]}"/>\n'
        f'<text x="1" y="{top + _MARGIN + 12:g}" font-size="14" font-weight="600" fill="{light["ink"]}">'
        f"{escape(caption)}</text>\n"
        f"{body}\n"
    )


def rastered(drawn: str) -> bytes:
    """Return an SVG file as a PNG image, two pixels a unit, in the colours of the light page."""
    import vl_convert

    plain = re.sub(r"@media \(prefers-color-scheme: dark\)\{.*\}(?=</style>)", "", drawn)
    image: bytes = vl_convert.svg_to_png(plain)
    return image


def _colours() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the light page and of the dark one, by name."""
    first, _, second = stylesheet().partition("prefers-color-scheme: dark")
    pattern = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    return dict(pattern.findall(first)), dict(pattern.findall(second.partition("* {")[0]))
