"""What every aggregator of comparisons does with comparisons that come bit by bit, today's and tomorrow's."""

from __future__ import annotations

import json
import zipfile
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from answer_strategies import comparison_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.pairs import (
    BradleyTerry,
    PairAggregator,
    PairResult,
    PairState,
    load_pair_state,
    pair_aggregators,
)
from palate.core.errors import InputError, SettingsError

CONTINUING = [pair_aggregators.name_of(m) for m in pair_aggregators if m.goes_on]
BEGINNING_ANEW = [pair_aggregators.name_of(m) for m in pair_aggregators if not m.goes_on]
ONE_MAXIMUM = [name for name in CONTINUING if name not in {"crowd_bt", "noisy_bradley_terry"}]

every_method = pytest.mark.parametrize("name", CONTINUING)


def _method(name: str, **options: object) -> PairAggregator:
    return pair_aggregators.create(name, options)


def _exact(name: str) -> PairAggregator:
    """The method, stopping only where next to nothing moves."""
    return _method(name) if name in ONE_MAXIMUM else _method(name, tolerance=1e-11)


def _comparisons(seed: int, n_ids: int = 8, n_comparisons: int = 600) -> pl.DataFrame:
    """A lower number is better; of six annotators the last does not look."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, n_ids, n_comparisons)
    right = (left + rng.integers(1, n_ids, n_comparisons)) % n_ids
    annotator = rng.integers(0, 6, n_comparisons)
    won = rng.random(n_comparisons) < np.where(annotator == 5, 0.5, 1 / (1 + np.exp((left - right) / 2)))
    label = np.where(rng.random(n_comparisons) < 0.1, "tie", np.where(won, "left", "right"))
    return pl.DataFrame({"left": left, "right": right, "label": label, "annotator": annotator})


def _state(method: PairAggregator, comparisons: pl.DataFrame, bounds: list[int]) -> PairState:
    state = method.start()
    cuts = sorted({0, *(min(bound, len(comparisons)) for bound in bounds), len(comparisons)})
    for start, stop in pairwise(cuts):
        state.add(comparisons[start:stop])
    return state


def _assert_same(found: PairResult, wanted: PairResult) -> None:
    for table in ("scores", "wins", "effects", "annotators"):
        assert getattr(found, table).equals(getattr(wanted, table))
    assert found.log_likelihood == wanted.log_likelihood
    assert found.iterations == wanted.iterations


def _scores(result: PairResult) -> np.ndarray:
    return result.scores.sort("item")["score"].to_numpy()


def _assert_close(found: PairResult, wanted: PairResult, atol: float = 1e-6) -> None:
    np.testing.assert_allclose(_scores(found), _scores(wanted), atol=atol)
    np.testing.assert_allclose(found.wins["probability"], wanted.wins["probability"], atol=atol)
    np.testing.assert_allclose(found.effects["value"], wanted.effects["value"], atol=atol)


def _with_annotators(comparisons: pl.DataFrame) -> pl.DataFrame:
    names = pl.Series("annotator", [["ann", None, "ben"][i % 3] for i in range(len(comparisons))])
    return comparisons.with_columns(names)


@every_method
@settings(max_examples=25, deadline=None)
@given(comparisons=comparison_tables(), bounds=st.lists(st.integers(1, 30), max_size=4), data=st.data())
def test_batches_in_any_order_end_at_what_a_refit_finds(name: str, comparisons, bounds, data) -> None:
    table = _with_annotators(comparisons)
    shuffled = table[data.draw(st.permutations(range(len(table))))]
    state = _state(_method(name), shuffled, bounds)
    assert len(state) == len(table)
    _assert_same(state.result(), _method(name).aggregate(table))


@pytest.mark.parametrize("name", ONE_MAXIMUM)
@settings(max_examples=25, deadline=None)
@given(comparisons=comparison_tables(), cut=st.integers(1, 29))
def test_going_on_ends_at_the_one_maximum(name: str, comparisons: pl.DataFrame, cut: int) -> None:
    state = _state(_method(name), comparisons[:cut], [])
    state.result()
    if cut < len(comparisons):
        state.add(comparisons[cut:])
    _assert_close(state.result(warm=True), _method(name).aggregate(comparisons))


@every_method
@settings(max_examples=25, deadline=None)
@given(comparisons=comparison_tables(), cut=st.integers(1, 29))
def test_a_removed_annotator_was_never_there(name: str, comparisons: pl.DataFrame, cut: int) -> None:
    table = _with_annotators(comparisons)
    state = _state(_method(name), table[:cut], [])
    state.result()
    if cut < len(table):
        state.add(table[cut:])
    state.remove("ann")
    rest = table.filter(pl.col("annotator").ne_missing("ann"))
    assert len(state) == len(rest)
    if len(rest):
        _assert_same(state.result(), _method(name).aggregate(rest))
    else:
        with pytest.raises(InputError, match="no comparisons yet"):
            state.result()
    with pytest.raises(InputError, match="no comparison by annotator 'ann'"):
        state.remove("ann")
    gone = table.filter(annotator="ann")
    state.add(gone)
    _assert_same(state.result(), _method(name).aggregate(table))


@every_method
@pytest.mark.parametrize("seed", [1, 2])
def test_going_on_settles_where_a_refit_does(name: str, seed: int) -> None:
    table, method = _comparisons(seed), _exact(name)
    state = _state(method, table[:570], [200])
    state.result()
    state.add(table[570:])
    found, wanted = state.result(warm=True), method.aggregate(table)
    assert found.converged
    _assert_close(found, wanted)
    assert found.iterations <= wanted.iterations
    state.remove(3)
    _assert_close(state.result(warm=True), method.aggregate(table.filter(pl.col("annotator") != 3)))


@every_method
def test_a_saved_state_goes_on_to_the_last_bit(name: str, tmp_path) -> None:
    table = _comparisons(3)
    state = _state(_method(name), table[:400], [100])
    state.result()
    state.save(tmp_path / "state")
    again = load_pair_state(tmp_path / "state")
    assert again.method == state.method
    for one in (state, again):
        one.add(table[400:])
        one.remove(2)
    _assert_same(again.result(warm=True), state.result(warm=True))
    _assert_same(again.result(), state.result())


@pytest.mark.parametrize("intervals", ["sandwich", "clustered"])
def test_intervals_are_those_of_a_refit(intervals: str) -> None:
    table, method = _comparisons(4), BradleyTerry(intervals=intervals, side_bias=True)
    _assert_same(_state(method, table, [50, 300]).result(), method.aggregate(table))


@pytest.mark.parametrize("name", BEGINNING_ANEW)
def test_methods_that_begin_anew_say_which_go_on(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} cannot go on as comparisons come") as caught:
        _method(name).start()
    assert all(other in str(caught.value) for other in CONTINUING)


def test_what_is_refused_leaves_the_state_as_it_was() -> None:
    state = _state(BradleyTerry(), _comparisons(5)[:10], [])
    text = pl.DataFrame({"left": ["A"], "right": ["B"], "label": ["left"]})
    with pytest.raises(InputError, match="items are text, those that came before whole numbers"):
        state.add(text)
    with pytest.raises(InputError, match="annotators are text, those that came before whole numbers"):
        state.add(pl.DataFrame({"left": [1], "right": [2], "label": ["left"], "annotator": ["ann"]}))
    with pytest.raises(InputError, match="compared with itself"):
        state.add(pl.DataFrame({"left": [1], "right": [1], "label": ["left"]}))
    assert len(state) == 10
    _assert_same(state.result(), BradleyTerry().aggregate(_comparisons(5)[:10]))
    with pytest.raises(InputError, match="no comparisons yet"):
        BradleyTerry().start().result()


def test_results_are_of_the_kind_that_came_first() -> None:
    state = BradleyTerry().start()
    state.add(pd.DataFrame({"left": [1], "right": [2], "label": ["left"]}))
    state.add(pl.DataFrame({"left": [3], "right": [2], "label": ["tie"]}))
    assert isinstance(state.result().scores, pd.DataFrame)


def _npy(tmp_path, values: np.ndarray) -> bytes:
    np.save(tmp_path / "x.npy", values)
    return (tmp_path / "x.npy").read_bytes()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("left.npy", lambda p: _npy(p, np.full(600, 9, dtype=np.int32))),
        ("left.npy", lambda p: _npy(p, np.zeros(3, dtype=np.int32))),
        ("outcome.npy", lambda p: _npy(p, np.full(600, 2, dtype=np.int8))),
        ("end_by_id.npy", lambda p: _npy(p, np.zeros(40))),
        ("state.json", lambda _: json.dumps({"format": "palate label state 2"}).encode()),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path, name: str, make) -> None:
    path = tmp_path / "state"
    state = _state(BradleyTerry(), _comparisons(6), [])
    state.result()
    state.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    assert name in parts
    with zipfile.ZipFile(path, "w") as archive:
        for part, old in (parts | {name: make(tmp_path)}).items():
            archive.writestr(part, old)
    with pytest.raises(InputError, match="damaged or no saved state"):
        load_pair_state(path)


def test_something_compared_with_itself_is_no_state(tmp_path) -> None:
    state = _state(BradleyTerry(), _comparisons(6), [])
    state.log.left[0] = state.log.right[0]
    state.save(tmp_path / "state")
    with pytest.raises(InputError, match="compared with itself"):
        load_pair_state(tmp_path / "state")
