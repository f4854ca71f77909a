"""``palate learn-from-crowd``: train a classifier on what annotators answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json, Output, Seed, Settings, naming, parse_settings

if TYPE_CHECKING:
    import polars as pl

    from palate.learning.crowds import CrowdResult

__all__ = ["learn_from_crowd"]

_Features = Annotated[
    str,
    typer.Option("--features", "-f", help="Features: task, and columns of numbers.", show_default=False),
]
_Answers = Annotated[
    str, typer.Option("--answers", "-a", help="Answers: task, annotator, label.", show_default=False)
]
_Method = Annotated[
    str,
    typer.Option(
        "--method",
        "-M",
        help="crowd-layer, conal, trace-regularized, crowdlab or two-stage (aggregate, then train).",
    ),
]
_Aggregator = Annotated[
    str | None,
    typer.Option(
        "--aggregator",
        help="How two-stage aggregates: dawid-skene, majority-vote, …; shares of votes by default.",
        show_default=False,
    ),
]
_Hidden = Annotated[
    list[int] | None,
    typer.Option(
        "--hidden",
        min=1,
        help="Units of a hidden layer of the network. Repeat for several.",
        show_default="64",
    ),
]
_Validation = Annotated[
    str | None,
    typer.Option(
        "--validation",
        help="Known labels (task, label) that tell when to stop.",
        show_default="held-out answers",
    ),
]
_Truth = Annotated[
    str | None,
    typer.Option("--truth", help="True labels (task, label) to count right ones by.", show_default=False),
]
_OnDuplicate = Annotated[
    str,
    typer.Option(
        "--on-duplicate", help="Repeated answers of one annotator to one task: error, first, last, all."
    ),
]
_Confusion = Annotated[
    Path | None,
    typer.Option("--confusion", help="Write annotator, truth, label, probability here.", show_default=False),
]
_Model = Annotated[
    Path | None, typer.Option("--model", help="Write what was learned here.", show_default=False)
]


def learn_from_crowd(
    features: _Features,
    answers: _Answers,
    *,
    method: _Method = "crowd-layer",
    aggregator: _Aggregator = None,
    hidden: _Hidden = None,
    validation: _Validation = None,
    truth: _Truth = None,
    on_duplicate: _OnDuplicate = "error",
    confusion: _Confusion = None,
    model: _Model = None,
    settings: Settings = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Train a small network on what annotators answered, and find out how each of them errs.

    Every task with features gets a label; those without answers by their features alone. Needs the extra deep:
    pip install 'palate[deep]'.

    Examples:

        palate learn-from-crowd --features features.parquet --answers answers.csv -o predictions.parquet

        palate learn-from-crowd -f features.csv -a answers.csv --method conal --truth truth.csv --json

        palate learn-from-crowd -f features.csv -a answers.csv --method two-stage --aggregator dawid-skene --set targets=probabilities
    """
    from palate.cli._output import notes, progress_bar, save, say, show_json, show_table
    from palate.core.frames import read_table
    from palate.core.tables import ANSWERS
    from palate.learning.crowds import SmallNetwork, crowd_accuracy, crowd_learners

    learner = crowd_learners.create(method, parse_settings(settings))
    table = read_table(answers, ANSWERS, unique=False)
    extra: dict[str, Any] = {"validation": validation}
    with naming(answers=answers):
        if aggregator is not None:
            extra["judgments"] = _aggregated(table, aggregator, method, on_duplicate, seed)
        with progress_bar(f"Learning {crowd_learners.name_of(learner)}") as progress:
            found = learner.fit(
                features,
                table,
                SmallNetwork(tuple(hidden)) if hidden else None,
                on_duplicate=on_duplicate,  # type: ignore[arg-type]  # fit() says what it may be
                seed=seed,
                progress=progress,
                **extra,
            )
    right = [part.to_dict() for part in crowd_accuracy(found, truth)] if truth else []
    if model is not None:
        found.save(model)
        say(f"What was learned is in {model}")
    if confusion is not None:
        save(found.confusion_table, confusion, "probabilities")
    if output is not None:
        save(_predictions(found), output, "labels")
    if as_json:
        show_json(found.to_dict() | ({"accuracy": right} if truth else {}))
    elif str(output) != "-":
        import polars as pl

        if right:
            show_table(pl.DataFrame(right), "Right labels")
        show_table(found.annotators, "Annotators")
    notes(found.notes)


def _aggregated(
    table: pl.DataFrame, aggregator: str, method: str, on_duplicate: str, seed: int
) -> pl.DataFrame:
    from palate.aggregation.labels import label_aggregators
    from palate.core.errors import SettingsError
    from palate.core.registry import plain_name

    if plain_name(method) != "two_stage":
        raise SettingsError(
            f"--aggregator goes with --method two-stage, not with {method}, which needs none."
        )
    way = label_aggregators.create(aggregator, {"seed": seed})
    found: pl.DataFrame = way.aggregate(table, on_duplicate=on_duplicate).probabilities  # type: ignore[arg-type]
    return found


def _predictions(found: CrowdResult) -> pl.DataFrame:
    """Return each task's label by all that is known of it, and by its features alone."""
    import numpy as np
    import polars as pl

    by_features = found.labels
    best = found.from_all.argmax(axis=1)
    return pl.DataFrame(
        {
            "task": found.task_ids,
            "label": found.label_values.gather(best),
            "probability": np.max(found.from_all, axis=1),
            "answered": pl.Series(found.answered),
            "label_by_features": by_features["label"],
            "probability_by_features": by_features["probability"],
        }
    )
