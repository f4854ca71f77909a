"""What every platform does where a pool is published, people answer later, and answers are fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from posted_benches import BENCHES, GRADES, PAIRS, Bench, bench_of, better_side, wanted_grade

from palate.core.errors import InputError, PalateError
from palate.core.frames import read_table
from palate.core.tables import ANSWERS
from palate.platforms import (
    Collected,
    Pool,
    UnreachableError,
    WaitingError,
    check_pay,
    floor_bonuses,
    platforms,
)
from palate.platforms._posted import PostedPlatform

SERVICES = [name for name in BENCHES if name != "files"]
PEOPLE = ("ann", "bob", "cy")


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of(request.param, tmp_path / "asked", monkeypatch) as made:
        yield made


@pytest.fixture(params=SERVICES)
def service_bench(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    with bench_of(request.param, tmp_path / "asked", monkeypatch) as made:
        yield made


def _answered(bench: Bench, pool: Pool = GRADES) -> Collected:
    """Return what comes when everybody answers right."""
    with pytest.raises(WaitingError):
        bench.platform().ask(pool)
    for person in PEOPLE:
        bench.work(person, wanted_grade if pool is GRADES else better_side)
    return bench.platform().ask(pool)


def _real(answers: pl.DataFrame, pool: Pool = GRADES) -> pl.DataFrame:
    assert pool.golden is not None
    return answers.filter(~pl.col("task").is_in(pool.golden["task"].implode()))


def test_every_posted_platform_is_tested_here() -> None:
    assert {name for name in platforms.names() if issubclass(platforms.get(name), PostedPlatform)} == set(
        BENCHES
    )


def test_people_are_asked_and_their_answers_come_back(bench: Bench) -> None:
    found = _answered(bench)
    answers = found.answers
    assert read_table(answers, ANSWERS).equals(answers)
    assert answers["task"].dtype == GRADES.tasks["task"].dtype
    right = answers.join(GRADES.tasks, on="task")
    assert (right["label"] == right["truth"]).all()
    assert _real(answers).group_by("task").len()["len"].to_list() == [2] * 10
    assert not answers.select("task", "annotator").is_duplicated().any()
    assert set(answers["annotator"]) == set(found.annotators["annotator"]) <= set(PEOPLE)
    assert found.pages == answers["page"].n_unique()
    platform = bench.platform()
    assert found.cost == found.pages * (GRADES.reward + platform.page_fee(GRADES))


def test_what_was_chosen_on_shuffled_sides_is_stored_by_the_task(bench: Bench) -> None:
    answers = _answered(bench, PAIRS).answers
    right = answers.join(PAIRS.tasks, on="task")
    assert (right["label"] == right["truth"]).all()
    assert _real(answers, PAIRS)["task"].n_unique() == 10


def test_a_second_run_publishes_nothing_more(bench: Bench) -> None:
    found = _answered(bench)
    published = bench.published()
    again = bench.platform().ask(GRADES, seed=99)
    assert bench.published() == published
    assert again.answers.equals(found.answers)
    assert again.cost == found.cost


def test_another_pool_is_another_one(bench: Bench) -> None:
    _answered(bench)
    published = bench.published()
    with pytest.raises(WaitingError, match=r"0 of 2\d answers"):
        bench.platform().ask(replace(GRADES, reward=Decimal("0.09")))
    assert bench.published() > published


def test_nothing_that_annotators_can_read_tells_golden_tasks_or_runs_scripts(bench: Bench) -> None:
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)
    texts = bench.texts()
    assert "golden" not in texts.casefold()
    assert not [task for task in GRADES.tasks["task"] if f'"{task}"' in texts]
    assert "alert(1)" not in texts or bench.name == "files"  # cells hold plain text


def test_half_a_page_is_kept_and_the_rest_is_missing(bench: Bench) -> None:
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)
    bench.work("ann", lambda text: "" if "wants 0" in text else wanted_grade(text), pages=1)
    standing = bench.platform().standing(GRADES)
    assert not standing.done
    assert len(standing.collected.answers) > 0
    assert set(standing.collected.answers["label"]) <= {"1", "2"}


def test_labels_that_judge_nothing_do_not_become_answers(bench: Bench) -> None:
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)
    choice = "Can't say" if bench.name == "files" else "cannot_say"
    bench.work("ann", lambda _: choice)
    for person in ("bob", "cy"):
        bench.work(person, wanted_grade)
    answers = bench.platform().ask(GRADES).answers
    assert "ann" not in set(answers["annotator"])
    assert set(answers["label"]) == {"0", "1", "2"}


def test_bonuses_are_paid_once(bench: Bench) -> None:
    found = _answered(bench)
    platform = bench.platform()
    timed = found.answers.with_columns(seconds=pl.lit(60.0))
    owed = floor_bonuses(timed, GRADES.reward, Decimal(12))
    assert all(one.bonus for one in owed)
    if not platform.pays_bonuses:
        with pytest.raises(PalateError, match="Pay by hand: ann"):
            platform.pay(GRADES, owed)
        return
    assert platform.pay(GRADES, owed) == sum(one.bonus for one in owed)
    assert bench.platform().pay(GRADES, owed) == 0


def test_shortcomings_are_sentences_and_say_what_a_pool_wants_in_vain(bench: Bench) -> None:
    platform = bench.platform()
    wanted = replace(PAIRS, overlap_max=5)
    told = platform.shortcomings(wanted)
    assert all(sentence.endswith(".") for sentence in told)
    if not platform.asks_more_where_answers_disagree:
        assert any("not up to 5" in sentence for sentence in told)
        assert not any("not up to" in sentence for sentence in platform.shortcomings(PAIRS))


def test_the_estimate_is_what_it_costs(bench: Bench) -> None:
    platform = bench.platform()
    estimate = platform.estimate(GRADES, seconds_per_page=48)
    fee = platform.page_fee(GRADES)
    assert (estimate.answers, estimate.pages) == (20, 7)
    assert estimate.total == 7 * (GRADES.reward + fee)
    assert estimate.hourly_pay == Decimal("6.00")
    assert "$6.00" in estimate.sentence
    assert json.loads(json.dumps(estimate.to_dict()))["total"] == str(estimate.total)
    check_pay(estimate, Decimal(6))
    with pytest.raises(PalateError, match="below the floor of \\$6.01"):
        check_pay(estimate, Decimal("6.01"))


def test_a_pool_that_cannot_be_shown_is_refused_before_anything_is_published(bench: Bench) -> None:
    wrong = GRADES.tasks.with_columns(shown=pl.lit('{"query": "q"}'))
    with pytest.raises(InputError, match=r"tasks, row 1, column 'shown'"):
        bench.platform().ask(replace(GRADES, tasks=wrong))
    with pytest.raises(InputError, match="the column 'shown'"):
        bench.platform().ask(replace(GRADES, tasks=GRADES.tasks.drop("shown")))
    with pytest.raises(InputError, match="needs a task template"):
        bench.platform().ask(replace(GRADES, template=""))
    with pytest.raises(InputError, match="choose one label a task"):
        bench.platform().ask(replace(GRADES, template="free_text", template_settings={}))
    assert bench.published() == 0


def test_pictures_on_this_server_need_its_address(service_bench: Bench) -> None:
    local = GRADES.tasks.with_columns(shown=pl.lit('{"query": "wants 0", "image": "/media/shoe.jpg"}'))
    pool = replace(GRADES, tasks=local)
    with pytest.raises(InputError, match="annotators elsewhere cannot open"):
        service_bench.platform().ask(pool)
    assert service_bench.published() == 0
    with pytest.raises(WaitingError):
        service_bench.platform(site="https://judge.example.org/").ask(pool)
    assert "https://judge.example.org/media/shoe.jpg" in service_bench.texts()


@pytest.mark.parametrize("fault", ["lost request", "lost answer", 503])
@pytest.mark.parametrize("at", [0, 1, 2, 3, 5, 7, 9])
def test_a_fault_at_any_request_doubles_nothing(service_bench: Bench, fault: str | int, at: int) -> None:
    service_bench.service.faults = [*[""] * at, fault]
    for _ in range(3):
        try:
            service_bench.platform().ask(GRADES)
        except WaitingError:
            break
        except UnreachableError:
            continue
    expected = 4 if service_bench.name == "mturk" else len(GRADES.tasks)
    assert service_bench.published() == expected
    assert _pools(service_bench) == 1


@pytest.mark.parametrize("fault", ["lost request", "lost answer"])
@pytest.mark.parametrize("at", [0, 1, 3, 5, 8])
def test_a_fault_while_pages_are_reviewed_and_paid_pays_nothing_twice(
    service_bench: Bench, fault: str | int, at: int
) -> None:
    if service_bench.name == "toloka":
        service_bench.settings["review_days"] = 3
    with pytest.raises(WaitingError):
        service_bench.platform().ask(GRADES)
    for person in PEOPLE:
        service_bench.work(person, wanted_grade)
    service_bench.service.faults = [*[""] * at, fault]
    found = service_bench.platform().ask(GRADES)
    assert len(_real(found.answers)) == 20
    platform = service_bench.platform()
    if not platform.pays_bonuses:
        return
    owed = floor_bonuses(found.answers.with_columns(seconds=pl.lit(60.0)), GRADES.reward, Decimal(12))
    service_bench.service.faults = [*[""] * at, fault]
    platform.pay(GRADES, owed)
    given = _bonuses(service_bench)
    assert sorted(given) == sorted((one.annotator, one.bonus) for one in owed)


def test_what_is_down_for_long_is_told_and_goes_on_later(service_bench: Bench) -> None:
    service_bench.service.faults = [503] * 50
    with pytest.raises(UnreachableError, match="same again"):
        service_bench.platform().ask(GRADES)
    service_bench.service.faults = []
    assert len(_answered(service_bench).answers)


def test_what_is_refused_for_good_is_told_at_once(service_bench: Bench) -> None:
    service_bench.service.refuse = {
        "mturk": "CreateHIT",
        "toloka": "projects",
        "label_studio": "/api/projects/",
    }[service_bench.name]
    with pytest.raises(PalateError, match="refuses") as refused:
        service_bench.platform().ask(GRADES)
    assert not isinstance(refused.value, UnreachableError)
    assert service_bench.published() == 0


def test_keys_are_needed_and_never_shown(service_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    if service_bench.name == "mturk":
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
    else:
        name = "TOLOKA_TOKEN" if service_bench.name == "toloka" else "LABEL_STUDIO_API_KEY"
        monkeypatch.setenv(name, "wrong-key")
        with pytest.raises(PalateError, match="401") as refused:
            service_bench.platform().ask(GRADES)
        assert "wrong-key" not in str(refused.value)
        monkeypatch.delenv(name)
    with pytest.raises(PalateError, match=r"There (is|are) no (key|credentials)"):
        service_bench.platform().ask(GRADES)


def test_notes_that_were_lost_are_found_again_on_the_platform(service_bench: Bench) -> None:
    with pytest.raises(WaitingError):
        service_bench.platform().ask(GRADES)
    published = service_bench.published()
    for path in service_bench.folder.rglob("published.json"):
        path.unlink()
    with pytest.raises(WaitingError):
        service_bench.platform().ask(GRADES)
    assert service_bench.published() == published


def test_a_paused_pool_hands_out_nothing_until_it_is_resumed(bench: Bench) -> None:
    with pytest.raises(WaitingError):
        bench.platform().ask(GRADES)
    if bench.name not in {"mturk", "toloka"}:
        with pytest.raises(PalateError, match="cannot"):
            bench.platform().pause(GRADES)
        bench.platform().resume(GRADES)
        return
    assert bench.work("ann", wanted_grade, pages=1) == 1
    bench.platform().pause(GRADES)
    assert bench.work("bob", wanted_grade) == 0
    with pytest.raises(WaitingError, match="The pool is paused"):
        bench.platform(hours=None).ask(GRADES)
    bench.platform().resume(GRADES)
    for person in PEOPLE:
        bench.work(person, wanted_grade)
    assert bench.platform().ask(GRADES).pages


def test_folders_of_settings_can_be_taken_from_a_study(bench: Bench, tmp_path: Path) -> None:
    inside = bench.platform(folder="asked").within(tmp_path)
    assert inside.home(GRADES).parent == tmp_path / "asked"
    assert inside.home(GRADES).name.startswith("films-more-")


def _pools(bench: Bench) -> int:
    if bench.name == "toloka":
        return len(bench.service.things["pools"])
    return len(bench.service.projects) if bench.name == "label_studio" else 1


def _bonuses(bench: Bench) -> list[tuple[str, Decimal]]:
    """Return who was given what, twice where it was given twice."""
    if bench.name == "mturk":
        return [(one["WorkerId"], Decimal(one["BonusAmount"])) for one in bench.service.bonuses]
    given = bench.service.things["user-bonuses"].values()
    return [(one["user_id"], Decimal(str(one["amount"]))) for one in given]
