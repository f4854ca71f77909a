"""Does a model judge favour a system, and does it share a model with one?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palate.inference import Interval
from palate.inference._people_and_judge import Assisted

__all__ = ["Favour", "favours", "shared_models"]

_FEWEST_QUERIES = 5


@dataclass(frozen=True)
class Favour:
    """How far a judge's labels put a system above the others, beyond what people's labels do.

    Args:
        system: The system.
        interval: The judge's value of the system minus people's, less the mean of that over the other systems. What
            the judge's labels mean is learnt from people first, so a judge that is mild to all favours none. The
            confidence is that of all systems together (Bonferroni).
        lead: How far the judge itself puts the system above the mean of the others.
        queries: How many queries it rests on.
    """

    system: str
    interval: Interval
    lead: float
    queries: int

    @property
    def alarming(self) -> bool:
        """Whether the judge puts the system above the others, and does so more than people by more than chance.

        A judge that sees less than people finds all systems nearer to each other than they do; a worse system that it puts
        nearer to the better ones is no alarm.
        """
        return self.interval.low > 0 and self.lead > 0


def favours(
    judge: Assisted, systems: list[str], queries: npt.NDArray[np.int64], confidence: float
) -> tuple[Favour, ...]:
    """Return how far the judge favours each of at least two systems; none where people labelled fewer than 5 queries.

    Queries are independent, labels of one query are not: Student's interval over the sums of queries.

    Args:
        judge: What the judge's values are off by.
        systems: The targets.
        queries: Of people's labels, codes, shape (n,).
        confidence: That no system is wrongly said to be favoured, in (0, 1).
    """
    from scipy.special import stdtrit

    asked = np.unique(queries, return_inverse=True)[1]
    n = int(asked.max()) + 1
    if len(systems) < 2 or n < _FEWEST_QUERIES:
        return ()
    excess = -judge.errors / judge.inclusion / judge.per_query.shape[1]
    others = (excess.sum(axis=0) - excess) / (len(systems) - 1)
    leads = (judge.estimates - judge.estimates.mean()) * len(systems) / (len(systems) - 1)
    reach = float(stdtrit(n - 1, 1 - (1 - confidence) / (2 * len(systems))))
    found = []
    for system, terms, lead in zip(systems, excess - others, leads, strict=True):
        sums = np.bincount(asked, weights=terms, minlength=n)
        estimate, error = float(sums.sum()), float(sums.std(ddof=1)) * n**0.5
        interval = Interval(estimate, estimate - reach * error, estimate + reach * error, confidence)
        found.append(Favour(system, interval, float(lead) + estimate, n))
    return tuple(found)


def shared_models(judge_model: str, system_models: Mapping[str, str]) -> list[str]:
    """Return a warning for every system that runs on the judge's model, or on one whose name begins alike.

    >>> shared_models("GPT-4o", {"a": "gpt-4o-mini", "b": "llama-3-70b"})
    ["The judge GPT-4o and the system 'a' (gpt-4o-mini) seem to be of one family of models: a judge tends to prefer what its own kind writes. Take another judge, or look at what people say of 'a'."]
    """
    warnings = []
    for system, model in system_models.items():
        if _plain(model) == _plain(judge_model):
            how = "are the same model"
        elif _family(model) == _family(judge_model):
            how = "seem to be of one family of models"
        else:
            continue
        warnings.append(
            f"The judge {judge_model} and the system '{system}' ({model}) {how}: a judge tends to prefer what its own kind"
            f" writes. Take another judge, or look at what people say of '{system}'."
        )
    return warnings


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().rpartition("/")[2])


def _family(name: str) -> str:
    """Return the letters that a model's name begins with, without its maker: ``openai/gpt-4o`` is ``gpt``."""
    found = re.match(r"[a-z]+", name.casefold().rpartition("/")[2])
    return found.group() if found else name.casefold()
