from __future__ import annotations

import re
from dataclasses import replace

import pytest
from annotator_facts import NOW, Facts, dollars, records

from palate.core.errors import PalateError, SettingsError
from palate.quality.rules import (
    AcceptedPages,
    AttentionAnswer,
    CheckedAnswer,
    Income,
    PageEnd,
    PageReview,
    PageTime,
    PoolTraits,
    QualityRule,
    Restrict,
    Revocation,
    SetSkill,
    TrainingAnswer,
    Vote,
    check_in_pool,
)


def rule(event, *conditions, action="pause_pool", **settings):
    made = {"name": action} if isinstance(action, str) else action
    return QualityRule.from_mapping(
        {"event": {"name": event, **settings}, "conditions": list(conditions), "action": made}
    )


RESTRICT = {"name": "restrict", "duration": "10 days"}
SKILL = {"name": "set_skill_from_rate", "skill": "search", "rate": "right_rate"}


def fires(made, everything):
    return made.evaluate(Facts(everything)) is not None


def test_the_rules_of_the_search_relevance_recipe():
    """Golden history 20 sets the skill; one fast page under 10 s restricts for 10 days."""
    skill = rule(
        "golden_answers",
        "golden_answers >= 1",
        action={**SKILL, "rate": "golden_right_rate"},
        history_size=20,
    )
    answers = records(CheckedAnswer, *[False] * 10, *[True] * 18, False, False)
    fired = skill.evaluate(Facts(answers))
    assert fired.action == SetSkill("search", 0.9)  # the last 20: 18 right
    assert fired.key == (skill.id, "ann", 30)
    fast = rule("page_submit_time", "fast_pages >= 1", action=RESTRICT, fast_seconds=10.0, history_size=5)
    assert not fires(fast, records(PageTime, 60, 10))
    fired = fast.evaluate(Facts(records(PageTime, 60, 9.9)))
    assert (fired.action, fired.action.seconds) == (Restrict("pool", "10 days"), 864_000)
    assert fired.values == {"pages": 2, "fast_pages": 1}
    assert not fires(fast, records(PageTime, 9.9, *[60] * 5))  # out of the history


def test_golden_answers_by_hand():
    """Right: golden 1 of 2, training 2 of 2."""
    answers = records(CheckedAnswer, (True, True), (True, True), True, False)
    values = rule("golden_answers", "answers >= 1").evaluate(Facts(answers)).values
    assert values == {
        "answers": 4,
        "right_rate": 0.75,
        "wrong_rate": 0.25,
        "golden_answers": 2,
        "golden_right_rate": 0.5,
        "golden_wrong_rate": 0.5,
    }


def test_a_share_of_nothing_meets_no_condition():
    training_only = records(CheckedAnswer, (True, True))
    assert not fires(rule("golden_answers", "golden_right_rate <= 1"), training_only)
    assert not fires(rule("golden_answers", "golden_wrong_rate >= 0"), training_only)
    assert not fires(rule("pages_accepted", "pages < 5", action=RESTRICT), [])
    no_majority = records(Vote, ("x", {"x": 1, "y": 1}))
    assert (
        rule("majority_vote", "answers == 0", action=SKILL | {"rate": "agreeing_rate"}).evaluate(
            Facts(no_majority)
        )
        is None
    )


def test_shares_are_exact():
    """7 of 10 is 0.7 and 3 of 10 is 0.3, whatever floating point makes of 1 − 0.7."""
    answers = records(CheckedAnswer, *[True] * 7, *[False] * 3)
    assert fires(rule("golden_answers", "right_rate == 0.7", "wrong_rate == 0.3"), answers)
    assert not fires(rule("golden_answers", "wrong_rate > 0.3"), answers)


