"""From clicks on interleaved lists to the system that people prefer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from math import ceil, isfinite
from typing import Any, Literal

import numpy as np
import polars as pl

from palate.core import tables
from palate.core.coding import encode
from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed
from palate.core.resampling import check_resampling, middle_bounds, resampled_means
from palate.core.tables import ITEM, Column, Table
from palate.experiments._intervals import Estimate, check_confidence, clustered_error, share_interval
from palate.experiments.interleaving._lists import LISTS
from palate.inference.base import FloatArray, Interval

__all__ = ["CLICKED_LISTS", "Preference", "score_clicks"]

_IMPRESSION = Column("impression", "id", "one list shown once")
_CLICKS = Column(
    "clicks", "number", "how often the item was clicked; 0 if not", minimum=0, aliases=("click",)
)
_USER = replace(tables.USER, required=False)
_WITH_CREDIT = Table(
    "clicks",
    (
        _IMPRESSION,
        ITEM,
        _CLICKS,
        replace(LISTS.column("credit")),
        _USER,
        replace(LISTS.column("system"), required=False),
        replace(LISTS.column("other"), required=False),
    ),
    key=("impression", "item"),
)
CLICKED_LISTS = Table(
    "clicks", (_IMPRESSION, LISTS.column("list"), ITEM, _CLICKS, _USER), key=("impression", "item")
)


@dataclass(frozen=True)
class Preference:
    """Which of two systems people prefer, by their clicks.

    Args:
        system: The preferred one; the first one where there is no winner.
        other: The other one.
        credit: Mean credit an impression, system minus other.
        p_value: Of there being no preference.
        impressions: How many lists were shown.
        clicks: How many items were clicked, each counted once an impression.
        units: How many independent units there are.
        unit: What they are: ``user`` or ``impression``.
        wins: Units with more credit for ``system``.
        losses: Units with more credit for ``other``.
        win_share: Wins among units with more credit for one of them; None where there are none.
        sign_p_value: Of wins and losses being equally likely, by the binomial law.
        planned_units: As set.
        notes: What else should be known.
    """

    system: str
    other: str
    credit: Interval
    p_value: float
    impressions: int
    clicks: int
    units: int
    unit: Literal["user", "impression"]
    wins: int
    losses: int
    win_share: Interval | None
    sign_p_value: float
    planned_units: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def winner(self) -> str | None:
        """The preferred system; None where the interval of the credit holds 0."""
        if 0.0 in self.credit:
            return None
        return self.system if self.credit.estimate > 0 else self.other

    @property
    def impressions_needed(self) -> int | None:
        """How many impressions find a preference like this in 80 of 100 cases; None where there is none."""
        from scipy.special import ndtri

        reach = (self.credit.high - self.credit.low) / 2
        if not self.credit.estimate or not isfinite(reach):
            return None
        z = float(ndtri((1 + self.credit.confidence) / 2))
        ratio = reach / z * (z + float(ndtri(0.8))) / self.credit.estimate
        return ceil(self.impressions * ratio**2)

    @property
    def sentence(self) -> str:
        """What was found, as people read it."""
        low, high = (f"{x:+.4f}".replace("-", "−") for x in (self.credit.low, self.credit.high))
        interval = f"({100 * self.credit.confidence:.4g}% CI {low} … {high})"
        users = f" of {self.units:,} users" if self.unit == "user" else ""
        basis = f"from {self.impressions:,} impressions{users}"
        if self.winner is not None:
            return (
                f"People prefer {self.winner} to {self.other}: {self.credit.estimate:+.4f} credit an impression"
                f" {interval}, {basis}"
            )
        estimate = f"{self.credit.estimate:+.4f}".replace("-", "−")
        needed = self.impressions_needed
        more = ""
        if needed is not None and needed > self.impressions:
            more = f"; at the observed difference about {needed:,} impressions would be needed"
        return (
            f"No winner yet: {self.system} and {self.other} differ by {estimate} credit an impression {interval},"
            f" {basis}{more}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            **asdict(self),
            "winner": self.winner,
            "impressions_needed": self.impressions_needed,
            "sentence": self.sentence,
        }


def score_clicks(
    log: IntoTable,
    lists: IntoTable | None = None,
    *,
    confidence: float = 0.95,
    interval: Literal["student", "bootstrap"] = "student",
    planned_units: int | None = None,
    resamples: int = 2000,
    seed: Seed = 0,
) -> Preference:
    """Return which system gets more credit from clicks on interleaved lists.

    The credit of an impression is the sum of the credits of its clicked items; a second click on the same item
    counts nothing. Impressions of one user hang together, so users are what varies independently where the log
    names them (linearized ratio, errors by user: Deng, Knoblich and Lu, KDD 2018). The share of units won, with
    its sign test, weighs each unit alike; it is exact for team draft, whose lists come with their mirror images.

    Args:
        log: A row an item shown: ``impression, item, clicks``, ``user`` if known, and ``list``, or ``credit`` itself
            (then ``system`` and ``other`` may name the systems). Items that were not clicked may be left out, but
            every impression needs a row.
        lists: The table that :func:`interleave_runs` made; needed unless the log has ``credit``.
        confidence: Of the intervals, in (0, 1).
        interval: ``student``, or ``bootstrap`` over users or impressions.
        planned_units: None: the log is looked at once. A number of users (or impressions), chosen before the
            first look: the interval and the p-value are valid at every look, and narrowest near that many.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Raises:
        InputError: The log does not hold what is needed, shows items that their list does not have, or has
            fewer than two users or impressions.
        SettingsError: A setting is out of range.

    >>> rows = [(i, "x", int(i % 4 > 0), 1.0 if i % 3 else -1.0) for i in range(300)]
    >>> log = pl.DataFrame(rows, schema=["impression", "item", "clicks", "credit"], orient="row")
    >>> score_clicks(log).sentence
    'People prefer A to B: +0.2500 credit an impression (95% CI +0.1556 … +0.3444), from 300 impressions'
    """
    check_confidence(confidence, planned_units)
    if interval not in {"student", "bootstrap"}:
        raise SettingsError(f"The interval must be student or bootstrap; it is '{interval}'.")
    if interval == "bootstrap" and planned_units is not None:
        raise SettingsError(
            "An interval that is valid at every look is not a bootstrap one; leave out one of them."
        )
    table, names = _clicked(log, lists)
    shown = _impressions(table)
    unit: Literal["user", "impression"] = "user" if "user" in shown.columns else "impression"
    users = encode(shown[unit]).codes
    impressions = np.bincount(users).astype(np.float64)
    if len(impressions) < 2:
        raise InputError(f"A preference needs at least two {unit}s; there is one.", where="log")
    credit: FloatArray = np.bincount(users, weights=shown["credit"].to_numpy()).astype(np.float64)
    mean = float(credit.sum() / len(shown))
    error, units = clustered_error(shown["credit"].to_numpy() - mean, users)
    if error < 1e-12:  # what differs in the last bits only does not differ
        error = 0.0
    found = Estimate(mean, error, units - 1, units)
    bounds, p_value = found.interval(confidence, planned_units), found.p_value(planned_units)
    if interval == "bootstrap":
        bounds, p_value = _bootstrap(credit, impressions, confidence, resamples, seed)
    wins, losses = (int(np.count_nonzero(side * credit > 1e-12)) for side in (1, -1))
    preference = Preference(
        *names,
        bounds,
        p_value,
        len(shown),
        int(shown["clicks"].sum()),
        units,
        unit,
        wins,
        losses,
        share_interval(wins, wins + losses, confidence) if wins + losses else None,
        _sign_p_value(wins, losses),
        planned_units,
        _notes(shown, unit, same=error == 0),
    )
    return preference if preference.winner in {None, names[0]} else _reversed(preference)


def _clicked(log: IntoTable, lists: IntoTable | None) -> tuple[pl.DataFrame, tuple[str, str]]:
    """Return the rows of the log with the credit of a click on each, and the systems' names."""
    if lists is None:
        table = read_table(log, _WITH_CREDIT)
        names = tuple(
            _only_name(table, column, default) for column, default in (("system", "A"), ("other", "B"))
        )
        return table, (names[0], names[1])
    made = read_table(lists, LISTS)
    table = read_table(log, CLICKED_LISTS)
    several = (
        table.group_by("impression").agg(pl.col("list").n_unique().alias("lists")).filter(pl.col("lists") > 1)
    )
    if len(several):
        raise InputError(
            f"An impression shows one list; {len(several):,} impressions have several, such as"
            f" '{several['impression'][0]}'.",
            where="log",
        )
    key = [pl.col("list").cast(pl.String), pl.col("item").cast(pl.String)]
    joined = table.with_columns(key).join(
        made.select(*key, "credit"), on=["list", "item"], how="left", maintain_order="left"
    )
    strange = joined.filter(pl.col("credit").is_null())
    if len(strange):
        raise InputError(
            f"{len(strange):,} rows of the log show an item that its list does not have, such as item"
            f" '{strange['item'][0]}' of list '{strange['list'][0]}'. Give the lists that were shown.",
            where="log",
        )
    return joined, (_only_name(made, "system", "A"), _only_name(made, "other", "B"))


