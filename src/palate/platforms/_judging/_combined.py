"""From the replies about a task to one answer: samples counted, both orders of a pair brought together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from palate.platforms._judging._questions import TURNED
from palate.platforms._judging._replies import Reply

__all__ = ["Combine", "Found", "combined", "turned_back"]

Combine = Literal["consistent", "averaged"]
_CLOSE = 1e-9


@dataclass(frozen=True)
class Found:
    """A task's answer.

    Args:
        label: The label; None where there is none.
        problem: Why there is none.
        shares: The labels' probabilities: of every sample by the log probabilities where given, else the label that it named;
            the mean of these. Empty where no sample named a label.
        consistent: Of pairs, whether both orders named the same side; None where not both did, or for other tasks.
    """

    label: str | None
    problem: str = ""
    shares: Mapping[str, float] | None = None
    consistent: bool | None = None


def turned_back(reply: Reply) -> Reply:
    """Return the reply to a pair with its sides exchanged in terms of the pair as it is."""
    shares = None if reply.shares is None else {TURNED.get(one, one): p for one, p in reply.shares.items()}
    label = None if reply.label is None else TURNED.get(reply.label, reply.label)
    return Reply(label, reply.problem, shares)


def combined(orders: Sequence[Sequence[Reply]], combine: Combine, tie: str | None) -> Found:
    """Return the answer of a task.

    Args:
        orders: The samples of each order that was asked, one or two; turned back.
        combine: Whether orders that name different sides make a tie (or nothing, where there is none), or their mean
            probabilities decide.
        tie: The label of a tie, if there is one.
    """
    found = [_sampled(samples) for samples in orders]
    if len(found) == 1:
        return found[0]
    one, other = found
    if one.label is None or other.label is None:
        return one if one.label is None else other
    shares = _mean([one.shares or {}, other.shares or {}])
    same = one.label == other.label
    if same:
        return Found(one.label, "", shares, consistent=True)
    if combine == "averaged":
        best = _best(shares)
        if len(best) == 1:
            return Found(best[0], "", shares, consistent=False)
    if tie is not None and {one.label, other.label} <= {"left", "right", tie}:
        return Found(tie, "", shares, consistent=False)
    return Found(None, "changes with the order of sides", shares, consistent=False)


def _sampled(samples: Sequence[Reply]) -> Found:
    """Return the label that most samples named; among several, the most probable, where that is one."""
    named = [reply for reply in samples if reply.label is not None]
    if not named:
        problems = Counter(reply.problem for reply in samples)
        return Found(None, max(problems, key=lambda one: (problems[one], one)))
    shares = _mean([reply.shares or {str(reply.label): 1.0} for reply in named])
    counts = Counter(str(reply.label) for reply in named)
    most = max(counts.values())
    leading = [label for label in counts if counts[label] == most]
    best = _best({label: shares.get(label, 0.0) for label in leading})
    if len(best) > 1:
        return Found(None, "samples are tied", shares)
    return Found(best[0], "", shares)


def _mean(given: Sequence[Mapping[str, float]]) -> dict[str, float]:
    labels = sorted({label for one in given for label in one})
    return {label: sum(one.get(label, 0.0) for one in given) / len(given) for label in labels}


def _best(shares: Mapping[str, float]) -> list[str]:
    most = max(shares.values())
    return [label for label, share in shares.items() if share >= most - _CLOSE]
