from __future__ import annotations

import contextlib
import json
import time
import zipfile
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import DawidSkene, LabelResult, LabelState, MajorityVote, load_state
from palate.core.errors import InputError, OutputError

every_method = pytest.mark.parametrize("method", [MajorityVote(), DawidSkene()], ids=["votes", "confusion"])
SETTLED = DawidSkene(tolerance=0, max_iter=20_000, wrong=0.5)


def _state(method, *batches: pl.DataFrame, **known) -> LabelState:
    state = method.start(**known)
    for batch in batches:
        state.add(batch)
    return state


def _batches(answers: pl.DataFrame, bounds: list[int]) -> list[pl.DataFrame]:
    cuts = sorted({0, *(min(b, len(answers)) for b in bounds), len(answers)})
    return [answers[a:b] for a, b in pairwise(cuts)]


def _assert_same(found: LabelResult, wanted: LabelResult) -> None:
    for name in ("labels", "probabilities", "annotators", "confusion"):
        a, b = getattr(found, name), getattr(wanted, name)
        assert (a is None and b is None) or a.equals(b)
    assert found.log_likelihood == wanted.log_likelihood
    assert found.tie_share == wanted.tie_share


def _posterior(result: LabelResult) -> np.ndarray:
    return result.probabilities.drop("task").to_numpy()


@every_method
@settings(max_examples=40, deadline=None)
@given(answers=answer_tables(), bounds=st.lists(st.integers(1, 30), max_size=4), data=st.data())
def test_batches_in_any_order_end_at_what_a_refit_finds(method, answers, bounds, data) -> None:
    shuffled = answers[data.draw(st.permutations(range(len(answers))))]
    state = _state(method, *_batches(shuffled, bounds))
    assert len(state) == len(answers)
    _assert_same(state.result(), method.aggregate(answers))


@every_method
@settings(max_examples=40, deadline=None)
@given(answers=answer_tables(), bounds=st.lists(st.integers(1, 30), max_size=3), data=st.data())
def test_a_removed_annotator_was_never_there(method, answers, bounds, data) -> None:
    gone = data.draw(st.sampled_from(sorted(set(answers["annotator"]))))
    rest = answers.filter(pl.col("annotator") != gone)
    state = _state(method, *_batches(answers, bounds))
    state.remove(gone)
    assert len(state) == len(rest)
    if len(rest):
        _assert_same(state.result(), method.aggregate(rest))
        assert np.isfinite(_posterior(state.result(warm=True))).all()
    else:
        with pytest.raises(InputError, match="no answers yet"):
            state.result()
    state.add(answers.filter(pl.col("annotator") == gone))
    _assert_same(state.result(), method.aggregate(answers))


@pytest.mark.parametrize("seed", range(4))
def test_a_warm_start_settles_where_a_refit_does_on_a_good_crowd(seed: int) -> None:
    answers, *_ = crowd(seed, n_tasks=150)
    shuffled = answers.sample(fraction=1, shuffle=True, seed=seed)
    state = _state(SETTLED, *_batches(shuffled, [100, 300, 301, 650]))
    found, wanted = state.result(warm=True), SETTLED.aggregate(answers)
    assert found.converged
    np.testing.assert_allclose(_posterior(found), _posterior(wanted), atol=1e-6)
    assert found.log_likelihood[-1] == pytest.approx(wanted.log_likelihood[-1], abs=1e-8)
    state.remove(3)
    rest = SETTLED.aggregate(answers.filter(pl.col("annotator") != 3))
    np.testing.assert_allclose(_posterior(state.result(warm=True)), _posterior(rest), atol=1e-6)


def test_a_warm_start_takes_fewer_passes_and_never_loses_likelihood() -> None:
    answers, *_ = crowd(7, n_tasks=400)
    method = DawidSkene(tolerance=1e-9, max_iter=1000)
    state = _state(method, answers[:1990])
    before = state.result()
    state.add(answers[1990:])
    warm, cold = state.result(warm=True), method.aggregate(answers)
    assert warm.iterations < cold.iterations
    assert (np.diff(warm.log_likelihood) > -1e-9).all()
    assert before.iterations > 1


