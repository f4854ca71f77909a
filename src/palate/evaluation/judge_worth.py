"""What is a model judge worth beside people, before they are paid for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from palate.core.errors import InputError, SettingsError
from palate.core.frames import IntoTable
from palate.core.randomness import Seed, generator
from palate.core.resampling import check_resampling, middle_bounds
from palate.evaluation._assisted_targets import grade_targets
from palate.evaluation._self_preference import Favour, favours, shared_models
from palate.evaluation._sentences import between, signed
from palate.evaluation._two_judges import TwoJudges, read_two_judges
from palate.inference import Interval
from palate.inference._people_and_judge import Sides, assisted_values, judge_alone
from palate.measures import Measure, parse_measure

__all__ = ["JudgeLabel", "JudgeWorth", "Savings", "worth_of_judge"]

_RESAMPLES = 2000
_ENOUGH_QUERIES = 10
_NOT_SURE = 1 - 1e-6
"""A pilot of all items says of each what the judge would have saved had it not been sure to be drawn."""


@dataclass(frozen=True)
class JudgeLabel:
    """What people say where the judge says one label.

    Args:
        label: The judge's label.
        count: How many of the items have it that people labelled.
        grades: How often people gave each grade there, by grade.
        mean: Their mean grade with Student's interval, within the scale; the whole scale for fewer than two.
        bias: The judge's label minus that mean; None where it is no number on people's scale.
    """

    label: float
    count: int
    grades: Mapping[float, int]
    mean: Interval
    bias: float | None


@dataclass(frozen=True)
class Savings:
    """The worth in dollars, for a sample of one size.

    Args:
        price: Of a label of people.
        labels: How many labels of people are planned.
        cost: What they cost.
        equal_labels: How many labels of people without the judge tell as much.
        saved: What these would cost more; with its interval.
    """

    price: Decimal
    labels: int
    cost: Decimal
    equal_labels: int
    saved: tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class JudgeWorth:
    """How much a judge's labels save, and where they differ from people's.

    Args:
        measure: What is to be estimated: a measure of the runs, or ``mean grade``.
        labels: How many labels of people it rests on.
        queries: How many queries these belong to.
        correlation: Of what people's labels and the judge's say of an item's part of the measure, beyond what the query and
            the ranks say; the judge's labels are read as what people would say, learnt on other items.
        multiplier: 1 / (1 - r²): how many times as many labels people alone would need.
        resampled: What the intervals resample: ``queries``, or ``items`` where there are fewer than 10 queries.
        kappa: Quadratic kappa of the judge and people; None where their labels are not of one scale.
        by_label: One a label of the judge.
        favours: One a system.
        warnings: What speaks against the judge.
        savings: In dollars; None without a price.
        notes: What a reader must know beside the numbers.
    """

    measure: str
    labels: int
    queries: int
    correlation: Interval
    multiplier: Interval
    resampled: str
    kappa: Interval | None
    by_label: tuple[JudgeLabel, ...]
    favours: tuple[Favour, ...]
    warnings: tuple[str, ...]
    savings: Savings | None
    notes: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What it is worth, as people read it."""
        m, r = self.multiplier, self.correlation
        bounds = f"{100 * m.confidence:g}% CI {m.low:.2f} … {m.high:.2f}"
        if m.low <= 1:
            first = (
                f"It is not sure that the judge saves anything on {self.measure}: a label of people with it is worth {m.estimate:.2f} without"
                f" ({bounds}; r = {r.estimate:.2f})."
            )
        else:
            first = (
                f"With the judge, a label of people is worth {m.estimate:.2f} without it on {self.measure} ({bounds}; r ="
                f" {r.estimate:.2f}): {1 - 1 / m.estimate:.0%} fewer labels tell as much."
            )
        lines = [first]
        if self.savings is not None:
            s = self.savings
            saved, low, high = (f"{'−' if amount < 0 else ''}${abs(amount):,.2f}" for amount in s.saved)
            lines.append(
                f"{s.labels:,} labels at ${s.price} cost ${s.cost:,.2f} and tell as much as {s.equal_labels:,} without the judge:"
                f" {saved} saved ({100 * m.confidence:g}% CI {low} … {high})"
                ", less what the judge costs."
            )
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it: dollars as text, grades as text keys."""
        found = asdict(self)
        for row in found["by_label"]:
            row["grades"] = {f"{grade:g}": count for grade, count in row["grades"].items()}
        for row, favour in zip(found["favours"], self.favours, strict=True):
            row["alarming"] = favour.alarming
        if self.savings is not None:
            found["savings"] = {
                name: [str(x) for x in value]
                if isinstance(value, tuple)
                else str(value)
                if isinstance(value, Decimal)
                else value
                for name, value in asdict(self.savings).items()
            }
        return {**found, "sentences": self.sentences}


def worth_of_judge(
    human: IntoTable,
    model: IntoTable,
    *,
    runs: Any = None,
    measure: str | Measure = "nDCG@10",
    price: Decimal | str | float | None = None,
    labels: int | None = None,
    judge_model: str | None = None,
    system_models: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    seed: Seed = 0,
) -> JudgeWorth:
    """Return what a judge's labels save, from a pilot: some labels of people on items that the judge labelled too.

    Prediction-powered inference has the variance of people alone times 1 - r² (Angelopoulos et al., 2023; Särndal et al., 1992,
    section 6.3), r being the correlation of what either says of an item's part of the measure. Both sides
    are measured out of fold, by the estimators that ``evaluate_assisted`` uses.

    Args:
        human: As in :func:`palate.evaluation.evaluate_assisted`.
        model: Likewise.
        runs: The systems to be compared; without them the mean grade over all items is what is to be estimated.
        measure: Of the runs; with two systems or more it is their differences that count.
        price: What a label of people costs, dollars.
        labels: How many labels of people are planned; as many as there are by default.
        judge_model: The judge's model, such as ``gpt-4o``.
        system_models: The model that systems run on, by system.
        confidence: Of the intervals, in (0, 1).
        seed: Of folds, drawn grades and resamples.

    Raises:
        InputError: As for :func:`palate.evaluation.evaluate_assisted`.
        SettingsError: A setting is out of range, or ``system_models`` names no system of the runs.
    """
    check_resampling(_RESAMPLES, confidence)
    amount = _price(price, labels)
    judges = read_two_judges(human, model)
    systems, notes, factors, text = list[str](), list[str](), judges.factors, "mean grade"
    if runs is None:
        targets = grade_targets(factors, judges.grades)
    else:
        chosen = parse_measure(measure) if isinstance(measure, str) else measure
        systems, factors, targets, notes = judges.seen_by(runs, chosen)
        text = str(chosen) if len(systems) < 2 else f"differences in {chosen}"
    warnings = _model_warnings(judge_model, system_models or {}, systems)
    pilot = replace(judges.sample, inclusion=np.minimum(judges.sample.inclusion, _NOT_SURE))
    sides = assisted_values(factors, targets, pilot, seed)
    of_labels = factors.queries[judges.sample.items]
    correlation, multiplier, resampled = _multiplier(sides, of_labels, confidence, seed)
    favoured = (
        favours(judge_alone(factors, targets, pilot, seed), systems, of_labels, confidence)
        if len(systems) > 1
        else ()
    )
    warnings += [
        f"The judge favours '{one.system}' over the others by {signed(one.interval.estimate, one.interval)} on {measure}"
        f" beyond what people say ({100 * confidence:g}% CI {between(one.interval)})."
        for one in favoured
        if one.alarming
    ]
    kappa, of_kappa = _kappa(judges, confidence)
    n = len(judges.sample.items)
    return JudgeWorth(
        measure=text,
        labels=n,
        queries=len(np.unique(of_labels)),
        correlation=correlation,
        multiplier=multiplier,
        resampled=resampled,
        kappa=kappa,
        by_label=_by_label(judges, confidence),
        favours=favoured,
        warnings=tuple(warnings),
        savings=None if amount is None else _savings(amount, labels or n, multiplier),
        notes=(*judges.notes, *notes, *of_kappa),
    )


def _price(price: Decimal | str | float | None, labels: int | None) -> Decimal | None:
    if labels is not None and labels < 1:
        raise SettingsError(f"The labels planned must be a whole number from 1; it is {labels!r}.")
    if price is None:
        return None
    try:
        amount = Decimal(str(price))
    except ArithmeticError:
        amount = Decimal(-1)
    if not (amount.is_finite() and amount > 0):
        raise SettingsError(f"The price of a label must be dollars above 0, such as 0.05; it is {price!r}.")
    return amount


def _model_warnings(
    judge_model: str | None, system_models: Mapping[str, str], systems: list[str]
) -> list[str]:
    if not system_models:
        return []
    if judge_model is None:
        raise SettingsError(
            "To see whether the judge shares a model with a system, name the judge's model too."
        )
    unknown = [system for system in system_models if systems and system not in systems]
    if unknown:
        raise SettingsError(
            f"There is no system '{unknown[0]}' in the runs; there are: {', '.join(systems)}."
        )
    return shared_models(judge_model, system_models)


def _multiplier(
    sides: Sides, queries: npt.NDArray[np.int64], confidence: float, seed: Seed
) -> tuple[Interval, Interval, str]:
    """Return r, 1 / (1 - r²), and what was resampled: a ratio of sums of squared errors.

    Of several systems it is the errors of their differences from their mean that count.
    """
    spread = []
    for side in (sides.alone, sides.assisted):
        errors = side.errors - side.errors.mean(axis=0) if len(side.errors) > 1 else side.errors
        left = 1 - side.inclusion
        weighted = errors / side.inclusion
        centre = (weighted @ left / left.sum())[:, np.newaxis]
        spread.append((left * (weighted - centre) ** 2).sum(axis=0))
    asked = np.unique(queries, return_inverse=True)[1]
    resampled = "queries" if asked.max() + 1 >= _ENOUGH_QUERIES else "items"
    if resampled == "items":
        asked = np.arange(len(queries))
    sums = np.stack([np.bincount(asked, weights=terms) for terms in spread])
    if not sums[0].sum() > 0:
        raise InputError(
            "No label of people bears on the measure: the systems are alike there, or people labelled no item that"
            " counts. Ask for labels where the systems differ.",
            where="human",
        )
    n = sums.shape[1]
    drawn = generator(seed, "multiplier").multinomial(n, np.full(n, 1 / n), size=_RESAMPLES) @ sums.T
    draws = drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12 * sums[0].sum())
    estimate = float(sums[0].sum() / max(sums[1].sum(), 1e-12 * sums[0].sum()))
    low, high = middle_bounds(draws, confidence)
    correlation = Interval(_correlation(estimate), _correlation(low), _correlation(high), confidence)
    return correlation, Interval(estimate, low, high, confidence), resampled


def _correlation(multiplier: float) -> float:
    """Return the r of which 1 / (1 - r²) is the multiplier; 0 for multipliers below 1."""
    return float(np.sqrt(1 - 1 / max(multiplier, 1.0)))


def _kappa(judges: TwoJudges, confidence: float) -> tuple[Interval | None, list[str]]:
    from palate.agreement import CohenKappa

    people, judge = judges.human_grades, judges.judge_grades
    scale = np.unique(np.concatenate([people, judge]))
    if len(scale) > len(judges.grades) + 2:
        return None, [
            "The judge's labels are not of people's scale: there is no kappa, only what they foretell."
        ]
    tasks = np.arange(len(people))
    answers = pl.DataFrame(
        {
            "task": np.concatenate([tasks, tasks]),
            "annotator": np.repeat(["people", "judge"], len(tasks)),
            "label": np.concatenate([people, judge]).astype(str),
        }
    )
    found = CohenKappa(weighting="quadratic", confidence=confidence).measure(answers)
    if not np.isfinite([found.value, found.low, found.high]).all():
        return None, ["Kappa is not defined: the judge and people leave too few labels that differ."]
    return Interval(found.value, found.low, found.high, confidence), []


def _by_label(judges: TwoJudges, confidence: float) -> tuple[JudgeLabel, ...]:
    from scipy.special import stdtrit

    people, judge = judges.human_grades, judges.judge_grades
    if len(np.unique(judge)) > len(judges.grades) + 2:
        return ()
    found = []
    for label in np.unique(judge):
        given = people[judge == label]
        n, mean = len(given), float(given.mean())
        reach = np.inf
        if n > 1:
            reach = float(stdtrit(n - 1, (1 + confidence) / 2) * given.std(ddof=1) / n**0.5)
        low, high = max(mean - reach, float(judges.grades[0])), min(mean + reach, float(judges.grades[-1]))
        on_scale = judges.grades[0] <= label <= judges.grades[-1]
        found.append(
            JudgeLabel(
                float(label),
                n,
                {float(grade): int((given == grade).sum()) for grade in judges.grades},
                Interval(mean, low, high, confidence),
                float(label) - mean if on_scale else None,
            )
        )
    return tuple(found)


def _savings(price: Decimal, labels: int, multiplier: Interval) -> Savings:
    def saved(times: float) -> Decimal:
        return (price * labels * (Decimal(str(times)) - 1)).quantize(Decimal("0.01"))

    return Savings(
        price,
        labels,
        price * labels,
        round(labels * multiplier.estimate),
        (saved(multiplier.estimate), saved(multiplier.low), saved(multiplier.high)),
    )
