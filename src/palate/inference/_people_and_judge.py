"""Few labels of people on a random part, a model judge's on all: values without the judge's bias, and how sure they are.

The value is that of the judge's labels, read as how likely people give each grade, plus what the labels of people say is
wrong with it, weighted by 1 / inclusion. Where a value is a sum over items, this is the difference estimator of survey
sampling (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, section 6.3) and prediction-powered
inference (Angelopoulos et al., Science 2023); unbiased whatever the judge says. What the judge's labels mean is learnt on four fifths
of people's labels and corrected on the rest, in turn (cross-fitting: Zrnic and Candès, PNAS 2024). A power λ in [0, 1] mixes
it with the same estimator that does not see the judge's labels, so that a useless judge does no harm (PPI++, Angelopoulos, Duchi
and Zrnic, 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.core.randomness import Seed, generator
from palate.inference._sequential_logit import Factors, fit_grades
from palate.inference._unlabelled import Learnt, Targets, drawn_values, summed_values
from palate.inference.base import Interval

__all__ = [
    "FEWEST_LABELS",
    "Assisted",
    "Parts",
    "Sample",
    "Sides",
    "assisted_values",
    "judge_alone",
    "people_alone",
    "power_toward",
]

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

FOLDS = 5
FEWEST_LABELS = 20
"""Labels of people below which four fifths of them teach nothing and a fifth corrects nothing."""
_MIDDLE, _PRECISION = 0.5, 12.0
"""What is known of λ before there are labels: it is in [0, 1]. The mean and 1 / variance of the uniform distribution."""
_NOTHING = 1e-9
"""What rounding may leave of a share or a variance that is 0."""


@dataclass(frozen=True)
class Sample:
    """The labels of people.

    Args:
        items: Which items of the population, shape (n,), each once.
        labels: Code of the grade, from 0 for the lowest, shape (n,).
        inclusion: With what probability each was chosen, in (0, 1], shape (n,).
    """

    items: Codes
    labels: Codes
    inclusion: FloatArray


@dataclass(frozen=True)
class Assisted:
    """Estimates of the means over queries, one a target.

    Args:
        per_query: Estimate of every query's value, shape (n_targets, n_queries).
        errors: What the judge's value of the sample's items is off by, out of fold, shape (n_targets, n).
        inclusion: Of the sample's items, shape (n,).
        power: λ, a mean over folds.
    """

    per_query: FloatArray
    errors: FloatArray
    inclusion: FloatArray
    power: float

    @property
    def estimates(self) -> FloatArray:
        """The means over queries, shape (n_targets,)."""
        means: FloatArray = self.per_query.mean(axis=1)
        return means

    def only(self, one: int) -> Assisted:
        """Return one target alone."""
        return Assisted(self.per_query[[one]], self.errors[[one]], self.inclusion, self.power)

    def contrast(self, one: int, other: int) -> Assisted:
        """Return target ``one`` minus target ``other``."""
        return Assisted(
            (self.per_query[one] - self.per_query[other])[np.newaxis],
            (self.errors[one] - self.errors[other])[np.newaxis],
            self.inclusion,
            self.power,
        )

    def variances(self) -> tuple[FloatArray, FloatArray]:
        """Return the variance of the means that comes from which items people labelled, and its degrees of freedom.

        Hájek's for samples of fixed size (Annals of Mathematical Statistics 1964), of which the exact one for equal
        probabilities is a case; the degrees of freedom are Satterthwaite's (1946), with the fourth moment as it is found in
        place of the normal distribution's.
        """
        n_queries = self.per_query.shape[1]
        left = 1 - self.inclusion
        if not left.any():  # people labelled everything
            return np.zeros(len(self.errors)), np.full(len(self.errors), np.inf)
        weighted = self.errors / self.inclusion / n_queries
        centre = weighted @ left / left.sum()
        terms = left * (weighted - centre[:, np.newaxis]) ** 2
        n = max(int(np.count_nonzero(left)), 2)
        total = terms.sum(axis=1)
        uneven = ((terms - total[:, np.newaxis] / n) ** 2)[:, left > 0].sum(axis=1)
        freedom = np.divide(2 * total**2, uneven, out=np.full(len(total), n - 1.0), where=uneven > 0)
        return total * n / (n - 1), np.clip(freedom, 1.0, n - 1.0)

    def interval(self, target: int, confidence: float, *, of_these_queries: bool) -> Interval:
        """Return the estimate of one target with its bounds.

        Args:
            target: Which.
            confidence: In (0, 1).
            of_these_queries: Whether the truth is the mean over these queries; else over all queries that could have been
                asked, of at least two: the spread of the estimates between queries then holds both noises.
        """
        from scipy.special import stdtrit

        estimate = float(self.estimates[target])
        variances, freedoms = self.variances()
        variance, freedom = float(variances[target]), float(freedoms[target])
        n_queries = self.per_query.shape[1]
        if not of_these_queries:
            between = float(self.per_query[target].var(ddof=1)) / n_queries
            if between > variance:
                variance, freedom = between, n_queries - 1.0
        reach = float(stdtrit(freedom, (1 + confidence) / 2)) * variance**0.5 if variance else 0.0
        return Interval(estimate, estimate - reach, estimate + reach, confidence)


@dataclass(frozen=True)
class Parts:
    """What each fold adds: shapes (n_folds, n_targets, n_queries), (n_targets, n), (n,)."""

    per_query: FloatArray
    errors: FloatArray
    grade_errors: FloatArray


@dataclass(frozen=True)
class Sides:
    """The same values estimated in two ways.

    Args:
        assisted: By people and the judge, mixed by λ.
        alone: By people alone: with a judge that says the same of every item. It knows queries, where systems rank
            what, and how people's grades spread, but not the judge's labels.
    """

    assisted: Assisted
    alone: Assisted


def assisted_values(
    factors: Factors, targets: Targets, sample: Sample, seed: Seed = 0, alone: Parts | None = None
) -> Sides:
    """Return the targets' values by people and the judge, and by people alone.

    Args:
        factors: Of all items.
        targets: What to estimate.
        sample: At least ``FEWEST_LABELS`` labels of people.
        seed: Of the folds and of drawn grades.
        alone: What :func:`people_alone` found for the same seed, where several judges share it.
    """
    folds = _folds(sample, seed)
    with_judge = _by_fold(factors, targets, sample, folds, generator(seed, "with the judge"))
    if alone is None:
        alone = people_alone(factors, targets, sample, seed)
    powers = _powers(with_judge, alone, sample, folds)
    mixed = Parts(*(power * a + (1 - power) * b for power, a, b in _paired(powers, folds, with_judge, alone)))
    return Sides(
        _assisted(mixed, sample, float(powers.mean())),
        _assisted(alone, sample, 0.0),
    )


def judge_alone(factors: Factors, targets: Targets, sample: Sample, seed: Seed = 0) -> Assisted:
    """Return the values as the judge's labels foretell people's: λ is 1, and where systems rank the items is not seen."""
    blind = Factors(
        factors.judged, np.zeros_like(factors.bands), factors.queries, (factors.sizes[0], 1, factors.sizes[2])
    )
    found = _by_fold(blind, targets, sample, _folds(sample, seed), generator(seed, "the judge alone"))
    return _assisted(found, sample, 1.0)


def people_alone(factors: Factors, targets: Targets, sample: Sample, seed: Seed = 0) -> Parts:
    """Return what each fold adds where the judge says the same of every item."""
    blind = Factors(np.zeros_like(factors.judged), factors.bands, factors.queries, (1, *factors.sizes[1:]))
    return _by_fold(blind, targets, sample, _folds(sample, seed), generator(seed, "people alone"))


def _folds(sample: Sample, seed: Seed) -> Codes:
    folds: Codes = generator(seed, "folds").permutation(np.arange(len(sample.items)) % FOLDS)
    return folds


def _by_fold(
    factors: Factors, targets: Targets, sample: Sample, folds: Codes, rng: np.random.Generator
) -> Parts:
    of_sample = factors.of(sample.items)
    model = fit_grades(sample.labels, of_sample, folds != np.arange(FOLDS)[:, np.newaxis], len(targets.gains))
    n_queries = factors.sizes[2]
    errors = np.zeros((len(targets.weights), len(folds)))
    grade_errors = np.empty(len(folds))
    per_query = np.empty((FOLDS, len(targets.weights), n_queries))
    for fold in range(FOLDS):
        of_fold = folds == fold
        held = of_fold & (
            sample.inclusion < 1
        )  # what was sure to be drawn stands for itself alone: it is known
        known = np.full(len(factors.judged), -1)
        known[sample.items[~held]] = sample.labels[~held]
        learnt = Learnt(factors, model, fold, known, sample.items[held], sample.labels[held])
        if targets.ideal is None:
            value, error = summed_values(learnt, targets)
        else:
            value, error = drawn_values(learnt, targets, rng)
        # Of items outside the other folds, those in this one are a sample with this probability.
        inclusion = sample.inclusion[held] / (FOLDS - sample.inclusion[held] * (FOLDS - 1))
        queries = of_sample.queries[held]
        for target, off in enumerate(error):
            value[target] += np.bincount(queries, weights=off / inclusion, minlength=n_queries)
        per_query[fold], errors[:, held] = value, error
        shares = model.shares(fold)[of_sample.cells[of_fold], of_sample.queries[of_fold]]
        grade_errors[of_fold] = targets.gains[sample.labels[of_fold]] - shares @ targets.gains
    return Parts(per_query, errors, grade_errors)


def _powers(with_judge: Parts, alone: Parts, sample: Sample, folds: Codes) -> FloatArray:
    """Return λ of every fold, by the errors on the other folds: the least variance of the mixture.

    Where the judge changes little, or few labels bear on the measure, chance would set λ. So it is drawn to that of the grades
    themselves, and that to the middle, as far as each is unsure: what the judge's labels mean is shrunk already where they say
    nothing, and the middle then does no harm.
    """
    spread = (1 - sample.inclusion) / sample.inclusion**2 + 1e-12
    scale = np.maximum((spread * alone.errors**2).sum(axis=1, keepdims=True), 1e-300)
    powers = np.empty(FOLDS)
    for fold in range(FOLDS):
        rest = folds != fold
        found, precision = power_toward(
            alone.grade_errors[rest], with_judge.grade_errors[rest], np.ones(rest.sum())
        )
        general = (precision * found + _PRECISION * _MIDDLE) / (precision + _PRECISION)
        weights = (spread / scale)[:, rest].ravel()
        found, precision = power_toward(
            alone.errors[:, rest].ravel(), with_judge.errors[:, rest].ravel(), weights
        )
        precision /= len(alone.errors)  # targets share their items
        powers[fold] = (precision * found + _PRECISION * general) / (precision + _PRECISION)
    return np.clip(powers, 0.0, 1.0)


def power_toward(errors: FloatArray, assisted: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Return the power λ for which λ · ``assisted`` + (1 - λ) · ``errors`` varies least, and 1 / its variance.

    It is the slope of a regression through 0. The variance is HC3 of MacKinnon and White (Journal of Econometrics 1985): rows
    may vary unlike each other, and each is held against the slope of the others, so that a row that rules the slope
    makes it unsure.

    >>> power_toward(np.array([2.0, 0.0]), np.array([1.0, 1.0]), np.ones(2))
    (1.0, 0.5)
    """
    saved = errors - assisted
    pulls = weights * saved**2
    total = float(pulls.sum())
    if not total > 0:
        return 0.0, 0.0
    power = float((weights * errors * saved).sum()) / total
    others = 1 - pulls / total
    if others.min() < _NOTHING:
        return power, 0.0
    left = float(((weights * saved * (errors - power * saved) / others) ** 2).sum())
    return power, total**2 / max(left, _NOTHING * total**2)


def _paired(
    powers: FloatArray, folds: Codes, one: Parts, other: Parts
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    by_row = powers[folds]
    return [
        (powers[:, np.newaxis, np.newaxis], one.per_query, other.per_query),
        (by_row, one.errors, other.errors),
        (by_row, one.grade_errors, other.grade_errors),
    ]


def _assisted(parts: Parts, sample: Sample, power: float) -> Assisted:
    return Assisted(parts.per_query.mean(axis=0), parts.errors, sample.inclusion, power)