def _one_pass(answers: pl.DataFrame, confusion: pl.DataFrame, prior: dict, task: int) -> dict:
    """Bayes' rule, in plain Python: the yardstick of ``posterior_of``."""
    table = {(a, t, label): p for a, t, label, p in confusion.iter_rows()}
    products = dict(prior)
    for _, annotator, label in answers.filter(pl.col("task") == task).iter_rows():
        for truth in products:
            products[truth] *= table[annotator, truth, label]
    total = sum(products.values())
    return {truth: p / total for truth, p in products.items()}


def test_the_posterior_of_a_task_is_what_bayes_rule_says() -> None:
    answers, *_ = crowd(2, n_tasks=100)
    state = _state(SETTLED, answers[:300], answers[300:])
    result = state.result()
    prior = {int(name): float(result.probabilities[name].mean()) for name in ("0", "1", "2")}
    for task in range(0, 100, 7):
        wanted = _one_pass(answers, result.confusion, prior, task)
        assert state.posterior_of(task) == pytest.approx(wanted, abs=1e-7)
    new = pl.DataFrame(
        {"task": [7], "annotator": [next(a for a in range(9) if not _answered(answers, 7, a))]}
    )
    new = new.with_columns(label=pl.lit(1))
    before = state.posterior_of(7)[1]
    state.add(new)
    wanted = _one_pass(pl.concat([answers, new.cast(answers.schema)]), result.confusion, prior, 7)
    assert state.posterior_of(7) == pytest.approx(
        wanted, abs=0.02
    )  # the answer also counts for its annotator
    assert state.posterior_of(7)[1] > before


def _answered(answers: pl.DataFrame, task: int, annotator: int) -> bool:
    return not answers.filter((pl.col("task") == task) & (pl.col("annotator") == annotator)).is_empty()


def test_the_posterior_of_votes_is_their_share() -> None:
    state = _state(
        MajorityVote(), pl.DataFrame({"task": [1, 1, 1], "annotator": [1, 2, 3], "label": ["b", "a", "b"]})
    )
    assert state.posterior_of(1) == {"a": 1 / 3, "b": 2 / 3}
    with pytest.raises(InputError, match="Task 2 has no answers"):
        state.posterior_of(2)


@every_method
def test_golden_tasks_may_be_answered_later_or_never(method) -> None:
    answers, truth, _ = crowd(3)
    golden = pl.DataFrame({"task": [1, 2, 999], "label": [int(1 - truth[1]) % 3, int(truth[2]), 0]})
    state = method.start(golden=golden)
    state.add(answers.filter(pl.col("task") != 2))
    _assert_same(state.result(), method.aggregate(answers.filter(pl.col("task") != 2), golden=golden[:1]))
    state.add(answers.filter(pl.col("task") == 2))
    _assert_same(state.result(), method.aggregate(answers, golden=golden[:2]))
    assert state.posterior_of(1)[int(golden["label"][0])] == 1
    state.remove(0)
    rest = answers.filter(pl.col("annotator") != 0)
    _assert_same(state.result(), method.aggregate(rest, golden=golden[:2]))


def test_declared_labels_are_there_before_anybody_gives_them() -> None:
    state = MajorityVote().start(labels=["yes", "no", "unsure", "no"])
    state.add(pl.DataFrame({"task": [1], "annotator": [1], "label": ["maybe"]}))
    assert state.result().probabilities.columns == ["task", "maybe", "no", "unsure", "yes"]
    assert state.posterior_of(1) == {"maybe": 1.0, "no": 0.0, "unsure": 0.0, "yes": 0.0}


@every_method
def test_a_second_answer_is_refused_with_its_row_and_nothing_is_added(method) -> None:
    first = pl.DataFrame({"task": ["t", "u"], "annotator": ["a", "a"], "label": [1, 2]})
    state = _state(method, first)
    wanted = state.posterior_of("t")
    again = pl.DataFrame({"task": ["v", "u", "t"], "annotator": ["a", "b", "a"], "label": [1, 1, 2]})
    with pytest.raises(InputError, match="'a' has already answered task 't'") as caught:
        state.add(again)
    assert caught.value.row == 3
    with pytest.raises(InputError, match="row 1: task w, annotator a; row 2"):
        state.add(pl.DataFrame({"task": ["w", "w"], "annotator": ["a", "a"], "label": [1, 2]}))
    assert len(state) == 2
    assert state.posterior_of("t") == wanted
    with pytest.raises(InputError, match="no answers"):
        state.posterior_of("v")


