"""How well does every recommender find what users did next, on MovieLens?

nDCG@10 of every registered recommender on three splits, with 95% bootstrap intervals over users. All ratings count as
likes, items that a user met before are left out, all others are ranked, and what a user first met later is relevant. Settings are those that do best on the past of the first split alone, itself split 80/20 by each
user's time: so the first two columns hold what tuning never saw, and part of the third's future was seen.

    python bench/recommender_quality.py                     measure with the kept settings, write the table into the docs
    python bench/recommender_quality.py --only als ease     some recommenders; the others' lines stay
    python bench/recommender_quality.py --tune 20 [--only …]  tune anew first, so many trials each

Settings are kept in bench/recommender_settings.json, with what found them; the table stands in
docs/recommenders.md between two marks.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path
from typing import Any

import polars as pl

from palate.core.errors import PalateError
from palate.evaluation import tune_recommender
from palate.evaluation._held_out import HeldOut, hold_out
from palate.inference import PairedBootstrap
from palate.measures import parse_measure
from palate.recommend import SplitKind, recommenders, split_interactions
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
SLOW = {"matrix_factorization": 3, "two_tower": 4, "watch_time": 4}
"""By how much fewer trials these get: a trial of theirs takes ten times as long as one of the others."""


def tuned(name: str, trials: int, interactions: pl.DataFrame, items: pl.DataFrame) -> dict[str, Any]:
    """Return the best settings, and what they were found by."""
    if not recommenders.get(name).search:
        return {"settings": {}, "found_by": "nothing to tune"}
    trials = max(5, trials // SLOW.get(name, 1))
    fixed = {"likes": "all"} if "likes" in recommenders.get(name).search else {}
    if not set(recommenders.get(name).search) - set(fixed):
        return {"settings": fixed, "found_by": "nothing to tune"}
    found = tune_recommender(name, interactions, items, split="per_user", trials=trials, settings=fixed)
    print(found.sentence, *found.notes, sep="\n  ", flush=True)
    return {
        "settings": dict(found.settings),
        "found_by": f"{trials} trials",
        "validation": round(found.validation, 4),
        "validation_of_defaults": round(found.validation_of_defaults, 4),
    }


def measured(name: str, settings: dict[str, Any], splits: dict[str, dict[bool, HeldOut]]) -> str:
    """Return the recommender's line of the table."""
    recommender = recommenders.create(name, settings)
    cells, seconds = [], []
    for data in splits.values():
        chosen = data[recommender.needs_items]
        start = time.process_time()
        recommender.fit(chosen.past)
        seconds.append(time.process_time() - start)
        values = chosen.values(recommender, MEASURE, 0)
        bounds = PairedBootstrap().compare(values, values * 0, 0).interval
        cells.append(f"{bounds.estimate:.3f} ({bounds.low:.3f}–{bounds.high:.3f})")
    return f"| `{name}` | {' | '.join(cells)} | {seconds[0]:.1f} |"


def write_page(lines: dict[str, str], splits: dict[str, dict[bool, HeldOut]]) -> None:
    """Put the table between the marks; lines of recommenders that were not measured now stay."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    old, after = rest.split(END)
    kept = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` .*$", old, re.MULTILINE)}
    heads = [f"{name} ({len(data[False].users)} users)" for name, data in splits.items()]
    table = [
        f"| recommender | {' | '.join(heads)} | CPU seconds |",
        f"|---|{'--:|' * (len(splits) + 1)}",
        *(line for _, line in sorted((kept | lines).items())),
    ]
    PAGE.write_text(f"{before}{START}\n" + "\n".join(table) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=recommenders.names(), metavar="NAME")
    parser.add_argument("--tune", type=int, metavar="TRIALS")
    arguments = parser.parse_args()
    interactions, items = read_movielens()
    kept = json.loads(SETTINGS.read_text(encoding="utf-8")) if SETTINGS.exists() else {}
    splits = {
        name: {
            texts: hold_out(split_interactions(interactions, kind), items if texts else None, None, name)
            for texts in (False, True)
        }
        for name, kind in SPLITS.items()
    }
    lines = {}
    for name in arguments.only:
        try:
            if arguments.tune:
                kept[name] = tuned(name, arguments.tune, interactions, items)
                SETTINGS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            lines[name] = measured(name, kept.get(name, {}).get("settings", {}), splits)
        except PalateError as error:  # such as an extra that is not installed
            print(f"{name}: {error}")
            continue
        print(lines[name], flush=True)
        write_page(lines, splits)


if __name__ == "__main__":
    main()