def test_majority_vote_by_hand():
    """Three equal answers make a majority: x of the first, none of the second and third, y of the fourth."""
    votes = records(
        Vote,
        ("x", {"x": 3, "y": 1}),
        ("x", {"x": 2, "y": 1}),
        ("x", {"x": 3, "y": 3}),
        ("x", {"x": 1, "y": 4}),
    )
    values = rule("majority_vote", "answers >= 1", answers_needed=3).evaluate(Facts(votes)).values
    assert values == {"answers": 2, "agreeing_rate": 0.5, "disagreeing_rate": 0.5}


def test_pages_skipped_in_a_row_by_hand():
    three = rule("pages_skipped", "skipped_in_a_row >= 3", action=RESTRICT)
    assert not fires(three, records(PageEnd, True, True, False, True, True))
    assert fires(three, records(PageEnd, False, True, True, True))


def test_pages_accepted_and_acceptance_rate_by_hand():
    assert fires(
        rule("pages_accepted", "pages >= 100", action={"name": "set_skill", "skill": "old hand"}),
        [AcceptedPages(7, 100)],
    )
    reviews = records(
        PageReview, ("p", "accepted"), ("q", "rejected"), ("r", "rejected"), ("q", "accepted after rejection")
    )
    values = rule("acceptance_rate", "pages == 3").evaluate(Facts(reviews)).values
    assert (values["accepted_rate"] * 3, values["rejected_rate"] * 3) == (2, 1)


def test_income_of_a_day_by_hand():
    day = rule("income", "income >= 20.00", action={"name": "restrict", "scope": "all", "duration": "1 day"})
    earned = records(Income, dollars("15.00", 30), dollars("10.00", 20), dollars("9.99", 1))
    assert not fires(day, earned)
    assert fires(day, [*earned, Income(9, *dollars("0.01", 0.5))])
    assert not day.evaluate(Facts(records(Income, dollars("25", 24)), now=NOW))  # a day ago is over


def test_attention_and_training_by_hand():
    checks = records(AttentionAnswer, True, False, False)
    assert fires(rule("attention_check", "shown >= 3", "failed_rate > 0.6"), checks)
    answers = records(TrainingAnswer, ("p", True), ("p", True), ("q", False), ("q", True))
    fired = rule("training", "pages >= 2", action=SKILL).evaluate(Facts(answers))
    assert fired.action == SetSkill("search", 0.75)
    assert fired.values["wrong_rate"] == 0.25


@pytest.mark.parametrize("verdict", ["accepted", "rejected", "accepted after rejection"])
def test_a_review_is_one_of_three(verdict):
    reviews = records(PageReview, ("o", "accepted"), ("p", verdict))
    for field in ("accepted", "rejected", "accepted_after_rejection"):
        made = rule("page_reviewed", f"{field} == true", action="change_overlap")
        assert fires(made, reviews) == (field.replace("_", " ") == verdict)


@pytest.mark.parametrize(
    ("by", "field"), [("skill change", "by_skill_change"), ("restriction", "by_restriction")]
)
def test_access_is_revoked_by_one_of_two(by, field):
    other = {"by_skill_change": "by_restriction", "by_restriction": "by_skill_change"}[field]
    revoked = records(Revocation, by)
    assert fires(
        rule("access_revoked", f"{field} == true", f"{other} == false", action="change_overlap"), revoked
    )
    assert not fires(rule("access_revoked", f"{other} == true", action="change_overlap"), revoked)


def test_an_action_is_done_once_for_the_same_records_and_again_for_new_ones():
    made = rule("golden_answers", "answers >= 2", "right_rate < 0.6")
    answers = records(CheckedAnswer, False, False)
    first = made.evaluate(Facts(answers))
    again = made.evaluate(Facts(list(answers)))
    later = made.evaluate(Facts([*answers, CheckedAnswer(8, right=False)]))
    assert first.key == again.key == (made.id, "ann", 2)
    assert later.key == (made.id, "ann", 8)
    assert made.evaluate(Facts(answers, annotator="bob")).key != first.key


