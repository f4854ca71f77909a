"""A model's card for people, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["card_text"]


def card_text(card: Mapping[str, Any]) -> str:
    """Return the card of a learned ranker as Markdown; see :class:`ModelCard` for its parts."""
    parts = [f"# A ranker by `{card['objective']}`"]
    if card["verdict"]:
        parts.append(card["verdict"])
    parts.append(
        f"Learned from {card['judged_rows']:,} judged rows, with the seed {card['seed']}. Measured by {card['folds']} parts of the"
        " queries: each was ranked by a ranker that had learned from the others only. This one has learned from all of them:"
        " use it on new queries."
    )
    if card["measured"]:
        rows = [
            (m["system"], m["measure"], _number(m["value"]), _bounds(m), f"{m['queries']:,}")
            for m in card["measured"]
        ]
        parts += [
            "## On queries it had not seen",
            _table(("System", "Measure", "Value", "Interval", "Queries"), rows),
        ]
    features = sorted(card["features"], key=lambda f: -f["importance"])
    told = any("mean_contribution" in f for f in features)
    titles = ["Feature", "From", "Meaning", "Missing", "Importance", *(["Mean contribution"] if told else [])]
    parts += [
        "## Features",
        _table(
            titles,
            [
                (
                    f"`{f['feature']}`",
                    f["source"],
                    f["meaning"],
                    f"{f['missing']:.0%}",
                    f"{f['importance']:.3f}",
                    *([_number(f.get("mean_contribution"))] if told else []),
                )
                for f in features
            ],
        ),
    ]
    settings = [(f"`{name}`", str(value)) for name, value in card["settings"].items()]
    parts += ["## Settings", _table(("Setting", "Value"), settings)]
    if card["data"]:
        parts += ["## Data", _table(("File", "BLAKE2b, 128 bits"), list(card["data"].items()))]
    if card["versions"]:
        parts += ["## Versions", _table(("Package", "Version"), list(card["versions"].items()))]
    if card["notes"]:
        parts += ["## Notes", "\n".join(f"- {note}" for note in card["notes"])]
    return "\n\n".join(parts) + "\n"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _bounds(row: Mapping[str, Any]) -> str:
    return "–" if row["low"] is None else f"{_number(row['low'])} … {_number(row['high'])}"
