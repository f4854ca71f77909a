"""``palate judge`` and ``palate judge-drift``: from tasks to a verdict that a judge helps to."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
from judged_worlds import judged_world
from model_endpoint import Act, asked_text, chat_reply, model_endpoint, status, then


@pytest.fixture
def world(tmp_path):
    """Write people's grades, tasks and two runs of a small world; return it."""
    made = judged_world()
    made.some_people(200).write_csv(tmp_path / "people.csv")
    for name, run in made.runs.items():
        run.write_csv(tmp_path / f"{name}.csv")
    made.judge.select("query", "item", title=pl.col("query") + ":" + pl.col("item")).write_csv(
        tmp_path / "tasks.csv"
    )
    return made


def replay(made):
    """Return an answer that gives the judge's own label of the pair that is shown."""
    known = {f"{q}:{i}": f"{grade:g}" for q, i, grade in made.judge.iter_rows()}
    return lambda body, _: chat_reply(known[re.search(r"^q\d+:d\d+$", asked_text(body), re.MULTILINE)[0]])


def asked(folder, endpoint):
    return (
        "judge", "-t", folder / "tasks.csv", "--endpoint", endpoint.url, "--model", "judge-1",
        "--cache", folder / "c.sqlite", "--grades", "bad,fair,good,best", "--set", "backoff=0.01",
    )  # fmt: skip


def test_from_tasks_to_an_unbiased_verdict(palate, world, tmp_path):
    out = tmp_path / "answers.parquet"
    with model_endpoint(replay(world)) as endpoint:
        said = palate(*asked(tmp_path, endpoint), "-o", out, "--human", tmp_path / "people.csv")
    assert said.code == 0, said.err
    answers = pl.read_parquet(out)
    wanted = world.judge.rename({"grade": "wanted"})
    assert (answers.join(wanted, on=["query", "item"])["wanted"] == answers["grade"]).all()
    assert "answered 450 of 450 tasks" in said.out
    people = pl.read_csv(tmp_path / "people.csv")
    both = people.join(world.judge, on=["query", "item"], suffix="_of_judge")
    agreement = float(np.mean(both["grade"].to_numpy() == both["grade_of_judge"].to_numpy()))
    assert f"says what people say on {agreement:.1%} of items" in said.out

    runs = ("-r", tmp_path / "a.csv", "-r", tmp_path / "b.csv", "-m", "P@5")
    own = palate("judge-assisted", "--human", tmp_path / "people.csv", "--model", out, *runs, "--json")
    world.judge.write_csv(tmp_path / "judge.csv")
    other = palate(
        "judge-assisted",
        "--human",
        tmp_path / "people.csv",
        "--model",
        tmp_path / "judge.csv",
        *runs,
        "--json",
    )
    assert own.code == 0, own.err
    assert json.loads(own.out)["values"] == json.loads(other.out)["values"]
    worth = palate("judge-worth", "--human", tmp_path / "people.csv", "--model", out)
    assert "a label of people is worth" in worth.out


def test_a_second_run_asks_nothing(palate, world, tmp_path):
    with model_endpoint(replay(world)) as endpoint:
        palate(*asked(tmp_path, endpoint))
        sent = len(endpoint.requests)
        said = palate(*asked(tmp_path, endpoint), "--json")
        assert len(endpoint.requests) == sent
    found = json.loads(said.out)
    assert (found["sent"], found["reused"], found["missing"]) == (0, 450, 0)


def test_what_is_missing_is_counted_and_written(palate, world, tmp_path):
    known = replay(world)

    def answer(body, before):
        return status(500) if "q3:" in asked_text(body) else Act(body=known(body, before))

    with model_endpoint(answer) as endpoint:
        said = palate(
            *asked(tmp_path, endpoint), "--set", "attempts=1", "--missing", tmp_path / "missing.csv", "--json"
        )
    assert json.loads(said.out)["reasons"] == {"no reply": 30}
    assert pl.read_csv(tmp_path / "missing.csv")["task"].str.starts_with("q3/").all()


def test_items_without_an_answer_do_not_bias_the_verdict(palate, world, tmp_path):
    """They are a label of their own, of which people's labels say what it means."""
    known = replay(world)

    def answer(body, before):
        return chat_reply(None, refusal="no") if ":d7" in asked_text(body) else known(body, before)

    with model_endpoint(answer) as endpoint:
        said = palate(
            *asked(tmp_path, endpoint), "--judgments", tmp_path / "j.csv", "--human", tmp_path / "people.csv"
        )
    assert said.code == 0, said.err
    table = pl.read_csv(tmp_path / "j.csv")
    assert len(table) == 450
    assert (table.filter(pl.col("item") == "d7")["grade"] == -1).all()
    assert table.filter(pl.col("item") != "d7")["grade"].min() == 0
    runs = ("-r", tmp_path / "a.csv", "-r", tmp_path / "b.csv", "-m", "P@5")
    files = ("--human", tmp_path / "people.csv", "--model", tmp_path / "j.csv")
    verdict = palate("judge-assisted", *files, *runs)
    assert "200 labels of people and 450 of the judge" in verdict.out
    assert "The judge also says -1" in verdict.err