@pytest.mark.parametrize("column", ["task", "annotator", "label"])
def test_ids_of_another_type_are_refused(column: str) -> None:
    first = pl.DataFrame({"task": [1], "annotator": [1], "label": [1]})
    state = _state(MajorityVote(), first)
    with pytest.raises(InputError, match=f"{column}s are text, those that came before whole numbers"):
        state.add((first + 1).with_columns(pl.lit("x").alias(column)))
    with pytest.raises(InputError, match="labels are text"):
        MajorityVote().start(labels=[1, 2], golden=pl.DataFrame({"task": [1], "label": ["x"]}))


def test_whole_numbers_that_no_type_holds_together_are_refused() -> None:
    first = pl.DataFrame({"task": [-1], "annotator": [1], "label": [1]})
    state = _state(MajorityVote(), first)
    with pytest.raises(InputError, match="below 0 and above 9223372036854775807"):
        state.add(first.with_columns(task=pl.Series([2**64 - 1], dtype=pl.UInt64)))
    state.add(first + 1)
    assert state.result().labels["task"].to_list() == [-1, 0]


def test_an_unknown_annotator_cannot_be_removed() -> None:
    state = _state(MajorityVote(), pl.DataFrame({"task": [1], "annotator": ["a"], "label": [1]}))
    with pytest.raises(InputError, match="no answer by annotator 'b'"):
        state.remove("b")
    state.remove("a")
    with pytest.raises(InputError, match="no answer by annotator 'a'"):
        state.remove("a")


@pytest.mark.parametrize("kind", [pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.table])
def test_results_are_of_the_kind_that_came_first(kind) -> None:
    data = {"task": [1, 2], "annotator": [1, 1], "label": ["x", "y"]}
    state = _state(MajorityVote(), kind(data))
    assert isinstance(state.result().labels, pa.Table if kind is pa.table else kind)


def test_answers_come_from_files_too(tmp_path) -> None:
    answers, *_ = crowd(1)
    answers.write_parquet(tmp_path / "answers.parquet")
    _assert_same(_state(DawidSkene(), tmp_path / "answers.parquet").result(), DawidSkene().aggregate(answers))


IDS = {
    "text": ["ä", "\0\n", "x" * 300],
    "numbers": [-(2**63), 0, 2**63 - 1],
    "large numbers": [0, 5, 2**64 - 1],
}


@every_method
@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize(
    "labels", [[True, False, True], [1, 2, 3], ["a", "", "c"]], ids=["bool", "int", "text"]
)
def test_a_saved_state_goes_on_where_it_was(tmp_path, method, ids, labels) -> None:
    answers = pl.DataFrame(
        {"task": [*ids, ids[0]], "annotator": [*ids, ids[1]], "label": [*labels, labels[1]]}
    )
    state = _state(method, answers[:3], golden=pl.DataFrame({"task": ids[:1], "label": labels[:1]}))
    state.save(tmp_path / "state")
    again = load_state(tmp_path / "state")
    assert again.method == method
    assert again.posterior_of(ids[0]) == state.posterior_of(ids[0])
    state.add(answers[3:])
    again.add(answers[3:])
    assert again.posterior_of(ids[1]) == pytest.approx(state.posterior_of(ids[1]), abs=1e-12)
    state.remove(ids[2])
    again.remove(ids[2])
    state.save(tmp_path / "state")
    _assert_same(load_state(tmp_path / "state").result(), again.result())
    _assert_same(again.result(), state.result())
    assert again.result().labels["task"].to_list() == sorted(ids[:2])


@every_method
def test_a_state_without_answers_can_be_saved(tmp_path, method) -> None:
    method.start(labels=["x", "y"]).save(tmp_path / "state")
    state = load_state(tmp_path / "state")
    state.add(pl.DataFrame({"task": [1], "annotator": [1], "label": ["y"]}))
    assert set(state.posterior_of(1)) == {"x", "y"}


