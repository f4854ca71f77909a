"""What the steps of a finished study hold, checked against plain reckoning on its own inputs."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from small_study import write_small_study

from palate.core.errors import InputError
from palate.core.hashing import hash_file
from palate.learning import features_for, load_model, rerank
from palate.study import Study
from palate.study.artifacts import read_artifact


@pytest.fixture
def table(finished_study):
    return lambda step, name: read_artifact(finished_study.directory, step, name)


def test_nothing_of_the_future_is_learned_from(table):
    past, candidates = table("split", "past"), table("split", "candidates")
    seen = past.rename({"user": "query"}).select("query", "item")
    assert candidates.join(seen, on=["query", "item"]).is_empty()
    interactions = table("read", "interactions").rename({"user": "query"})
    first_asked = (
        candidates.join(interactions, on=["query", "item"]).group_by("query").agg(pl.col("timestamp").min())
    )
    last_learned = past.group_by(pl.col("user").alias("query")).agg(pl.col("timestamp").max().alias("last"))
    both = first_asked.join(last_learned, on="query")
    assert (both["timestamp"] >= both["last"]).all()


def test_true_grades_are_quartiles_of_values(table):
    values = np.sort(table("read", "interactions")["value"].to_numpy())
    cuts = [pl.Series(values).quantile(q) for q in (0.25, 0.5, 0.75)]
    for row in table("split", "candidates").to_dicts():
        assert row["grade"] == sum(row["value"] >= cut for cut in cuts)


def test_every_system_ranks_the_same_candidates(table):
    wanted = set(table("split", "candidates").select("query", "item").iter_rows())
    for (_system,), run in table("recommend", "runs").group_by("system"):
        assert set(run.select("query", "item").iter_rows()) == wanted


def test_golden_tasks_show_nothing_of_the_future_and_every_grade(table):
    golden, candidates = table("sample", "golden"), table("split", "candidates")
    assert golden.join(candidates, on=["query", "item"]).is_empty()
    assert golden["task"].n_unique() == len(golden) == 20
    counts = golden["label"].value_counts()["count"]
    assert counts.max() - counts.min() <= 1
    liked = table("split", "liked")
    assert golden.join(liked, on=["query", "item"]).is_empty()


def test_truth_of_a_pair_is_the_list_with_the_higher_discounted_gain(table):
    grade = {
        (q, i): g for q, i, g in table("split", "candidates").select("query", "item", "grade").iter_rows()
    }
    runs = table("recommend", "runs").filter(pl.col("rank") <= 5)
    gain: dict[tuple[str, str], float] = {}
    for system, query, item, rank in runs.select("system", "query", "item", "rank").iter_rows():
        gain[system, query] = gain.get((system, query), 0.0) + grade[query, item] / np.log2(rank + 1)
    for row in table("ask", "pair_truth").to_dicts():
        left, right = gain[row["left"], row["query"]], gain[row["right"], row["query"]]
        if abs(left - right) > 0.05 * max(left, right) * (1 + 1e-9):
            assert row["truth"] == ("left" if left > right else "right")
        elif abs(left - right) < 0.05 * max(left, right) * (1 - 1e-9):
            assert row["truth"] == "tie"


def test_every_task_is_answered_three_to_five_times_and_paid_by_the_page(table):
    answers = table("ask", "answers").filter(~pl.col("golden"))
    overlap = answers.group_by("task").len()
    assert set(overlap["task"]) == set(table("sample", "tasks")["task"])
    assert overlap["len"].min() >= 3
    assert overlap["len"].max() <= 5
    for row in table("ask", "cost").to_dicts():
        assert Decimal(row["dollars"]) == row["pages"] * Decimal("0.05")


def test_inclusion_is_the_product_of_users_and_tasks(table):
    queries, pairs = table("split", "queries"), table("sample", "pairs")
    assert (table("sample", "tasks")["inclusion"] == queries["inclusion"][0]).all()
    all_pairs = len(queries) * 3  # three systems make three pairs a query
    assert pairs["inclusion"].to_list() == pytest.approx([queries["inclusion"][0] * 40 / all_pairs] * 40)


def test_judgments_are_mostly_true(table):
    truth = table("split", "candidates").select("query", "item", pl.col("grade").alias("truth"))
    both = table("aggregate", "judgments").join(truth, on=["query", "item"])
    assert (both["grade"] == both["truth"]).mean() > 0.75


def test_win_matrix_mirrors_itself(table):
    wins = {(r["system"], r["other"]): r for r in table("evaluate", "win_matrix").to_dicts()}
    for (system, other), row in wins.items():
        assert row["win_share"] + wins[other, system]["win_share"] == pytest.approx(1)
        assert row["low"] <= row["win_share"] <= row["high"]


def test_learned_ranker_ranks_every_query_in_a_fold_of_its_own(table):
    assert set(table("learn", "runs")["query"]) == set(table("split", "queries")["query"])
    assert table("learn", "folds")["fold"].n_unique() == 3


def test_learned_ranker_lies_in_a_folder_with_its_card_and_ranks_again(finished_study, table):
    folder = finished_study.directory / "learn" / "model"
    assert sorted(file.name for file in folder.iterdir()) == ["card.json", "card.md", "model.txt"]
    saved = load_model(folder)
    assert (saved.card.objective, saved.card.folds) == ("lambdamart", 3)
    judged = table("aggregate", "judgments").select("query", "item")
    assert saved.card.judged_rows == len(judged)
    for file, found in saved.card.data.items():
        assert hash_file(finished_study.directory / file) == found
    values = {row["system"]: row["value"] for row in saved.card.measured}
    assert values.keys() == {*table("recommend", "runs")["system"], "lambdamart"}
    for system, value in values.items():
        step = "learn" if system == "lambdamart" else "evaluate"
        own = table(step, "per_query").filter(system=system, measure="nDCG@10")
        assert value == pytest.approx(own["value"].mean())
    features = features_for(
        saved.ranker,
        table("recommend", "runs"),
        table("split", "past"),
        items=table("read", "items").select("item", "title"),
    )
    ranked = rerank(saved.ranker, features)
    assert len(ranked) == len(table("split", "candidates"))


def test_page_shows_the_rankers_card(finished_study):
    page = (finished_study.directory / "report" / "index.html").read_text()
    card = load_model(finished_study.directory / "learn" / "model").card
    assert "The ranker’s card" in page
    for feature in card.features:
        assert feature["meaning"].split()[0] in page
    for found in card.data.values():
        assert found in page


def test_page_shows_the_verdict(finished_study):
    page = (finished_study.directory / "report" / "index.html").read_text()
    assert "simulated" in page
    assert "popularity" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.with_columns(value=pl.lit(1.0)), "too few different values"),
        (lambda t: t.drop("value"), "needs a timestamp"),
        (lambda t: t.drop("timestamp"), "needs a timestamp"),
        (lambda t: t.group_by("user").head(4), "No user has 8 later items"),
    ],
)
def test_data_that_cannot_carry_a_study_is_refused(tmp_path, change, message):
    study = Study(write_small_study(tmp_path / "s"))
    path = study.directory / "interactions.csv"
    change(pl.read_csv(path)).write_csv(path)
    with pytest.raises(InputError, match=message):
        study.run(last="split")


def test_missing_data_file_is_named(tmp_path):
    study = Study(write_small_study(tmp_path / "s"))
    (study.directory / "items.csv").unlink()
    with pytest.raises(InputError, match="items.csv"):
        study.run(last="read")


def test_items_without_titles_are_shown_by_their_id(tmp_path):
    study = Study(write_small_study(tmp_path / "s"))
    (study.directory / "items.csv").write_text("item,title\ni00,Known\n")
    study.run(last="read")
    titles = dict(read_artifact(study.directory, "read", "items").select("item", "title").iter_rows())
    assert titles["i00"] == "Known"
    assert titles["i01"] == "i01"


def test_study_without_golden_tasks_runs(tmp_path):
    study = Study(write_small_study(tmp_path / "s"))
    settings = study.directory / "palate.toml"
    settings.write_text(settings.read_text().replace("golden_tasks = 20", "golden_tasks = 0"))
    study.run(last="aggregate")
    assert not read_artifact(study.directory, "ask", "answers")["golden"].any()


def test_recommenders_of_texts_get_the_study_s_items(tmp_path):
    directory = write_small_study(tmp_path / "study")
    settings = (directory / "palate.toml").read_text()
    own = settings + '\n[recommend]\nsystems = ["popularity", "content", "hybrid"]\n'
    (directory / "palate.toml").write_text(own)
    study = Study(directory)
    study.run(last="recommend")
    runs = read_artifact(directory, "recommend", "runs")
    candidates = read_artifact(directory, "split", "candidates")
    assert set(runs["system"]) == {"popularity", "content", "hybrid"}
    assert runs.group_by("system").len()["len"].to_list() == [len(candidates)] * 3
    assert runs["score"].is_finite().all()
