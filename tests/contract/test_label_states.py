"""What every label aggregator does with answers that come bit by bit, today's and tomorrow's."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.aggregation.labels import (
    LabelAggregator,
    LabelResult,
    LabelState,
    MajorityVote,
    label_aggregators,
    load_state,
)
from palate.core.errors import InputError, SettingsError

CONTINUING = [label_aggregators.name_of(m) for m in label_aggregators if m.keeps is not None]
BEGINNING_ANEW = [label_aggregators.name_of(m) for m in label_aggregators if m.keeps is None]

every_method = pytest.mark.parametrize("name", CONTINUING)
every_other = pytest.mark.parametrize("name", BEGINNING_ANEW)


def _method(name: str, **options: object) -> LabelAggregator:
    return label_aggregators.create(name, options)


def _settled(name: str) -> LabelAggregator:
    """The method, stopping only where nothing moves."""
    known = {field.name for field in fields(label_aggregators.get(name))}
    exact = {"tolerance": 0.0, "max_iter": 50_000, "wrong": 0.5, "restarts": 2}
    if name == "lfc":
        exact["wrong"] = 1.5
    if name in {"zero_based_skill", "m_msr"}:  # nothing is maximized: numbers settle to the last digits only
        exact |= {"tolerance": 1e-12, "max_iter": 2000}
    if name == "catd":
        exact["max_iter"] = 2000
    return _method(name, **{key: value for key, value in exact.items() if key in known})


def _clear_crowd(seed: int, n_tasks: int = 300) -> tuple[pl.DataFrame, np.ndarray]:
    """Return answers that leave no doubt which maximum is nearest, and the truth."""
    rng = np.random.default_rng(seed)
    truth, right = rng.integers(0, 3, n_tasks), rng.uniform(0.75, 0.95, 9)
    crews = np.array([rng.permutation(9)[:5] for _ in range(n_tasks)])
    knows = rng.random(crews.shape) < right[crews]
    guesses = (truth[:, np.newaxis] + rng.integers(1, 3, crews.shape)) % 3
    labels = np.where(knows, truth[:, np.newaxis], guesses)
    tasks = np.repeat(np.arange(n_tasks), 5)
    return pl.DataFrame({"task": tasks, "annotator": crews.ravel(), "label": labels.ravel()}), truth


def _golden(answers: pl.DataFrame, name: str) -> pl.DataFrame | None:
    """Every third task's lowest label, for methods that need some."""
    if not label_aggregators.get(name).needs_golden:
        return None
    known = answers.filter(pl.col("task") % 3 == 0).group_by("task").agg(pl.col("label").min()).sort("task")
    return known if len(known) else answers.select("task", "label").unique("task").sort("task")[:1]


def _state(method: LabelAggregator, answers: pl.DataFrame, bounds: list[int], **known: object) -> LabelState:
    state = method.start(**known)
    cuts = sorted({0, *(min(bound, len(answers)) for bound in bounds), len(answers)})
    for start, stop in pairwise(cuts):
        state.add(answers[start:stop])
    return state


def _posterior(result: LabelResult) -> np.ndarray:
    return result.probabilities.drop("task").to_numpy()


def _assert_same(found: LabelResult, wanted: LabelResult) -> None:
    for table in ("labels", "probabilities", "annotators", "confusion"):
        one, other = getattr(found, table), getattr(wanted, table)
        assert (one is None and other is None) or one.equals(other)
    assert found.log_likelihood == wanted.log_likelihood
    assert found.iterations == wanted.iterations


@every_method
@settings(max_examples=15, deadline=None)
@given(answers=answer_tables(), bounds=st.lists(st.integers(1, 30), max_size=4), data=st.data())
def test_batches_in_any_order_end_at_what_a_refit_finds(name: str, answers, bounds, data) -> None:
    method, golden = _method(name), _golden(answers, name)
    shuffled = answers[data.draw(st.permutations(range(len(answers))))]
    state = _state(method, shuffled, bounds, golden=golden)
    _assert_same(state.result(), method.aggregate(answers, golden=golden))