def test_a_history_out_of_order_is_refused():
    made = rule("golden_answers", "answers >= 1")
    wrong = [CheckedAnswer(2, right=True), CheckedAnswer(1, right=True)]
    for history in (wrong, [wrong[0], wrong[0]]):
        with pytest.raises(PalateError, match="history of 'ann' must be sorted by id"):
            made.evaluate(Facts(history))


def test_an_id_depends_on_what_a_rule_says_alone():
    one = rule("golden_answers", "answers >= 10", "right_rate < 0.60", action=RESTRICT, history_size=20)
    same = rule("golden_answers", "right_rate<0.6", "answers>=10", action=RESTRICT, history_size=20)
    assert one.id == same.id
    assert re.fullmatch("[0-9a-f]{32}", one.id)
    others = [
        rule("golden_answers", "answers >= 10", "right_rate < 0.61", action=RESTRICT, history_size=20),
        rule("golden_answers", "answers >= 10", "right_rate < 0.6", action=RESTRICT, history_size=21),
        rule("golden_answers", "answers >= 10", "right_rate < 0.6", action="pause_pool", history_size=20),
    ]
    assert len({one.id, *(other.id for other in others)}) == 4
    assert replace(one).id == one.id


def test_sentences():
    golden = rule(
        "golden_answers", "answers >= 10", "golden_right_rate < 0.6", action=RESTRICT, history_size=20
    )
    assert golden.sentence == (
        "If, among the last 20 answers to golden and training tasks, the number of answers is at least 10 and the"
        " share of right answers to golden tasks is below 60%, then restrict the annotator in this pool for 10 days."
    )
    rate = rule("training", "pages == 5", action=SKILL)
    assert rate.sentence == (
        "If the number of training pages is 5, then set the skill “search” to the share of right answers to training"
        " tasks."
    )
    money = rule("income", "income > 1200", action={"name": "restrict", "scope": "project"})
    assert money.sentence == (
        "If the income of the last 24 hours is above $1200.00, then restrict the annotator in this project forever."
    )
    flag = rule("page_reviewed", "accepted == false", action="change_overlap")
    assert (
        flag.sentence
        == "If it is not so that the page was accepted, then return the annotator's tasks to others."
    )
    reject = {"name": "reject_all", "comment": "Please read the instructions."}
    assert (
        "saying “Please read the instructions.”"
        in rule("pages_skipped", "skipped_in_a_row > 3", action=reject).sentence
    )
    assert rule("attention_check", "shown > 1", action="accept_all").sentence.endswith(
        "then accept all of the annotator's submitted pages."
    )
    assert (
        "set the skill “x” to 0.5"
        in rule(
            "majority_vote", "answers > 1", action={"name": "set_skill", "skill": "x", "value": 0.5}
        ).sentence
    )


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({}, "A rule has 'event', 'conditions' and 'action'"),
        ("golden_answers", "A rule has 'event'"),
        ({"conditions": []}, "A rule needs a condition"),
        ({"conditions": "answers >= 1"}, "'conditions' is a list of texts"),
        ({"conditions": [7]}, "A condition is a field.*this one is 7"),
        ({"conditions": ["answers => 1"]}, "A condition is a field"),
        ({"conditions": ["answers >= -1"]}, "A condition is a field"),
        ({"conditions": ["anwsers >= 1"]}, "Did you mean answers"),
        ({"conditions": ["answers >= 1.5"]}, "a count is a whole number"),
        ({"conditions": ["answers == true"]}, "'answers' is compared with a number"),
        ({"conditions": ["right_rate < 60"]}, "a share from 0 to 1.*60% is 0.6"),
        ({"conditions": ["answers >= 21"]}, "'answers >= 21' can never hold. A history of 20 has no more"),
        ({"conditions": ["answers > 9", "answers < 10"]}, "'answers > 9 and answers < 10' can never hold."),
        ({"conditions": ["right_rate > 0.5", "right_rate <= 0.5"]}, "can never hold"),
        ({"conditions": ["right_rate > 1"]}, "can never hold"),
        ({"event": "golden"}, "no quality event named 'golden'"),
        ({"event": {"history_size": 3}}, "An event has a 'name', one of acceptance_rate"),
        ({"event": {"name": "golden_answers", "history_size": 0}}, "'history_size' must be at least 1"),
        ({"event": {"name": "golden_answers", "history_size": "3"}}, "must be a whole number or nothing"),
        ({"event": {"name": "golden_answers", "size": 3}}, "no setting 'size'"),
        ({"action": "restrct"}, "Did you mean restrict"),
        ({"action": 7}, "An action has a 'name'"),
        (
            {"action": {"name": "restrict", "scope": "planet"}},
            "'scope' of the action 'restrict' must be one of",
        ),
        ({"action": {"name": "restrict", "duration": "10"}}, "minutes, hours or days, such as '10 days'"),
        ({"action": {"name": "restrict", "duration": "0 days"}}, "'0 days'"),
        ({"action": {"name": "restrict", "days": 3}}, "no setting 'days'"),
        ({"action": "reject_all"}, "tells annotators why their work is rejected"),
        ({"action": {"name": "reject_all", "comment": "x" * 2001}}, "it has 2,001"),
        ({"action": "set_skill"}, "'skill' names the skill to set; it is empty"),
        ({"action": {"name": "set_skill", "skill": "s", "value": 2}}, "must be from 0 to 1; it is 2"),
        ({"action": {**SKILL, "rate": "answers"}}, "no rate of this event named 'answers'"),
        ({"action": {**SKILL, "skill": " "}}, "'skill' names the skill"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(mapping, says):
    whole = {
        "event": {"name": "golden_answers", "history_size": 20},
        "conditions": ["answers >= 10"],
        "action": RESTRICT,
    }
    given = {**whole, **mapping} if isinstance(mapping, dict) and mapping else mapping
    with pytest.raises(PalateError, match=says):
        QualityRule.from_mapping(given)


@pytest.mark.parametrize(
    ("event", "condition", "says"),
    [
        ("page_reviewed", "rejected > true", "it compares by == only"),
        ("page_reviewed", "rejected == 1", "'rejected' is compared with true or false"),
        ("pages_skipped", "skipped_in_a_row >= 101", "can never hold. A history of 100"),
        ("income", "income < 0", "can never hold"),
    ],
)
def test_conditions_that_do_not_fit_their_field_are_refused(event, condition, says):
    with pytest.raises(SettingsError, match=says):
        rule(event, condition, action=RESTRICT)


def test_a_flag_both_true_and_false_can_never_hold():
    with pytest.raises(SettingsError, match="can never hold"):
        rule("page_reviewed", "rejected == true", "rejected == false", action=RESTRICT)


@pytest.mark.parametrize(
    ("event", "action", "pool", "says"),
    [
        ("golden_answers", RESTRICT, PoolTraits(taste=True), "questions of taste.*attention_check"),
        ("golden_answers", RESTRICT, PoolTraits(golden=False), "no golden and no training tasks"),
        ("attention_check", RESTRICT, PoolTraits(), "no attention checks"),
        ("training", SKILL, PoolTraits(), "it is no training"),
        ("majority_vote", RESTRICT, PoolTraits(overlap=1), "at most 1 answers"),
        (
            "pages_skipped",
            {"name": "reject_all", "comment": "c"},
            PoolTraits(reviewed=False),
            "accepted at once",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_in_its_pool_is_refused(event, action, pool, says):
    field = {"attention_check": "shown", "pages_skipped": "skipped_in_a_row"}.get(event, "answers")
    made = rule(event, f"{field} >= 1", action=action)
    with pytest.raises(SettingsError, match=f"A rule about '{event}' makes no sense in this pool: .*{says}"):
        check_in_pool(made, pool)
    check_in_pool(made, PoolTraits(golden=True, attention=True, training=True, reviewed=True, overlap=5))
