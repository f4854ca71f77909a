from __future__ import annotations

import jsonschema
import pytest

from palate.quality.rules import QualityRule, quality_events, rule_schema

GOOD = [
    {"event": "pages_skipped", "conditions": ["skipped_in_a_row >= 3"], "action": "restrict"},
    {
        "event": {"name": "golden_answers", "history_size": 20},
        "conditions": ["answers >= 10", "right_rate<0.65"],
        "action": {"name": "restrict", "scope": "all", "duration": "2 hours"},
    },
    {
        "event": {"name": "training"},
        "conditions": ["pages == 5"],
        "action": {"name": "set_skill_from_rate", "skill": "s", "rate": "right_rate"},
    },
    {"event": "page_reviewed", "conditions": ["rejected == true"], "action": "change_overlap"},
    {"event": "income", "conditions": ["income > 20.50"], "action": "restrict"},
]
BAD = [
    {},
    {"event": "nothing", "conditions": ["a > 1"], "action": "restrict"},
    {"event": "pages_skipped", "conditions": [], "action": "restrict"},
    {"event": "pages_skipped", "conditions": ["pages >= 3"], "action": "restrict"},
    {"event": "pages_skipped", "conditions": ["skipped_in_a_row >= 3"], "action": "accept_all"},
    {"event": "pages_skipped", "conditions": ["skipped_in_a_row >= 3"], "action": "reject_all"},
    {"event": "golden_answers", "conditions": ["right_rate < 60"], "action": "restrict"},
    {"event": "page_reviewed", "conditions": ["rejected > true"], "action": "restrict"},
    {
        "event": "pages_skipped",
        "conditions": ["skipped_in_a_row >= 3"],
        "action": {"name": "set_skill_from_rate", "skill": "s", "rate": "right_rate"},
    },
    {"event": {"name": "training", "history_size": 3}, "conditions": ["pages > 1"], "action": "restrict"},
]


@pytest.fixture(scope="module")
def validator():
    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("mapping", GOOD)
def test_what_the_schema_lets_through_is_read(validator, mapping):
    assert validator.is_valid(mapping)
    rule = QualityRule.from_mapping(mapping)
    assert validator.is_valid(rule.as_mapping())


@pytest.mark.parametrize("mapping", BAD)
def test_what_makes_no_sense_is_refused_by_the_schema_too(validator, mapping):
    assert not validator.is_valid(mapping)


def test_every_event_is_in_the_schema():
    assert [branch["title"] for branch in rule_schema()["oneOf"]] == quality_events.names()
