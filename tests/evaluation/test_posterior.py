from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.aggregation.labels import DawidSkene
from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.evaluation import posterior_values
from palate.measures import evaluate

RUNS = pl.DataFrame(
    {
        "system": ["a"] * 6 + ["b"] * 6,
        "query": [1, 1, 2, 2, 3, 3] * 2,
        "item": ["x", "y"] * 6,
        "score": [2.0, 1.0] * 3 + [1.0, 2.0, 1.0, 2.0, 2.0, 1.0],
    }
)
ITEMS = pl.DataFrame({"query": [1, 1, 2, 2, 3, 3], "item": ["x", "y"] * 3})
UNSURE = ITEMS.with_columns(
    p_0=pl.Series([0.1, 0.6, 0.2, 0.5, 0.9, 0.3]),
    p_1=pl.Series([0.2, 0.4, 0.3, 0.1, 0.1, 0.3]),
    p_2=pl.Series([0.7, 0.0, 0.5, 0.4, 0.0, 0.4]),
)


def every_case(measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (n_cases, system, query) under all 3**6 grades of the items, and how probable each case is."""
    shares = UNSURE.select("p_0", "p_1", "p_2").to_numpy()
    values, chances = [], []
    cases = [
        case for case in product(range(3), repeat=6) if all(shares[i, g] > 0 for i, g in enumerate(case))
    ]
    for case in cases:
        judgments = ITEMS.with_columns(grade=pl.Series(case, dtype=pl.Float64))
        found = evaluate(RUNS, judgments, measure, resamples=40).per_query.sort("system", "query")
        values.append(found["value"].to_numpy().reshape(2, 3))
        chances.append(np.prod([shares[i, g] for i, g in enumerate(case)]))
    return np.array(values), np.array(chances)


def test_mean_and_both_variances_are_those_over_all_cases():
    values, chances = every_case("nDCG@2")
    assert chances.sum() == pytest.approx(1)
    found = posterior_values(RUNS, UNSURE, "nDCG@2", draws=4000, seed=1)
    rows = {row["system"]: row for row in found.values.to_dicts()}
    for place, system in enumerate(["a", "b"]):
        of_query = chances @ values[:, place]
        means = values[:, place].mean(axis=1)
        judgment = chances @ (means - chances @ means) ** 2
        row = rows[system]
        error = (judgment / 4000) ** 0.5
        assert row["value"] == pytest.approx(of_query.mean(), abs=4 * error)
        assert row["judgment_variance"] == pytest.approx(judgment, rel=4 * (2 / 4000) ** 0.5)
        assert row["sampling_variance"] == pytest.approx(
            of_query.var(ddof=1) / 3, abs=8 * error * of_query.std()
        )
        reach = stats.t.ppf(0.975, 2) * (row["sampling_variance"] + row["judgment_variance"]) ** 0.5
        assert (row["low"], row["high"]) == pytest.approx((row["value"] - reach, row["value"] + reach))
        order = np.argsort(means)
        middle = means[order][np.searchsorted(np.cumsum(chances[order]), [0.025, 0.975])]
        assert (row["judgment_low"], row["judgment_high"]) == pytest.approx(middle, abs=0.03)
    (pair,) = found.differences.to_dicts()
    apart = values[:, 0] - values[:, 1]
    assert (pair["system"], pair["other"]) == ("a", "b")
    assert pair["value"] == pytest.approx((chances @ apart).mean(), abs=0.02)


def test_sums_of_grades_have_the_value_of_the_expected_grades():
    expected = ITEMS.with_columns(grade=UNSURE["p_1"] + 2 * UNSURE["p_2"])
    wanted = evaluate(RUNS, expected, "DCG@2").summary["value"].to_list()
    found = posterior_values(RUNS, UNSURE, "DCG@2", draws=4000).values
    for value, row in zip(wanted, found.to_dicts(), strict=True):
        assert row["value"] == pytest.approx(value, abs=4 * (row["judgment_variance"] / 4000) ** 0.5)


def test_ndcg_under_the_posterior_is_below_that_of_the_best_guess_of_a_good_ranking():
    rng = np.random.default_rng(3)
    high = np.sort(rng.random((20, 10)), axis=1)[:, ::-1]
    items = pl.DataFrame({"query": np.repeat(np.arange(20), 10), "item": np.tile(np.arange(10), 20)})
    judgments = items.with_columns(p_0=1 - high.ravel(), p_1=high.ravel())
    runs = {
        name: items.with_columns(score=sign * pl.col("item"))
        for name, sign in (("good", -1.0), ("poor", 1.0))
    }
    row = posterior_values(runs, judgments, "nDCG@10", draws=300).values.to_dicts()[0]
    assert row["best_guess"] == pytest.approx(1)
    assert row["value"] < 0.97


def test_certain_grades_give_the_best_guess_and_students_interval():
    sure = ITEMS.with_columns(p_0=pl.Series([1, 0, 0, 1, 1, 0]), p_1=pl.Series([0, 1, 1, 0, 0, 1]))
    grades = ITEMS.with_columns(grade=sure["p_1"].cast(pl.Float64))
    per_query = evaluate(RUNS, grades, "RR").per_query.filter(pl.col("system") == "b")["value"].to_numpy()
    row = posterior_values(RUNS, sure, "RR", draws=50).values.to_dicts()[1]
    assert (row["system"], row["judgment_variance"]) == ("b", pytest.approx(0))
    for name in ("value", "best_guess", "judgment_low", "judgment_high"):
        assert row[name] == pytest.approx(per_query.mean())
    assert (row["low"], row["high"]) == pytest.approx(
        stats.t.interval(0.95, 2, per_query.mean(), stats.sem(per_query))
    )


def test_probabilities_of_an_aggregator_and_tasks_give_the_same():
    answers = pl.DataFrame(
        {"task": [1, 1, 2, 2, 3, 3], "annotator": ["u", "v"] * 3, "label": [0, 2, 1, 1, 2, 0]}
    )
    probabilities = DawidSkene().aggregate(answers).probabilities
    tasks = pl.DataFrame({"task": [3, 1, 2, 9], "query": [1, 2, 3, 3], "item": ["x", "y", "x", "y"]})
    joined = tasks.join(probabilities, on="task").rename({"0": "p_0", "1": "p_1", "2": "p_2"})
    by_tasks = posterior_values(RUNS, probabilities, "P@1", tasks=tasks, draws=50)
    by_items = posterior_values(RUNS, joined, "P@1", draws=50)
    assert by_tasks.to_dict() == by_items.to_dict()


def test_sentences_say_both_intervals_and_dicts_hold_everything():
    found = posterior_values(RUNS, UNSURE, ["nDCG@2", "P@1"], draws=200)
    assert len(found.sentences) == 2
    assert found.sentences[0].startswith("No winner yet: a and b differ on nDCG@2 by +0.")
    assert "for these 3 queries, " in found.sentences[0]
    saved = found.to_dict()
    assert saved["values"] == found.values.to_dicts()
    assert saved["differences"][0]["judgment_low"] == found.differences["judgment_low"][0]
    apart = ITEMS.with_columns(p_0=pl.Series([0.0, 1, 0, 1, 0, 1]), p_1=pl.Series([1.0, 0, 1, 0, 1, 0]))
    worst = RUNS.with_columns(
        score=pl.when(pl.col("system") == "b").then(-pl.col("score")).otherwise("score")
    )
    assert posterior_values(worst, apart, "P@2", draws=50).sentences[0].startswith("No winner yet")
    reverse = RUNS.with_columns(score=pl.Series([2.0, 1] * 3 + [1.0, 2] * 3))
    assert (
        posterior_values(reverse, apart, "P@1", draws=50)
        .sentences[0]
        .startswith("a beats b on P@1 by +1.000")
    )


@pytest.mark.parametrize(
    ("judgments", "text"),
    [
        (ITEMS, "a column of probabilities for each grade: p_0, p_1"),
        (UNSURE.head(0), "The table is empty"),
        (UNSURE.with_columns(p_0=pl.lit(0.9)), "sum to 1; here p_0 = 0.9, p_1 = 0.2"),
        (UNSURE.with_columns(p_0=pl.lit(None, dtype=pl.Float64)), "sum to 1; here p_0 = None"),
        (UNSURE.with_columns(p_0=-pl.col("p_0"), p_1=pl.col("p_1") + 2 * pl.col("p_0")), "from 0 on"),
        (UNSURE.filter(pl.col("query") == 1), "at least 2 judged queries; there is 1"),
        (pl.concat([UNSURE, UNSURE.head(1)]), "query"),
    ],
)
def test_judgments_without_a_posterior_are_refused(judgments, text):
    with pytest.raises(InputError, match=text):
        posterior_values(RUNS, judgments, "P@1")


def test_columns_of_tasks_that_are_no_grades_are_refused():
    tasks = ITEMS.with_row_index("task")
    named = tasks.select("task", bad=pl.lit(0.5), good=pl.lit(0.5))
    with pytest.raises(InputError, match="with tasks 0, 1, … beside task. The columns here are: "):
        posterior_values(RUNS, named, "P@1", tasks=tasks)


def test_too_few_draws_are_refused():
    with pytest.raises(SettingsError, match="needs at least 39 resamples"):
        posterior_values(RUNS, UNSURE, "P@1", draws=10)


def three_systems() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return runs of three systems over 12 queries and judgments that are certain, so that P@1 is who hits."""
    hits = {
        "good": [1] * 11 + [0],
        "half": [1, 0] * 6,
        "poor": [0] * 9 + [1] * 3,
    }
    rows = [
        (system, query, item, float(item == ("x" if hit else "y")))
        for system, of_system in hits.items()
        for query, hit in enumerate(of_system)
        for item in "xy"
    ]
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "score"], orient="row")
    judgments = pl.DataFrame(
        [(query, item, float(item == "y"), float(item == "x")) for query in range(12) for item in "xy"],
        schema=["query", "item", "p_0", "p_1"],
        orient="row",
    )
    return runs, judgments


