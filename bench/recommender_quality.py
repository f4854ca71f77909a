"""How well does every recommender find what users did next, on MovieLens?

nDCG@10 of every registered recommender on three splits, with 95% bootstrap intervals over users. All ratings count as
likes, items that a user met before are left out, all others are ranked, and what a user first met later is relevant. The second
stage, watch_time, ranks the candidates of several first ones; it gets genres, and no stars. Settings are those that do best on
the past of the first split alone, itself split 80/20 by each user's time: so the first two columns hold what tuning never saw,
and part of the third's future was seen. Tuning takes the better, by that validation, of what was kept and what it found.

    python bench/recommender_quality.py                     measure with the kept settings, write the table into the docs
    python bench/recommender_quality.py --only als ease     some rows; the others stay
    python bench/recommender_quality.py --tune 40 [--only …]  tune first, so many trials each
    python bench/recommender_quality.py --against ease      print each row less that one, user by user, too

Settings are kept in bench/recommender_settings.json, with what found them; the table stands in
docs/recommenders.md between two marks.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import PalateError
from palate.evaluation import tune_recommender
from palate.evaluation._held_out import HeldOut, hold_out
from palate.inference import PairedBootstrap
from palate.measures import parse_measure
from palate.recommend import Split, SplitKind, recommenders, split_interactions, with_features
from palate.study.movielens import read_movielens

FOLDER = Path(__file__).parent
SETTINGS = FOLDER / "recommender_settings.json"
PAGE = FOLDER.parent / "docs" / "recommenders.md"
START, END = "<!-- made by bench/recommender_quality.py -->", "<!-- end of what is made -->"
MEASURE = parse_measure("nDCG@10")
SPLITS: dict[str, SplitKind] = {
    "per-user temporal 80/20": "per_user",
    "leave one out": "leave_one_out",
    "global temporal 80/20": "global",
}
SLOW = {"matrix_factorization": 3, "two_tower": 2, "watch_time": 4}
"""By how much fewer trials these get: a trial of theirs takes ten times as long as one of the others."""


@dataclass(frozen=True)
class Row:
    """A row of the table: a recommender, and the one inside it whose kept settings it uses, if there is one."""

    recommender: str
    inner: str | None = None

    @property
    def label(self) -> str:
        """What the table calls it."""
        return f"`{self.recommender}`" + (f" over `{self.inner}`" if self.recommender == "watch_time" else "")

    def fixed(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Return the settings that are not tuned."""
        found = {"likes": "all"} if "likes" in recommenders.get(self.recommender).search else {}
        if self.inner is None:
            return found
        options = {"options": kept.get(self.inner, {}).get("settings", {})}
        return found | {"candidates" if self.recommender == "watch_time" else "other": self.inner} | options

    def table(self, interactions: pl.DataFrame) -> pl.DataFrame:
        """Return what it learns from: stars are no watch time."""
        return interactions.drop("value") if self.recommender == "watch_time" else interactions

    def features(self, items: pl.DataFrame) -> dict[str, Any]:
        """Return the features that it gets."""
        if self.recommender != "watch_time":
            return {}
        return {"items": items.select("item", genre="text"), "separator": ", "}

    def held_out(self, parts: Split, items: pl.DataFrame, what: str) -> HeldOut:
        """Return a split as it sees it."""
        parts = replace(parts, past=self.table(parts.past), future=self.table(parts.future))
        texts = items if recommenders.get(self.recommender).needs_items else None
        found = hold_out(parts, texts, None, what)
        return replace(found, past=with_features(found.past, **self.features(items)))


ROWS = {name: Row(name) for name in recommenders.names() if name not in {"hybrid", "watch_time"}}
ROWS |= {"hybrid": Row("hybrid", "ease")}
ROWS |= {f"watch_time/{first}": Row("watch_time", first) for first in ("als", "ease", "two_tower")}


