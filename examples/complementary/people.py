"""The two experts who are asked: they read what is shown, look up what they think of it, and say so."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Expert", "experts", "fill_in"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Expert:
    """Somebody with an opinion on every addition, mistaken now and then.

    Args:
        name: Who it is.
        opinions: The grade of each addition, by what is shown of the product and the addition's title.
    """

    name: str
    opinions: Mapping[tuple[str, str], int]

    def grade(self, shown: str) -> int:
        """Return what they think of a task, by what they read.

        Raises:
            LookupError: It shows nothing that they know.
        """
        lines = shown.splitlines()
        for (product, addition), grade in self.opinions.items():
            if product in shown and addition in lines:
                return grade
        raise LookupError(f"{self.name} has no opinion on: {shown!r}")


def experts() -> tuple[Expert, ...]:
    """Return Ana and Ben, whose opinions are the columns of ``opinions.csv``."""
    products = {row["item"]: row for row in _rows(HERE / "products.csv")}
    opinions = _rows(HERE / "opinions.csv")
    found: dict[str, dict[tuple[str, str], int]] = {"ana": {}, "ben": {}}
    for row in opinions:
        product, addition = products[row["query"]], products[row["item"]]
        for name, own in found.items():
            own[f"{product['title']}. {product['text']}", addition["title"]] = int(row[name])
    return tuple(Expert(name, own) for name, own in found.items())


def fill_in(folder: Path, expert: Expert, words: Mapping[int, str]) -> None:
    """Fill in an expert's spreadsheet, row by row, as they would at their desk.

    Args:
        folder: Where the spreadsheets are.
        expert: Whose.
        words: What each grade is called there.
    """
    path = folder / f"{expert.name}.csv"
    rows = _rows(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "answer": words[expert.grade("\n".join(row.values()))]} for row in rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
