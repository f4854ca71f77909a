"""Estimates of a measure's values from items drawn with known inclusion probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from palate.evaluation._ranked_items import RankedItems
from palate.evaluation._weighted_sums import Form
from palate.inference._survey import SampledItems

__all__ = ["Estimator", "SystemValues", "estimate_values", "plain_values"]

FloatArray = npt.NDArray[np.float64]
Estimator = Literal["hajek", "horvitz_thompson"]

_BLOCK = 1 << 20
"""Items in the copies of a sample that are looked at in one go."""


@dataclass(frozen=True)
class SystemValues:
    """One system's estimated values.

    An estimate may lie outside the bounds of its measure, as no truth can: cutting it off would make means wrong.

    Args:
        values: float64, shape (n_queries,).
        counted: float64, shape (n_queries,): the same, with what each query lends to those without a drawn item within the
            cutoff counted where it comes from: their mean is that of ``values``, and their scatter tells how sure it is.
        amounts: float64, shape (n_items,): what each sampled item adds to its query's value, linearized (Taylor series;
            Särndal, Swensson and Wretman, 1992, section 5.5), from which variances follow.
        covered: float64, shape (n_queries,): for which share of the rank weights the sample stands; 1 on average where
            the sampler could take all that the system ranks within the cutoff.
        blind: bool, shape (n_queries,): whether no item within the cutoff was drawn although the system ranks some.
    """

    values: FloatArray
    counted: FloatArray
    amounts: FloatArray
    covered: FloatArray
    blind: npt.NDArray[np.bool_]


def estimate_values(
    form: Form, system: RankedItems, grades: FloatArray, items: SampledItems, estimator: Estimator
) -> SystemValues:
    """Return a system's values estimated from sampled judgments.

    Horvitz and Thompson's estimate of the weighted sum is the sum over the sample of weight × gain / inclusion. Hájek's
    divides it by the same sum without gains and multiplies it by what that is known to be, the weights of all ranks that
    the system fills: it errs less where gains are alike, is exact where they are all the same, and has a bias that vanishes
    with the number of items drawn. A query without a drawn item within the cutoff gets the ratio of all queries together.

    Recall divides Horvitz and Thompson's sum by the estimated number of relevant items, nDCG by the best sum of the
    estimated numbers of items of each gain, whichever estimator is chosen. Both are consistent, not unbiased: with few
    items a query the divisor is uncertain. A jackknife over items takes most of that bias away (Quenouille, Biometrika
    1956; each item counts with 1 - inclusion, as those that were certain bring no bias).
    """
    plain = plain_values(form, system, grades, items, estimator)
    if form.share_of == "nothing":
        return plain
    corrected = plain.values + _jackknife(form, system, grades, items, plain.values)
    return replace(plain, values=corrected, counted=corrected)


def plain_values(
    form: Form, system: RankedItems, grades: FloatArray, items: SampledItems, estimator: Estimator
) -> SystemValues:
    """Return ``estimate_values`` before a jackknife."""
    gains = form.gains(grades)
    seen = form.at(system.ranks)
    found = seen * gains
    found_total, seen_total = items.totals(found), items.totals(seen)
    known = form.sums(system.n_ranked)
    blind = (known > 0) & (seen_total <= 0)
    covered = np.divide(seen_total, known, out=np.ones_like(known), where=known > 0)
    values, amounts = found_total, found
    if form.share_of != "nothing":
        whole, parts = (
            (items.totals(gains), gains) if form.share_of == "relevant" else _ideal(form, gains, items)
        )
        values = np.divide(values, whole, out=np.zeros_like(whole), where=whole > 0)
        inverse = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)
        amounts = (amounts - values[items.queries] * parts) * inverse[items.queries]
    elif estimator == "hajek":
        of_all = found_total.sum() / seen_total.sum() if seen_total.any() else 0.0
        ratio = np.divide(found_total, seen_total, out=np.full_like(known, of_all), where=seen_total > 0)
        scale = np.divide(known, seen_total, out=np.zeros_like(known), where=seen_total > 0)
        values = known * ratio
        lent = known[blind].sum() / max(float(seen_total.sum()), 1e-300)
        amounts = scale[items.queries] * (found - ratio[items.queries] * seen) + lent * (
            found - of_all * seen
        )
        counted = values + lent * (found_total - of_all * seen_total)
        return SystemValues(values, counted, amounts, covered, blind)
    return SystemValues(values, values, amounts, covered, blind)


def _jackknife(
    form: Form, system: RankedItems, grades: FloatArray, items: SampledItems, values: FloatArray
) -> FloatArray:
    """Return what leaving out one item after the other says must be added to each query's value."""
    strata = items.queries if items.strata is None else items.strata
    uncertain = items.inclusion < 1.0
    drawn = np.bincount(strata[uncertain], minlength=int(strata.max(initial=-1)) + 1)[strata]
    left_out = np.flatnonzero(uncertain & (drawn >= 2))
    starts = np.searchsorted(items.queries, np.arange(items.n_queries))
    sizes = np.bincount(items.queries, minlength=items.n_queries)
    correction = np.zeros(items.n_queries)
    blocks = np.cumsum(sizes[items.queries[left_out]]) // _BLOCK
    for block in np.split(left_out, np.flatnonzero(np.diff(blocks)) + 1):
        # Each item left out makes a query of its own, of all others of its query.
        queries = items.queries[block]
        copies = np.repeat(np.arange(len(block)), sizes[queries])
        before = np.repeat(np.cumsum(sizes[queries]) - sizes[queries], sizes[queries])
        rows = starts[queries][copies] + np.arange(len(copies)) - before
        others = rows != block[copies]
        copies, rows = copies[others], rows[others]
        together = (strata[rows] == strata[block][copies]) & uncertain[rows]
        n = drawn[block]
        inclusion = items.inclusion[rows] * np.where(together, ((n - 1) / n)[copies], 1.0)
        ranked = RankedItems(system.ranks[rows], system.n_ranked[queries])
        without = plain_values(
            form, ranked, grades[rows], SampledItems(copies, inclusion, len(block)), "horvitz_thompson"
        )
        part = (1.0 - items.inclusion[block]) * (values[queries] - without.values) * (n - 1) / n
        correction += np.bincount(queries, part, items.n_queries)
    return correction


