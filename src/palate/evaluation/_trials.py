"""The search for the settings of a recommender that do best on a validation split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from palate.core.extras import needed
from palate.core.progress import Progress
from palate.core.randomness import generator
from palate.evaluation._held_out import FloatArray, HeldOut
from palate.measures import Measure
from palate.recommend import Choice, NumberRange, Recommender, WholeRange, recommenders
from palate.recommend._search import SearchRange

__all__ = ["Budget", "Trial", "open_search", "search_settings"]

_SHARE = 0.25
"""Of the users, on whom a trial must show first that it is worth being run on all."""

_PATIENCE = 5
"""Trials that are run to their end before others may be stopped early."""

_DIGITS = 4
"""Significant digits of tried numbers: finer ones change nothing and read badly."""


@dataclass(frozen=True)
class Trial:
    """Settings that were tried.

    Args:
        settings: By name; the others at their defaults.
        value: Mean of the measure over the users of the validation split; of a stopped trial, over a part of them.
        state: ``defaults``, ``done``, ``repeated`` (settings of an earlier trial) or ``stopped``.
        seconds: What learning and valuing took, by the clock.
    """

    settings: Mapping[str, Any]
    value: float
    state: Literal["defaults", "done", "repeated", "stopped"]
    seconds: float


@dataclass(frozen=True)
class Budget:
    """When a search ends, and whether it stops poor trials early.

    Args:
        trials: The most trials, beside that of the defaults.
        seconds: After which no further trial begins; None: all trials.
        stop_early: Whether a trial is stopped that is below the median of the others on a quarter of the users.
        clock: Tells seconds.
    """

    trials: int
    seconds: float | None
    stop_early: bool
    clock: Callable[[], float]


@dataclass(frozen=True)
class _Examined:
    """A recommender's settings, valued on the validation split and on a part of it."""

    name: str
    fixed: Mapping[str, Any]
    whole: HeldOut
    part: HeldOut | None
    measure: Measure
    seed: int

    def values(self, found: Mapping[str, Any], *, on_part: bool = False) -> FloatArray:
        recommender = recommenders.create(self.name, {**self.fixed, **found})
        data = self.part if on_part and self.part is not None else self.whole
        return data.values(recommender, self.measure, self.seed)


def search_settings(
    name: str,
    fixed: Mapping[str, Any],
    data: HeldOut,
    measure: Measure,
    *,
    budget: Budget,
    seed: int,
    progress: Progress,
) -> list[Trial]:
    """Try the settings untuned, then others, each chosen by what the earlier ones brought (tree-structured Parzen estimators; Bergstra et al., 2011).

    Args:
        name: The recommender's.
        fixed: Settings that are not tuned.
        data: The validation split. Nothing else is looked at.
        measure: Whose mean is to be as high as possible.
        budget: When to end.
        seed: Of the search and of learning.
        progress: Called with (trials done, trials in all).

    Raises:
        PalateError: optuna is not installed.
    """
    optuna = needed("optuna", extra="tuning", for_="Tuning")
    space = open_search(recommenders.get(name), fixed)
    part = data.part(_SHARE, seed) if budget.stop_early and len(data.users) * _SHARE >= 2 else None
    if part is not None and part.judgments.is_empty():
        part = None
    examined = _Examined(name, fixed, data, part, measure, seed)
    study = _quiet_study(optuna, generator(seed, "tuning", "search"))
    distributions = {setting: _distribution(optuna, wanted) for setting, wanted in space.items()}
    wanted = min(budget.trials, _combinations(list(space.values())))
    start = budget.clock()
    untuned = float(examined.values({}).mean())
    trials = [Trial({}, untuned, "defaults", budget.clock() - start)]
    known = _tell_defaults(optuna, study, recommenders.create(name, fixed), distributions, untuned)
    while len(trials) <= wanted and (budget.seconds is None or budget.clock() - start < budget.seconds):
        asked = study.ask(distributions)
        settings = {setting: _rounded(asked.params[setting], space[setting]) for setting in space}
        trial = _run(asked, settings, examined, known, budget.clock)
        study.tell(asked, None if trial.state == "stopped" else trial.value, _state(optuna, trial))
        trials.append(trial)
        progress(len(trials) - 1, wanted)
    return trials


def open_search(method: type[Recommender], fixed: Mapping[str, Any]) -> dict[str, SearchRange]:
    """Return what is to be tuned: what the recommender declares, less what is fixed."""
    return {name: wanted for name, wanted in method.search.items() if name not in fixed}


def _run(
    asked: Any,
    settings: Mapping[str, Any],
    examined: _Examined,
    known: dict[tuple[Any, ...], float],
    clock: Callable[[], float],
) -> Trial:
    key = tuple(settings.values())
    if key in known:
        return Trial(settings, known[key], "repeated", 0.0)
    start = clock()
    if examined.part is not None:
        first = float(examined.values(settings, on_part=True).mean())
        asked.report(first, 0)
        if asked.should_prune():
            return Trial(settings, first, "stopped", clock() - start)
    known[key] = float(examined.values(settings).mean())
    return Trial(settings, known[key], "done", clock() - start)


def _quiet_study(optuna: Any, rng: np.random.Generator) -> Any:
    """Return a study that raises a value and prints nothing."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=int(rng.integers(2**31))),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_PATIENCE),
        )
    finally:
        optuna.logging.set_verbosity(level)


def _tell_defaults(
    optuna: Any, study: Any, untuned: Recommender, distributions: Mapping[str, Any], value: float
) -> dict[tuple[Any, ...], float]:
    """Let the search know what the settings untuned brought, if they are in its ranges; return them as known."""
    settings = {name: getattr(untuned, name) for name in distributions}
    inside = (
        setting in wanted.choices if hasattr(wanted, "choices") else wanted.low <= setting <= wanted.high
        for setting, wanted in zip(settings.values(), distributions.values(), strict=True)
    )
    if not all(inside):
        return {}
    create = optuna.trial.create_trial
    study.add_trial(create(params=settings, distributions=dict(distributions), value=value))
    return {tuple(settings.values()): value}


def _distribution(optuna: Any, wanted: SearchRange) -> Any:
    match wanted:
        case WholeRange():
            return optuna.distributions.IntDistribution(wanted.low, wanted.high, log=wanted.log)
        case NumberRange():
            return optuna.distributions.FloatDistribution(wanted.low, wanted.high, log=wanted.log)
        case Choice():
            return optuna.distributions.CategoricalDistribution(wanted.values)


def _rounded(value: Any, wanted: SearchRange) -> Any:
    """Return a tried value; numbers to a few digits, within the range."""
    if not isinstance(wanted, NumberRange):
        return value
    return min(max(float(f"{value:.{_DIGITS}g}"), wanted.low), wanted.high)


def _combinations(space: Sequence[SearchRange]) -> int:
    """Return how many different settings there are, at most a million."""
    count = 1
    for wanted in space:
        match wanted:
            case WholeRange():
                count *= wanted.high - wanted.low + 1
            case NumberRange():
                return 1_000_000
            case Choice():
                count *= len(wanted.values)
    return min(count, 1_000_000)


def _state(optuna: Any, trial: Trial) -> Any:
    states = optuna.trial.TrialState
    return states.PRUNED if trial.state == "stopped" else states.COMPLETE
