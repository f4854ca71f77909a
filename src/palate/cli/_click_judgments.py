"""Judgments from a log of clicks, for ``palate learn``: each click counted by how probably people look at its rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from palate.cli._options import naming
from palate.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    import polars as pl

    from palate.learning import Propensities

__all__ = ["ClickJudgments", "ClickLogs", "Clicks", "Clip", "Lists", "PositionBias", "PropensityLog"]

_BIASES = ("swaps", "randomized", "none")

Clicks = Annotated[
    str | None,
    typer.Option(
        "--clicks",
        help="A log of clicks to learn from: query, item, rank, clicks, a row for each item each time it was shown; with"
        " --lists: impression, list, item, clicks.",
        show_default=False,
    ),
]
Lists = Annotated[
    str | None,
    typer.Option(
        "--lists",
        help="The lists that impressions of --clicks showed, as palate interleave make writes them.",
        show_default=False,
    ),
]
PositionBias = Annotated[
    str,
    typer.Option(
        "--position-bias",
        help="How it is found how probably people look at each rank: swaps (the same item at several ranks), randomized"
        " (items at ranks drawn by lot), or none: clicks as they are.",
    ),
]
PropensityLog = Annotated[
    str | None,
    typer.Option(
        "--propensity-log",
        help="Another log of clicks to find that from, such as one with ranks drawn by lot.",
        show_default="--clicks",
    ),
]
Clip = Annotated[
    float,
    typer.Option("--clip", help="No click counts more than 1 / clip, however seldom people look there."),
]


@dataclass(frozen=True)
class ClickLogs:
    """The files of clicks, and how they are to be read."""

    clicks: str | None
    lists: str | None = None
    position_bias: str = "swaps"
    propensity_log: str | None = None
    clip: float = 0.05

    def judgments(self, seed: int) -> ClickJudgments | None:
        """Return what the clicks say of relevance; None without a log.

        Raises:
            InputError: A log is not as said, nothing was clicked in it, or it does not tell how probably people look.
            SettingsError: A setting is not as said, or is given without a log.
        """
        if self.position_bias not in _BIASES:
            raise SettingsError(
                f"--position-bias must be one of {', '.join(_BIASES)}; it is '{self.position_bias}'."
            )
        if self.clicks is None:
            beside = {"--lists": self.lists, "--propensity-log": self.propensity_log}
            alone = [name for name, value in beside.items() if value is not None]
            if alone:
                raise SettingsError(f"{', '.join(alone)} needs a log of clicks: --clicks FILE.")
            return None
        from palate.core.frames import read_table
        from palate.learning import CLICKS, clicks_on_lists, clicks_to_judgments

        with naming(clicks=self.clicks, **{"interleaved lists": self.lists}):
            log = (
                read_table(self.clicks, CLICKS)
                if self.lists is None
                else clicks_on_lists(self.clicks, self.lists)
            )
            if not (log["clicks"] > 0).any():
                raise InputError("Nothing was clicked, so that there is nothing to learn.", where="clicks")
        propensities = self._propensities(log, seed)
        with naming(clicks=self.clicks):
            return ClickJudgments(clicks_to_judgments(log, propensities, self.clip), propensities)

    def _propensities(self, log: pl.DataFrame, seed: int) -> Propensities | None:
        from palate.learning import randomized_propensities, swap_propensities

        if self.position_bias == "none":
            if self.propensity_log is not None:
                raise SettingsError(
                    "--position-bias none takes clicks as they are; leave out --propensity-log."
                )
            return None
        source = log if self.propensity_log is None else self.propensity_log
        with naming(clicks=self.propensity_log or self.clicks):
            if self.position_bias == "randomized":
                return randomized_propensities(source)
            return swap_propensities(source, seed=seed)


@dataclass(frozen=True)
class ClickJudgments:
    """What clicks say of relevance.

    Args:
        table: As :func:`palate.learning.clicks_to_judgments` returns it.
        propensities: How probably people look at each rank; None where clicks count as they are.
    """

    table: pl.DataFrame
    propensities: Propensities | None

    @property
    def measuring(self) -> pl.DataFrame:
        """Judgments to measure by where there are no others: the grade is the probability of relevance."""
        return self.table.select("query", "item", grade="p_1")

    def notes(self, *, measured_by_clicks: bool) -> list[str]:
        """Return what a reader must know beside the numbers."""
        shown, clicked = (int(self.table[name].sum()) for name in ("impressions", "clicks"))
        counted = "as they are, which favours what was on top"
        if self.propensities is not None:
            known = self.propensities.table.drop_nulls("propensity")
            said = ", ".join(
                f"{rank}: {looked:.2f}" for rank, looked in known.select("rank", "propensity").iter_rows()
            )
            counted = f"by how probably people look at a rank, against the first ({self.propensities.design}): {said}"
        found = [f"Learned from {clicked:,} clicks on {shown:,} shown items, counted {counted}."]
        if self.propensities is not None:
            found += self.propensities.notes
        if measured_by_clicks:
            found.append(
                "Values are by these clicks, too: nobody was asked. Measure by what people say: --judgments FILE."
            )
        return found