def _ideal(form: Form, gains: FloatArray, items: SampledItems) -> tuple[FloatArray, FloatArray]:
    """Return each query's best sum, and by how much each sampled item raises it.

    An item stands for 1 / inclusion items. In the order of gains they fill ranks, parts of ranks too: the best sum is
    that of gain × the weight of the stretch of ranks that an item's share fills.
    """
    order = np.lexsort((-gains, items.queries))
    queries, gain = items.queries[order], gains[order]
    stands_for = 1.0 / items.inclusion[order]
    ends = np.cumsum(stands_for)
    before = np.concatenate([[0.0], ends])[np.searchsorted(queries, np.arange(items.n_queries))]
    ends = ends - before[queries]
    starts = np.maximum(ends - stands_for, 0.0)
    ideal = np.bincount(queries, gain * (_stretch(form, ends) - _stretch(form, starts)), items.n_queries)
    follows = np.append(queries[1:] == queries[:-1], False)
    falls = gain - np.where(follows, np.append(gain[1:], 0.0), 0.0)
    steps = falls * form.at(np.floor(ends + 1e-9).astype(np.int64) + 1)  # the weight of the next rank
    later = np.cumsum(steps[::-1])[::-1]
    last = np.searchsorted(queries, queries, side="right")
    raises = later - np.append(later, 0.0)[last]
    amounts = np.empty_like(gains)
    amounts[order] = raises
    return ideal.astype(np.float64, copy=False), amounts


def _stretch(form: Form, filled: FloatArray) -> FloatArray:
    """Return the weight of the ranks up to this many, of which the last may be filled in part."""
    deepest = int(np.ceil(filled.max(initial=0.0))) + 1
    if form.cutoff is not None:
        deepest = min(deepest, form.cutoff)
    sums = np.concatenate([[0.0], np.cumsum(form.at(np.arange(1, deepest + 1)))])
    return np.asarray(np.interp(filled, np.arange(deepest + 1), sums), dtype=np.float64)
