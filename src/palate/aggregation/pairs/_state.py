"""Comparisons as they come: add some, take an annotator out, ask for the ranking now."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.aggregation._archive import restore_ids, write_state_archive
from palate.aggregation._id_log import by_code, nothing_like, values_at
from palate.aggregation.pairs._comparison_log import ComparisonLog
from palate.aggregation.pairs.base import PairAggregator, PairResult, PairStart
from palate.aggregation.pairs.registry import pair_aggregators
from palate.core.archive import Archive, read_archive
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable

__all__ = ["PairState", "load_pair_state", "new_state"]

_FORMAT = "palate pair state 1"


class PairState:
    """Comparisons that keep coming, and what a method makes of them. ``method.start()`` returns an empty one.

    What is kept are the comparisons as codes, how often each of two that met was preferred, and where the method ended.
    Adding comparisons costs as much as there is of them.

    ``result()`` is what ``method.aggregate`` finds for all comparisons at once. ``result(warm=True)`` goes on from where
    the last result ended, which takes fewer steps. Where what is maximized is concave or the solution is the only one,
    as in all models but Crowd-BT and noisy Bradley–Terry, both are the same to within the method's tolerance.

    Args:
        method: The settings.
        log: The comparisons.

    >>> import polars as pl
    >>> from palate.aggregation.pairs import BradleyTerry
    >>> state = BradleyTerry().start()
    >>> state.add(pl.DataFrame({"left": ["A", "A"], "right": ["B", "B"], "label": ["left", "tie"]}))
    >>> state.add(pl.DataFrame({"left": ["B"], "right": ["C"], "label": ["left"]}))
    >>> state.result().scores["item"].to_list()
    ['A', 'B', 'C']
    """

    def __init__(self, method: PairAggregator, log: ComparisonLog) -> None:
        self.method = method
        self.log = log
        self.source: Any = pl.DataFrame()
        self._end: PairStart | None = None

    def __len__(self) -> int:
        """Return how many comparisons there are."""
        return len(self.log)

    def add(self, comparisons: IntoTable) -> None:
        """Add comparisons (columns ``left, right, label``, optionally ``annotator``); everything in them may be new.

        Nothing is added if any of them is refused.

        Args:
            comparisons: A dataframe or a path. Results are dataframes of the kind that came first.

        Raises:
            InputError: The comparisons are none that ``aggregate`` takes, or have ids of another type than those before.
        """
        first = not len(self.log)
        self.log.add(comparisons)
        if first:
            self.source = nothing_like(comparisons)

    def remove(self, annotator: Any) -> None:
        """Take out all comparisons of an annotator, as if they had never come.

        Raises:
            InputError: There is no comparison by this annotator.
        """
        self.log.remove(annotator)

    def result(self, *, warm: bool = False) -> PairResult:
        """Return the ranking of all comparisons, as ``method.aggregate`` does.

        Args:
            warm: Go on from where the last result ended instead of beginning anew.

        Raises:
            InputError: There are no comparisons, or the method refuses them.
        """
        from palate.aggregation.pairs._tables import result_tables

        found = self.log.sorted()
        if warm and self._end is not None:
            of_annotators = values_at(self._end.by_annotator, found.annotators)
            by_id = values_at(self._end.by_id, found.ids)
            fit = self.method.fit_from(found.comparisons, PairStart(by_id, of_annotators, self._end.others))
        else:
            fit = self.method.fit(found.comparisons)
        if fit.end is not None:
            self._end = PairStart(
                by_code(fit.end.by_id, found.ids, len(self.log.ids)),
                by_code(fit.end.by_annotator, found.annotators, len(self.log.annotator_ids)),
                fit.end.others,
            )
        return result_tables(self.method, found.comparisons, fit, self.source)

    def save(self, path: str | Path) -> None:
        """Write everything to one file, whole or not at all; :func:`load_pair_state` reads it.

        Raises:
            OutputError: The file cannot be written there.
        """
        log, n = self.log, len(self.log)
        arrays: dict[str, npt.NDArray[Any]] = {
            "left": log.left[:n],
            "right": log.right[:n],
            "outcome": log.outcome[:n],
            "annotators": log.annotators[:n],
        }
        if self._end is not None:
            arrays |= {"end_by_id": self._end.by_id, "end_others": self._end.others}
            if self._end.by_annotator is not None:
                arrays["end_by_annotator"] = self._end.by_annotator
        header = {
            "format": _FORMAT,
            "method": pair_aggregators.name_of(self.method),
            "settings": asdict(self.method),
        }
        write_state_archive(Path(path), header, (log.ids, log.annotator_ids), arrays)


def new_state(method: PairAggregator, log: ComparisonLog | None = None) -> PairState:
    """Return a state with these comparisons, by default none.

    Raises:
        SettingsError: The method cannot go on from what it found.
    """
    if not method.goes_on:
        able = ", ".join(pair_aggregators.name_of(other) for other in pair_aggregators if other.goes_on)
        raise SettingsError(
            f"{pair_aggregators.name_of(method)} cannot go on as comparisons come: it needs all of them as they were."
            f" Aggregate them at once, or choose one of {able}."
        )
    return PairState(method, ComparisonLog() if log is None else log)


def load_pair_state(path: str | Path) -> PairState:
    """Return the state that ``save`` wrote. Its results are polars dataframes until others are first.

    Raises:
        InputError: There is no such file, or it is damaged or no state.
    """
    return read_archive(Path(path), _FORMAT, _state)


def _state(archive: Archive) -> PairState:
    log = ComparisonLog()
    restore_ids(archive, log.ids, log.annotator_ids)
    kinds = {"left": np.int32, "right": np.int32, "annotators": np.int32, "outcome": np.int8}
    log.restore({name: archive.array(name, kind) for name, kind in kinds.items()})
    state = new_state(pair_aggregators.create(archive.header["method"], archive.header["settings"]), log)
    saved = archive.named("end_")
    if "by_id" in saved:
        end = PairStart(saved["by_id"], saved.get("by_annotator"), saved["others"])
        people = end.by_annotator
        if (
            end.by_id.ndim != 1
            or end.others.ndim != 1
            or len(end.by_id) > len(log.ids)
            or (people is not None and (people.ndim != 2 or len(people) > len(log.annotator_ids)))
        ):
            raise ValueError("where the method ended does not fit its ids")
        state._end = end  # noqa: SLF001 (this file's own class)
    return state
