"""Judgments of a sample: what was drawn, how probable it was, and where systems rank it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.coding import encode, encode_like
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import INCLUSION, JUDGMENTS, Column, Table
from palate.evaluation._ranked_items import RankedItems, rank_items
from palate.evaluation._weighted_sums import Form
from palate.inference._survey import QueryDesign, SampledItems
from palate.measures._runs import SystemRun

__all__ = ["Sample"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_QUERY_INCLUSION = replace(
    INCLUSION, name="query_inclusion", meaning="probability that the query was drawn, in (0, 1]"
)
_TRAFFIC = Column("traffic", "number", "how much the query counts", required=False, above=0)
_STRATUM = Column("stratum", "integer", "the part in which the item was drawn", required=False)
_QUERY_STRATUM = Column("query_stratum", "integer", "the part in which the query was drawn", required=False)
_DESIGN = (INCLUSION, _STRATUM, _QUERY_INCLUSION, _QUERY_STRATUM, _TRAFFIC)
SAMPLED_JUDGMENTS = Table("judgments", (*JUDGMENTS.columns, *_DESIGN), key=JUDGMENTS.key)
SAMPLED_TASKS = Table(
    "tasks", (*JUDGMENTS.columns[:2], replace(INCLUSION, required=True), *_DESIGN[1:]), key=JUDGMENTS.key
)


@dataclass(frozen=True)
class Sample:
    """The judgments in codes, and how they were drawn."""

    table: pl.DataFrame
    queries: pl.Series
    items: SampledItems
    grades: FloatArray
    design: QueryDesign
    notes: tuple[str, ...]

    @staticmethod
    def of(judgments: IntoTable, tasks: IntoTable | None) -> Sample:
        table = read_table(judgments, SAMPLED_JUDGMENTS)
        notes: tuple[str, ...] = ()
        if tasks is not None:
            table, notes = _with_tasks(table, read_table(tasks, SAMPLED_TASKS))
        if "inclusion" not in table.columns:
            raise InputError(
                "Sampled judgments need the column 'inclusion', the probability that the sampler took the item."
                " Give the tasks that the sampler wrote, or measure them as a whole pool with 'evaluate'.",
                where="judgments",
            )
        _refuse_missing(table)
        table = table.sort("query", "item")
        codes = encode(table["query"])
        queries = codes.codes.astype(np.int64)
        first = np.searchsorted(queries, np.arange(len(codes)))
        design = _query_design(table, queries, first)
        inclusion = table["inclusion"].to_numpy()
        if design.inclusion is not None:
            inclusion = inclusion / design.inclusion[queries]
            if inclusion.max() > 1 + 1e-9:
                row = table.row(int(inclusion.argmax()), named=True)
                raise InputError(
                    "The inclusion of an item holds that of its query, and cannot be greater; item"
                    f" {row['item']} of query {row['query']} has {row['inclusion']:g}, its query"
                    f" {row['query_inclusion']:g}.",
                    where="judgments",
                    column="inclusion",
                )
            inclusion = np.minimum(inclusion, 1.0)
        strata = None
        if "stratum" in table.columns:
            parts = table.select(pl.struct("query", "stratum").rank("dense")).to_series()
            strata = parts.cast(pl.Int64).to_numpy() - 1
        items = SampledItems(queries, inclusion, len(codes), strata)
        return Sample(table, codes.values, items, table["grade"].to_numpy(), design, notes)

    def rank(self, run: SystemRun) -> RankedItems:
        """Return where a system ranks the sampled items."""
        if not (encode_like(run.rows["query"], self.queries) >= 0).any():
            raise InputError(
                f"The run of {run.system} and the judgments share no query: the run has such as"
                f" '{run.rows['query'][0]}', the judgments such as '{self.queries[0]}'.",
                where=run.where,
            )
        return rank_items(run, self.table)

    def outside(self, run: SystemRun, frame: pl.DataFrame, forms: list[Form]) -> list[float]:
        """Return for each measure the share of a system's rank weights at places that the sampler could not take.

        Args:
            run: The system.
            frame: All that the sampler could take, ``query, item``.
            forms: The measures.
        """
        of_sample = frame.filter(pl.Series(encode_like(frame["query"], self.queries) >= 0))
        if of_sample.is_empty():
            raise InputError("The frame holds none of the judged queries.", where="frame")
        ranked = rank_items(run, of_sample.select("query", "item").unique())
        shares = []
        for form in forms:
            every = form.sums(ranked.n_ranked).sum()
            shares.append(1.0 - float(form.at(ranked.ranks).sum() / every) if every > 0 else 0.0)
        return [share if share > 1e-9 else 0.0 for share in shares]

    def notes_on_queries(self, frame: pl.DataFrame) -> list[str]:
        """Say how many queries could have had judgments and have none, of which no mean knows."""
        drawable = frame["query"].unique()
        missing = int((encode_like(drawable, self.queries) < 0).sum())
        if not missing:
            return []
        text = f"{missing:,} of {len(drawable):,} queries of the frame have no judgment; the means are without them."
        return [f"{text} Draw at least one item of each."]


def _with_tasks(table: pl.DataFrame, tasks: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the judgments of tasks, with what the sampler knows of these."""
    known = [column.name for column in _DESIGN if column.name in tasks.columns]
    plain = table.drop([name for name in known if name in table.columns])
    ids = tasks.select(
        pl.col("query").cast(table.schema["query"], strict=False),
        pl.col("item").cast(table.schema["item"], strict=False),
        *known,
    )
    joined = plain.join(ids, on=["query", "item"], how="inner")
    notes = []
    if len(joined) < len(table):
        notes.append(
            f"{len(table) - len(joined):,} of {len(table):,} judgments are of items that are no task of the sample;"
            " they are left out."
        )
    if len(joined) < len(tasks):
        notes.append(
            f"{len(tasks) - len(joined):,} of {len(tasks):,} tasks have no judgment. The others are not weighed up for"
            " them: Horvitz–Thompson estimates are too low, Hájek's hold if what is missing is missing by chance."
        )
    if joined.is_empty():
        raise InputError("No judgment is of a task of the sample.", where="tasks")
    return joined, tuple(notes)


def _refuse_missing(table: pl.DataFrame) -> None:
    for column in _DESIGN:
        if column.name not in table.columns or not table[column.name].null_count():
            continue
        row = table.filter(pl.col(column.name).is_null()).row(0, named=True)
        raise InputError(
            f"The {column.name} is missing for {table[column.name].null_count():,} of {len(table):,} judgments, such as"
            f" item {row['item']} of query {row['query']}. Judgments that were not sampled can take no part.",
            where="judgments",
            column=column.name,
        )


def _query_design(table: pl.DataFrame, queries: IntArray, first: IntArray) -> QueryDesign:
    """Return how queries were drawn, from columns that say the same in all rows of a query."""
    columns: dict[str, FloatArray] = {}
    for name in ("traffic", "query_inclusion", "query_stratum"):
        if name not in table.columns:
            continue
        values = table[name].cast(pl.Float64).to_numpy()
        differs = np.flatnonzero(values != values[first][queries])
        if len(differs):
            query = table["query"][int(differs[0])]
            raise InputError(
                f"All rows of a query must have the same {name}; those of query '{query}' do not.",
                where="judgments",
                column=name,
            )
        columns[name] = values[first]
    strata = columns.get("query_stratum")
    return QueryDesign(
        columns.get("traffic", np.ones(len(first))),
        columns.get("query_inclusion"),
        None if strata is None else np.unique(strata, return_inverse=True)[1],
    )
