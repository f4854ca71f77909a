"""What ``palate learn`` and ``palate rerank`` share: the tables that features are made of, and their options."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import naming, shown_name

if TYPE_CHECKING:
    import polars as pl

    from palate.learning import FittedRanker

__all__ = ["Features", "Inputs", "Items", "ManyRuns", "Past", "Queries", "Sentences"]

ManyRuns = Annotated[
    list[str],
    typer.Option(
        "--run",
        "--runs",
        "-r",
        help="A run: TREC or CSV, also as .gz, or Parquet. Repeat for each system.",
        show_default=False,
    ),
]
Past = Annotated[
    str | None,
    typer.Option(
        "--interactions",
        "-i",
        help="Past interactions for more features; queries are users.",
        show_default=False,
    ),
]
Items = Annotated[
    str | None,
    typer.Option(
        "--items", help="Items: title and text to compare, other columns as features.", show_default=False
    ),
]
Queries = Annotated[
    str | None,
    typer.Option("--queries", "--users", help="Queries, or users: the same of them.", show_default=False),
]
Features = Annotated[
    str | None,
    typer.Option(
        "--features",
        help="Features of your own: a column each, beside query, item or both.",
        show_default=False,
    ),
]
Sentences = Annotated[
    bool, typer.Option("--embeddings", help="Compare texts by a sentence model, too (extra embeddings).")
]


@dataclass(frozen=True)
class Inputs:
    """The files that features are made of, and those that teach."""

    runs: list[str]
    interactions: str | None = None
    items: str | None = None
    queries: str | None = None
    features: str | None = None
    judgments: str | None = None
    comparisons: str | None = None
    clicks: str | None = None
    lists: str | None = None
    propensity_log: str | None = None

    @property
    def named(self) -> AbstractContextManager[None]:
        """Make errors name the file."""
        tables = ("interactions", "items", "queries", "features", "judgments", "comparisons")
        return naming(**{name: getattr(self, name) for name in tables})

    @property
    def sources(self) -> list[str | None]:
        """All the files, and None for each that is not given."""
        return [*self.runs, *(value for name, value in vars(self).items() if name != "runs")]

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each file that can be read again, by what it is and its name."""
        from palate.core.hashing import hash_file

        parts = [("runs", run) for run in self.runs]
        parts += [(name, value) for name, value in vars(self).items() if name != "runs" and value is not None]
        return {
            f"{name} {shown_name(file)}": hash_file(Path(file))
            for name, file in parts
            if Path(file).is_file()
        }

    def table(self, runs: pl.DataFrame, *, embeddings: bool) -> pl.DataFrame:
        """Return all the features that the files make."""
        from palate.cli._output import notes
        from palate.core.frames import read_table
        from palate.core.tables import INTERACTIONS, ITEMS
        from palate.learning import TEXT_FEATURES, feature_table, sentence_embedding

        past = None if self.interactions is None else read_table(self.interactions, INTERACTIONS)
        kinds = ["counts", "co_occurrence"]
        if past is not None and "timestamp" in past.columns and past["timestamp"].count():
            kinds.append("recency")
        items = None if self.items is None else read_table(self.items, ITEMS)
        made = feature_table(
            runs,
            past,
            past=kinds,  # type: ignore[arg-type]  # each is one
            items=items,
            queries=self.queries,
            own=self.features,
            embedding=sentence_embedding() if embeddings else None,
        )
        if (
            items is not None
            and {"title", "text"} & set(items.columns)
            and not TEXT_FEATURES.keys() & set(made.columns)
        ):
            notes(
                [
                    "The items' texts are compared with nothing. Give --queries with texts, or the interactions of the users."
                ]
            )
        return made

    def table_for(self, ranker: FittedRanker, runs: Any) -> pl.DataFrame:
        """Return the features that a ranker learned from."""
        from palate.learning import features_for

        return features_for(
            ranker, runs, self.interactions, items=self.items, queries=self.queries, own=self.features
        )