@every_method
@settings(max_examples=15, deadline=None)
@given(answers=answer_tables(), bounds=st.lists(st.integers(1, 30), max_size=3), data=st.data())
def test_a_removed_annotator_was_never_there(name: str, answers, bounds, data) -> None:
    method, golden = _method(name), _golden(answers, name)
    gone = data.draw(st.sampled_from(sorted(set(answers["annotator"]))))
    rest = answers.filter(pl.col("annotator") != gone)
    state = _state(method, answers, bounds, golden=golden)
    state.remove(gone)
    if golden is None or golden["task"].is_in(rest["task"].implode()).any():
        if len(rest):
            known = None if golden is None else golden.filter(pl.col("task").is_in(rest["task"].implode()))
            _assert_same(state.result(), method.aggregate(rest, golden=known))
        else:
            with pytest.raises(InputError, match="no answers yet"):
                state.result()
    state.add(answers.filter(pl.col("annotator") == gone))
    _assert_same(state.result(), method.aggregate(answers, golden=golden))


@every_method
@settings(max_examples=15, deadline=None)
@given(answers=answer_tables(), cut=st.integers(1, 29))
def test_what_goes_on_is_sound_on_any_answers(name: str, answers: pl.DataFrame, cut: int) -> None:
    method, golden = _method(name), _golden(answers, name)
    known = golden if golden is None else golden.filter(pl.col("task").is_in(answers[:cut]["task"].implode()))
    state = _state(method, answers[:cut], [], golden=golden)
    if golden is None or len(known):
        state.result()
    if cut < len(answers):
        state.add(answers[cut:])
    result = state.result(warm=True)
    posterior = _posterior(result)
    assert ((posterior >= 0) & (posterior <= 1)).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1, atol=1e-12)
    assert all(later >= earlier - 1e-8 for earlier, later in pairwise(result.log_likelihood))


@every_method
@pytest.mark.parametrize("seed", [1, 2])
def test_going_on_settles_where_a_refit_does(name: str, seed: int) -> None:
    answers, truth = _clear_crowd(seed)
    golden = pl.DataFrame({"task": range(0, 300, 4), "label": truth[::4]})
    method = _settled(name)
    shuffled = answers.sample(fraction=1, shuffle=True, seed=seed)
    state = _state(method, shuffled[:1400], [300, 700], golden=golden)
    state.result()
    state.add(shuffled[1400:])
    found, wanted = state.result(warm=True), method.aggregate(answers, golden=golden)
    assert found.converged
    np.testing.assert_allclose(_posterior(found), _posterior(wanted), atol=1e-6)
    state.remove(3)
    rest = answers.filter(pl.col("annotator") != 3)
    known = golden.filter(pl.col("task").is_in(rest["task"].implode()))
    again = state.result(warm=True)
    np.testing.assert_allclose(_posterior(again), _posterior(method.aggregate(rest, golden=known)), atol=1e-6)


@every_method
def test_a_saved_state_goes_on_to_the_last_bit(name: str, tmp_path) -> None:
    answers, truth, _ = crowd(5, n_tasks=40)
    golden = pl.DataFrame({"task": range(0, 40, 4), "label": truth[::4]})
    state = _state(_method(name), answers[:150], [60], golden=golden)
    state.result()
    state.add(answers[150:170])
    state.save(tmp_path / "state")
    again = load_state(tmp_path / "state")
    assert again.method == state.method
    assert again.posterior_of(1) == state.posterior_of(1)
    for one in (state, again):
        one.add(answers[170:])
    _assert_same(again.result(), state.result())
    state.save(tmp_path / "state")
    _assert_same(load_state(tmp_path / "state").result(warm=True), state.result(warm=True))


