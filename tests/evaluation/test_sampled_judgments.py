from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError
from palate.evaluation import evaluate_sampled
from palate.measures import evaluate
from palate.sampling import DepthPool, Importance, Stratified, Uniform

PRELS = Path(__file__).parents[2].parent / "shared" / "data" / "trec_prels" / "mq.10001-20000.prels"


def _world(n_queries: int, n_items: int, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Runs of two systems that rank all items, and judgments of all."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=(n_queries, n_items))
    grades = (worth > 0.5).astype(float) + (worth > 1.2)
    rows = []
    for system, noise in (("a", 0.6), ("b", 1.2)):
        seen = worth + rng.normal(scale=noise, size=worth.shape)
        ranks = (-seen).argsort(axis=1).argsort(axis=1) + 1
        rows += [
            (system, f"q{q}", f"d{i}", int(ranks[q, i])) for q in range(n_queries) for i in range(n_items)
        ]
    runs = pl.DataFrame(rows, schema=["system", "query", "item", "rank"], orient="row")
    judged = pl.DataFrame(
        [(f"q{q}", f"d{i}", grades[q, i]) for q in range(n_queries) for i in range(n_items)],
        schema=["query", "item", "grade"],
        orient="row",
    )
    return runs, judged


RUNS, JUDGED = _world(8, 24)
SAMPLERS = [Uniform(count=90), Importance(count=90, depth=24), Stratified(count=90), DepthPool(24)]


def test_whole_pool_gives_the_ordinary_values_without_noise_of_judgments() -> None:
    measures = ["nDCG@10", "P@5", "R@10", "DCG", "RBP"]
    found = evaluate_sampled(RUNS, JUDGED.with_columns(inclusion=1.0), measures)
    plain = evaluate(RUNS, JUDGED, measures).per_query.sort("system", "measure", "query")
    assert found.per_query.sort("system", "measure", "query")["value"].to_numpy() == pytest.approx(
        plain["value"].to_numpy()
    )
    assert (found.per_query["error"] == 0).all()
    assert found.summary["covered"].to_numpy() == pytest.approx(1.0)
    assert found.notes == ()


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_horvitz_thompson_is_unbiased_over_resamples_and_its_error_is_told(sampler: Uniform) -> None:
    measures = ["P@5", "DCG@10"]
    truth = {
        (row["system"], row["measure"]): row["value"]
        for row in evaluate(RUNS, JUDGED, measures).summary.to_dicts()
    }
    values: dict[tuple[str, str], list[float]] = {}
    variances: dict[tuple[str, str], list[float]] = {}
    for seed in range(60):
        tasks = sampler.sample(RUNS, seed)
        judged = JUDGED.join(tasks, on=["query", "item"])
        found = evaluate_sampled(RUNS, judged, measures, estimator="horvitz_thompson")
        for row in found.summary.to_dicts():
            values.setdefault((row["system"], row["measure"]), []).append(row["value"])
            variances.setdefault((row["system"], row["measure"]), []).append(row["error_of_judgments"] ** 2)
        for row in found.differences.to_dicts():
            values.setdefault(("difference", row["measure"]), []).append(row["difference"])
    for measure in measures:
        truth["difference", measure] = truth["a", measure] - truth["b", measure]
    for key, estimates in values.items():
        error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
        assert abs(np.mean(estimates) - truth[key]) < 4 * error + 1e-9, key
    for key, found_variances in variances.items():
        spread = np.var(values[key], ddof=1)
        # 60 normal draws tell their variance to 18% (one standard error).
        assert np.mean(found_variances) == pytest.approx(spread, rel=0.6, abs=1e-12), key


def test_intervals_hold_the_mean_of_all_queries_as_often_as_they_say() -> None:
    """40 queries of 1,500, 15 of 20 items judged; 120 intervals of 90% cover 90% ± 4 standard errors."""
    runs, judged = _world(1500, 20, seed=9)
    truth = evaluate(runs, judged, ["DCG@10"], resamples=40).summary["value"].to_list()
    queries, covered = judged["query"].unique(maintain_order=True), 0
    by_query = {key[0]: part for key, part in runs.group_by("query")}
    for seed in range(120):
        drawn = queries.sample(40, seed=seed)
        part = pl.concat([by_query[query] for query in drawn])
        tasks = Importance(count=600, depth=20).sample(part, seed)
        sampled = judged.join(tasks, on=["query", "item"])
        row = evaluate_sampled(part, sampled, "DCG@10", confidence=0.9).differences.row(0, named=True)
        covered += row["low"] <= truth[0] - truth[1] <= row["high"]
    assert abs(covered / 120 - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 120)


def test_inclusion_may_come_from_the_tasks() -> None:
    tasks = Uniform(count=90).sample(RUNS, 1)
    judged = JUDGED.join(tasks, on=["query", "item"], how="semi")
    by_tasks = evaluate_sampled(RUNS, judged, "P@5", tasks=tasks)
    by_column = evaluate_sampled(RUNS, judged.join(tasks, on=["query", "item"]), "P@5")
    assert by_tasks.summary.equals(by_column.summary)
    more = evaluate_sampled(RUNS, pl.concat([judged[:-2], JUDGED.join(judged, on=["query", "item"], how="anti")[:1]]), "P@5", tasks=tasks)  # fmt: skip
    assert any("1 of 89 judgments are of items that are no task" in note for note in more.notes)
    assert any("2 of 90 tasks have no judgment" in note for note in more.notes)


def test_places_that_the_sampler_could_not_take_are_named() -> None:
    sampler = DepthPool(3)
    judged = JUDGED.join(sampler.sample(RUNS), on=["query", "item"])
    found = evaluate_sampled(RUNS, judged, "P@10", frame=sampler.frame(RUNS))
    row = found.summary.row(0, named=True)
    first = RUNS.filter((pl.col("system") == row["system"]) & (pl.col("rank") <= 10))
    inside = len(first.join(judged, on=["query", "item"], how="semi")) / len(first)
    assert row["covered"] == pytest.approx(inside)
    assert any("items that the sampler could not take" in note for note in found.notes)
    assert not any("of the frame have no judgment" in note for note in found.notes)
    less = evaluate_sampled(RUNS, judged.filter(pl.col("query") != "q1"), "P@10", frame=sampler.frame(RUNS))
    assert any(note.startswith("1 of 8 queries of the frame have no judgment") for note in less.notes)
    guessed = evaluate_sampled(RUNS, judged, "P@10")
    assert guessed.summary["covered"][0] == pytest.approx(inside)
    assert any(note.startswith("About") for note in guessed.notes)


def test_queries_without_a_drawn_item_near_the_top_are_counted() -> None:
    judged = JUDGED.join(Uniform(count=24).sample(RUNS, 1), on=["query", "item"])
    for estimator, text in (("hajek", "as those of the others"), ("horvitz_thompson", "as 0")):
        notes = evaluate_sampled(RUNS, judged, ["P@1"], estimator=estimator).notes
        assert any(
            "no item within the cutoff of P@1 was drawn" in n and f"taken {text}. Draw" in n for n in notes
        )


def test_queries_drawn_by_traffic_weigh_by_it() -> None:
    sample = {
        "query": ["q0", "q0", "q1"],
        "item": ["d0", "d1", "d0"],
        "grade": [1.0, 0.0, 1.0],
        "inclusion": [0.5, 0.5, 0.25],
        "query_inclusion": [1.0, 1.0, 0.5],
        "query_stratum": [1, 1, 2],
        "traffic": [30.0, 30.0, 5.0],
    }
    run = pl.DataFrame({"query": ["q0", "q0", "q1"], "item": ["d0", "d1", "d0"], "rank": [1, 2, 1]})
    found = evaluate_sampled({"s": run}, pl.DataFrame(sample), "P@1", estimator="horvitz_thompson")
    assert found.per_query["value"].to_list() == [2.0, 2.0]
    assert found.summary["value"].to_list() == [2.0]
    graded = pl.DataFrame(sample).with_columns(grade=pl.Series([1.0, 0.0, 0.0]))
    found = evaluate_sampled({"s": run}, graded, "P@1", estimator="horvitz_thompson")
    assert found.summary["value"].to_list() == pytest.approx([2.0 * 30 / (30 + 10)])


def test_one_query_has_no_bounds_and_says_so() -> None:
    one = JUDGED.filter(pl.col("query") == "q0").with_columns(inclusion=1.0)
    found = evaluate_sampled(RUNS, one, "P@5")
    assert found.summary["low"].to_list() == [None, None]
    assert "Only 1 query is judged: an interval needs at least 2." in found.notes
    assert "these judgments do not tell" in found.sentences[0]


def test_sentences_say_who_is_better_or_that_it_is_open() -> None:
    worse = pl.when(pl.col("system") == "b").then(25 - pl.col("rank")).otherwise(pl.col("rank"))
    runs = RUNS.with_columns(rank=worse)
    tasks = Uniform(count=180).sample(runs, 1)
    found = evaluate_sampled(runs, JUDGED, "P@10", tasks=tasks)
    row = found.differences.row(0, named=True)
    assert row["low"] > 0
    assert found.sentences[0].startswith(f"a beats b on P@10 by {row['difference']:+.3f} (95% CI ")
    renamed = runs.with_columns(pl.col("system").replace({"a": "z"})).sort("system")
    turned = evaluate_sampled(renamed, JUDGED, "P@10", tasks=tasks)
    assert turned.differences["system"].to_list() == ["b"]
    assert turned.sentences[0].startswith(f"z beats b on P@10 by {row['difference']:+.3f}")
    few = evaluate_sampled(RUNS, JUDGED, "P@10", tasks=Uniform(count=40).sample(RUNS, 2))
    assert few.sentences[0].startswith("No winner yet: a and b differ on P@10 by ")
    assert set(found.to_dict()) >= {"summary", "differences", "per_query", "sentences", "notes"}


@pytest.mark.parametrize("wrong", [0.0, -0.5, 1.5, None])
def test_inclusion_outside_its_range_is_refused(wrong: float | None) -> None:
    judged = JUDGED.with_columns(inclusion=pl.Series([wrong] + [1.0] * (len(JUDGED) - 1), dtype=pl.Float64))
    with pytest.raises(InputError, match="above 0|at most 1|missing"):
        evaluate_sampled(RUNS, judged, "P@5")


def test_judgments_without_inclusion_are_refused() -> None:
    with pytest.raises(InputError, match="need the column 'inclusion'"):
        evaluate_sampled(RUNS, JUDGED, "P@5")


def test_query_that_contradicts_itself_is_refused() -> None:
    judged = JUDGED.with_columns(inclusion=0.5, traffic=pl.int_range(1, pl.len() + 1).cast(pl.Float64))
    with pytest.raises(InputError, match="same traffic"):
        evaluate_sampled(RUNS, judged, "P@5")
    judged = JUDGED.with_columns(inclusion=0.5, query_inclusion=0.1)
    with pytest.raises(InputError, match="cannot be greater"):
        evaluate_sampled(RUNS, judged, "P@5")


def test_wrong_settings_and_foreign_tables_are_refused() -> None:
    judged = JUDGED.with_columns(inclusion=1.0)
    with pytest.raises(SettingsError, match="confidence must be between"):
        evaluate_sampled(RUNS, judged, "P@5", confidence=1.0)
    with pytest.raises(SettingsError, match="'estimator' must be"):
        evaluate_sampled(RUNS, judged, "P@5", estimator="best")
    with pytest.raises(SettingsError, match="at least one measure"):
        evaluate_sampled(RUNS, judged, [])
    with pytest.raises(InputError, match="share no query"):
        evaluate_sampled(RUNS.with_columns(query=pl.lit("z")).unique(["system", "item"]), judged, "P@5")
    tasks = Uniform(count=5).sample(RUNS)
    with pytest.raises(InputError, match="No judgment is of a task"):
        evaluate_sampled(RUNS, JUDGED.with_columns(query=pl.col("query") + "x"), "P@5", tasks=tasks)
    with pytest.raises(InputError, match="none of the judged queries"):
        evaluate_sampled(RUNS, judged, "P@5", frame=pl.DataFrame({"query": ["z"], "item": ["d0"]}))


@pytest.mark.skipif(not PRELS.exists(), reason="needs ../shared/data/trec_prels")
def test_million_query_track_gives_the_estimates_of_its_own_inclusions() -> None:
    """Statistical AP's sample (methods 1 and 2): P@10 of a ranking by document, by plain sums over the file's lines."""
    lines = [line.split() for line in PRELS.read_text().splitlines()]
    sampled = [(q, d, float(g), float(p)) for q, d, g, method, p in lines if method != "0"]
    judged = pl.DataFrame(sampled, schema=["query", "item", "grade", "inclusion"], orient="row")
    ranked = judged.sort("query", "item").with_columns(rank=pl.int_range(1, pl.len() + 1).over("query"))
    found = evaluate_sampled(
        {"by name": ranked.select("query", "item", "rank")},
        judged,
        ["P@3", "R@3"],
        estimator="horvitz_thompson",
    )
    top, every = dict.fromkeys(sorted({q for q, *_ in sampled}), 0.0), {}
    for q, _, g, p in sorted(sampled):
        every.setdefault(q, []).append((g >= 1) / p)
        if len(every[q]) <= 3:
            top[q] += (g >= 1) / p / 3
    values = found.per_query.filter(pl.col("measure") == "P@3").sort("query")
    assert values["query"].to_list() == list(top)
    assert values["value"].to_list() == pytest.approx(list(top.values()))
