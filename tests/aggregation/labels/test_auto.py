from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables, crowd, shared_answers
from hypothesis import given, settings

from palate.aggregation.labels import Auto, DawidSkene, MajorityVote, _choice, auto, label_aggregators
from palate.aggregation.labels._choice import candidates, sample_of_tasks, score_by_answers, score_by_golden
from palate.aggregation.labels._predictive import (
    draws_by_content,
    hide_answers,
    predictive_log_likelihood,
    subset,
)
from palate.aggregation.labels._tables import code_answers
from palate.core.errors import InputError, SettingsError, UnknownNameError

DATA_SETS = ("dog", "face", "product", "web", "trec_relevance", "rte", "temporal", "adult")
BEST_SINGLE_COLUMN = 81.06
"""Mean of Dawid-Skene by maximum likelihood, the best column of the field's table over these sets, in percent."""


def _rows(coded) -> list[tuple]:
    tasks = np.repeat(coded.task_ids.to_numpy(), np.diff(coded.offsets))
    people = coded.annotator_ids.to_numpy()[coded.annotators]
    return list(zip(tasks, people, coded.label_values.to_numpy()[coded.labels], strict=True))


def _percent_right(found, truth: pl.DataFrame) -> float:
    """Accuracy, on average over random choices among tied labels."""
    rows = truth.join(found.probabilities, on="task", suffix=" ").to_dicts()
    total = 0.0
    for row in rows:
        row.pop("task")
        label = str(row.pop("label"))
        best = [name for name, p in row.items() if p >= max(row.values()) - 1e-9]
        total += (label in best) / len(best)
    return 100 * total / len(rows)