@every_method
def test_tasks_are_believed_between_results(name: str) -> None:
    answers, truth, _ = crowd(6, n_tasks=60)
    golden = pl.DataFrame({"task": range(0, 60, 4), "label": truth[::4]})
    state = _state(_method(name), answers[:299], [], golden=golden)
    result = state.result()
    row = result.probabilities.row(7, named=True)
    assert state.posterior_of(7) == {int(label): row[label] for label in row if label != "task"}
    state.add(answers[299:])
    assert sum(state.posterior_of(59).values()) == pytest.approx(1)
    assert state.posterior_of(4)[int(truth[4])] == 1
    state.remove(answers["annotator"][299])
    assert sum(state.posterior_of(59).values()) == pytest.approx(1)


@every_method
@pytest.mark.parametrize("on_duplicate", ["first", "last", "all"])
def test_further_answers_count_as_was_said(name: str, on_duplicate: str) -> None:
    answers, truth, _ = crowd(7, n_tasks=30)
    golden = pl.DataFrame({"task": range(0, 30, 4), "label": truth[::4]})
    again = answers[::3].with_columns(label=(pl.col("label") + 1) % 3)
    twice = again[:20].with_columns(label=(pl.col("label") + 1) % 3)
    method, everything = _method(name), pl.concat([answers, again, twice])
    state = _state(method, everything, [80, 160, 210], golden=golden, on_duplicate=on_duplicate)
    wanted = method.aggregate(everything, golden=golden, on_duplicate=on_duplicate)
    _assert_same(state.result(), wanted)
    assert len(state) == (len(everything) if on_duplicate == "all" else len(answers))


@pytest.mark.parametrize("name", [n for n in CONTINUING if label_aggregators.get(n).uses_known_annotators])
def test_known_annotators_count_from_the_start(name: str, tmp_path) -> None:
    answers, *_ = crowd(8, n_tasks=30)
    rows = [
        (a, t, given, 9.0 if t == given else 1.0 + a)
        for a in (0, 3, 77)
        for t in range(3)
        for given in range(3)
    ]
    known = pl.DataFrame(rows, schema=["annotator", "truth", "label", "count"], orient="row")
    method = _method(name)
    state = _state(method, answers[:100], [40], annotators=known)
    state.save(tmp_path / "state")
    state = load_state(tmp_path / "state")
    state.add(answers[100:])
    wanted = method.aggregate(answers, annotators=known)
    _assert_same(state.result(), wanted)
    assert np.abs(_posterior(wanted) - _posterior(method.aggregate(answers))).max() > 1e-4


def test_skills_count_from_the_start(tmp_path) -> None:
    answers, *_ = crowd(9, n_tasks=30)
    skills = {annotator: 0.1 + annotator for annotator in range(8)} | {99: 5.0}
    method = MajorityVote(missing_skill="mean")
    state = _state(method, answers[:100], [40], skills=skills)
    state.save(tmp_path / "state")
    state = load_state(tmp_path / "state")
    state.add(answers[100:])
    wanted = method.aggregate(answers, skills=skills)
    _assert_same(state.result(), wanted)
    row = wanted.probabilities.row(3, named=True)
    for label, share in state.posterior_of(3).items():
        assert row[str(label)] == pytest.approx(
            share, abs=0.05
        )  # the mean skill here is that of all who were named
    strict = _state(MajorityVote(), answers, [40], skills=skills)
    with pytest.raises(InputError, match="have no skill: 8"):
        strict.result()


@every_other
def test_methods_that_begin_anew_say_which_go_on(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} cannot go on as answers come") as caught:
        _method(name).start()
    assert all(other in str(caught.value) for other in CONTINUING)


def test_what_cannot_be_known_is_refused_at_the_start() -> None:
    known = pl.DataFrame({"annotator": [1], "truth": ["x"], "label": ["x"], "count": [1.0]})
    with pytest.raises(SettingsError, match="cannot use what is known"):
        MajorityVote().start(annotators=known)
    with pytest.raises(InputError, match="labels are text, those that came before whole numbers"):
        _method("dawid_skene").start(labels=[1, 2], annotators=known)
    with pytest.raises(SettingsError, match="'on_duplicate' must be one of"):
        _method("dawid_skene").start(on_duplicate="both")  # type: ignore[arg-type]  # that is the point