def _only_name(table: pl.DataFrame, column: str, default: str) -> str:
    if column not in table.columns:
        return default
    names = table[column].unique().drop_nulls().to_list()
    if len(names) > 1:
        raise InputError(
            f"Interleaving compares two systems; the column '{column}' names {len(names)}:"
            f" {', '.join(sorted(map(str, names))[:5])}. Give the rows of one pair.",
            column=column,
        )
    return str(names[0]) if names else default


def _impressions(table: pl.DataFrame) -> pl.DataFrame:
    """Return an impression a row, with its credit, its number of clicked items and its user."""
    clicked = pl.col("clicks").clip(0, 1).ceil()
    columns = [(clicked * pl.col("credit")).sum().alias("credit"), clicked.sum().alias("clicks")]
    if "user" not in table.columns:
        return table.group_by("impression").agg(columns).sort("impression")
    users = [
        pl.col("user").first(),
        pl.col("user").n_unique().alias("users"),
        pl.col("user").null_count().alias("none"),
    ]
    shown = table.group_by("impression").agg(*columns, *users).sort("impression")
    wrong = shown.filter((pl.col("users") > 1) | (pl.col("none") > 0))
    if len(wrong):
        raise InputError(
            f"Every impression has one user; {len(wrong):,} have none or several, such as impression"
            f" '{wrong['impression'][0]}'.",
            where="log",
            column="user",
        )
    return shown


