"""Labels of people and of a model judge on the same items, checked and coded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.casts import cast_column
from palate.core.coding import encode
from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.tables import JUDGMENTS, Column
from palate.evaluation._assisted_targets import measure_targets, rank_bands
from palate.inference._people_and_judge import FEWEST_LABELS, Sample
from palate.inference._sequential_logit import Factors
from palate.inference._unlabelled import Targets
from palate.measures import Measure, code_judgments, code_run, grade_rankings
from palate.measures._runs import systems_in

__all__ = ["TwoJudges", "read_two_judges"]

Codes = npt.NDArray[np.int64]

_MOST_GRADES = 20
_MOST_LABELS = 12
_BINS = 10
_SHOWN = 3


@dataclass(frozen=True)
class TwoJudges:
    """Items that a model judge labelled, and people's labels of some of them.

    Args:
        items: All items: ``query, item, grade`` of the judge.
        factors: Of all items; every item in one band.
        sample: People's labels.
        grades: The grades that people gave, lowest first; the codes of ``sample``.
        notes: What to know of them.
    """

    items: pl.DataFrame
    factors: Factors
    sample: Sample
    grades: npt.NDArray[np.float64]
    notes: tuple[str, ...]

    @property
    def human_grades(self) -> npt.NDArray[np.float64]:
        """People's grade of every item of the sample."""
        return self.grades[self.sample.labels]

    @property
    def judge_grades(self) -> npt.NDArray[np.float64]:
        """The judge's grade of every item of the sample."""
        return self.items["grade"].to_numpy()[self.sample.items]

    def seen_by(self, runs: Any, measure: Measure) -> tuple[list[str], Factors, Targets, list[str]]:
        """Return the systems, what is known of items with where they are ranked, the measure of each system, and notes.

        Raises:
            InputError: A run is not what it should be, or ranks no item of the judge.
            SettingsError: The measure is no sum over items.
        """
        numbered = self.items.with_columns(pl.arange(pl.len()).cast(pl.Float64).alias("grade"))
        coded = code_judgments(numbered.select("query", "item", "grade"))
        systems, ranks, notes = [], [], []
        for run in systems_in(runs):
            rankings = grade_rankings(code_run(run.rows, coded, run.where), coded)
            counts = rankings.ranked_counts
            rank = np.arange(len(rankings.grades)) - np.repeat(rankings.offsets[:-1], counts) + 1
            labelled = ~np.isnan(rankings.grades)
            if not labelled.any():
                raise InputError(
                    "The run ranks no item that the judge labelled: ids look like"
                    f" '{run.rows['query'][0]}', '{run.rows['item'][0]}' there, and '{self.items['query'][0]}',"
                    f" '{self.items['item'][0]}' in the judge's labels. Write them alike.",
                    where=run.where,
                )
            of_system = np.zeros(len(self.items), dtype=np.int64)
            of_system[rankings.grades[labelled].astype(np.int64)] = rank[labelled]
            shallow = rank <= (getattr(measure, "cutoff", None) or len(rank))
            missing = int((shallow & ~labelled).sum())
            if missing:
                notes.append(
                    f"The judge did not label {missing:,} of {int(shallow.sum()):,} items that {run.system} ranks where"
                    f" {measure} looks; they count as not relevant."
                )
            systems.append(run.system)
            ranks.append(of_system)
        most = int(np.bincount(self.factors.queries).max())
        targets = measure_targets(measure, np.stack(ranks), self.grades, most)
        bands = rank_bands(targets.weights, np.stack(ranks))
        sizes = (self.factors.sizes[0], int(bands.max()) + 1, self.factors.sizes[2])
        return systems, replace(self.factors, bands=bands, sizes=sizes), targets, notes


