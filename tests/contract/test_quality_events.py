"""What every event of quality rules does, today's and tomorrow's."""

from __future__ import annotations

import json
import re

import pytest
from annotator_facts import Facts, histories
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError, UnknownNameError
from palate.quality.rules import ACTIONS, QualityRule, quality_events

every_event = pytest.mark.parametrize("name", quality_events.names())
MADE = {
    "restrict": {"name": "restrict", "scope": "project", "duration": "2 hours"},
    "reject_all": {"name": "reject_all", "comment": "Too many wrong answers."},
    "set_skill": {"name": "set_skill", "skill": "search", "value": 0.5},
}


def some_value(kind):
    return {
        "count": st.integers(0, 4).map(str),
        "rate": st.sampled_from(["0", "0.25", "0.5", "1"]),
        "money": st.sampled_from(["0", "0.5", "20"]),
        "flag": st.sampled_from(["true", "false"]),
    }[kind]


@st.composite
def mappings(draw, name):
    """Return the mapping of a rule about an event; it may make no sense."""
    event = quality_events.get(name)()
    sized = hasattr(event, "history_size") and draw(st.booleans())
    settings_ = {"history_size": draw(st.integers(4, 9))} if sized else {}
    conditions = []
    for field in draw(st.lists(st.sampled_from(sorted(event.fields)), min_size=1, max_size=2, unique=True)):
        kind = event.fields[field].kind
        comparator = "==" if kind == "flag" else draw(st.sampled_from([">=", ">", "<=", "<", "=="]))
        conditions.append(f"{field} {comparator} {draw(some_value(kind))}")
    action = draw(st.sampled_from(sorted(ACTIONS)))
    rates = [field for field, about in event.fields.items() if about.kind == "rate"]
    from_rate = {"name": action, "skill": "s", "rate": draw(st.sampled_from(rates or ["right_rate"]))}
    made = from_rate if action == "set_skill_from_rate" else MADE.get(action, {"name": action})
    return {"event": {"name": name, **settings_}, "conditions": conditions, "action": made}


def rule_or_none(mapping):
    try:
        return QualityRule.from_mapping(mapping)
    except SettingsError as error:
        if not re.search("can never hold|makes no sense|needs an event", str(error)):
            raise
        return None


@every_event
def test_values_are_those_of_the_fields_and_nothing_says_nothing(name):
    event = quality_events.get(name)()
    assert event.fields
    assert event.values([]).keys() == event.fields.keys()
    for field, about in event.fields.items():
        value = event.values([])[field]
        assert value is None if about.kind == "rate" else not value
    assert event.refused.keys() <= ACTIONS.keys()
    assert all(action in ACTIONS and not why.endswith(".") for action, why in event.refused.items())


@every_event
@settings(max_examples=15, deadline=None)
@given(data=st.data(), everything=histories())
def test_values_lie_in_their_ranges(name, data, everything):
    event = quality_events.get(name)()
    facts = Facts(everything)
    for field, value in event.values(facts.history(event.need)).items():
        match event.fields[field].kind:
            case "rate":
                assert value is None or 0 <= value <= 1
            case "flag":
                assert isinstance(value, bool)
            case _:
                assert value >= 0


@every_event
@settings(max_examples=20, deadline=None)
@given(data=st.data(), everything=histories())
def test_a_rule_survives_json_and_gives_the_same_action_after_a_restart(name, data, everything):
    mapping = data.draw(mappings(name))
    rule = rule_or_none(mapping)
    if rule is None:
        return
    again = QualityRule.from_mapping(json.loads(json.dumps(rule.as_mapping())))
    assert (again, again.id, again.sentence) == (rule, rule.id, rule.sentence)
    fired = rule.evaluate(Facts(everything))
    assert again.evaluate(Facts(list(everything))) == fired
    if fired is not None:
        last = Facts(everything).history(rule.need)[-1]
        assert fired.key == (rule.id, "ann", last.id)
        values = rule.event.values(Facts(everything).history(rule.need))
        assert all(condition.holds(values[condition.field]) for condition in rule.conditions)


@every_event
@settings(max_examples=12, deadline=None)
@given(data=st.data(), everything=histories())
def test_replaying_a_history_record_by_record_does_each_thing_once(name, data, everything):
    rule = rule_or_none(data.draw(mappings(name)))
    if rule is None:
        return

    def keys():
        found = (rule.evaluate(Facts(everything[:n])) for n in range(len(everything) + 1))
        return [fired.key for fired in found if fired is not None]

    assert keys() == keys()
    relevant = {record.id for record in everything if isinstance(record, rule.need.record)}
    assert {key.record for key in keys()} <= relevant


@every_event
@settings(max_examples=12, deadline=None)
@given(data=st.data(), everything=histories())
def test_only_the_last_records_count_where_a_history_has_a_size(name, data, everything):
    rule = rule_or_none(data.draw(mappings(name)))
    if rule is None or rule.need.size is None:
        return
    facts = Facts(everything)
    whole = [record for record in everything if isinstance(record, rule.need.record)]
    if rule.need.answers is None:
        assert rule.evaluate(facts) == rule.evaluate(Facts(whole[-rule.need.size :]))


@every_event
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_actions_that_make_no_sense_are_refused_and_others_are_not(name, action):
    event = quality_events.get(name)()
    field, about = next(iter(event.fields.items()))
    condition = f"{field} == true" if about.kind == "flag" else f"{field} >= 1"
    rates = [f for f, a in event.fields.items() if a.kind == "rate"]
    from_rate = {"name": action, "skill": "s", "rate": (rates or ["x"])[0]}
    made = from_rate if action == "set_skill_from_rate" else MADE.get(action, {"name": action})
    mapping = {"event": name, "conditions": [condition], "action": made}
    if action in event.refused:
        with pytest.raises(SettingsError, match=f"'{action}' makes no sense after '{name}': "):
            QualityRule.from_mapping(mapping)
    elif action == "set_skill_from_rate" and not rates:
        with pytest.raises(SettingsError, match="needs an event with a rate"):
            QualityRule.from_mapping(mapping)
    else:
        assert QualityRule.from_mapping(mapping).sentence.endswith(".")


@every_event
def test_an_unknown_field_is_named_with_those_there_are(name):
    with pytest.raises(UnknownNameError, match="There is no field of this event named 'mood'"):
        QualityRule.from_mapping({"event": name, "conditions": ["mood >= 1"], "action": "pause_pool"})
