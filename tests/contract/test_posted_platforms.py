"""What every platform does: publish, collect, pay, pause, go on after a crash. What does not apply to one, its bench says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from all_benches import KINDS, SERVICES
from instant_benches import SimulatedBench, model_bench
from posted_benches import BENCHES, GRADES, PAIRS, PROMISES, Bench, bench_of, better_side, wanted_grade
from server_bench import ScriptedProxy, server_bench, server_with_proxy
from server_process import Server

from palate.core.errors import InputError, PalateError
from palate.core.frames import read_table
from palate.core.tables import ANSWERS
from palate.platforms import (
    Bonus,
    Collected,
    Pool,
    UnreachableError,
    WaitingError,
    check_pay,
    floor_bonuses,
    platforms,
)
from palate.platforms._posted import PostedPlatform

PEOPLE = ("ann", "bob", "cy")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, ScriptedProxy]]:
    with server_with_proxy(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    folder = tmp_path / "asked"
    if request.param == "server":
        yield server_bench(*request.getfixturevalue("server"), folder, monkeypatch)
    elif request.param == "simulated":
        yield SimulatedBench(folder)
    else:
        kind = model_bench(folder, monkeypatch) if request.param == "model_judge" else None
        with kind or bench_of(request.param, folder, monkeypatch) as made:
            yield made


every_service = pytest.mark.parametrize("bench", SERVICES, indirect=True)


def every_service_at(*places: int) -> pytest.MarkDecorator:
    """Run a test for every service, with a fault at each of some requests; a real server takes longer, so at every other."""
    cases = [(name, at) for name in SERVICES for at in (places[::2] if name == "server" else places)]
    return pytest.mark.parametrize(("bench", "at"), cases, indirect=["bench"])


def _answered(bench: Bench, pool: Pool = GRADES) -> Collected:
    """Return what comes when everybody answers right."""
    bench.publish(pool)
    for person in PEOPLE:
        bench.work(person, wanted_grade if pool is GRADES else better_side)
    found: Collected = bench.platform().ask(pool)
    return found


def _real(answers: pl.DataFrame, pool: Pool = GRADES) -> pl.DataFrame:
    assert pool.golden is not None
    return answers.filter(~pl.col("task").is_in(pool.golden["task"].implode()))


def test_every_platform_is_tested_here() -> None:
    asks_nobody = {"embedding_judge"}  # reckons by itself: nothing is sent, paid or waited for
    assert set(platforms.names()) == set(KINDS) | asks_nobody
    posted = {name for name in platforms.names() if issubclass(platforms.get(name), PostedPlatform)}
    assert posted == set(BENCHES)
    assert not {promise for kind in KINDS.values() for promise in kind.absent} - set(PROMISES)


def test_annotators_are_asked_and_their_answers_come_back(bench: Bench) -> None:
    found = _answered(bench)
    answers = found.answers
    named = ["task", "annotator", "label", "seconds", "submitted_at", "page"]
    assert read_table(answers, ANSWERS).equals(answers)
    assert answers.columns[:6] == named
    assert answers["task"].dtype == GRADES.tasks["task"].dtype
    right = answers.join(GRADES.tasks, on="task")
    assert (right["label"] == right["truth"]).all()
    assert _real(answers).group_by("task").len()["len"].to_list() == [bench.answers_a_task] * 10
    assert not answers.select("task", "annotator").is_duplicated().any()
    assert set(answers["annotator"]) <= set(found.annotators["annotator"])
    assert found.annotators["annotator"].is_unique().all()
    assert all(map(bench.knows, found.annotators["annotator"]))
    assert found.pages == answers["page"].n_unique()
    assert found.cost == bench.price(found, GRADES)


def test_what_was_chosen_on_shuffled_sides_is_stored_by_the_task(bench: Bench) -> None:
    answers = _answered(bench, PAIRS).answers
    right = answers.join(PAIRS.tasks, on="task")
    assert (right["label"] == right["truth"]).all()
    assert _real(answers, PAIRS)["task"].n_unique() == 10


def test_a_second_run_publishes_nothing_more(bench: Bench) -> None:
    found = _answered(bench)
    published = bench.published()
    again = bench.platform().ask(GRADES, seed=99 if bench.any_seed else 0)
    assert bench.published() == published
    assert again.answers.equals(found.answers)
    assert again.cost == found.cost


def test_pools_are_published_side_by_side_and_again_without_harm(bench: Bench) -> None:
    published = []
    for _ in range(2):
        for pool in (GRADES, PAIRS):
            bench.platform().publish(pool, seed=0)
        published.append((bench.published(), bench.pools()))
    assert published[0] == published[1]


def test_another_pool_is_another_one(bench: Bench) -> None:
    bench.needs("waiting")
    _answered(bench)
    published = bench.published()
    with pytest.raises(WaitingError, match=r"0 of 2\d answers"):
        bench.platform().ask(replace(GRADES, reward=Decimal("0.09")))
    assert bench.published() > published


def test_nothing_that_annotators_can_read_tells_golden_tasks_or_runs_scripts(bench: Bench) -> None:
    bench.needs("shown")
    bench.publish(GRADES)
    if bench.at_once:
        bench.platform().ask(GRADES)
    texts = bench.texts()
    assert "wants 0" in texts
    assert "golden" not in texts.casefold()
    assert not [task for task in GRADES.tasks["task"] if f'"{task}"' in texts]
    assert "alert(1)" not in texts or bench.name in {"files", "model_judge"}  # they take plain text


def test_half_a_page_is_kept_and_the_rest_is_missing(bench: Bench) -> None:
    bench.needs("choices", "half pages")
    bench.publish(GRADES)
    bench.work("ann", lambda text: "" if "wants 0" in text else wanted_grade(text), pages=1)
    found = bench.so_far(GRADES)
    assert len(found.answers) > 0
    assert set(found.answers["label"]) <= {"1", "2"}


def test_labels_that_judge_nothing_do_not_become_answers(bench: Bench) -> None:
    bench.needs("choices", "several people")
    bench.publish(GRADES)
    choice = "Can't say" if bench.name == "files" else "cannot_say"
    bench.work("ann", lambda _: choice)
    for person in ("bob", "cy"):
        bench.work(person, wanted_grade)
    found = bench.platform().ask(GRADES)
    assert len(set(found.answers["annotator"])) <= 2
    assert set(found.answers["label"]) == {"0", "1", "2"}


def test_bonuses_are_paid_once(bench: Bench) -> None:
    bench.needs("bonuses")
    found = _answered(bench)
    platform = bench.platform()
    owed = _owed(found)
    assert all(one.bonus for one in owed)
    if not platform.pays_bonuses:
        with pytest.raises(PalateError, match=f"Pay by hand: {owed[0].annotator}"):
            platform.pay(GRADES, owed)
        return
    assert platform.pay(GRADES, owed) == sum(one.bonus for one in owed)
    assert bench.platform().pay(GRADES, owed) == 0
    higher = [replace(one, bonus=one.bonus + 1) for one in owed]
    assert bench.platform().pay(GRADES, higher) == 0
    assert sorted(bench.bonuses()) == sorted((one.annotator, one.bonus) for one in owed)
    assert bench.platform().ask(GRADES).cost >= found.cost + sum(one.bonus for one in owed)


def test_shortcomings_are_sentences_and_say_what_a_pool_wants_in_vain(bench: Bench) -> None:
    platform = bench.platform()
    wanted = replace(PAIRS, overlap_max=5)
    told = platform.shortcomings(wanted)
    assert all(sentence.endswith(".") for sentence in told)
    bench.needs("overlap")
    if not platform.asks_more_where_answers_disagree:
        assert any("not up to 5" in sentence for sentence in told)
        assert not any("not up to" in sentence for sentence in platform.shortcomings(PAIRS))


def test_the_estimate_is_what_it_costs(bench: Bench) -> None:
    bench.needs("pages")
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
    bench.needs("shown")
    wrong = GRADES.tasks.with_columns(shown=pl.lit('{"query": "q"}'))
    with pytest.raises(InputError, match=r"tasks, row 1, column 'shown'"):
        bench.platform().ask(replace(GRADES, tasks=wrong))
    with pytest.raises(InputError, match="tasks, row 1, column 'shown'"):
        bench.platform().ask(replace(GRADES, tasks=GRADES.tasks.with_columns(shown=pl.lit("{no JSON"))))
    with pytest.raises(InputError, match="the column 'shown'"):
        bench.platform().ask(replace(GRADES, tasks=GRADES.tasks.drop("shown")))
    with pytest.raises(InputError, match="needs a task template"):
        bench.platform().ask(replace(GRADES, template=""))
    assert bench.published() == 0
    if bench.name == "server":
        assert bench.pools() == 0


def test_a_template_that_asks_for_something_else_is_refused(bench: Bench) -> None:
    bench.needs("shown", "one label")
    with pytest.raises(PalateError, match="chooses? one label a task"):
        bench.platform().ask(replace(GRADES, template="free_text", template_settings={}))
    assert bench.published() == 0


@every_service
def test_pictures_on_this_server_need_its_address(bench: Bench) -> None:
    bench.needs("site")
    local = GRADES.tasks.with_columns(shown=pl.lit('{"query": "wants 0", "image": "/media/shoe.jpg"}'))
    pool = replace(GRADES, tasks=local)
    with pytest.raises(InputError, match="annotators elsewhere cannot open"):
        bench.platform().ask(pool)
    assert bench.published() == 0
    with pytest.raises(WaitingError):
        bench.platform(site="https://judge.example.org/").ask(pool)
    assert "https://judge.example.org/media/shoe.jpg" in bench.texts()


@every_service_at(0, 1, 2, 3, 5, 7, 9)
@pytest.mark.parametrize("fault", ["lost request", "lost answer", 503])
def test_a_fault_at_any_request_doubles_nothing(bench: Bench, fault: str | int, at: int) -> None:
    bench.service.faults = [*[""] * at, fault]
    _run_until_published(bench)
    assert bench.published() == _pages_or_tasks(bench)
    assert bench.pools() == 1


@every_service_at(0, 2, 4)
@pytest.mark.parametrize("fault", ["lost request", "lost answer"])
def test_who_is_stopped_at_any_request_and_runs_again_doubles_nothing(
    bench: Bench, fault: str, at: int
) -> None:
    bench.service.faults = [*[""] * at, *[fault] * 200]
    with suppress(UnreachableError, WaitingError):
        bench.platform().ask(GRADES)
    bench.service.faults = []
    _run_until_published(bench)
    assert bench.published() == _pages_or_tasks(bench)
    assert bench.pools() == 1


@every_service_at(0, 1, 3, 5, 8)
@pytest.mark.parametrize("fault", ["lost request", "lost answer"])
def test_a_fault_while_pages_are_reviewed_and_paid_pays_nothing_twice(
    bench: Bench, fault: str | int, at: int
) -> None:
    bench.needs("waiting")
    if bench.name == "toloka":
        bench.settings["review_days"] = 3
    bench.publish(GRADES)
    for person in PEOPLE:
        bench.work(person, wanted_grade)
    bench.service.faults = [*[""] * at, fault]
    found = bench.platform().ask(GRADES)
    assert len(_real(found.answers)) == 20
    platform = bench.platform()
    if not platform.pays_bonuses:
        return
    owed = _owed(found)
    bench.service.faults = [*[""] * at, fault]
    platform.pay(GRADES, owed)
    assert sorted(bench.bonuses()) == sorted((one.annotator, one.bonus) for one in owed)


@every_service
def test_what_is_down_for_long_is_told_and_goes_on_later(bench: Bench) -> None:
    bench.service.faults = [503] * 200
    with pytest.raises(UnreachableError, match="same again"):
        bench.platform().ask(GRADES)
    bench.service.faults = []
    assert len(_answered(bench).answers)


@every_service
def test_what_is_refused_for_good_is_told_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said = bench.refuse(monkeypatch)
    with pytest.raises(PalateError, match=said) as refused:
        bench.platform().ask(GRADES)
    assert not isinstance(refused.value, UnreachableError | WaitingError)
    assert bench.published() == 0


@every_service
def test_keys_are_needed_and_never_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    if bench.refuses_key:
        monkeypatch.setenv(bench.key_variables[0], "wrong-key")
        with pytest.raises(PalateError, match=bench.refuses_key) as refused:
            bench.platform().ask(GRADES)
        assert "wrong-key" not in str(refused.value)
    for name in bench.key_variables:
        monkeypatch.delenv(name)
    with pytest.raises(PalateError, match=bench.no_key):
        bench.platform().ask(GRADES)


@every_service
def test_notes_that_were_lost_are_found_again_on_the_platform(bench: Bench) -> None:
    bench.needs("notes")
    bench.publish(GRADES)
    published = bench.published()
    for path in bench.folder.rglob("published.json"):
        path.unlink()
    bench.publish(GRADES)
    assert bench.published() == published


def test_a_paused_pool_hands_out_nothing_until_it_is_resumed(bench: Bench) -> None:
    bench.needs("waiting")
    bench.publish(GRADES)
    if "pause" in bench.absent:
        with pytest.raises(PalateError, match="cannot"):
            bench.platform().pause(GRADES)
        bench.platform().resume(GRADES)
        return
    assert bench.work("ann", wanted_grade, pages=1) == 1
    bench.platform().pause(GRADES)
    bench.platform().pause(GRADES)
    assert bench.work("bob", wanted_grade) == 0
    if "ends when paused" in bench.absent:
        bench.publish(GRADES)
    else:
        with pytest.raises(WaitingError, match="The pool is paused"):
            bench.platform(hours=None).ask(GRADES)
    assert bench.work("bob", wanted_grade) == 0
    bench.platform().resume(GRADES)
    for person in PEOPLE:
        bench.work(person, wanted_grade)
    assert bench.platform().ask(GRADES).pages
    bench.platform().resume(GRADES)


def test_folders_of_settings_can_be_taken_from_a_study(bench: Bench, tmp_path: Path) -> None:
    bench.needs("folder")
    inside = bench.platform(folder="asked").within(tmp_path)
    assert inside.home(GRADES).parent == tmp_path / "asked"
    assert inside.home(GRADES).name.startswith("films-more-")


def _run_until_published(bench: Bench) -> None:
    """Run a few times, as somebody does who is told that the platform cannot be reached."""
    for _ in range(3):
        try:
            bench.platform().ask(GRADES)
        except WaitingError:
            return
        except UnreachableError:
            continue
        return


def _pages_or_tasks(bench: Bench) -> int:
    return 4 if bench.name == "mturk" else len(GRADES.tasks)


def _owed(found: Collected) -> list[Bonus]:
    """Return what lifts everybody to $12 an hour, at a minute a task."""
    return floor_bonuses(found.answers.with_columns(seconds=pl.lit(60.0)), GRADES.reward, Decimal(12))
