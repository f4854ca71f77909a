"""What the second round asks, reuses, costs and finds, against plain reckoning on the study's own files."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from math import log2

import polars as pl
import pytest
from small_study import write_small_study

from palate.core.hashing import hash_file
from palate.platforms import Pool, platforms
from palate.study import Study, steps_of
from palate.study.artifacts import read_artifact
from palate.study.repeated_pairs import labels_of_pairs, with_earlier

Runs = dict[tuple[str, str], list[str]]


@pytest.fixture
def table(finished_study):
    return lambda step, name: read_artifact(finished_study.directory, step, name)


def rankings(*runs: pl.DataFrame) -> Runs:
    """Return the items of every (system, query), best first."""
    found: Runs = defaultdict(list)
    for run in runs:
        for row in run.sort("rank").to_dicts():
            found[row["system"], row["query"]].append(row["item"])
    return found


def lead(study: Study, step: str) -> dict:
    return json.loads((study.directory / step / "verdicts.json").read_text())["verdicts"][0]


def best_of_first_round(table) -> str:
    values = table("evaluate", "per_query").filter(measure="nDCG@10")
    return values.group_by("system").agg(pl.col("value").mean()).sort("value")["system"][-1]


def mean_ndcg(ranked: Runs, system: str, judgments: pl.DataFrame) -> float:
    """Return nDCG@10 as its definition says: grades over log2(rank + 1), what is not judged gaining nothing."""
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    for query, item, grade in judgments.select("query", "item", "grade").iter_rows():
        grades[query][item] = grade
    values = []
    for query, known in grades.items():
        shown = [known.get(item, 0.0) for item in ranked[system, query][:10]]
        ideal = sorted(known.values(), reverse=True)[:10]
        gain, best = (sum(g / log2(rank + 1) for rank, g in enumerate(of, 1)) for of in (shown, ideal))
        values.append(gain / best if best else 0.0)
    return sum(values) / len(values)


def test_the_second_round_asks_for_what_the_ranker_shows_and_nobody_judged(table):
    shown = {
        (query, item) for (_, query), items in rankings(table("learn", "runs")).items() for item in items[:5]
    }
    before = set(table("sample", "tasks").select("query", "item").iter_rows())
    asked = set(table("sample-2", "tasks").select("query", "item").iter_rows())
    assert asked == shown - before
    assert asked


def test_pairs_of_the_second_round_are_of_the_ranker_and_the_best_system_before_it(table):
    best = best_of_first_round(table)
    ranked = rankings(table("recommend", "runs"), table("learn", "runs"))
    earlier = {
        (row["query"], frozenset((tuple(ranked[row["left"], row["query"]][:5]), tuple(ranked[row["right"], row["query"]][:5]))))
        for row in table("sample", "pairs").to_dicts()
    }  # fmt: skip
    for row in table("sample-2", "pairs").to_dicts():
        assert {row["left"], row["right"]} == {"lambdamart", best}
        left, right = (tuple(ranked[row[side], row["query"]][:5]) for side in ("left", "right"))
        known = left == right or (row["query"], frozenset((left, right))) in earlier
        assert row["asked"] == (not known)
    assert set(table("ask-2", "comparisons")["task"]) == set(
        table("sample-2", "pairs").filter("asked")["task"]
    )


def test_nobody_answers_anything_twice_and_golden_tasks_are_new(table):
    golden = [set(table(step, "golden")["task"]) for step in ("sample", "sample-2")]
    assert not golden[0] & golden[1]
    for name in ("answers", "comparisons"):
        both = pl.concat([table(step, name).select("task", "annotator") for step in ("ask", "ask-2")])
        assert not both.is_duplicated().any()
        assert not set(table("ask", name)["task"]) & set(table("ask-2", name)["task"])


def test_the_second_round_begins_when_the_first_has_ended(table):
    last = max(table("ask", name)["submitted_at"].max() for name in ("answers", "comparisons"))
    assert min(table("ask-2", name)["submitted_at"].min() for name in ("answers", "comparisons")) > last


def test_judgments_of_the_second_round_rest_on_the_answers_of_both(table):
    tasks = pl.concat([table(step, "tasks") for step in ("sample", "sample-2")])
    judged = table("aggregate-2", "judgments")
    assert sorted(judged["task"]) == sorted(tasks["task"])
    answers = pl.concat([table(step, "answers") for step in ("ask", "ask-2")])
    votes: dict[str, list[str]] = defaultdict(list)
    for task, label in answers.select("task", "label").iter_rows():
        votes[task].append(label)
    chosen = dict(
        table("aggregate-2", "labels").filter(method="majority_vote").select("task", "label").iter_rows()
    )
    clear = 0
    for task in tasks["task"]:
        counts = sorted((votes[task].count(label) for label in set(votes[task])), reverse=True)
        if len(counts) == 1 or counts[0] > counts[1]:
            clear += 1
            assert votes[task].count(chosen[task]) == counts[0]
    assert clear > len(tasks) / 2


def test_values_and_gain_are_those_of_the_definition(finished_study, table):
    judgments = table("aggregate-2", "judgments")
    ranked = rankings(table("recommend", "runs"), table("learn", "runs"))
    best = best_of_first_round(table)
    values = {name: mean_ndcg(ranked, name, judgments) for name in ("lambdamart", best)}
    found = lead(finished_study, "evaluate-2")
    assert {found["system"]: found["value"], found["other"]: found["other_value"]} == pytest.approx(values)
    before = json.loads((finished_study.directory / "learn" / "verdict.json").read_text())
    first = {name: mean_ndcg(ranked, name, table("aggregate", "judgments")) for name in ("lambdamart", best)}
    assert {before["system"]: before["value"], before["other"]: before["other_value"]} == pytest.approx(first)


def test_cost_and_answers_are_the_sums_of_both_rounds(finished_study, table):
    rows = [row for step in ("ask", "ask-2") for row in table(step, "cost").to_dicts()]
    found = lead(finished_study, "evaluate-2")
    assert found["answers"] == sum(row["answers"] for row in rows)
    assert Decimal(found["cost"]) == sum(row["pages"] for row in rows) * Decimal("0.05")
    per_round = [
        sum(Decimal(row["dollars"]) for row in table(step, "cost").to_dicts()) for step in ("ask", "ask-2")
    ]
    assert finished_study.costs() == per_round
    page = (finished_study.directory / "report" / "index.html").read_text(encoding="utf-8")
    for dollars in (*per_round, sum(per_round)):
        assert f"${dollars:,.2f}" in page


def test_identical_lists_count_as_ties_without_asking(own_copy):
    directory = own_copy.directory
    give_back_the_best_ranking(directory)
    own_copy.run()
    pairs = read_artifact(directory, "sample-2", "pairs")
    assert pairs["identical"].all()
    assert not pairs["asked"].any()
    assert read_artifact(directory, "sample-2", "tasks").is_empty()
    assert own_copy.costs()[1] == 0
    states = {status.step.name: status.summary for status in own_copy.status()}
    assert states["sample-2"].startswith("Nothing to ask: lambdamart shows nothing that is not judged")
    assert states["ask-2"] == "Nobody was asked: all is judged"
    assert states["evaluate-2"].startswith("No winner")
    judged = read_artifact(directory, "aggregate-2", "pair_judgments").join(pairs, on="task", how="semi")
    assert set(judged["label"]) == {"tie"}
    assert len(judged) == len(pairs)
    wins = read_artifact(directory, "evaluate-2", "win_matrix").filter(system="lambdamart")
    assert wins["win_share"].to_list() == [0.5]
    first = read_artifact(directory, "aggregate", "judgments")
    assert read_artifact(directory, "aggregate-2", "judgments").equals(first)


def give_back_the_best_ranking(directory):
    """Let the ranker have learned nothing: it ranks as the best system does."""
    best = json.loads((directory / "learn" / "verdict.json").read_text())
    name = next(best[side] for side in ("system", "other") if best[side] != "lambdamart")
    same = read_artifact(directory, "recommend", "runs").filter(system=name)
    file = directory / "learn" / "runs.parquet"
    same.with_columns(system=pl.lit("lambdamart")).write_parquet(file)
    manifest = json.loads((directory / "learn" / "step.json").read_text())
    manifest["outputs"]["runs.parquet"] = hash_file(file)
    (directory / "learn" / "step.json").write_text(json.dumps(manifest))


def test_a_study_that_says_nothing_of_rounds_has_one_and_a_second_can_be_added(tmp_path, finished_study):
    study = Study(write_small_study(tmp_path / "s"))
    settings = study.directory / "palate.toml"
    whole = settings.read_text()
    settings.write_text(whole.replace("rounds = 2\n", ""))
    study.run()
    assert [status.step.name for status in study.status()] == [step.name for step in steps_of(1)]
    assert not list(study.directory.glob("*-2"))
    page = (study.directory / "report" / "index.html").read_text(encoding="utf-8")
    assert "lambdamart" in page
    assert "Before round 2" not in page
    learned = next(status for status in study.status() if status.step.name == "learn")
    assert "are not judged and count as not relevant" in learned.summary
    first_answers = hash_file(study.directory / "ask" / "answers.parquet")
    settings.write_text(whole)
    ran: list[str] = []
    study.run(observer=Ran(ran))
    assert ran == ["sample-2", "ask-2", "aggregate-2", "evaluate-2", "report"]
    assert hash_file(study.directory / "ask" / "answers.parquet") == first_answers
    assert lead(study, "evaluate-2") == lead(finished_study, "evaluate-2")


class Ran:
    """An observer that keeps the names of the steps that ran."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def started(self, step, number, total):
        pass

    def progress(self, done, total):
        pass

    def noted(self, text):
        pass

    def finished(self, step, summary, seconds):
        if seconds is not None:
            self.names.append(step.name)


