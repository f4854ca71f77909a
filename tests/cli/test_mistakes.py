"""Every mistake gets one clear message, exit code 2, no traceback and no half-written output."""

import polars as pl
import pytest
from shell import palate as palate_process


def refused(said, *fragments):
    assert said.code == 2, said
    assert "Traceback" not in said.err
    for fragment in fragments:
        assert fragment in said.err, said.err
    return True


@pytest.fixture
def write(tmp_path):
    def write_text(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_text


ANSWERS = "task,annotator,label\nt1,w1,0\nt1,w2,1\nt2,w1,0\n"

AGGREGATE = [
    ("task,annotator\nt1,w1\n", ["bad.csv", "'label'", "task, annotator"]),
    ("task,annotator,lable\nt1,w1,0\n", ["bad.csv", "rename 'lable' to 'label'"]),
    ("task,annotator,label\nt1,w1,0\nt1,,1\n", ["bad.csv", "row 2", "column 'annotator'", "missing"]),
    (ANSWERS + "t1,w1,1\n", ["bad.csv", "row 1", "row 4", "(task, annotator)"]),
    ("", ["bad.csv", "empty", "task, annotator, label"]),
    ("task,annotator,label\n", ["bad.csv", "empty"]),
    ("task,annotator,label\nt1,w1,0\nt1,w2,1,5\n", ["bad.csv", "row 2", "fields"]),
]


@pytest.mark.parametrize(("text", "fragments"), AGGREGATE)
def test_bad_answers_are_refused(palate, write, tmp_path, text, fragments):
    said = palate("aggregate", write("bad.csv", text), "-o", tmp_path / "out.csv")
    assert refused(said, *fragments)
    assert not (tmp_path / "out.csv").exists()


def test_one_label_only_still_aggregates(palate, write):
    said = palate("aggregate", write("a.csv", "task,annotator,label\nt1,w1,yes\nt2,w2,yes\n"), "--json")
    assert said.code == 0
    assert '"label": "yes"' in said.out


def test_one_annotator_only_still_aggregates(palate, write):
    said = palate("aggregate", write("a.csv", "task,annotator,label\nt1,w1,yes\nt2,w1,no\n"), "--json")
    assert said.code == 0


def test_one_annotator_only_has_no_agreement(palate, write):
    said = palate("agreement", write("a.csv", "task,annotator,label\nt1,w1,yes\nt2,w1,no\n"))
    assert refused(said, "a.csv: No task has answers by two annotators")


def test_unknown_method_suggests_the_nearest(palate, write):
    path = write("a.csv", ANSWERS)
    assert refused(
        palate("aggregate", path, "-M", "david-skene"), "no aggregator named 'david-skene'", "dawid_skene?"
    )
    assert refused(palate("aggregate", path, "--set", "max_itr=3"), "no setting 'max_itr'", "'max_iter'?")
    assert refused(palate("aggregate", path, "--set", "max_iter"), "name=value")


def test_unknown_measure_suggests_the_nearest(palate, files):
    said = palate("evaluate", "-r", files / "a.trec", "-j", files / "q.txt", "-m", "nddcg@10")
    assert refused(said, "There is no measure named 'nddcg'. Did you mean nDCG?")


@pytest.mark.parametrize(
    ("run", "fragments"),
    [
        ("1 Q0 x 1 NaN a\n", ["bad.trec", "row 1", "column 'score'", "NaN"]),
        ("1 Q0 x 1 2.0 a\n1 Q0 x 2 1.0 a\n", ["bad.trec", "row 1", "row 2", "(system, query, item)"]),
        ("1 Q0 x 1 2.0 a\n1 Q0 y 2 high a\n", ["bad.trec", "row 2", "column 'score'", "'high'"]),
        ("1 Q0 x 1 2.0 a\n1 Q0 y\n", ["bad.trec", "row 2", "6 fields"]),
        ("1 0 x 1\n", ["bad.trec", "row 1", "6 fields"]),
        ("q101 Q0 x 1 2.0 a\n", ["share no query", "'q101'", "'1'"]),
        ("", ["bad.trec", "empty"]),
    ],
)
def test_bad_run_is_refused(palate, files, run, fragments):
    (files / "bad.trec").write_text(run)
    said = palate("evaluate", "-r", files / "bad.trec", "-j", files / "q.txt", "-o", files / "out.csv")
    assert refused(said, *fragments)
    assert not (files / "out.csv").exists()


def test_truncated_parquet_is_refused(palate, files):
    path = files / "runs.parquet"
    pl.DataFrame({"system": ["a"], "query": ["1"], "item": ["x"], "score": [1.0]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])
    assert refused(palate("evaluate", "-r", path, "-j", files / "q.txt"), "runs.parquet", "damaged")


def test_missing_file_and_folder_are_refused(palate, files):
    assert refused(
        palate("evaluate", "-r", files / "no.trec", "-j", files / "q.txt"), "no.trec", "no such file"
    )
    assert refused(palate("aggregate", files), "folder")


@pytest.mark.parametrize("place", ["missing/out.csv", "a.trec/out.csv", ".", "out.docx"])
def test_unwritable_output_is_refused(palate, files, place):
    before = sorted(p.name for p in files.iterdir())
    said = palate("aggregate", files / "answers.csv", "-o", files / place)
    assert refused(said, "Cannot")
    assert sorted(p.name for p in files.iterdir()) == before


def test_compare_needs_two_systems(palate, files):
    assert refused(palate("compare", "-r", files / "a.trec", "-j", files / "q.txt"), "needs two systems")


def test_same_system_twice_is_refused(palate, files):
    said = palate("evaluate", "-r", files / "a.trec", "-r", files / "a.trec", "-j", files / "q.txt")
    assert refused(said, "'a'")


def test_unknown_recommender_and_setting(palate, files):
    assert refused(
        palate("recommend", "-i", files / "seen.csv", "--model", "alls"), "'alls'. Did you mean als?"
    )
    said = palate("recommend", "-i", files / "seen.csv", "--set", "factor=3")
    assert refused(said, "no setting 'factor'", "'factors'?")


def test_tasks_that_share_no_id_are_refused(palate, files):
    (files / "tasks.csv").write_text("task,query,item\nx1,q,d\n")
    said = palate("aggregate", files / "answers.csv", "--tasks", files / "tasks.csv")
    assert refused(said, "share no id", "'x1'", "'t0'")


def test_options_for_answers_do_not_go_with_comparisons(palate, files):
    assert refused(
        palate("aggregate", files / "pairs.csv", "--golden", files / "answers.csv"), "not with comparisons"
    )


def test_report_needs_a_study_or_runs(palate, files):
    assert refused(palate("report"), "palate report my-study")
    assert refused(palate("report", "-r", files / "a.trec"), "Name either")
    assert refused(palate("report", files), "palate.toml")


def test_usage_mistakes_end_with_two(palate):
    assert palate("evaluate").code == 2
    assert palate("nonsense").code == 2


def test_traceback_reaches_the_user_only_with_debug(files):
    quiet = palate_process("evaluate", "-r", files / "no.trec", "-j", files / "q.txt")
    assert refused(quiet, "no such file")
    loud = palate_process("--debug", "evaluate", "-r", files / "no.trec", "-j", files / "q.txt")
    assert "Traceback" in loud.err
    assert "InputError" in loud.err


def test_closed_pipe_is_no_error(files):
    import subprocess
    import sys

    command = f"{sys.executable} -m palate aggregate {files / 'answers.csv'} -o - | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("task,")
    assert "Traceback" not in done.stderr
