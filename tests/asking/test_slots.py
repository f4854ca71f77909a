from __future__ import annotations

import pytest

from palate.asking import SlotError, TaskSlots
from palate.core.errors import SettingsError


def answered(slots, *annotators):
    for annotator in annotators:
        slots = slots.claim(annotator).submit(annotator)
    return slots


def test_a_task_is_given_to_as_many_as_its_overlap():
    slots = TaskSlots(wanted=2).claim("ann").claim("bob")
    assert (slots.open, slots.counted, slots.is_full) == (0, 0, False)
    assert not slots.may_claim("eve")
    with pytest.raises(SlotError, match="No slot is open: 2 hold the task and its overlap is 2"):
        slots.claim("eve")
    slots = slots.submit("ann").submit("bob").accept("ann")
    assert (slots.open, slots.counted, slots.is_full) == (0, 2, True)


@pytest.mark.parametrize("step", ["skip", "expire"])
def test_a_task_without_answer_goes_to_somebody_else(step):
    slots = getattr(TaskSlots(wanted=1).claim("ann"), step)("ann")
    assert slots.open == 1
    with pytest.raises(SlotError, match="nobody gets a task twice"):
        slots.claim("ann")
    assert answered(slots, "bob").is_full


def test_a_rejected_answer_is_asked_for_again():
    slots = answered(TaskSlots(wanted=1), "ann").reject("ann")
    assert (slots.open, slots.counted, slots.seen) == (1, 0, {"ann"})
    assert not slots.may_claim("ann")


def test_a_rejection_taken_back_takes_the_open_slot():
    slots = answered(TaskSlots(wanted=1), "ann").reject("ann").accept("ann")
    assert (slots.overlap, slots.open, slots.counted, slots.rejected) == (1, 0, 1, frozenset())


def test_a_rejection_taken_back_too_late_makes_room():
    slots = answered(answered(TaskSlots(wanted=1), "ann").reject("ann"), "bob").accept("ann")
    assert (slots.overlap, slots.open, slots.counted) == (2, 0, 2)


def test_an_answer_returned_to_others_stays_and_one_more_is_asked_for():
    slots = answered(TaskSlots(wanted=1), "ann").accept("ann").return_to_others("ann")
    assert (slots.overlap, slots.open, slots.counted) == (2, 1, 1)
    assert slots.return_to_others("ann") == slots
    assert answered(slots, "bob").is_full


def test_an_answer_returned_and_then_rejected_is_asked_for_once():
    slots = answered(TaskSlots(wanted=1), "ann").return_to_others("ann").reject("ann")
    assert (slots.overlap, slots.open) == (1, 1)


def test_fewer_answers_can_be_wanted_but_not_fewer_than_there_are():
    slots = answered(TaskSlots(wanted=5), "ann", "bob").claim("eve")
    assert slots.want(1).overlap == 3
    assert slots.want(1).open == 0
    assert slots.want(4).open == 1
    returned = slots.return_to_others("ann")
    assert (returned.want(1).overlap, returned.want(2).open) == (3, 0)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("submit", "can be submitted only while it is active; 'bob' does not hold it"),
        ("skip", "can be skipped only while it is active"),
        ("expire", "can be expired only while it is active"),
        ("accept", "can be accepted only while it is pending"),
        ("reject", "can be rejected only while it is pending"),
        ("return_to_others", "'bob' has no answer to this task"),
    ],
)
def test_nobody_takes_a_step_with_a_task_they_do_not_hold(step, says):
    slots = answered(TaskSlots(wanted=2), "ann")
    with pytest.raises(SlotError, match=says):
        getattr(slots, step)("bob")


@pytest.mark.parametrize(
    ("done", "step", "says"),
    [
        (["claim"], "accept", "'ann' has the task now"),
        (["claim", "submit"], "submit", "'ann' has submitted it"),
        (["claim", "submit", "accept"], "reject", "'ann' has it accepted"),
        (["claim"], "return_to_others", "has no answer"),
        (["claim", "submit", "reject"], "return_to_others", "has no answer"),
        (["claim", "submit", "reject"], "reject", "does not hold it"),
    ],
)
def test_steps_out_of_order_are_refused(done, step, says):
    slots = TaskSlots(wanted=2)
    for name in done:
        slots = getattr(slots, name)("ann")
    with pytest.raises(SlotError, match=says):
        getattr(slots, step)("ann")


def test_a_step_leaves_what_it_started_from():
    before = TaskSlots(wanted=2).claim("ann")
    before.submit("ann")
    assert before.holds == {"ann": "active"}
    with pytest.raises(TypeError):
        before.holds["bob"] = "active"


def test_a_task_for_nobody_is_refused():
    with pytest.raises(SettingsError, match="at least 1; it is 0"):
        TaskSlots(wanted=0)
