"""What other libraries were found to get wrong with labels, once each. Those with pairs are in the pairs' file."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from answer_strategies import crowd, shared_answers

from palate.aggregation.labels import (
    GLAD,
    KOS,
    MACE,
    DawidSkene,
    LabelAggregator,
    LabelResult,
    OneCoinDawidSkene,
    label_aggregators,
)
from palate.core.errors import InputError

every_aggregator = pytest.mark.parametrize("kind", list(label_aggregators), ids=label_aggregators.name_of)


def _aggregate(kind: type[LabelAggregator], answers: pl.DataFrame, **options: object) -> LabelResult:
    golden = answers.group_by("task").agg(pl.col("label").mode().min()).sort("task").head(9)
    return kind(**options).aggregate(answers, golden=golden if kind.needs_golden else None)


def _two_labels(seed: int) -> pl.DataFrame:
    return crowd(seed, n_labels=2)[0]


def test_3_restarts_of_mace_differ_and_smoothing_counts_and_nothing_underflows() -> None:
    """In one, all restarts are the same, an argument for smoothing is ignored, and products become 0."""
    answers = crowd(8, n_tasks=40, n_annotators=12, overlap=3, n_labels=4)[0]
    most = [MACE(restarts=n).aggregate(answers).log_likelihood for n in (1, 5, 20)]
    assert most[0][-1] <= most[1][-1] <= most[2][-1]
    assert most[2][0] != most[0][0]  # the best of twenty began elsewhere than the first
    little, much = (
        MACE(learning="em", smoothing=s).aggregate(answers).annotators["skill"] for s in (0.001, 50.0)
    )
    assert much.std() < 0.5 * little.std()
    crowded = pl.DataFrame({"task": [1] * 3000, "annotator": range(3000), "label": [0, 0, 1] * 1000})
    assert np.isfinite(MACE().aggregate(crowded).probabilities.to_numpy()).all()


def test_4_the_prior_of_a_task_counts_once_however_many_answers_it_has() -> None:
    """In one, the prior counts once an answer, so that what it calls its likelihood is none."""
    texts = ["aab", "b", "abbbb", "aa", "bbba"]
    rows = [(t, f"annotator {a}", label) for t, text in enumerate(texts) for a, label in enumerate(text)]
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    share = np.array([[text.count(label) / len(text) for label in "ab"] for text in texts])
    counts = np.zeros((5, 2, 2))
    for task, text in enumerate(texts):
        for annotator, label in enumerate(text):
            counts[annotator, :, "ab".index(label)] += share[task]
    with np.errstate(invalid="ignore"):
        confusion = counts / counts.sum(axis=2, keepdims=True)
    wanted = 0.0
    for text in texts:
        given = [confusion[annotator, :, "ab".index(label)] for annotator, label in enumerate(text)]
        wanted += np.log(np.sum(share.mean(axis=0) * np.prod(given, axis=0)))
    found = DawidSkene(max_iter=1, right=0, wrong=0).aggregate(answers)
    assert found.log_likelihood == pytest.approx((wanted,), abs=1e-9)


@every_aggregator
@pytest.mark.parametrize("seed", [1, 2])
def test_4_what_is_maximized_never_falls(kind: type[LabelAggregator], seed: int) -> None:
    """In one, what it looks at falls at the second iteration already, and there it stops."""
    found = _aggregate(kind, _two_labels(seed))
    for earlier, later in pairwise(found.log_likelihood):
        assert later >= earlier - 1e-8


def test_4_one_coin_goes_on_after_its_second_iteration() -> None:
    found = OneCoinDawidSkene().aggregate(crowd(2)[0])
    assert found.converged
    assert found.iterations > 3
    assert found.log_likelihood[-1] > found.log_likelihood[1] + 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_5_the_sign_of_kos_is_that_of_a_crowd_that_is_rather_right(seed: int) -> None:
    """In one, it is left to chance: as often as not, everything is decided the wrong way round."""
    answers, truth, _ = crowd(seed, n_tasks=200, n_labels=2)
    decided = KOS(seed=seed).aggregate(answers).labels.sort("task")["label"].to_numpy()
    assert np.mean(decided == truth) > 0.85


def test_5_kos_decides_real_answers_better_than_a_coin() -> None:
    answers, gold = shared_answers("rte")
    decided = KOS().aggregate(answers).labels.join(gold, on="task", suffix="_known")
    assert (decided["label"] == decided["label_known"]).mean() > 0.85


@every_aggregator
def test_6_ties_do_not_all_go_to_one_label_where_that_is_not_wanted(kind: type[LabelAggregator]) -> None:
    """In others, ties go to the smallest label, and accuracy depends on how labels are called."""
    rows = [(t, a, a) for t in range(400) for a in (0, 1)]
    rows += [(t, a, t % 2) for t in range(400, 440) for a in (0, 1)]  # both are as good
    answers = pl.DataFrame(rows, schema=["task", "annotator", "label"], orient="row")
    golden = answers.filter(pl.col("task") >= 400).select("task", "label").unique()
    known = golden if kind.needs_golden else None
    random = kind(ties="random", seed=3).aggregate(answers, golden=known)
    tied = random.probabilities.filter((pl.col("0") - pl.col("1")).abs() < 1e-9)["task"]
    assert random.tie_share == pytest.approx(len(tied) / 440)
    if len(tied):
        share = random.labels.filter(pl.col("task").is_in(tied.implode()))["label"].mean()
        assert 0.4 < share < 0.6
        abstaining = kind(ties="abstain").aggregate(answers, golden=known).labels
        assert abstaining["label"].null_count() == len(tied)


@pytest.mark.parametrize("seed", range(5))
def test_9_glad_does_not_stop_after_two_iterations(seed: int) -> None:
    """In one, the criterion lacks the entropy, falls at once, and nothing is learnt."""
    answers, *_ = crowd(seed)
    found = GLAD().aggregate(answers)
    assert found.iterations > 2
    assert found.log_likelihood[-1] > found.log_likelihood[1]
    assert found.converged
    early = GLAD(max_iter=2).aggregate(answers)
    assert np.abs((early.annotators["skill"] - found.annotators["skill"]).to_numpy()).max() > 1e-4


@every_aggregator
def test_10_a_missing_label_is_refused_and_its_row_named(kind: type[LabelAggregator]) -> None:
    """In others, it is dropped without a word, or changes the result of other tasks."""
    for missing in (float("nan"), None):
        labels = pl.Series("label", [1.0, missing, 1.0, 0.0], strict=False)
        answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"]}).with_columns(labels)
        with pytest.raises(InputError, match=r"row 2, column 'label'"):
            kind().aggregate(answers, golden=pl.DataFrame({"task": [1], "label": [1]}))


@every_aggregator
def test_10_the_number_1_and_the_text_1_are_not_two_labels(kind: type[LabelAggregator]) -> None:
    """In others, they are two classes."""
    mixed = pl.Series("label", [1, "1", 1, "0"], dtype=pl.Object)
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": ["a", "b", "a", "b"]}).with_columns(mixed)
    with pytest.raises(InputError, match="label"):
        kind().aggregate(answers, golden=pl.DataFrame({"task": [1], "label": [1]}))


@every_aggregator
def test_10_an_answer_given_twice_is_refused(kind: type[LabelAggregator]) -> None:
    """In others, it counts twice here and once there."""
    answers = pl.DataFrame({"task": [1, 1, 1], "annotator": ["a", "a", "b"], "label": [0, 0, 1]})
    with pytest.raises(InputError, match="task 1, annotator a"):
        kind().aggregate(answers, golden=pl.DataFrame({"task": [1], "label": [1]}))


@every_aggregator
def test_10_the_random_numbers_of_others_are_left_alone(kind: type[LabelAggregator]) -> None:
    """Some set the seed of all random numbers of the process."""
    np.random.seed(5)  # noqa: NPY002 (what others may have set)
    wanted = np.random.random(3)  # noqa: NPY002 (what they would draw)
    np.random.seed(5)  # noqa: NPY002 (as above)
    _aggregate(kind, _two_labels(1), ties="random")
    assert (np.random.random(3) == wanted).all()  # noqa: NPY002 (as above)


def test_12_votes_with_skills_need_neither_scikit_learn_nor_pandas() -> None:
    """In one, they crash with one version of the first, and break ties in another way with one of the second."""
    program = """
import sys
sys.modules["sklearn"] = sys.modules["pandas"] = None
import polars as pl
from palate.aggregation.labels import GoldMajorityVote, Wawa, ZeroBasedSkill
answers = pl.DataFrame({"task": [1, 1, 1, 2, 2], "annotator": [*"abcab"], "label": [*"yynyn"]})
golden = pl.DataFrame({"task": [1], "label": ["y"]})
for kind in (Wawa, ZeroBasedSkill, GoldMajorityVote):
    found = kind(ties="abstain").aggregate(answers, golden=golden)
    print(found.labels["label"].to_list())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["['y', None]"] * 3, ran.stderr
