"""A study runs what changed, goes on after any stop, and ends with the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_study import write_small_study

from palate.core.errors import StudyError, UnknownNameError
from palate.core.hashing import hash_file
from palate.study import Study, steps_of

NAMES = [step.name for step in steps_of(2)]


class Record:
    """An observer that keeps what ran."""

    def __init__(self):
        self.ran, self.kept = [], []

    def started(self, step, number, total):
        pass

    def progress(self, done, total):
        assert 0 <= done <= total

    def noted(self, text):
        pass

    def finished(self, step, summary, seconds):
        (self.kept if seconds is None else self.ran).append(step.name)


def results(directory: Path) -> dict[str, str]:
    """Return the hash of every artifact."""
    return {
        str(f.relative_to(directory)): hash_file(f)
        for name in NAMES
        for f in sorted((directory / name).rglob("*"))
        if f.is_file()
    }


def test_same_seed_gives_the_same_bytes_another_seed_does_not(finished_study, tmp_path):
    twin = Study(write_small_study(tmp_path / "twin"))
    twin.run()
    assert results(twin.directory) == results(finished_study.directory)
    other = Study(write_small_study(tmp_path / "other", seed=4))
    other.run(last="ask")
    assert hash_file(other.directory / "ask/answers.parquet") != hash_file(
        finished_study.directory / "ask/answers.parquet"
    )


def test_nothing_changed_nothing_runs(own_copy):
    record = Record()
    own_copy.run(observer=record)
    assert record.ran == []
    assert record.kept == NAMES
    assert {s.state for s in own_copy.status()} == {"done"}


def test_changed_setting_runs_the_steps_that_depend_on_it(own_copy):
    settings = own_copy.directory / "palate.toml"
    settings.write_text(settings.read_text().replace("resamples = 300", "resamples = 200"))
    states = {s.step.name: s.state for s in own_copy.status()}
    assert states["aggregate"] == "done"
    assert {states[name] for name in ("evaluate", "learn", "evaluate-2", "report")} == {"stale"}
    record = Record()
    own_copy.run(observer=record)
    assert record.ran == ["evaluate", "learn", "sample-2", "evaluate-2", "report"]  # nobody is asked again


def test_changed_data_runs_everything(own_copy):
    data = own_copy.directory / "interactions.csv"
    data.write_text("\n".join(data.read_text().splitlines()[:-1]) + "\n")
    record = Record()
    own_copy.run(last="recommend", observer=record)
    assert record.ran == ["read", "split", "recommend"]


def test_damaged_artifact_is_made_again(own_copy, finished_study):
    (own_copy.directory / "aggregate/judgments.parquet").unlink()
    assert {s.step.name: s.state for s in own_copy.status()}["aggregate"] == "missing"
    record = Record()
    own_copy.run(observer=record)
    assert record.ran[0] == "aggregate"
    assert results(own_copy.directory) == results(finished_study.directory)


def test_from_and_to_choose_the_steps(own_copy):
    record = Record()
    own_copy.run("aggregate", "evaluate", record)
    assert record.kept == ["read", "split", "recommend", "sample", "ask"]
    assert record.ran == ["aggregate", "evaluate"]


def test_from_a_step_whose_inputs_are_not_done_is_refused(tmp_path):
    study = Study(write_small_study(tmp_path / "s"))
    with pytest.raises(StudyError, match="'read' is not done"):
        study.run("evaluate")
    with pytest.raises(StudyError, match="comes after"):
        study.run("evaluate", "ask")
    with pytest.raises(UnknownNameError, match="Did you mean evaluate"):
        study.run("evalute")
    assert {s.state for s in study.status()} == {"missing"}


def test_a_step_that_fails_leaves_the_steps_before_it(tmp_path):
    study = Study(write_small_study(tmp_path / "s"))
    settings = study.directory / "palate.toml"
    settings.write_text(settings.read_text() + '\n[aggregate]\npairs = "bradly_terry"\n')
    with pytest.raises(UnknownNameError, match="Did you mean bradley_terry"):
        study.run()
    assert [s.step.name for s in study.status() if s.state == "done"] == NAMES[: NAMES.index("aggregate")]
    assert not (study.directory / "aggregate").exists()
    assert [p.name for p in study.directory.iterdir() if p.name.startswith(".") and p.name != ".lock"] == []


def test_log_tells_how_long_each_step_took(finished_study):
    lines = [json.loads(line) for line in (finished_study.directory / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == NAMES
    assert all(line["seconds"] >= 0 for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_killed_in_any_step_it_ends_with_the_same_result(name, own_copy, finished_study):
    """Start the study with only the steps before ``name`` done, kill -9 at a random moment, run to the end."""
    import shutil

    for later in NAMES[NAMES.index(name) :]:
        shutil.rmtree(own_copy.directory / later)
    code = (
        "import sys, pathlib\n"
        "from palate.study import Study\n"
        "class Say:\n"
        "    def started(self, step, number, total):\n"
        f"        step.name == {name!r} and print('in', flush=True)\n"
        "    def progress(self, done, total): pass\n"
        "    def noted(self, text): pass\n"
        "    def finished(self, step, summary, seconds): pass\n"
        f"Study(pathlib.Path({str(own_copy.directory)!r})).run(observer=Say())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "in\n"
        time.sleep(0.03 + 0.04 * NAMES.index(name))
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    assert victim.returncode in {-signal.SIGKILL, 0}
    own_copy.run()
    assert results(own_copy.directory) == results(finished_study.directory)
