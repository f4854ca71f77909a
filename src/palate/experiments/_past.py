"""How far do offline values predict online ones?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from palate.core.errors import InputError
from palate.core.frames import IntoTable, read_table
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.core.tables import Column, Table
from palate.experiments._intervals import share_interval
from palate.inference.base import FloatArray, Interval

__all__ = ["PredictiveValue", "predictive_value"]

_PAST = Table(
    "past experiments",
    (
        Column("experiment", "id", "one experiment", required=False),
        Column("offline", "number", "the offline difference, new system minus old"),
        Column("online", "number", "the online difference"),
        Column(
            "offline_error", "number", "standard error of the offline difference", required=False, minimum=0
        ),
        Column(
            "online_error", "number", "standard error of the online difference", required=False, minimum=0
        ),
    ),
    key=("experiment",),
)
_FEWEST = 4
"""Experiments below which no resample says much."""
_UNSURE = 20


@dataclass(frozen=True)
class PredictiveValue:
    """How well offline differences predicted online ones in past experiments.

    Args:
        experiments: How many there are.
        pearson: Linear correlation.
        spearman: Correlation of ranks.
        same_sign: Share of experiments in which both had the same sign; one without sign counts half.
        without_noise: The linear correlation that differences without noise would have, by the errors given: an
            extrapolation, never a measured correlation. None without errors, or where noise explains all.
        notes: What should be known.
    """

    experiments: int
    pearson: Interval
    spearman: Interval
    same_sign: Interval
    without_noise: Interval | None
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What was found, as people read it."""
        found = self.same_sign
        share, low, high = (f"{100 * x:.0f}%" for x in (found.estimate, found.low, found.high))
        r, r_low, r_high = (
            f"{x:.2f}".replace("-", "−") for x in (self.pearson.estimate, self.pearson.low, self.pearson.high)
        )
        confidence = f"{100 * found.confidence:g}% CI"
        return (
            f"Offline and online differences had the same sign in {share} of {self.experiments:,} experiments"
            f" ({confidence} {low} … {high}); their correlation is {r} ({r_low} … {r_high})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {**asdict(self), "sentence": self.sentence}


def predictive_value(
    past: IntoTable, *, confidence: float = 0.95, resamples: int = 2000, seed: Seed = 0
) -> PredictiveValue:
    """Return how well offline differences predicted online ones.

    Intervals are percentiles over resampled experiments, of the share Wilson's. The correlation without noise is Pearson's divided by
    the square root of both reliabilities (Spearman, American Journal of Psychology, 1904), the reliability being
    the share of the differences' variance that their squared standard errors do not explain; it supposes that the
    noise of both is independent. It is above 1 where errors are overstated or experiments few, and shown so.

    Args:
        past: A row an experiment: ``offline`` and ``online`` differences, and ``offline_error`` and
            ``online_error``, their standard errors, if known.
        confidence: In (0, 1).
        resamples: How many samples of the experiments.
        seed: Of those samples.

    Raises:
        InputError: There are fewer than four experiments, or all differences of one kind are the same.

    >>> import polars as pl
    >>> table = pl.DataFrame({"offline": [0.01, 0.03, -0.02, 0.05, 0.0], "online": [0.2, 0.4, -0.1, 0.9, 0.1]})
    >>> round(predictive_value(table).pearson.estimate, 3)
    0.972
    """
    check_resampling(resamples, confidence)
    table = read_table(past, _PAST)
    if len(table) < _FEWEST:
        raise InputError(
            f"A correlation needs at least {_FEWEST} experiments; there are {len(table)}.", where="past"
        )
    offline, online = table["offline"].to_numpy(), table["online"].to_numpy()
    for name, values in (("offline", offline), ("online", online)):
        if not np.ptp(values):
            raise InputError(
                f"All {name} differences are {values[0]:g}; a correlation needs some that differ.",
                where="past",
                column=name,
            )
    n = len(table)
    drawn = generator(seed, "predictive value").integers(0, n, size=(resamples, n))
    rows = np.concatenate([np.arange(n)[np.newaxis], drawn])

    def interval(statistic: Callable[[FloatArray, FloatArray], FloatArray]) -> Interval:
        return _interval(statistic(offline[rows], online[rows]), confidence)

    notes: list[str] = []
    without_noise = None
    if _is_known(table, "offline_error") and _is_known(table, "online_error"):
        errors = table["offline_error"].to_numpy(), table["online_error"].to_numpy()
        without_noise, notes = _without_noise((offline, online), errors, rows, confidence)
    if n < _UNSURE:
        notes.append(f"{n} experiments are few; intervals from so few resampled ones are rather too short.")
    same = float((np.sign(offline) * np.sign(online) + 1).sum()) / 2
    same_sign = share_interval(same, n, confidence)
    return PredictiveValue(n, interval(_pearson), interval(_spearman), same_sign, without_noise, tuple(notes))


def _is_known(table: Any, name: str) -> bool:
    return name in table.columns and not table[name].null_count()


def _interval(draws: FloatArray, confidence: float) -> Interval:
    """Return the first of the draws as the estimate, with bounds from the others that have a value."""
    valid = draws[1:][np.isfinite(draws[1:])]
    check_resampling(len(valid), confidence)
    return Interval(float(draws[0]), *middle_bounds(valid, confidence), confidence)


def _pearson(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the correlation of each row of two tables; NaN where one does not vary."""
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    flat = np.full(len(x), np.nan)
    found: FloatArray = np.divide((x * y).sum(axis=1), scale, where=scale > 0, out=flat)
    return found


def _spearman(x: FloatArray, y: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    return _pearson(rankdata(x, axis=1), rankdata(y, axis=1))


def _without_noise(
    differences: tuple[FloatArray, FloatArray],
    errors: tuple[FloatArray, FloatArray],
    rows: npt.NDArray[np.int64],
    confidence: float,
) -> tuple[Interval | None, list[str]]:
    """Return the correlation divided by the root of the reliabilities, and what should be known of it."""
    reliable = [_reliability(v[rows], e[rows]) for v, e in zip(differences, errors, strict=True)]
    shares = [float(of_kind[0]) for of_kind in reliable]
    if min(shares) <= 0:
        return None, [
            "errors are as large as the differences, so a correlation without noise cannot be told."
        ]
    both = np.where(np.minimum(*reliable) > 0, reliable[0] * reliable[1], np.nan)
    draws = _pearson(differences[0][rows], differences[1][rows]) / np.sqrt(both)
    lost = int(np.count_nonzero(~np.isfinite(draws[1:])))
    if lost > 0.5 * (len(rows) - 1):
        return None, [
            "errors are nearly as large as the differences, so a correlation without noise cannot be told."
        ]
    told = (
        f"of the variance of offline differences {100 * shares[0]:.0f}% is not noise, of online ones"
        f" {100 * shares[1]:.0f}%; the correlation without noise is extrapolated from that."
    )
    notes = [told]
    if lost > 0.05 * (len(rows) - 1):
        notes.append(
            f"in {lost:,} of {len(rows) - 1:,} resamples noise explains all, so its interval is too short."
        )
    return _interval(draws, confidence), notes


def _reliability(values: FloatArray, errors: FloatArray) -> FloatArray:
    """Return the share of each row's variance that its errors do not explain; all rows but the first are resamples."""
    n = values.shape[1]
    variance = values.var(axis=1, ddof=1)
    variance[1:] *= n / (n - 1)  # a resample's variance is that much too small in the mean
    noise = (errors**2).mean(axis=1)
    none = np.full(len(values), np.nan)
    found: FloatArray = np.divide(variance - noise, variance, where=variance > 0, out=none)
    return found
