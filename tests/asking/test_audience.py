from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.asking import Audience, Profile, SkillRange
from palate.core.errors import SettingsError

ranges = st.builds(
    SkillRange,
    st.sampled_from(["search-exam", "two words", "s", "missing"]),
    st.sampled_from([">=", ">", "<=", "<"]),
    st.integers(0, 1000).map(lambda n: n / 1000),
) | st.builds(SkillRange, st.sampled_from(["search-exam", "two words"]), st.just("missing"))
groups = st.builds(
    Audience,
    st.lists(ranges, max_size=2).map(tuple),
    st.lists(st.sampled_from(["en", "DE", "pt-BR"]), max_size=2).map(tuple),
    st.lists(st.sampled_from(["phone", "desktop"]), max_size=2).map(tuple),
)
full = groups.filter(lambda group: group != Audience())
audiences = st.builds(
    lambda group, others: Audience(group.skills, group.languages, group.devices, tuple(others)),
    groups,
    st.lists(full, max_size=2),
)
profiles = st.builds(
    Profile,
    st.dictionaries(st.sampled_from(["search-exam", "two words", "s"]), st.floats(0, 1)),
    st.frozensets(st.sampled_from(["EN", "de", "pt-br"])),
    st.sampled_from(["phone", "desktop", None]),
)


@settings(max_examples=60, deadline=None)
@given(audiences)
def test_an_audience_survives_json(audience):
    assert Audience.from_mapping(json.loads(json.dumps(audience.as_mapping()))) == audience
    assert audience.sentence


def in_range(wanted, skills):
    value = skills.get(wanted.skill)
    if wanted.comparator == "missing" or value is None:
        return (value is None) == (wanted.comparator == "missing")
    return {">=": value >= wanted.value, ">": value > wanted.value, "<=": value <= wanted.value}.get(
        wanted.comparator, value < wanted.value
    )


def admitted(audience, profile):
    """Whether every part admits, written once more."""
    languages = {language.lower() for language in profile.languages}
    return (
        all(in_range(wanted, profile.skills) for wanted in audience.skills)
        and (not audience.languages or any(code.lower() in languages for code in audience.languages))
        and (not audience.devices or profile.device in audience.devices)
        and (not audience.any_of or any(admitted(group, profile) for group in audience.any_of))
    )


@settings(max_examples=100, deadline=None)
@given(audiences, profiles)
def test_all_parts_have_to_admit_and_who_is_not_admitted_is_told_why(audience, profile):
    assert audience.admits(profile) == admitted(audience, profile)
    assert bool(audience.reasons_against(profile)) != audience.admits(profile)


@settings(max_examples=60, deadline=None)
@given(audiences, profiles)
def test_reasons_name_no_hidden_skill_and_no_number(audience, profile):
    text = " ".join(audience.reasons_against(profile))
    assert "search-exam" not in text
    assert "two words" not in text
    assert not any(digit in text for digit in "0123456789")
    assert text.count("qualification") <= 1


def test_reasons_by_hand():
    audience = Audience.from_mapping(
        {"skills": ["exam >= 0.9", "hidden > 0.5"], "languages": ["en", "de"], "devices": ["desktop"]}
    )
    assert audience.reasons_against(Profile({"exam": 0.85}, frozenset({"fr"}), "phone"), shown={"exam"}) == [
        "This work needs “exam” at least 0.9; yours is 0.85.",
        "This work needs a qualification that you do not have.",
        "This work is in en or de; add the language to your profile.",
        "This work is done on a desktop.",
    ]
    assert audience.reasons_against(Profile({"exam": 0.9, "hidden": 0.6}, frozenset({"EN"}), "desktop")) == []
    newcomers = Audience.from_mapping({"skills": ["exam missing"]})
    assert newcomers.admits(Profile())
    assert newcomers.reasons_against(Profile({"exam": 0.1}), shown={"exam"}) == [
        "This work is for those who have no skill “exam” yet."
    ]
    assert Audience.from_mapping({"skills": ["exam < 0.5"]}).reasons_against(Profile(), shown={"exam"}) == [
        "This work needs “exam” below 0.5; you do not have it yet."
    ]


def test_one_of_several_groups_is_enough():
    audience = Audience.from_mapping(
        {"any_of": [{"skills": ["a >= 0.5", "b >= 0.5"]}, {"languages": ["de"]}]}
    )
    assert audience.admits(Profile({"a": 0.5, "b": 0.5}))
    assert audience.admits(Profile(languages=frozenset({"de"})))
    assert audience.reasons_against(Profile({"a": 0.5}), shown={"a", "b"}) == [
        "This work needs “b” at least 0.5; you do not have it yet."
    ]
    assert audience.sentence == "one of (“a” at least 0.5 and “b” at least 0.5) or (language de)"
    assert Audience().sentence == "everybody"


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ([], "An audience is a mapping of 'skills', 'languages', 'devices', 'any_of'"),
        ({"skill": []}, "Did you mean 'skills'"),
        ({"skills": "exam > 0.5"}, "'skills' of the audience is a list"),
        ({"skills": ["exam"]}, "A skill range is a skill"),
        ({"skills": ["exam => 0.5"]}, "A skill range is a skill"),
        ({"skills": ["exam > 1.5"]}, "a number from 0 to 1"),
        ({"skills": [7]}, "this one is 7"),
        ({"languages": [7]}, "'languages' of the audience holds texts; here is 7"),
        ({"languages": [" "]}, "A language is a code"),
        ({"devices": ["tablet"]}, "A device is one of phone, desktop; here is 'tablet'"),
        ({"any_of": [{}]}, "is empty and admits everybody"),
        ({"any_of": [{"any_of": [{"languages": ["en"]}]}]}, "has no 'any_of' of its own"),
    ],
)
def test_an_audience_that_makes_no_sense_is_refused(mapping, says):
    with pytest.raises(SettingsError, match=says):
        Audience.from_mapping(mapping)


def test_a_long_text_is_refused_at_once():
    start = time.perf_counter()
    for text in ("a " * 100_000, "a" + " " * 199, "a" * 199 + " "):
        with pytest.raises(SettingsError):
            SkillRange.parse(text)
    assert time.perf_counter() - start < 1
