"""Toloka by its API: what is sent there, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from posted_benches import GRADES, PAIRS, Bench, bench_of, better_side, wanted_grade

from palate.core.errors import PalateError, SettingsError
from palate.platforms import Bonus, Toloka, WaitingError
from palate.platforms._toloka_api import TolokaApi


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of("toloka", tmp_path / "asked", monkeypatch) as made:
        yield made


def _publish(bench: Bench, pool: Any = GRADES, **settings: Any) -> None:
    with pytest.raises(WaitingError):
        bench.platform(**settings).ask(pool)


def _only(bench: Bench, name: str) -> dict[str, Any]:
    (found,) = bench.service.things[name].values()
    assert isinstance(found, dict)
    return found


def test_golden_tasks_are_mixed_in_and_set_a_skill_that_weighs_answers(bench: Bench) -> None:
    _publish(bench, replace(GRADES, overlap_max=5), confidence=0.93)
    pool, skill = _only(bench, "pools"), _only(bench, "skills")
    assert pool["mixer_config"]["real_tasks_count"] == 3
    assert pool["mixer_config"]["golden_tasks_count"] == 1
    assert pool["dynamic_overlap_config"] == {
        "type": "BASIC",
        "max_overlap": 5,
        "min_confidence": 0.93,
        "answer_weight_skill_id": skill["id"],
        "fields": [{"name": "label"}],
    }
    assert pool["reward_per_assignment"] == 0.08
    (rules,) = pool["quality_control"]["configs"]
    assert rules["collector_config"]["type"] == "GOLDEN_SET"
    sets, keeps = rules["rules"]
    assert sets["action"]["parameters"] == {"skill_id": skill["id"], "from_field": "correct_answers_rate"}
    assert keeps["conditions"][1] == {"key": "correct_answers_rate", "operator": "LT", "value": 50.0}
    known = [one for one in bench.service.things["tasks"].values() if "known_solutions" in one]
    assert len(known) == 4
    assert all(one["infinite_overlap"] for one in known)


def test_without_golden_tasks_every_task_gets_the_same_overlap(bench: Bench) -> None:
    pool = replace(GRADES, golden=None, golden_per_page=0, overlap_max=5)
    _publish(bench, pool)
    made = _only(bench, "pools")
    assert "dynamic_overlap_config" not in made
    assert made["quality_control"]["configs"] == []
    assert not bench.service.things["skills"]
    assert any("not up to 5" in told for told in Toloka().shortcomings(pool))


def test_known_answers_are_those_of_the_shuffled_screen(bench: Bench) -> None:
    _publish(bench, PAIRS)
    known = [one for one in bench.service.things["tasks"].values() if "known_solutions" in one]
    for one in known:
        right = one["known_solutions"][0]["output_values"]["label"]
        assert right == better_side(one["input_values"]["shown"])
    assert len(known) == 6


def test_languages_become_a_filter_and_review_days_a_rule(bench: Bench) -> None:
    _publish(bench, languages=("EN", "DE"), review_days=7, least_right=0.0)
    pool = _only(bench, "pools")
    speaks = [one["value"] for one in pool["filter"]["and"][0]["or"]]
    assert speaks == ["EN", "DE"]
    assert (pool["auto_accept_solutions"], pool["auto_accept_period_day"]) == (False, 7)
    golden, review = pool["quality_control"]["configs"]
    assert len(golden["rules"]) == 1
    assert review["rules"][0]["action"] == {
        "type": "CHANGE_OVERLAP",
        "parameters": {"delta": 1, "open_pool": True},
    }


def test_who_gets_golden_tasks_wrong_is_rejected_and_somebody_else_is_asked(bench: Bench) -> None:
    pool = replace(PAIRS, overlap=1, overlap_max=1, page_size=4, golden_per_page=3)
    settings = {"review_days": 3, "least_right": 0.6}
    _publish(bench, pool, **settings)
    bench.work("spam", lambda text: {"left": "right", "right": "left"}[better_side(text)])
    bench.work("ann", better_side)
    _publish(bench, pool, **settings)
    statuses = {one["user_id"]: one["status"] for one in bench.service.things["assignments"].values()}
    assert statuses == {"spam": "REJECTED"}
    bench.work("ann", better_side)
    found = bench.platform(**settings).ask(pool)
    assert set(found.annotators["annotator"]) == {"ann"}
    assert {one["status"] for one in bench.service.things["assignments"].values()} == {"REJECTED", "ACCEPTED"}


def test_times_and_costs_are_exact(bench: Bench) -> None:
    _publish(bench)
    for person in ("ann", "bob"):
        bench.work(person, wanted_grade)
    found = bench.platform(fee_share="0.25", least_fee="0.03").ask(GRADES)
    assert found.cost == found.pages * Decimal("0.11")  # a quarter of 8 cents is less than 3
    page = found.answers.filter(found.answers["page"] == 1)
    assert page["seconds"].to_list() == [10.0] * 4  # a page of 40 seconds
    assert found.answers["submitted_at"][0] == 1767614440.0


def test_a_pool_that_a_manager_closes_goes_on_with_what_there_is(bench: Bench) -> None:
    _publish(bench)
    bench.work("ann", wanted_grade, pages=1)
    _only(bench, "pools").update(status="CLOSED", last_close_reason="MANUAL")
    assert bench.platform().ask(GRADES).pages == 1


def test_a_pool_without_money_says_so_instead_of_waiting(bench: Bench) -> None:
    _publish(bench)
    _only(bench, "pools").update(status="CLOSED", last_close_reason="NOT_ENOUGH_BALANCE")
    with pytest.raises(WaitingError, match=r"closed on Toloka \(NOT_ENOUGH_BALANCE\)"):
        bench.platform(hours=None).ask(GRADES)


def test_an_operation_that_fails_is_told(bench: Bench) -> None:
    _publish(bench)
    platform = bench.platform()
    assert isinstance(platform, Toloka)
    api: TolokaApi = platform._api()
    with pytest.raises(PalateError, match="failed: .*no such pool"):
        api.send("/tasks", [{"pool_id": "7", "input_values": {}}], key="x")


def test_a_bonus_that_arrived_before_a_crash_is_not_given_again(bench: Bench) -> None:
    _publish(bench)
    owed = [Bonus("ann", 1, 60.0, Decimal("0.08"), Decimal("0.12"))]
    platform = bench.platform()
    assert platform.pay(GRADES, owed) == Decimal("0.12")
    memory = platform.memory(GRADES)
    memory.note(bonuses={})  # as if the run had ended before it was noted
    more = [replace(owed[0], bonus=Decimal("0.15"))]
    assert bench.platform().pay(GRADES, more) == 0
    assert [one["amount"] for one in bench.service.things["user-bonuses"].values()] == [0.12]


def test_answers_that_are_none_are_missing(bench: Bench) -> None:
    _publish(bench)
    bench.work("ann", wanted_grade, pages=1)
    (page,) = bench.service.things["assignments"].values()
    page["solutions"][:3] = [None, {"output_values": {}}, {"output_values": {"label": "evil"}}]
    page["tasks"][3]["input_values"] = {"task": "unknown"}
    assert bench.platform().standing(GRADES).collected.answers.is_empty()


def test_times_that_cannot_be_read_are_told(bench: Bench) -> None:
    _publish(bench)
    bench.work("ann", wanted_grade, pages=1)
    (page,) = bench.service.things["assignments"].values()
    page["submitted"] = "yesterday"
    with pytest.raises(PalateError, match="a time that cannot be read: 'yesterday'"):
        bench.platform().standing(GRADES)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://toloka.example.org"},
        {"url": "https://me:secret@toloka.example.org"},
        {"url": "toloka"},
        {"confidence": 0.5},
        {"least_right": 1.0},
        {"review_days": 22},
        {"days": 0},
        {"fee_share": "much"},
        {"fee_share": -0.1},
        {"least_fee": "NaN"},
        {"seconds_between": -1.0},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        Toloka(**settings)
    assert "secret" not in str(refused.value)


def test_the_key_is_never_shown(bench: Bench) -> None:
    platform = bench.platform()
    assert isinstance(platform, Toloka)
    assert "secret-key" not in repr(platform._api())