def tuned(
    row: Row, kept: dict[str, Any], trials: int, interactions: pl.DataFrame, items: pl.DataFrame
) -> dict[str, Any]:
    """Return the best settings, and what they were found by: tuning now, or those kept where they do no worse."""
    name, fixed = row.recommender, row.fixed(kept)
    if not set(recommenders.get(name).search) - set(fixed):
        return {"settings": fixed, "found_by": "nothing to tune"}
    trials = max(5, trials // SLOW.get(name, 1))
    features = row.features(items)
    found = tune_recommender(
        name,
        row.table(interactions),
        items if recommenders.get(name).needs_items else None,
        item_features=features.get("items"),
        separator=features.get("separator"),
        split="per_user",
        trials=trials,
        settings=fixed,
    )
    print(found.sentence, *found.notes, sep="\n  ", flush=True)
    new = {
        "settings": dict(found.settings),
        "found_by": f"{len(found.history) - 1} trials",
        "validation": round(found.validation, 4),
        "validation_of_defaults": round(found.validation_of_defaults, 4),
    }
    old = kept.get(_key(row))
    if old is None:
        return new
    past = split_interactions(interactions, "per_user").past
    inner = row.held_out(split_interactions(past, "per_user"), items, "validation")
    before = inner.values(recommenders.create(name, old["settings"] | fixed), MEASURE, 0).mean()
    print(f"  kept before: {before:.4f}, by {old['found_by']}", flush=True)
    if before < found.validation:
        return new
    still = {
        "settings": old["settings"] | fixed,
        "found_by": old["found_by"],
        "validation": round(float(before), 4),
    }
    return new | still | {"no_better": new["found_by"]}


def measured(row: Row, kept: dict[str, Any], splits: dict[str, Split], items: pl.DataFrame) -> dict[str, Any]:
    """Return the row's values on each split, a number a user, and the seconds that it took to learn on the first."""
    settings = kept.get(_key(row), {}).get("settings", {}) | row.fixed(kept)
    recommender = recommenders.create(row.recommender, settings)
    values: dict[str, Any] = {}
    seconds = 0.0
    for name, parts in splits.items():
        data = row.held_out(parts, items, name)
        if not values:
            start = time.process_time()
            recommender.fit(data.past)
            seconds = time.process_time() - start
        values[name] = data.values(recommender, MEASURE, 0)
    return {"values": values, "seconds": seconds}


def line_of(row: Row, found: dict[str, Any]) -> str:
    """Return the row's line of the table."""
    cells = []
    for values in found["values"].values():
        bounds = PairedBootstrap().compare(values, np.zeros(len(values)), 0).interval
        cells.append(f"{bounds.estimate:.3f} ({bounds.low:.3f}–{bounds.high:.3f})")
    return f"| {row.label} | {' | '.join(cells)} | {found['seconds']:.1f} |"


def less(found: dict[str, Any], other: dict[str, Any]) -> str:
    """Return what a row has more than another on each split, of the same users."""
    said = []
    for name, values in found["values"].items():
        bounds = PairedBootstrap().compare(values, other["values"][name], 0).interval
        said.append(f"{bounds.estimate:+.3f} ({bounds.low:+.3f} to {bounds.high:+.3f})")
    return ", ".join(said)


def write_page(lines: dict[str, str], users: dict[str, int]) -> None:
    """Put the table between the marks; lines of rows that were not measured now stay."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    old, after = rest.split(END)
    kept = {found[1]: found[0] for found in re.finditer(r"^\| (`\w+`[^|]*?) \|.*$", old, re.MULTILINE)}
    heads = [f"{name} ({count} users)" for name, count in users.items()]
    table = [
        f"| recommender | {' | '.join(heads)} | CPU seconds |",
        f"|---|{'--:|' * (len(heads) + 1)}",
        *(line for _, line in sorted((kept | lines).items())),
    ]
    PAGE.write_text(f"{before}{START}\n" + "\n".join(table) + f"\n{END}{after}", encoding="utf-8")


def _key(row: Row) -> str:
    """Return the row's name in the settings and in ``--only``."""
    return next(name for name, one in ROWS.items() if one == row)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--tune", type=int, metavar="TRIALS")
    parser.add_argument("--against", choices=list(ROWS), metavar="ROW")
    arguments = parser.parse_args()
    interactions, items = read_movielens()
    kept = json.loads(SETTINGS.read_text(encoding="utf-8")) if SETTINGS.exists() else {}
    splits = {name: split_interactions(interactions, kind) for name, kind in SPLITS.items()}
    rival = measured(ROWS[arguments.against], kept, splits, items) if arguments.against else None
    lines = {}
    for name in arguments.only:
        row = ROWS[name]
        try:
            if arguments.tune:
                kept[name] = tuned(row, kept, arguments.tune, interactions, items)
                SETTINGS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            found = measured(row, kept, splits, items)
        except PalateError as error:  # such as an extra that is not installed
            print(f"{name}: {error}")
            continue
        lines[row.label] = line_of(row, found)
        print(lines[row.label], flush=True)
        if rival is not None:
            print(f"  less {arguments.against}: {less(found, rival)}", flush=True)
        write_page(lines, {split: len(values) for split, values in found["values"].items()})


if __name__ == "__main__":
    main()
