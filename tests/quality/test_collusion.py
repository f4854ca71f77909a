from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd
from scipy.stats import binom

from palate.core.errors import InputError, SettingsError
from palate.quality import Collusion, _answers, collusion


def _copied(seed: int, copies: float) -> pl.DataFrame:
    """A crowd of ten, of whom 1 looks at what 0 says, in that share of the tasks both answer."""
    answers, *_ = crowd(seed, n_tasks=300, n_annotators=10)
    rng = np.random.default_rng(seed)
    taken = answers.filter(pl.col("annotator") == 0).select("task", copied="label")
    taken = taken.filter(pl.Series(rng.random(len(taken)) < copies))
    return answers.join(taken, on="task", how="left", maintain_order="left").select(
        "task",
        "annotator",
        label=pl.when((pl.col("annotator") == 1) & pl.col("copied").is_not_null())
        .then("copied")
        .otherwise("label"),
    )


def test_independent_annotators_are_hardly_suspected() -> None:
    suspected = [Collusion(level=0.05).check(_copied(seed, 0)).found["suspect"].any() for seed in range(20)]
    assert sum(suspected) <= 3  # at most 1 in 20 on average


def test_copies_of_golden_mistakes_are_found_with_evidence() -> None:
    answers, truth, _ = crowd(3, n_tasks=300, n_annotators=10)
    golden = pl.DataFrame({"task": np.arange(300), "label": truth})
    copied = _copied(3, 1.0)
    found = Collusion().check(copied, golden=golden)
    suspects = found.found.filter("suspect")
    assert suspects.select("annotator", "other").rows() == [(0, 1)]
    both = copied.filter(pl.col("annotator") == 0).join(copied.filter(pl.col("annotator") == 1), on="task")
    wrong = both.with_columns(true=pl.Series(truth).gather(both["task"])).filter(
        pl.col("label") != pl.col("true")
    )
    assert suspects["shared"].item() == len(both)
    assert suspects["same_wrong"].item() == len(wrong)
    assert sorted(found.evidence["task"]) == sorted(wrong["task"])
    assert (found.evidence["label"] != found.evidence["expected"]).all()
    assert found.evidence["expected"].to_list() == truth[found.evidence["task"].to_numpy()].tolist()
    assert answers.height == copied.height


def test_copies_are_found_without_golden_tasks() -> None:
    found = Collusion().check(_copied(3, 1.0))
    assert found.found.filter("suspect").select("annotator", "other").rows() == [(0, 1)]


def test_the_tail_is_the_binomial_one_and_never_that_of_fewer_than_expected() -> None:
    same, shared, expected = np.array([5.0, 3.0, 0.0]), np.array([20, 20, 5]), np.array([2.0, 2.5, 0.0])
    tails = collusion._upper_tail(same, shared, expected)
    assert tails.tolist() == pytest.approx([binom.sf(4, 20, 0.1), 1, 1])


def test_the_binomial_tail_is_never_below_that_of_unequal_probabilities() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        chances = rng.random(12) ** 2
        exact = np.ones(1)
        for chance in chances:
            exact = np.convolve(exact, [1 - chance, chance])
        for same in range(int(np.ceil(chances.sum() + 1)), 13):
            tail = collusion._upper_tail(np.array([same]), np.array([12]), np.array([chances.sum()]))
            assert tail[0] >= exact[same:].sum() - 1e-12


def test_pairs_who_share_little_are_not_tested() -> None:
    answers, *_ = crowd(1, n_tasks=12)
    assert (Collusion(min_shared=4).check(answers).found["shared"] >= 4).all()
    nobody = Collusion(min_shared=13).check(answers)
    assert nobody.found.is_empty()
    assert nobody.evidence.is_empty()


def test_a_golden_label_that_nobody_gave_is_no_fault() -> None:
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": [1, 2, 1, 2], "label": ["x", "x", "y", "x"]})
    golden = pl.DataFrame({"task": [1], "label": ["z"]})
    found = Collusion(min_shared=1).check(answers, golden=golden).found
    assert found["same_wrong"].to_list() == [1]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"level": 0.0}, "'level' must be between 0 and 1"),
        ({"correction": "none"}, "'correction' must be one of holm, bh"),
        ({"min_shared": 0}, "'min_shared' must be at least 1"),
        ({"prior": 0.0}, "'prior' must be a number above 0"),
    ],
)
def test_impossible_settings_are_refused(setting: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Collusion(**setting)


def test_confusions_that_do_not_fit_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(collusion, "_MOST_CELLS", 80)
    with pytest.raises(InputError, match="The confusions of 9 annotators with 3 labels do not fit"):
        Collusion().check(crowd(1)[0])


def test_expected_labels_leave_the_own_answer_out() -> None:
    answers = pl.DataFrame(
        {"task": [1, 1, 1, 2, 2, 3], "annotator": [1, 2, 3, 1, 2, 1], "label": list("xxyxyx")}
    )
    golden = pl.DataFrame({"task": [2], "label": ["y"]})
    coded = _answers.sorted_answers(answers, golden)
    # Task 1: one of the others says x, one y, for the first two; x and x for the third. Task 3: nobody else.
    assert _answers.expected_labels(coded).tolist() == [-1, -1, 0, 1, 1, -1]