def _bootstrap(
    credit: FloatArray, impressions: FloatArray, confidence: float, resamples: int, seed: Seed
) -> tuple[Interval, float]:
    """Return the percentile interval over resampled units and the p-value of the shifted distribution."""
    check_resampling(resamples, confidence)
    sums = resampled_means(np.stack([credit, impressions]), resamples, seed)
    means, mean = sums[0] / sums[1], float(credit.sum() / impressions.sum())
    farther = int(np.count_nonzero(np.abs(means - mean) >= abs(mean) - 1e-12))
    low, high = middle_bounds(means, confidence)
    return Interval(mean, low, high, confidence), (farther + 1) / (resamples + 1)


def _sign_p_value(wins: int, losses: int) -> float:
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(wins, losses), wins + losses, 0.5)))


def _notes(shown: pl.DataFrame, unit: str, *, same: bool) -> tuple[str, ...]:
    notes = []
    if unit == "impression":
        notes.append(
            "the log names no users; if users see several lists, the interval is too short. Add a column 'user'."
        )
    if not shown["clicks"].sum():
        notes.append("nothing was clicked, so nothing can be said.")
    elif same:
        notes.append(f"every {unit} gives the same credit, so nothing can be said of chance.")
    elif not (shown["clicks"] == 0).any():
        notes.append(
            "every impression has a click; if impressions without clicks are missing, credit an impression is too far"
            " from 0, but which system is preferred stays the same."
        )
    return tuple(notes)


def _reversed(found: Preference) -> Preference:
    credit, wins, losses = found.credit, found.losses, found.wins
    share = share_interval(wins, wins + losses, credit.confidence) if found.win_share is not None else None
    return replace(
        found,
        system=found.other,
        other=found.system,
        credit=Interval(-credit.estimate, -credit.high, -credit.low, credit.confidence),
        wins=wins,
        losses=losses,
        win_share=share,
    )
