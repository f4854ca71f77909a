"""Annotators' histories as quality rules read them, held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from palate.quality.rules import (
    AcceptedPages,
    AttentionAnswer,
    CheckedAnswer,
    Income,
    Need,
    PageEnd,
    PageReview,
    PageTime,
    Revocation,
    TrainingAnswer,
    Vote,
)

__all__ = ["NOW", "Facts", "dollars", "histories", "records"]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

_WITHOUT_ID: dict[type[Any], st.SearchStrategy[Any]] = {
    AcceptedPages: st.builds(AcceptedPages, id=st.just(0), pages=st.integers(0, 50)),
    AttentionAnswer: st.builds(AttentionAnswer, id=st.just(0)),
    CheckedAnswer: st.builds(CheckedAnswer, id=st.just(0), training=st.booleans()),
    Income: st.builds(
        Income,
        id=st.just(0),
        amount=st.decimals(0, 20, places=2),
        at=st.integers(0, 48 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    ),
    PageEnd: st.builds(PageEnd, id=st.just(0)),
    PageReview: st.builds(PageReview, id=st.just(0), page=st.sampled_from("abcdefgh")),
    PageTime: st.builds(PageTime, id=st.just(0), seconds=st.floats(0.1, 600)),
    Revocation: st.builds(Revocation, id=st.just(0)),
    TrainingAnswer: st.builds(TrainingAnswer, id=st.just(0), page=st.sampled_from("abc")),
    Vote: st.sampled_from(["x", "y"]).flatmap(
        lambda label: st.builds(
            Vote,
            id=st.just(0),
            label=st.just(label),
            counts=st.fixed_dictionaries({"x": st.integers(1, 4), "y": st.integers(1, 4)}),
        )
    ),
}


@dataclass(frozen=True)
class Facts:
    """All that happened to an annotator; what a need describes is searched among it.

    Args:
        everything: Records of any kind, sorted by id.
        annotator: Whom they are about.
        now: The moment of the look.
    """

    everything: Sequence[Any]
    annotator: str = "ann"
    now: datetime = NOW

    def history(self, need: Need) -> Sequence[Any]:
        """Return the records that ``need`` describes."""
        found = [record for record in self.everything if isinstance(record, need.record)]
        if need.seconds is not None:
            found = [r for r in found if r.at > self.now - timedelta(seconds=need.seconds)]
        if need.answers is not None:
            found = [r for r in found if sum(r.counts.values()) >= need.answers]
        return found if need.size is None else found[-need.size :]


def records(kind: type[Any], *values: Any) -> list[Any]:
    """Return records of one kind with the ids 1, 2, …; each value fills what follows the id."""
    made = (value if isinstance(value, tuple) else (value,) for value in values)
    return [kind(n, *value) for n, value in enumerate(made, 1)]


@st.composite
def histories(draw: st.DrawFn, most: int = 25) -> list[Any]:
    """Return records of all kinds with growing ids."""
    kinds = draw(st.lists(st.sampled_from(list(_WITHOUT_ID)), max_size=most))
    steps = draw(st.lists(st.integers(1, 5), min_size=len(kinds), max_size=len(kinds)))
    found, last = [], 0
    for kind, step in zip(kinds, steps, strict=True):
        last += step
        found.append(replace(draw(_WITHOUT_ID[kind]), id=last))
    return found


def dollars(text: str, hours_ago: float = 1) -> tuple[Decimal, datetime]:
    """Return what an income record holds beside its id."""
    return Decimal(text), NOW - timedelta(hours=hours_ago)