def read_two_judges(human: IntoTable, model: IntoTable) -> TwoJudges:
    """Return labels of people and of the judge, checked.

    Args:
        human: ``query, item, grade`` and, unless every item was as likely to be chosen, ``inclusion``.
        model: ``query, item, grade`` of all items.

    Raises:
        InputError: A table is not what it should be, people labelled an item that the judge did not, an inclusion is not
            in (0, 1], there are fewer than 20 labels of people, or their grades are all the same or of no scale.
    """
    items = read_table(model, JUDGMENTS, where=_name(model, "model"))
    where = _name(human, "human")
    people = read_table(human, JUDGMENTS, where=where)
    ids = [pl.col("query").cast(pl.String), pl.col("item").cast(pl.String)]
    numbered = items.select(*ids, pl.arange(pl.len()).alias("place"))
    joined = people.with_columns(ids).join(numbered, on=["query", "item"], how="left", maintain_order="left")
    alone = joined.filter(pl.col("place").is_null())
    if len(alone):
        shown = "; ".join(
            f"query {q}, item {i}" for q, i in alone.head(_SHOWN).select("query", "item").iter_rows()
        )
        raise InputError(
            f"The judge must have labelled every item that people labelled; it lacks {len(alone):,} of {len(people):,}:"
            f" {shown}{' …' if len(alone) > _SHOWN else ''}. Have the judge label these too, or leave them out.",
            where=where,
        )
    grades, labels = np.unique(people["grade"].to_numpy(), return_inverse=True)
    _check_grades(grades, len(people), where)
    inclusion, of_inclusion = _inclusion(people, len(items), where)
    judged, of_judge = _judged(items["grade"].to_numpy(), grades)
    queries = encode(items["query"])
    factors = Factors(
        judged,
        np.zeros_like(judged),
        queries.codes.astype(np.int64),
        (int(judged.max()) + 1, 1, len(queries)),
    )
    sample = Sample(joined["place"].to_numpy().astype(np.int64), labels.astype(np.int64), inclusion)
    notes = tuple(note for note in (of_inclusion, of_judge) if note)
    return TwoJudges(items, factors, sample, grades, notes)


def _name(source: IntoTable, otherwise: str) -> str:
    from pathlib import Path

    return str(source) if isinstance(source, (str, Path)) else otherwise


def _check_grades(grades: npt.NDArray[np.float64], n: int, where: str) -> None:
    if n < FEWEST_LABELS:
        raise InputError(
            f"{n:,} labels of people are too few to learn what the judge's labels mean and to check it: no value, no interval"
            f" and no saving can be given. Ask for at least {FEWEST_LABELS}, better some hundreds.",
            where=where,
        )
    if len(grades) == 1:
        raise InputError(
            f"People gave all {n:,} items the grade {grades[0]:g}: nothing can be said of how good the judge is, nor how"
            " sure a value is. Ask for more labels.",
            where=where,
            column="grade",
        )
    if len(grades) > _MOST_GRADES:
        raise InputError(
            f"Expected grades of a scale with few steps, at most {_MOST_GRADES}; there are {len(grades):,} different ones."
            " Round them.",
            where=where,
            column="grade",
        )


def _inclusion(people: pl.DataFrame, n_items: int, where: str) -> tuple[npt.NDArray[np.float64], str]:
    """Return the probabilities with which items were chosen for people, and what to say of them."""
    n = len(people)
    if "inclusion" not in people.columns:
        return np.full(n, n / n_items), (
            f"There is no column 'inclusion': every one of the {n_items:,} items is taken to have been as likely to be"
            f" chosen for people ({n / n_items:.3g})."
        )
    column = Column("inclusion", "number", "probability with which the item was chosen", above=0, maximum=1)
    inclusion = cast_column(people["inclusion"], column, where)
    bad = (inclusion.is_null() | ~(inclusion > 0) | (inclusion > 1)).arg_true()
    if len(bad):
        row = int(bad[0])
        raise InputError(
            f"An inclusion is the probability with which the sampler chose the item, above 0 and at most 1; here it is"
            f" {'missing' if inclusion[row] is None else inclusion[row]}.",
            where=where,
            row=row + 1,
            column="inclusion",
        )
    found: npt.NDArray[np.float64] = inclusion.to_numpy().astype(np.float64)
    counted = float((1 / found).sum())
    error = float(np.sqrt(((1 - found) / found**2).sum()))
    if abs(counted - n_items) > 4 * error + 0.01 * n_items:
        return found, (
            f"The inclusions speak of {counted:,.0f} items, but the judge labelled {n_items:,}: see that the sample was"
            " drawn from these items and that its inclusions are those of the draw."
        )
    return found, ""


def _judged(values: npt.NDArray[np.float64], grades: npt.NDArray[np.float64]) -> tuple[Codes, str]:
    """Return the judge's labels as codes, scores with many values cut into tenths, and what to say of them."""
    labels, found = np.unique(values, return_inverse=True)
    codes: Codes = found.astype(np.int64)
    strange = np.setdiff1d(labels, grades)
    if len(labels) == 1:
        said = f"The judge gave every item the label {labels[0]:g}: it cannot help, and people's labels count alone."
    elif len(labels) > _MOST_LABELS:
        edges = np.unique(np.quantile(values, np.arange(1, _BINS) / _BINS))
        codes = np.unique(np.searchsorted(edges, values, side="right"), return_inverse=True)[1].astype(
            np.int64
        )
        said = f"The judge gave {len(labels):,} different labels: they are cut into {int(codes.max()) + 1} parts."
    elif len(strange):
        said = (
            f"The judge also says {', '.join(f'{x:g}' for x in strange)}, which none of the people said. What its labels"
            " mean is learnt from people's, so this does no harm."
        )
    else:
        said = ""
    return codes, said