def test_a_batch_is_written_and_read(palate, world, tmp_path):
    known = replay(world)
    batch, results = tmp_path / "batch.jsonl", tmp_path / "results.jsonl"
    with model_endpoint(then(status(500))) as endpoint:
        said = palate(*asked(tmp_path, endpoint), "--write-batch", batch)
        assert "450 questions in" in said.err
        lines = [json.loads(line) for line in batch.read_text().splitlines()]
        done = [
            {
                "custom_id": line["custom_id"],
                "response": {"status_code": 200, "body": known(line["body"], 0)},
            }
            for line in lines
        ]
        results.write_text("\n".join(map(json.dumps, done)))
        said = palate(*asked(tmp_path, endpoint), "--read-batch", results, "--json")
        assert not endpoint.requests
    assert "450 replies kept" in said.err
    assert json.loads(said.out)["answered"] == 450


def test_a_project_file_says_what_people_are_told(palate, tmp_path):
    (tmp_path / "p.toml").write_text(
        'name = "x"\ninstructions = "Mind the **gap**."\ntemplate = "graded_relevance"\n'
        '[template_settings]\nquestion = "Does it fit?"\n'
        'labels = [{ value = "yes", grade = 1.0 }, { value = "no", grade = 0.0 }]\n'
    )
    (tmp_path / "t.csv").write_text("task,query,item\n1,q1,i1\n2,q1,i2\n")
    (tmp_path / "q.csv").write_text("query,text\nq1,kettle for gas\n")
    (tmp_path / "i.csv").write_text("item,title,text\ni1,Kettle,of steel\ni2,Shoe,\n")
    with model_endpoint(then(chat_reply("YES"))) as endpoint:
        said = palate(
            "judge", "-t", tmp_path / "t.csv", "--project", tmp_path / "p.toml", "--queries", tmp_path / "q.csv",
            "--items", tmp_path / "i.csv", "--endpoint", endpoint.url, "--model", "m", "--cache", tmp_path / "c.db",
            "-o", tmp_path / "a.csv",
        )  # fmt: skip
    assert said.code == 0, said.err
    texts = sorted(map(asked_text, endpoint.requests))
    for shown in ("Mind the **gap**.", "Does it fit?", "Query: kettle for gas", "Kettle\nof steel", "- yes"):
        assert any(shown in text for text in texts)
    answers = pl.read_csv(tmp_path / "a.csv")
    assert answers.select("query", "item", "grade").rows() == [("q1", "i1", 1.0), ("q1", "i2", 1.0)]


def test_systems_of_the_same_family_are_warned_of_before_money(palate, world, tmp_path):
    (tmp_path / "s.csv").write_text("system,model\na,openai/gpt-4o-mini\nb,\n")
    with model_endpoint(replay(world)) as endpoint:
        arguments = ["gpt-4o" if one == "judge-1" else one for one in asked(tmp_path, endpoint)]
        said = palate(*arguments, "--systems", tmp_path / "s.csv")
    assert "Warning: The judge gpt-4o and the system 'a' (openai/gpt-4o-mini)" in said.err
    assert "at most $" in said.err


def test_an_alarm_of_drift_is_an_exit_code(palate, tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=80)
    tasks = [f"g{i}" for i in range(80)]
    pl.DataFrame({"task": tasks, "label": truth.astype(str)}).write_csv(tmp_path / "golden.csv")
    for name, shift in (("may", 0), ("june", 0), ("july", 1)):
        labels = np.minimum(truth + shift, 3).astype(str)
        pl.DataFrame({"task": tasks, "annotator": "m", "label": labels}).write_csv(tmp_path / f"{name}.csv")
    calm = palate(
        "judge-drift", tmp_path / "may.csv", tmp_path / "june.csv", "--golden", tmp_path / "golden.csv"
    )
    assert (calm.code, calm.out.splitlines()[0]) == (0, "No sign that the judge has changed since may.")
    rounds = [tmp_path / f"{name}.csv" for name in ("may", "june", "july")]
    alarm = palate("judge-drift", *rounds, "--golden", tmp_path / "golden.csv")
    assert alarm.code == 1
    assert "Alarm: in july, the share of right answers has changed by -0." in alarm.out
    found = palate(
        "judge-drift", *rounds, "--golden", tmp_path / "golden.csv", "--json", "-o", tmp_path / "d.csv"
    )
    assert json.loads(found.out)["first"] == "may"
    assert pl.read_csv(tmp_path / "d.csv")["round"].unique(maintain_order=True).to_list() == ["june", "july"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--model", "m"), "Give --endpoint and --model"),
        (("--endpoint", "http://127.0.0.1:9/v1"), "Give --endpoint and --model"),
        (("--endpoint", "http://far.example.org", "--model", "m"), "not encrypted"),
        (("--endpoint", "http://127.0.0.1:9", "--model", "m", "--set", "sample=3"), "Did you mean 'samples'"),
        (("--embedding", "--grades", "one"), "--grades takes two names or more"),
        (("--embedding", "--template", "free_text"), "A judge chooses labels"),
        (("--embedding",), "known labels do not say where a grade begins"),
    ],
)  # fmt: skip
def test_mistakes_are_explained(palate, world, tmp_path, more, problem):
    said = (
        palate("judge", "-t", tmp_path / "tasks.csv", *more, "--cache", tmp_path / "c.sqlite")
        if ("--embedding" not in more)
        else palate("judge", "-t", tmp_path / "tasks.csv", *more)
    )
    assert said.code == 2
    assert problem in said.err


def test_an_item_that_nobody_described_is_an_error(palate, world, tmp_path):
    (tmp_path / "i.csv").write_text("item,title\nd0,Kettle\n")
    said = palate(
        "judge", "-t", tmp_path / "tasks.csv", "--items", tmp_path / "i.csv", "--endpoint", "http://127.0.0.1:9",
        "--model", "m",
    )  # fmt: skip
    assert said.code == 2
    assert "i.csv: The item 'd1' of a task is not here (435 such tasks)" in said.err