def test_a_third_round_judges_the_ranker_that_learned_from_two(own_copy):
    settings = own_copy.directory / "palate.toml"
    settings.write_text(settings.read_text().replace("rounds = 2", "rounds = 3"))
    ran: list[str] = []
    own_copy.run(observer=Ran(ran))
    assert ran == ["learn-2", "sample-3", "ask-3", "aggregate-3", "evaluate-3", "report"]
    found = lead(own_copy, "evaluate-3")
    values = read_artifact(own_copy.directory, "evaluate-2", "summary").filter(measure="nDCG@10")
    best = values.sort("value")["system"][-1]
    assert {found["system"], found["other"]} == {"lambdamart-2", best}
    tasks = pl.concat(
        [read_artifact(own_copy.directory, f"sample{r}", "tasks") for r in ("", "-2", "-3")], how="vertical"
    )
    assert not tasks["task"].is_duplicated().any()
    assert len(own_copy.costs()) == 3


def test_a_pair_whose_lists_were_compared_before_keeps_that_judgment_on_its_own_sides():
    shown = {"als": "ab", "bpr": "ba", "new": "ab", "other": "cd"}
    runs = pl.DataFrame(
        [(system, "q", item, rank) for system, items in shown.items() for rank, item in enumerate(items, 1)],
        schema=["system", "query", "item", "rank"],
        orient="row",
    )
    earlier = pl.DataFrame({"task": ["e"], "query": ["q"], "left": ["bpr"], "right": ["als"]})
    pairs = pl.DataFrame(
        {
            "task": ["straight", "turned", "unlike"],
            "query": ["q"] * 3,
            "left": ["bpr", "new", "new"],
            "right": ["new", "bpr", "other"],
        }
    )
    found = with_earlier(pairs, earlier, runs, depth=2)
    assert found["same_as"].to_list() == ["e", "e", None]
    assert found["turned"].to_list() == [False, True, False]
    asked = found.with_columns(asked=pl.col("same_as").is_null(), identical=pl.lit(value=False))
    first = earlier.with_columns(
        same_as=pl.lit(None, dtype=pl.String), turned=False, asked=True, identical=False
    )
    labels = pl.DataFrame({"task": ["e", "unlike"], "label": ["left", "tie"], "probability": [0.9, 0.6]})
    judged = labels_of_pairs(pl.concat([first, asked.select(first.columns)]), labels)
    said = {row["task"]: (row["label"], row["probability"]) for row in judged.to_dicts()}
    assert said == {
        "e": ("left", 0.9),
        "straight": ("left", 0.9),
        "turned": ("right", 0.9),
        "unlike": ("tie", 0.6),
    }


def test_simulated_annotators_are_the_same_in_every_round_and_err_elsewhere():
    tasks = pl.DataFrame({"task": [f"t{n}" for n in range(60)], "truth": ["1"] * 60})
    simulated = platforms.create("simulated", {"annotators": 12})
    one, two = (
        simulated.ask(Pool(tasks, ("0", "1", "2"), round=number, golden_per_page=0), seed=4)
        for number in (1, 2)
    )
    assert one.annotators.equals(two.annotators)
    assert not one.answers["label"].equals(two.answers["label"])
