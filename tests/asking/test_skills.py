from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from palate.asking import Skill, check_skill, last_records, right_rate
from palate.core.errors import PalateError, SettingsError

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def test_rates_by_hand():
    assert right_rate(3, 4) == 0.75
    assert right_rate(3, 4, pseudo=0.5) == 0.7  # 3.5 / 5
    assert right_rate(0, 0) is None
    assert right_rate(0, 0, pseudo=1) == 0.5


@pytest.mark.parametrize(("right", "seen", "pseudo"), [(5, 4, 0), (-1, 4, 0), (1, 4, -1)])
def test_counts_that_contradict_each_other_are_refused(right, seen, pseudo):
    with pytest.raises(PalateError, match="from 0 to all|'pseudo' must be at least 0"):
        right_rate(right, seen, pseudo)


def test_a_skill_holds_until_it_expires():
    skill = Skill("search", 0.8, MARCH, valid_days=1.5)
    assert skill.expires_at == MARCH + timedelta(hours=36)
    assert skill.is_valid(MARCH + timedelta(hours=35, minutes=59))
    assert not skill.is_valid(MARCH + timedelta(hours=36))
    assert Skill("search", 0.8, MARCH).is_valid(MARCH + timedelta(days=10_000))


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_a_moment_that_is_not_utc_is_refused(zone):
    moment = MARCH.replace(tzinfo=zone)
    with pytest.raises(PalateError, match="'now' must be a moment in UTC"):
        Skill("search", 0.8, MARCH).is_valid(moment)
    with pytest.raises(PalateError, match="'set_at' must be a moment in UTC"):
        Skill("search", 0.8, moment)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [(" ", 0.5, "needs a name"), ("s", 1.1, "from 0 to 1; it is 1.1"), ("s", -0.1, "-0.1")],
)
def test_a_skill_is_named_and_from_0_to_1(name, value, says):
    with pytest.raises(SettingsError, match=says):
        check_skill(name, value)


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_a_skill_that_never_holds_is_refused(days):
    with pytest.raises(SettingsError, match="'valid_days' of the skill 's' must be above 0"):
        Skill("s", 0.5, MARCH, valid_days=days)


def test_the_last_records_of_a_history():
    assert last_records([1, 2, 3], 2) == [2, 3]
    assert last_records([1, 2, 3], 5) == [1, 2, 3]
    assert last_records([1, 2, 3], None) == [1, 2, 3]
    assert last_records([1, 2, 3], 0) == []
