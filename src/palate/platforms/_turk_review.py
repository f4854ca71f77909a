"""Review what came back from MTurk: approve, or reject and ask somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from palate.core.hashing import hash_json
from palate.platforms._memory import Memory
from palate.platforms._posted import Standing, collected
from palate.platforms._questions import Questions
from palate.platforms._right import golden_counts
from palate.platforms._turk_calls import Calls, TurkRefusedError
from palate.platforms._turk_page import answers_in
from palate.platforms.base import Pool

__all__ = ["Review", "Reviewed", "reviewed"]

_MOST_EXTENDED = 9
"""Assignments beyond which a HIT that was made for fewer cannot be extended."""


@dataclass(frozen=True)
class Review:
    """What is reviewed.

    Args:
        calls: To MTurk.
        pool: What was asked.
        questions: The same, as it was shown.
        memory: What is remembered of it.
        mark: Of the pool.
    """

    calls: Calls
    pool: Pool
    questions: Questions
    memory: Memory
    mark: str


@dataclass(frozen=True)
class Sent:
    """One page that somebody sent."""

    number: int
    assignment: str
    annotator: str
    status: str
    seconds: float
    submitted_at: float
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Reviewed:
    """The approved pages.

    Args:
        review: What was reviewed.
        approved: The pages.
        rejected: How often each page of the pool was rejected.
        fee: Of a page.
    """

    review: Review
    approved: tuple[Sent, ...]
    rejected: tuple[int, ...]
    fee: Decimal

    def standing(self, bonuses: Decimal) -> Standing:
        """Return how far the pool is; ``bonuses`` were paid on top, with fees."""
        pool, golden = self.review.pool, self.review.questions.golden
        pages = self.review.memory.get("pages")
        rows = [
            (
                task,
                sent.annotator,
                label,
                sent.seconds / len(pages[sent.number]),
                sent.submitted_at,
                sent.assignment,
            )
            for sent in self.approved
            for task, label in sent.labels.items()
        ]
        had = [0] * len(pages)
        for sent in self.approved:
            had[sent.number] += 1
        sizes = [sum(task not in golden for task in page) for page in pages]
        return Standing(
            collected(
                rows,
                pool,
                pages=len(self.approved),
                cost=len(self.approved) * (pool.reward + self.fee) + bonuses,
            ),
            answers=sum(min(n, pool.overlap) * size for n, size in zip(had, sizes, strict=True)),
            wanted=pool.overlap * sum(sizes),
            done=all(n >= self._wanted(number) for number, n in enumerate(had)),
            waiting_for="People on MTurk go on with the others; pages whose time is over are offered again.",
        )

    def _wanted(self, number: int) -> int:
        """Return how many approved answers a page can get: fewer than wanted if MTurk extends it no further."""
        added = int(self.review.memory.get("added", {}).get(str(number), 0))
        return self.review.pool.overlap + min(0, added - self.rejected[number])


def reviewed(review: Review, *, least_right: float, fee: Decimal) -> Reviewed:
    """Return the approved pages, after those that wait were approved, or rejected and asked anew."""
    sent = _all_sent(review)
    golden = golden_counts(((page.annotator, page.labels) for page in sent), review.questions.golden)
    approved, rejected = [], [0] * len(review.memory.get("pages"))
    for page in sent:
        bad = golden[page.annotator].is_below(least_right)
        if page.status == "Submitted":
            _decide(review.calls, page, approve=not bad)
        if page.status == "Approved" or (page.status == "Submitted" and not bad):
            approved.append(page)
        else:
            rejected[page.number] += 1
    for number, count in enumerate(rejected):
        _ask_anew(review, number, count)
    noted = review.memory.get("approved", {})
    new = {page.annotator: page.assignment for page in reversed(approved) if page.annotator not in noted}
    if new:
        review.memory.note_in("approved", new)
    return Reviewed(review, tuple(approved), tuple(rejected), fee)


def _all_sent(review: Review) -> list[Sent]:
    pages = review.memory.get("pages")
    found = []
    for number, hit in sorted(review.memory.get("hits", {}).items(), key=lambda entry: int(entry[0])):
        listed = review.calls.pages(
            "list_assignments_for_hit",
            "Assignments",
            HITId=hit,
            AssignmentStatuses=["Submitted", "Approved", "Rejected"],
        )
        found += [_sent(one, int(number), pages[int(number)], review.questions) for one in listed]
    return sorted(found, key=lambda page: (page.submitted_at, page.assignment))


def _sent(one: Mapping[str, Any], number: int, page: list[str], questions: Questions) -> Sent:
    return Sent(
        number,
        one["AssignmentId"],
        one["WorkerId"],
        one["AssignmentStatus"],
        (one["SubmitTime"] - one["AcceptTime"]).total_seconds(),
        one["SubmitTime"].timestamp(),
        answers_in(one.get("Answer", ""), page, questions, seed=str(number)),
    )


def _decide(calls: Calls, page: Sent, *, approve: bool) -> None:
    try:
        if approve:
            calls("approve_assignment", AssignmentId=page.assignment)
        else:
            feedback = "Too many answers to questions whose answer is known were wrong."
            calls("reject_assignment", AssignmentId=page.assignment, RequesterFeedback=feedback)
    except TurkRefusedError as error:
        if "InvalidAssignmentState" not in error.code:  # MTurk approved it by itself meanwhile
            raise


def _ask_anew(review: Review, number: int, rejected: int) -> None:
    """Have a page answered by as many more people as were rejected, as far as MTurk extends it."""
    overlap = review.pool.overlap
    most = rejected if overlap > _MOST_EXTENDED else _MOST_EXTENDED - overlap
    added = review.memory.get("added", {}).get(str(number), 0)
    more = min(rejected, most) - added
    if more <= 0:
        return
    try:
        review.calls(
            "create_additional_assignments_for_hit",
            HITId=review.memory.get("hits")[str(number)],
            NumberOfAdditionalAssignments=more,
            UniqueRequestToken=hash_json([review.mark, "more", number, added + more]),
        )
    except TurkRefusedError as error:
        if "AlreadyExists" not in error.code and "Duplicate" not in error.code:
            raise
    review.memory.note_in("added", {str(number): added + more})