def _calibration_error(found, truth: pl.DataFrame) -> float:
    """The definition, task by task: the decided label's probability beside its chance to be right, in 10 bins."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for row in truth.join(found.probabilities, on="task", suffix=" ").to_dicts():
        row.pop("task")
        label = str(row.pop("label"))
        top = max(row.values())
        best = [name for name, p in row.items() if p >= top - 1e-9]
        bins.setdefault(min(int(top * 10), 9), []).append((top, (label in best) / len(best)))
    total = sum(map(len, bins.values()))
    return sum(abs(sum(p for p, _ in rows) - sum(r for _, r in rows)) for rows in bins.values()) / total


def test_real_answers_are_judged_as_well_as_by_the_best_single_method_and_as_surely_as_rightly() -> None:
    accuracies, errors = [], []
    for name in DATA_SETS:
        answers, truth = shared_answers(name)
        found = Auto().aggregate(answers)
        accuracies.append(_percent_right(found, truth))
        errors.append(_calibration_error(found, truth))
        assert accuracies[-1] >= _percent_right(MajorityVote().aggregate(answers), truth) - 2, name
    assert np.mean(accuracies) >= BEST_SINGLE_COLUMN
    assert np.mean(errors) <= 0.08


@settings(max_examples=40, deadline=None)
@given(answers=answer_tables())
def test_hidden_and_shown_answers_are_all_answers(answers: pl.DataFrame) -> None:
    coded = code_answers(answers)
    sizes = np.diff(coded.offsets)
    if sizes.max() == 1:
        return
    fold = hide_answers(coded, draws_by_content(coded, 0))
    shown, hidden = _rows(fold.shown), []
    for task, person, label in zip(fold.tasks, fold.annotators, fold.labels, strict=True):
        candidates_for = {row[1] for row in _rows(coded) if row[0] == coded.task_ids[int(task)]}
        name = fold.shown.annotator_ids[int(person)] if person >= 0 else None
        assert name is None or name in candidates_for
        hidden.append((coded.task_ids[int(task)], coded.label_values[int(label)]))
    every = sorted((row[0], row[2]) for row in _rows(coded))
    assert sorted(hidden + [(row[0], row[2]) for row in shown]) == every
    assert fold.tasks.tolist() == np.flatnonzero(sizes > 1).tolist()
    assert (np.diff(fold.shown.offsets) >= 1).all()


def test_golden_tasks_keep_their_answers() -> None:
    coded = code_answers(crowd(0)[0], pl.DataFrame({"task": [0, 1], "label": [0, 1]}))
    assert hide_answers(coded, draws_by_content(coded, 0)).tasks.tolist() == list(range(2, 60))


def test_predictive_likelihood_is_that_of_the_formula() -> None:
    answers = pl.DataFrame({"task": [1, 1, 1, 2, 2], "annotator": list("abcab"), "label": list("xxyyy")})
    coded = code_answers(answers)
    fold = hide_answers(coded, np.array([0.9, 0.8, 0.1, 0.2, 0.7]))
    assert _rows(fold.shown) == [(1, "a", "x"), (1, "b", "x"), (2, "b", "y")]
    assert fold.annotators.tolist() == [-1, 0]
    posterior = np.array([[0.8, 0.2], [0.3, 0.7]])
    # crowd's counts: truth x gives x 0.8 + 0.8 and y 0.3; truth y gives x 0.2 + 0.2 and y 0.7; each cell half an answer more
    x_of_x, y_of_y = 2.1 / 2.9, 1.2 / 2.1
    hidden_of_c = 0.8 * (1 - x_of_x) + 0.2 * y_of_y  # c was not seen: the crowd's
    a_y_of_x = 3 * (1 - x_of_x) / 3.8  # a: one x on task 1, and three labels of the crowd's
    a_y_of_y = 3 * y_of_y / 3.2
    hidden_of_a = 0.3 * a_y_of_x + 0.7 * a_y_of_y
    expected = (math.log(hidden_of_c) + math.log(hidden_of_a)) / 2
    assert predictive_log_likelihood(fold, posterior) == pytest.approx(expected, rel=1e-12)


def test_draws_depend_on_seed_and_content_but_not_on_names_or_order() -> None:
    answers, *_ = crowd(2)
    renamed = answers.with_columns(
        task=100 - pl.col("task"),
        annotator=pl.format("p{}", 50 - pl.col("annotator")),
        label=2 - pl.col("label"),
    )
    first, other = (sorted(draws_by_content(code_answers(a), 0)) for a in (answers, renamed))
    assert first == other
    assert len(set(first)) > 290
    assert 0 <= first[0] < 0.02
    assert 0.98 < first[-1] < 1
    assert sorted(draws_by_content(code_answers(answers), 1)) != first


def test_a_subset_of_tasks_has_their_answers_only() -> None:
    coded = code_answers(crowd(3)[0], pl.DataFrame({"task": [4], "label": [1]}))
    taken = np.isin(np.arange(60), [4, 7])
    assert _rows(subset(coded, taken)) == [row for row in _rows(coded) if row[0] in {4, 7}]
    assert subset(coded, taken).golden.tolist() == [1, -1]


def test_many_answers_are_sampled_by_whole_tasks_golden_ones_first() -> None:
    coded = code_answers(crowd(4)[0], pl.DataFrame({"task": [4, 50], "label": [1, 1]}))
    taken = sample_of_tasks(coded, 100, seed=0)
    assert taken.sum() in {19, 20}
    assert taken[[4, 50]].all()
    assert sample_of_tasks(coded, 300, seed=0).all()


def test_the_best_at_foretelling_is_chosen(monkeypatch) -> None:
    # annotators 0 to 2 are right; 3 to 6 always say 0: only a confusion matrix tells what their answers are worth
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    rows = [
        (task, person, int(truth[task]) if person < 3 else 0) for task in range(200) for person in range(7)
    ]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    found = Auto(methods=("majority-vote", "dawid_skene")).aggregate(answers)
    assert found.labels["label"].to_list() == truth.tolist()
    assert found.reason.startswith("dawid_skene")
    assert "best of 5 candidates at foretelling 200 answers" in found.reason
    assert found.confusion is not None


def test_scores_do_not_depend_on_the_order_of_candidates() -> None:
    coded = code_answers(crowd(5, n_tasks=120)[0])
    listed = candidates(coded, ("majority_vote", "wawa", "ibcc"), {})
    forth = {str(s.candidate): s.value for s in score_by_answers(coded, listed, 0)}
    assert forth == {str(s.candidate): s.value for s in score_by_answers(coded, listed[::-1], 0)}


def test_golden_labels_choose_where_there_are_enough() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    rows = [
        (task, person, int(truth[task]) if person < 3 else 0) for task in range(200) for person in range(7)
    ]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    golden = pl.DataFrame({"task": range(80), "label": truth[:80]})
    found = Auto(methods=("majority_vote", "dawid_skene")).aggregate(answers, golden=golden)
    assert found.reason.startswith("dawid_skene")
    assert "80 golden labels hidden from it" in found.reason
    assert "by golden tasks" in found.reason
    assert found.labels["label"].to_list() == truth.tolist()
    too_few = Auto().aggregate(answers, golden=golden.head(49))
    assert "151 answers hidden from it" in too_few.reason


def test_golden_score_is_of_labels_that_were_hidden() -> None:
    answers, truth, _ = crowd(6, n_tasks=100)
    wrong = pl.DataFrame({"task": range(100), "label": (truth + 1) % 3})
    coded = code_answers(answers, wrong)
    (score,) = score_by_golden(coded, candidates(coded, ("majority_vote",), {}), 0, calibrate=True)
    assert score.value < math.log(1 / 3) + 0.05  # had it seen them, it would be near 0
    assert score.temperature >= 4


def test_too_few_answers_choose_nothing_and_say_so() -> None:
    found = Auto().aggregate(crowd(7, n_tasks=40)[0])
    assert found.reason.startswith("hierarchical_dawid_skene: too few answers to choose among 1")


def test_a_method_that_refuses_gives_way_to_the_next(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise InputError("No.")

    answers = crowd(8, n_tasks=150)[0]
    monkeypatch.setattr(DawidSkene, "fit", refuse)
    assert (
        Auto(methods=("dawid_skene", "majority_vote")).aggregate(answers).reason.startswith("majority_vote")
    )
    few = crowd(8, n_tasks=40)[0]
    assert Auto(methods=("dawid_skene", "majority_vote")).aggregate(few).reason.startswith("majority_vote")
    golden = pl.DataFrame({"task": range(60), "label": 0})
    by_golden = Auto(methods=("dawid_skene", "majority_vote")).aggregate(answers, golden=golden)
    assert by_golden.reason.startswith("majority_vote")
    with pytest.raises(InputError, match="No"):
        Auto(methods=("dawid_skene",)).aggregate(answers)


def test_candidates_are_those_that_the_answers_allow(monkeypatch) -> None:
    def names(coded) -> list[str]:
        return [candidate.name for candidate in candidates(coded, None, {})]

    answers = crowd(9)[0]
    coded = code_answers(answers)
    assert {"ordinal_dawid_skene", "dawid_skene", "majority_vote"} <= set(names(coded))
    words = code_answers(answers.with_columns(label=pl.format("word {}", "label")))
    assert "ordinal_dawid_skene" not in names(words)
    monkeypatch.setattr(_choice, "_MOST_FOR_SLOW", 299)
    assert not _choice._SLOW & set(names(coded))
    many = replace(coded, label_values=pl.Series(range(10_000)))
    assert names(many) == ["majority_vote"]


def test_every_candidate_listed_can_be_made() -> None:
    coded = code_answers(crowd(10)[0])
    listed = candidates(coded, None, {"max_iter": 7, "seed": 3})
    assert len({str(candidate) for candidate in listed}) == len(listed)
    for candidate in listed:
        assert label_aggregators.name_of(candidate.method) == candidate.name
        assert candidate.method.seed == 3
        assert getattr(candidate.method, "max_iter", 7) == 7


def test_the_seed_decides_what_is_hidden_and_nothing_else_does() -> None:
    answers, *_ = crowd(11, n_tasks=150)
    assert Auto(seed=1).aggregate(answers).reason == Auto(seed=1).aggregate(answers.reverse()).reason
    assert Auto(seed=1).aggregate(answers).reason != Auto(seed=2).aggregate(answers).reason


def test_a_large_table_is_chosen_for_by_a_part_and_fitted_whole(monkeypatch) -> None:
    monkeypatch.setattr(auto, "_LOOKED_AT", 600)
    answers, truth, _ = crowd(12, n_tasks=500)
    found = Auto().aggregate(answers)
    assert "120 answers hidden" in found.reason
    assert (found.labels["label"].to_numpy() == truth).mean() > 0.85


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"methods": ()}, SettingsError, "'methods' must be a list of names"),
        ({"methods": "ibcc"}, SettingsError, "'methods' must be a list of names; it is 'ibcc'"),
        ({"methods": ("david_skene",)}, UnknownNameError, "dawid_skene"),
        ({"methods": ("auto",)}, UnknownNameError, "no label aggregator to choose from named 'auto'"),
        ({"max_iter": 0}, SettingsError, "'max_iter' must be at least 1; it is 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict, error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        Auto(**options)


def test_trials_make_fewer_passes_where_confusions_are_large(monkeypatch) -> None:
    coded = code_answers(crowd(1)[0])
    n_cells = len(coded.annotator_ids) * len(coded.label_values) ** 2
    method, votes = DawidSkene(max_iter=90), MajorityVote()
    assert _choice._in_few_passes(method, coded) is method
    monkeypatch.setattr(_choice, "_MOST_CELLS", 30 * n_cells)
    assert _choice._in_few_passes(method, coded) == replace(method, max_iter=30)
    monkeypatch.setattr(_choice, "_MOST_CELLS", n_cells)
    assert _choice._in_few_passes(method, coded) == replace(method, max_iter=20)
    assert _choice._in_few_passes(votes, coded) is votes