def test_settings_survive(tmp_path) -> None:
    method = DawidSkene(ties="random", seed=8, max_iter=3, right=2.5, wrong=0.25, threads=1)
    method.start().save(tmp_path / "state")
    assert load_state(tmp_path / "state").method == method


def _saved(tmp_path):
    path = tmp_path / "state"
    _state(DawidSkene(), crowd(1)[0]).save(path)
    return path


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_changed_byte_is_an_input_error_or_harmless(tmp_path_factory, place: float, change: int) -> None:
    path = _saved(tmp_path_factory.mktemp("state"))
    wanted = load_state(path).result()
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= change
    path.write_bytes(data)
    with contextlib.suppress(InputError):  # anything else that is raised fails the test
        _assert_same(load_state(path).result(), wanted)


def _rewrite(path, name: str, data: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for part, old in parts.items():
            archive.writestr(part, data if part == name else old)


def _npy(tmp_path, values: np.ndarray) -> bytes:
    np.save(tmp_path / "x.npy", values)
    return (tmp_path / "x.npy").read_bytes()


def _parquet(tmp_path, values: list) -> bytes:
    pl.DataFrame({"id": values}).write_parquet(tmp_path / "x.parquet")
    return (tmp_path / "x.parquet").read_bytes()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("tasks.npy", lambda p: _npy(p, np.full(300, 60, dtype=np.int32))),
        ("tasks.npy", lambda p: _npy(p, np.zeros(300, dtype=np.int32))),
        ("labels.npy", lambda p: _npy(p, np.full(300, -1, dtype=np.int32))),
        ("labels.npy", lambda p: _npy(p, np.zeros(300))),
        ("labels.npy", lambda p: _npy(p, np.zeros(7, dtype=np.int32))),
        ("golden.npy", lambda p: _npy(p, np.full(60, 3, dtype=np.int32))),
        ("kept_posterior.npy", lambda p: _npy(p, np.full((60, 3), np.nan))),
        ("kept_posterior.npy", lambda p: _npy(p, np.full((60, 2), 0.5))),
        ("known.npy", lambda p: _npy(p, np.zeros((4, 40)))),
        ("known.npy", lambda p: _npy(p, np.zeros((4, 40, 40)))),
        ("known.npy", lambda p: _npy(p, np.full((1, 3, 3), -1.0))),
        ("task.parquet", lambda p: _parquet(p, [1] * 60)),
        ("task.parquet", lambda p: _parquet(p, [str(i) for i in range(60)])),
        ("state.json", lambda _: b"{}"),
        ("state.json", lambda _: b"[]"),
        ("state.json", lambda _: json.dumps({"format": "palate label state 9"}).encode()),
        (
            "state.json",
            lambda _: json.dumps({"format": "palate label state 2", "method": "x", "settings": {}}).encode(),
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, name: str, make) -> None:
    path = _saved(tmp_path)
    _rewrite(path, name, make(tmp_path))
    with pytest.raises(InputError, match="damaged or no saved state"):
        load_state(path)


def test_places_that_hold_no_state_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_state(tmp_path / "nothing")
    with pytest.raises(InputError, match="cannot be read"):
        load_state(tmp_path)
    with pytest.raises(OutputError):
        MajorityVote().start().save(tmp_path / "no folder" / "state")


def test_no_pickle_is_in_the_file(tmp_path) -> None:
    with zipfile.ZipFile(_saved(tmp_path)) as archive:
        endings = {name.rpartition(".")[2] for name in archive.namelist()}
        for name in archive.namelist():
            if name.endswith(".npy"):
                assert b"'descr': '|O'" not in archive.read(name)
    assert endings == {"json", "parquet", "npy"}


@every_method
def test_a_task_is_looked_up_in_less_than_a_millisecond_among_100_000_answers(method) -> None:
    answers, *_ = crowd(1, n_tasks=20_000, n_annotators=200)
    state = _state(method, answers[:-1])
    state.add(answers[-1:])
    times = []
    for task in range(19_990, 20_000):
        start = time.perf_counter()
        state.posterior_of(task)
        times.append(time.perf_counter() - start)
    assert min(times) < 1e-3
