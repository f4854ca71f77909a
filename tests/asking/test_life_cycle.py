from __future__ import annotations

import pickle

import pytest

from palate.asking import ASSIGNMENT, POOL, TransitionError, check_close_reason
from palate.core.errors import PalateError, UnknownNameError

ALLOWED = {
    POOL: {
        ("draft", "open"),
        ("draft", "archived"),
        ("open", "paused"),
        ("paused", "open"),
        ("open", "closed"),
        ("paused", "closed"),
        ("closed", "open"),
        ("closed", "archived"),
    },
    ASSIGNMENT: {
        ("active", "submitted"),
        ("active", "skipped"),
        ("active", "expired"),
        ("submitted", "accepted"),
        ("submitted", "rejected"),
        ("rejected", "accepted"),
    },
}
PAIRS = [(cycle, a, b) for cycle in ALLOWED for a in cycle.statuses for b in cycle.statuses]


@pytest.mark.parametrize(("cycle", "before", "after"), PAIRS, ids=lambda v: getattr(v, "what", v))
def test_only_the_declared_steps_are_allowed(cycle, before, after):
    allowed = (before, after) in ALLOWED[cycle]
    assert cycle.allows(before, after) is allowed
    if allowed:
        cycle.check_transition(before, after)
    else:
        with pytest.raises(TransitionError, match=f"{before} cannot become {after}"):
            cycle.check_transition(before, after)


def test_where_it_begins_and_ends():
    assert (POOL.start, set(POOL.final)) == ("draft", {"archived"})
    assert (ASSIGNMENT.start, set(ASSIGNMENT.final)) == ("active", {"accepted", "skipped", "expired"})


def test_the_error_says_what_may_follow():
    with pytest.raises(TransitionError, match="It may become accepted or rejected") as caught:
        ASSIGNMENT.check_transition("submitted", "expired")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 (our own error)
    assert (str(again), again.allowed) == (str(caught.value), ("accepted", "rejected"))
    with pytest.raises(
        TransitionError, match="A pool that is archived cannot become open. What is archived stays so"
    ):
        POOL.check_transition("archived", "open")


@pytest.mark.parametrize(("before", "after"), [("opne", "closed"), ("open", "clsoed")])
def test_an_unknown_status_is_named_with_the_nearest(before, after):
    with pytest.raises(UnknownNameError, match="Did you mean"):
        POOL.check_transition(before, after)


@pytest.mark.parametrize(
    ("status", "reason"), [("closed", "budget"), ("archived", "manual"), ("archived", None), ("open", None)]
)
def test_a_close_reason_where_one_belongs(status, reason):
    check_close_reason(status, reason)


@pytest.mark.parametrize(
    ("status", "reason", "says"),
    [
        ("closed", None, "needs a close reason, one of manual, completed, budget, expired"),
        ("open", "budget", "A pool that is open has no close reason"),
        ("closed", "bugdet", "Did you mean budget"),
        ("close", None, "Did you mean closed"),
    ],
)
def test_a_close_reason_where_none_belongs_or_an_unknown_one_is_refused(status, reason, says):
    with pytest.raises(PalateError, match=says):
        check_close_reason(status, reason)
