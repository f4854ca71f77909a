"""Find the settings of a recommender that do best on a validation split, and what they are worth on a test split."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from palate.core.errors import SettingsError
from palate.core.frames import IntoTable, read_table
from palate.core.progress import Progress, no_progress
from palate.core.settings import check_counts, check_positive
from palate.core.tables import INTERACTIONS, ITEMS
from palate.evaluation._held_out import HeldOut, hold_out
from palate.evaluation._trials import Budget, Trial, open_search, search_settings
from palate.inference import PairedBootstrap
from palate.inference.base import Interval
from palate.measures import Measure, parse_measure
from palate.recommend import (
    NumberRange,
    SplitKind,
    ValueSettings,
    WholeRange,
    recommenders,
    split_interactions,
    with_features,
)
from palate.recommend._search import SearchRange

__all__ = ["TunedRecommender", "tune_recommender"]

_STOP_EARLY_FROM = 1_000_000
"""Interactions from which poor trials are stopped early; with fewer, a trial takes no time worth saving."""

_NEAR_END = 0.02
"""Share of a range (of its logarithms, where it has those) that counts as its end."""


@dataclass(frozen=True)
class TunedRecommender:
    """The best settings found, and what they are worth where nobody looked while tuning.

    Args:
        recommender: Its name.
        settings: The best: what was fixed and what was found; settings that are not named are at their defaults.
        measure: Whose mean was made as high as possible.
        split: How the interactions were split, both for the test and, again, for the validation.
        validation: The mean of the best settings on the validation split: the highest of many, and therefore too high.
        validation_of_defaults: That of the settings without tuning.
        test: The mean on the test split, with its bootstrap interval over users.
        test_of_defaults: That of the settings without tuning, likewise.
        gain: Tuned less untuned on the test split, likewise, of the same users.
        users: Users of the test split.
        history: What was tried, in its order: columns ``trial, value, state, seconds`` and one a setting.
        notes: What a reader must know beside the numbers, as sentences.
    """

    recommender: str
    settings: Mapping[str, Any]
    measure: Measure
    split: SplitKind
    validation: float
    validation_of_defaults: float
    test: Interval
    test_of_defaults: Interval
    gain: Interval
    users: int
    history: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What tuning found and what it brought."""
        test, gain = self.test, self.gain
        chosen = ", ".join(f"{name} = {_shown(value)}" for name, value in self.settings.items()) or "defaults"
        return (
            f"{self.recommender}, best of {len(self.history)} settings: {chosen}. {self.measure} is {self.validation:.4f} on the"
            f" validation split and {test.estimate:.4f} on the test split, which tuning never saw"
            f" ({100 * test.confidence:g}% CI {test.low:.4f} … {test.high:.4f}; {self.users:,} users),"
            f" {gain.estimate:+.4f} over the settings untuned ({gain.low:+.4f} … {gain.high:+.4f})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        named = {"test": self.test, "test_of_defaults": self.test_of_defaults, "gain": self.gain}
        return {
            "recommender": self.recommender,
            "settings": dict(self.settings),
            "measure": str(self.measure),
            "split": self.split,
            "validation": self.validation,
            "validation_of_defaults": self.validation_of_defaults,
            **{
                name: {"estimate": found.estimate, "low": found.low, "high": found.high}
                for name, found in named.items()
            },
            "confidence": self.test.confidence,
            "users": self.users,
            "history": self.history.to_dicts(),
            "sentence": self.sentence,
            "notes": list(self.notes),
        }


def tune_recommender(
    name: str,
    interactions: IntoTable,
    items: IntoTable | None = None,
    *,
    user_features: IntoTable | None = None,
    item_features: IntoTable | None = None,
    separator: str | None = None,
    split: SplitKind = "global",
    future_share: float = 0.2,
    measure: str | Measure = "nDCG@10",
    trials: int = 30,
    seconds: float | None = None,
    settings: Mapping[str, Any] | None = None,
    values: ValueSettings | None = None,
    stop_early: bool | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    progress: Progress = no_progress,
    clock: Callable[[], float] = time.perf_counter,
) -> TunedRecommender:
    """Search the settings that a recommender declares in ``search`` for those with the highest mean of a measure.

    The interactions are split into a past and a future, the test split; the past is split again in the same way, and
    the search sees that alone. Each trial learns, ranks all items that are new to a user, and what the user first met
    later is relevant. The settings that are best there, and the untuned ones, are then learned from the whole past and
    valued once on the test split.

    Args:
        name: The recommender's.
        interactions: A dataframe or a path, columns ``user, item, timestamp`` and, if known, ``value``.
        items: The items' texts, for recommenders that read them.
        user_features: Of users, for recommenders that use them; see :func:`palate.recommend.with_features`.
        item_features: Of items, likewise.
        separator: What stands between several categories in one text of these.
        split: ``global``, ``per_user`` or ``leave_one_out``; see :func:`palate.recommend.split_interactions`.
        future_share: Of each of the two splits.
        measure: A measure or its text.
        trials: The most that are tried, beside the settings untuned.
        seconds: After which no further trial begins; how many are tried then depends on the machine.
        settings: Settings that are not tuned, by name.
        values: What is done to values before anything learns from them.
        stop_early: Whether a trial is stopped that is below the median of the others on a quarter of the users; by
            default from 1,000,000 interactions.
        confidence: Of the intervals.
        resamples: Of the bootstrap.
        seed: Of the search, of learning and of the intervals.
        progress: Called with (trials done, trials in all).
        clock: Tells seconds.

    Raises:
        InputError: A table is not as said, or a split leaves nothing to learn from or to find.
        PalateError: optuna is not installed (extra ``tuning``).
        SettingsError: A setting is out of range, or there is nothing to tune.
        UnknownNameError: There is no such recommender or measure.
    """
    check_counts(trials=trials)
    if seconds is not None:
        check_positive(seconds=seconds)
    wanted = parse_measure(measure) if isinstance(measure, str) else measure
    fixed = dict(settings or {})
    space = open_search(type(recommenders.create(name, fixed)), fixed)
    if not space:
        raise SettingsError(f"The recommender '{name}' has no setting left to tune.")
    name = recommenders.name_of(recommenders.get(name))
    texts = read_table(items, ITEMS) if items is not None and recommenders.get(name).needs_items else None
    table = read_table(interactions, INTERACTIONS)
    outer = split_interactions(table, split, future_share)
    features = {"users": user_features, "items": item_features, "separator": separator}
    validation = split_interactions(outer.past, split, future_share)
    inner = _described(hold_out(validation, texts, values, "validation"), features)
    early = len(outer.past) >= _STOP_EARLY_FROM if stop_early is None else stop_early
    budget = Budget(trials, seconds, early, clock)
    tried = search_settings(name, fixed, inner, wanted, budget=budget, seed=seed, progress=progress)
    untuned = tried[0]
    best = max((trial for trial in tried if trial.state != "stopped"), key=lambda trial: trial.value)
    test = _described(hold_out(outer, texts, values, "test"), features)
    chosen = [recommenders.create(name, {**fixed, **trial.settings}) for trial in (best, untuned)]
    found = [test.values(recommender, wanted, seed) for recommender in chosen]
    compare, nothing = PairedBootstrap(confidence, resamples).compare, np.zeros(len(test.users))
    return TunedRecommender(
        name,
        {**fixed, **best.settings},
        wanted,
        split,
        best.value,
        untuned.value,
        compare(found[0], nothing, seed).interval,
        compare(found[1], nothing, seed).interval,
        compare(found[0], found[1], seed).interval,
        len(test.users),
        _history(tried, list(space)),
        tuple(_notes(tried, best, space, budget, test)),
    )


def _described(data: HeldOut, features: Mapping[str, Any]) -> HeldOut:
    """Return a split whose past knows features of users and items."""
    return replace(data, past=with_features(data.past, **features))


def _history(tried: list[Trial], names: list[str]) -> pl.DataFrame:
    """Return a row a trial; the settings of the defaults are empty."""
    columns: dict[str, Any] = {
        "trial": range(len(tried)),
        "value": [trial.value for trial in tried],
        "state": [trial.state for trial in tried],
        "seconds": [round(trial.seconds, 3) for trial in tried],
    }
    columns |= {name: [trial.settings.get(name) for trial in tried] for name in names}
    return pl.DataFrame(columns, strict=False)


def _notes(
    tried: list[Trial], best: Trial, space: Mapping[str, SearchRange], budget: Budget, test: HeldOut
) -> list[str]:
    notes = []
    if best.state == "defaults":
        notes.append("no settings that were tried did better on the validation split than those untuned.")
    for name, wanted in space.items():
        if name in best.settings and _is_near_end(best.settings[name], wanted):
            notes.append(
                f"the best {name}, {_shown(best.settings[name])}, is at the end of what is searched"
                f" ({wanted.ends[0]:g} to {wanted.ends[-1]:g}): what lies beyond was not tried."
            )
    if budget.seconds is not None and len(tried) - 1 < budget.trials:
        notes.append(
            f"{len(tried) - 1:,} of {budget.trials:,} trials were run within {budget.seconds:g} seconds or are all there"
            " are; another machine may run others."
        )
    if test.without_past:
        notes.append(
            f"users of the test split without a past, of whom nothing is known, are not evaluated: {test.without_past:,}."
        )
    if test.repeated:
        notes.append(
            f"later interactions with items that the user had met before do not count: {test.repeated:,}."
        )
    return notes


def _is_near_end(value: Any, wanted: SearchRange) -> bool:
    if not isinstance(wanted, (NumberRange, WholeRange)):
        return False
    low, high, at = float(wanted.low), float(wanted.high), float(value)
    if wanted.log:
        low, high, at = np.log(low), np.log(high), np.log(at)
    return min(at - low, high - at) <= _NEAR_END * (high - low)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
