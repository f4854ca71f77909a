"""``palate tune``: find the settings of a recommender that do best, and say what they are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from palate.cli._options import Confidence, Interactions, Json, Seed, Settings, naming, parse_settings
from palate.cli._recommender_options import FeatureSeparator, ItemFeatures, UserFeatures

__all__ = ["tune"]

Model = Annotated[str, typer.Option("--model", help="The recommender to tune.")]
Items = Annotated[
    str | None,
    typer.Option(
        "--items", help="The items' texts, for content and hybrid: item, title and text.", show_default=False
    ),
]
SplitOption = Annotated[
    str,
    typer.Option("--split", help="How futures are split off: global, per-user or leave-one-out."),
]
Share = Annotated[float, typer.Option("--future-share", help="Of each split.")]
Measure = Annotated[
    str, typer.Option("--measure", "-m", help="What settings are to make as high as possible.")
]
Trials = Annotated[int, typer.Option("--trials", min=1, help="The most settings to try.")]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", help="After which no further trial begins.", show_default="no limit"),
]
StopEarly = Annotated[
    bool | None,
    typer.Option(
        "--stop-early/--run-all",
        help="Stop trials that are poor on a quarter of the users.",
        show_default="from 1,000,000 interactions",
    ),
]
Best = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Write the best settings here (.toml, .json).", show_default=False),
]
History = Annotated[
    Path | None,
    typer.Option("--history", help="Write every trial here (.csv, .parquet, .jsonl).", show_default=False),
]


def tune(
    interactions: Interactions,
    *,
    model: Model = "als",
    items: Items = None,
    user_features: UserFeatures = None,
    item_features: ItemFeatures = None,
    separator: FeatureSeparator = None,
    split: SplitOption = "global",
    future_share: Share = 0.2,
    measure: Measure = "nDCG@10",
    trials: Trials = 30,
    seconds: Seconds = None,
    stop_early: StopEarly = None,
    settings: Settings = None,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    output: Best = None,
    history: History = None,
    as_json: Json = False,
) -> None:
    """Find the settings of a recommender that do best on a validation split.

    The past is split again for that; the test split is looked at once, with the best settings and with those untuned.
    What --set names is not tuned.

    Examples:

        palate tune --model ease -i ratings.csv --trials 30 --split per_user -o best.toml

        palate tune --model als -i watched.parquet --set likes=value --seconds 600 --history trials.csv

        palate recommend -i ratings.csv --model ease --options best.toml -o runs.parquet
    """
    from palate.cli._output import notes, progress_bar, save, say, show_json, show_table
    from palate.cli._recommender_options import check_options_path, unused_features, write_options
    from palate.core.registry import plain_name
    from palate.evaluation import tune_recommender

    check_options_path(output)
    notes(unused_features(model, parse_settings(settings), {"user": user_features, "item": item_features}))
    files = {"interactions": interactions, "items": items}
    files |= {"user_features": user_features, "item_features": item_features}
    with naming(**files), progress_bar(f"Tuning {model}") as progress:
        found = tune_recommender(
            model,
            interactions,
            items,
            user_features=user_features,
            item_features=item_features,
            separator=separator,
            split=plain_name(split),  # type: ignore[arg-type]  # it is checked there
            future_share=future_share,
            measure=measure,
            trials=trials,
            seconds=seconds,
            settings=parse_settings(settings),
            stop_early=stop_early,
            confidence=confidence,
            seed=seed,
            progress=progress,
        )
    if output is not None:
        write_options(output, found.recommender, found.settings, found.sentence)
    if history is not None:
        save(found.history, history, "trials")
    if as_json:
        show_json(found.to_dict())
    else:
        best_first = found.history.sort("value", descending=True, nulls_last=True)
        show_table(best_first, f"Trials of {found.recommender}, best {found.measure} first", rows=10)
    say(found.sentence)
    notes(found.notes)
