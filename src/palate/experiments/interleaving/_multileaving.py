"""Three and more systems in one list: team draft multileaving, and every pair's preference by clicks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, permutations
from math import ceil
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.settings import check_counts
from palate.core.tables import ITEM, RUNS, Column, Table
from palate.experiments.interleaving._lists import LISTS, InterleavedLists, rankings_by_query
from palate.experiments.interleaving._score import CLICKED_LISTS, Preference, score_clicks
from palate.inference import adjusted_p_values, comparison_confidence

if TYPE_CHECKING:
    from palate.inference import Correction

__all__ = ["TEAMS", "Multileaved", "Preferences", "multileave", "multileave_runs", "score_teams"]

TEAMS = Table(
    "multileaved lists",
    (
        LISTS.column("list"),
        LISTS.column("query"),
        LISTS.column("rank"),
        ITEM,
        Column("team", "id", "the system that a click counts for; empty where for nobody", required=False),
    ),
    key=("list", "rank"),
)


_MOST = 5
"""Systems of which lists are made beforehand: of six there would be 720 ways to swap lots."""


@dataclass(frozen=True)
class Multileaved:
    """One list made of several rankings.

    Args:
        items: In the order in which they are shown.
        teams: The place among the rankings of the one that a click on the item counts for; None for nobody.
    """

    items: tuple[Hashable, ...]
    teams: tuple[int | None, ...]


@dataclass(frozen=True)
class Preferences:
    """Which of several systems people prefer, pair by pair.

    Args:
        pairs: One preference a pair of systems; with a correction, intervals are drawn at the confidence that agrees
            with the adjusted p-values.
        adjusted_p_values: Of each, among all pairs; empty where there is one pair alone.
        correction: ``holm``, ``bh`` or ``none``.
        notes: What else should be known.
    """

    pairs: tuple[Preference, ...]
    adjusted_p_values: tuple[float, ...] = ()
    correction: str = "none"
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found of each pair, as people read it."""
        return tuple(pair.sentence for pair in self.pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        pairs = zip(self.pairs, self.adjusted_p_values, strict=True)
        return {
            "pairs": [{**pair.to_dict(), "adjusted_p_value": p_value} for pair, p_value in pairs],
            "correction": self.correction,
            "sentences": list(self.sentences),
            "notes": list(self.notes),
        }


def multileave(rankings: Sequence[Sequence[Hashable]], length: int = 10, seed: Seed = 0) -> Multileaved:
    """Return one list to which the rankings add, in rounds.

    In each round every ranking, in an order drawn by lot, adds its best item that is not yet in the list; a click
    counts for the one that added the item (Schuth, Sietsma, Whiteson, Lefortier and de Rijke, Multileaved comparisons
    for fast online evaluation, CIKM 2014, algorithm 1). Where, in some order, a ranking would have nothing left to add,
    the items of the round count for nobody, so that at each rank a click counts as often for each system.

    Args:
        rankings: Of each system the items, best first, none twice; at least two, none empty.
        length: How many items are shown; fewer if all rankings together hold fewer.
        seed: For the lots; give each impression's number, or a generator.

    Raises:
        InputError: There are fewer than two rankings, or one is empty or holds an item twice.
        SettingsError: ``length`` is below 1.

    >>> multileave(["abc", "bca", "cab"], length=3, seed=1).teams
    (2, 0, 1)
    """
    check_counts(length=length)
    if len(rankings) < 2:
        raise InputError(f"A list is made of two rankings or more; there is {len(rankings)}.")
    for place, ranking in enumerate(rankings, 1):
        if not len(ranking) or len(set(ranking)) < len(ranking):
            wrong = "holds an item more than once" if len(ranking) else "is empty"
            raise InputError(f"Ranking {place} of {len(rankings)} {wrong}.")
    return _draft(rankings, length, _lots(len(rankings), length, generator(seed, "multileave")))


def _lots(systems: int, rounds: int, rng: np.random.Generator) -> list[list[int]]:
    """Return who picks when in each round; there are no more rounds than items."""
    return [rng.permutation(systems).tolist() for _ in range(rounds)]


def _draft(rankings: Sequence[Sequence[Hashable]], length: int, lots: Sequence[Sequence[int]]) -> Multileaved:
    shown: dict[Hashable, int | None] = {}  # in the order of insertion
    for order in lots:
        picks = min(len(rankings), length - len(shown))
        left = [list(islice((i for i in ranking if i not in shown), picks)) for ranking in rankings]
        if not picks or not any(left):
            break
        fair = all(len(items) == picks for items in left)
        for team in order:
            pick = next((item for item in left[team] if item not in shown), None)
            if pick is not None and len(shown) < length:
                shown[pick] = team if fair else None
    return Multileaved(tuple(shown), tuple(shown.values()))


def multileave_runs(runs: IntoTable, length: int = 10, lists: int = 10, seed: Seed = 0) -> InterleavedLists:
    """Return lists of each query that all systems rank, by :func:`multileave`.

    Lists that are drawn once are shown often, so what lots gave one system would add up. Each draw therefore comes with all
    those in which the systems swapped their lots: two systems with the same rankings get the same clicks, exactly.

    Args:
        runs: Columns ``system, query, item`` and ``rank`` or ``score``, of two to five systems.
        length: How many items are shown.
        lists: How many lists of each query are drawn at least; it is rounded up to a multiple of 2, 6, 24 or 120, the
            number of ways in which two to five systems can swap their lots.
        seed: For the draws, which for one query do not depend on what other queries there are.

    Returns:
        Lists with the columns ``list, query, rank, item, team``.

    Raises:
        InputError: There are fewer than two systems or more than five, or they have no query in common.
        SettingsError: ``length`` or ``lists`` is below 1.
    """
    check_counts(length=length, lists=lists)
    read = read_table(runs, RUNS)
    systems = read["system"].unique().sort().to_list() if "system" in read.columns else ["run"]
    if len(systems) < 2:
        raise InputError("Multileaving takes the runs of two systems or more; there is one.", where="runs")
    if len(systems) > _MOST:
        raise InputError(
            f"Lists that are fair to every system need all ways in which systems swap lots, so there can be {_MOST}"
            f" systems at most; there are {len(systems)}. Take fewer, or draw at each impression with 'multileave'.",
            where="runs",
        )
    rankings, swaps = rankings_by_query(read), list(permutations(range(len(systems))))
    common = sorted(query for query, of in rankings.items() if len(of) == len(systems))
    if not common:
        raise InputError(f"No query is ranked by all of {', '.join(map(str, systems))}.", where="runs")
    rows: list[tuple[Any, ...]] = []
    for query in common:
        rng = generator(seed, "multileave", query)
        ranked = [rankings[query][system] for system in systems]
        for _ in range(ceil(lists / len(swaps))):
            lots = _lots(len(systems), length, rng)
            for swap in swaps:
                found = _draft(ranked, length, [[swap[team] for team in order] for order in lots])
                number = rows[-1][0] + 1 if rows else 1
                teams = [None if team is None else str(systems[team]) for team in found.teams]
                shown = enumerate(zip(found.items, teams, strict=True), 1)
                rows += [(number, query, rank, *each) for rank, each in shown]
    schema: dict[str, Any] = {
        "list": pl.Int64,
        "query": read.schema["query"],
        "rank": pl.Int64,
        "item": read.schema["item"],
        "team": pl.String,
    }
    alone = len(rankings) - len(common)
    note = f"{alone:,} of {len(rankings):,} queries are not ranked by all systems; they have no lists."
    return InterleavedLists(pl.DataFrame(rows, schema=schema, orient="row"), (note,) if alone else ())


def score_teams(
    log: IntoTable,
    lists: IntoTable,
    *,
    correction: str = "holm",
    confidence: float = 0.95,
    **settings: Any,
) -> Preferences:
    """Return which systems get more clicks on multileaved lists, pair by pair.

    A click gives the system that added the item +1 against each other one. From these credits their mean over
    the query's lists is taken off at each rank, as :func:`interleave_runs` does: users who click on ranks alone prefer no
    system, exactly, as long as each of a query's lists is shown as likely as the others.

    Args:
        log: As in :func:`score_clicks`: ``impression, item, clicks, list``, and ``user`` if known.
        lists: The table that :func:`multileave_runs` made.
        correction: ``holm``, ``bh`` or ``none``; p-values and intervals count all pairs.
        confidence: Of the intervals, in (0, 1).
        settings: ``interval``, ``planned_units``, ``resamples`` and ``seed`` of :func:`score_clicks`.

    Raises:
        InputError: The lists name fewer than two teams, or as in :func:`score_clicks`.
        UnknownNameError: There is no such correction.
    """
    made = read_table(lists, TEAMS)
    if "team" not in made.columns:
        raise InputError(
            "The lists have no column 'team'; make them of three systems or more.", where="lists"
        )
    made = made.with_columns(pl.col("team").cast(pl.String))
    shown = read_table(log, CLICKED_LISTS)
    teams = made["team"].drop_nulls().unique().sort().to_list()
    if len(teams) < 2:
        raise InputError(
            f"The lists are of {len(teams)} team; a preference needs two.", where="lists", column="team"
        )
    tables = [_credits(made, *pair) for pair in combinations(teams, 2)]
    found = [score_clicks(shown, table, confidence=confidence, **settings) for table in tables]
    p_values = np.array([pair.p_value for pair in found])
    chosen = cast("Correction", correction)  # refused below where it is none
    adjusted = adjusted_p_values(p_values, chosen)
    each = comparison_confidence(p_values, chosen, confidence)
    if each != confidence:
        found = [score_clicks(shown, table, confidence=each, **settings) for table in tables]
    notes = tuple(dict.fromkeys(note for pair in found for note in pair.notes))
    return Preferences(tuple(found), tuple(adjusted.tolist()), correction, notes)


def _credits(made: pl.DataFrame, system: str, other: str) -> pl.DataFrame:
    """Return the lists as if of two systems: what a click adds to ``system`` less ``other``."""
    of_system, of_other = (
        (pl.col("team") == name).fill_null(value=False).cast(pl.Float64) for name in (system, other)
    )
    credit = of_system - of_other
    return made.with_columns(
        credit=credit - credit.mean().over("query", "rank"), system=pl.lit(system), other=pl.lit(other)
    ).drop("team")
