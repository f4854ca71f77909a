import json

import pytest


@pytest.fixture
def study(tmp_path):
    """Five queries of four items: run good ranks them as all annotators grade them, poor the other way round."""
    write = lambda name, text: (tmp_path / name).write_text(text)  # noqa: E731 (a table of files)
    tasks = [(f"t{q}{i}", q, f"i{i}") for q in range(5) for i in range(4)]
    for name, sign in (("good", -1), ("poor", 1)):
        write(
            f"{name}.trec", "".join(f"{q} Q0 {item} 1 {sign * int(item[1])} {name}\n" for _, q, item in tasks)
        )
    write("tasks.csv", "task,query,item\n" + "".join(f"{t},{q},{i}\n" for t, q, i in tasks))
    grade = lambda task, who: max(0, 3 - int(task[2]) - (who == "w3" and task[1] in "024"))  # noqa: E731 (a rule)
    rows = [(t, q, i, who, grade(t, who)) for t, q, i in tasks for who in ("w1", "w2", "w3")]
    write("answers.csv", "task,annotator,label\n" + "".join(f"{t},{w},{g}\n" for t, _, _, w, g in rows))
    write("items.csv", "query,item,worker,label\n" + "".join(f"{q},{i},{w},{g}\n" for _, q, i, w, g in rows))
    write("grades.csv", "query,item,grade\n0,i0,1\n0,i1,0\n")
    write(
        "posterior.csv",
        "query,item,p_0,p_1\n"
        + "".join(f"{q},{i},{0.1 + 0.2 * int(i[1]):.1f},{0.9 - 0.2 * int(i[1]):.1f}\n" for _, q, i in tasks),
    )
    return tmp_path


def runs(study) -> tuple:
    return ("-r", study / "good.trec", "-r", study / "poor.trec")


def test_answers_and_tasks_give_a_verdict_with_both_intervals(palate, study):
    said = palate("verdict", *runs(study), "--answers", study / "answers.csv", "--tasks", study / "tasks.csv")
    assert said.code == 0
    assert said.out.startswith("good beats poor on nDCG@10 by +0.")
    assert (
        "from 60 answers by 3 annotators; as if these were the only annotators, it would be +0."
        in said.out.replace("\n", " ")
    )
    assert "queries, annotators" in said.out
    assert "queries alone" in said.out


def test_query_and_item_may_stand_beside_each_answer(palate, study):
    asked = ("verdict", *runs(study), "-m", "nDCG@3", "-m", "P@2", "--json")
    one = json.loads(palate(*asked, "-a", study / "items.csv").out)
    other = json.loads(palate(*asked, "-a", study / "answers.csv", "--tasks", study / "tasks.csv").out)
    assert [v["difference"] for v in one["verdicts"]] == [v["difference"] for v in other["verdicts"]]
    assert [v["measure"] for v in one["verdicts"]] == ["nDCG@3", "P@2"]


def test_method_grades_and_items_are_settings(palate, study):
    said = palate(
        "verdict", *runs(study), "-a", study / "items.csv", "--items", "--json",
        "-M", "dawid-skene", "--set", "right=2", "--grades", "best", "--confidence", "0.9",
    )  # fmt: skip
    (found,) = json.loads(said.out)["verdicts"]
    assert found["method"]["aggregator"]["name"] == "dawid_skene"
    assert found["method"]["aggregator"]["settings"]["right"] == 2
    assert found["method"]["settings"] == {
        "grades": "best",
        "items": True,
        "groups": 200,
        "confidence": 0.9,
        "correction": "holm",
    }
    assert set(found["shares"]) == {"queries", "annotators", "items"}


def test_the_table_is_written(palate, study):
    said = palate("verdict", *runs(study), "-a", study / "items.csv", "-o", study / "v.csv")
    assert "1 comparisons in" in said.err
    header, row = (study / "v.csv").read_text().splitlines()
    assert header.startswith(
        "measure,system,other,difference,low,high,p_value,queries_low,queries_high,queries_share"
    )
    assert row.startswith("nDCG@10,good,poor,")


def test_judgments_with_probabilities_give_values_under_the_posterior(palate, study):
    said = palate("verdict", *runs(study), "--judgments", study / "posterior.csv", "-m", "P@2")
    assert said.code == 0
    assert said.out.startswith("No winner yet: good and poor differ on P@2 by +0.4")
    assert "for these 5 queries" in said.out.replace("\n", " ")
    found = json.loads(
        palate("verdict", *runs(study), "-j", study / "posterior.csv", "-m", "P@2", "--json").out
    )
    assert {row["system"] for row in found["values"]} == {"good", "poor"}
    palate("verdict", *runs(study), "-j", study / "posterior.csv", "-o", study / "values.csv")
    assert (study / "values.csv").read_text().startswith("system,measure,best_guess,value,low,high")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Give --answers or --judgments, one of the two."),
        (("-a", "items.csv", "-j", "posterior.csv"), "Give --answers or --judgments, one of the two."),
        (("-j", "posterior.csv", "--items"), "--items say what to make of answers; --judgments has none"),
        (("-a", "items.csv", "-M", "dawid"), "There is no label aggregator named 'dawid'. Did you mean"),
        (("-a", "items.csv", "--grades", "mean"), "'grades' of the verdict must be"),
        (("-a", "answers.csv"), "answers.csv"),
        (("-j", "grades.csv"), "grades.csv: Expected a column of probabilities for each grade"),
    ],
)
def test_mistakes_are_said(palate, study, arguments, text):
    named = [study / a if "." in a else a for a in arguments]
    said = palate("verdict", *runs(study), *named)
    assert said.code == 2
    assert text in said.err


def test_help_shows_examples(palate):
    assert "palate verdict -r a.trec -r b.trec --answers answers.csv" in palate("verdict", "--help").out