def test_p_values_of_several_pairs_are_those_of_paired_t_tests_stepped_down_by_holm():
    runs, judgments = three_systems()
    pairs = posterior_values(runs, judgments, "P@1", draws=50).differences.sort("p_value").to_dicts()
    good, half, poor = np.array([1] * 11 + [0]), np.array([1, 0] * 6), np.array([0] * 9 + [1] * 3)
    alone = sorted(stats.ttest_rel(x, y).pvalue for x, y in [(good, half), (good, poor), (half, poor)])
    assert [row["p_value"] for row in pairs] == pytest.approx(alone)
    stepped = np.maximum.accumulate(np.minimum(1, np.array(alone) * [3, 2, 1]))
    assert [row["adjusted_p_value"] for row in pairs] == pytest.approx(stepped)
    for row in pairs:
        assert (row["low"] > 0) == (row["adjusted_p_value"] < 0.05)
        assert row["confidence"] > 0.95
    single = posterior_values(runs, judgments, "P@1", draws=50, correction="none").differences
    assert single["confidence"].to_list() == [0.95] * 3
    assert single["adjusted_p_value"].to_list() == single["p_value"].to_list()


def test_a_correction_that_there_is_not_is_refused():
    with pytest.raises(UnknownNameError, match="bonferoni"):
        posterior_values(RUNS, UNSURE, correction="bonferoni")
