import json
import subprocess
import sys

import polars as pl
import pytest

from palate.core.errors import StudyError
from palate.study.artifacts import lock_study, read_artifact, read_manifest, write_step


def write_example(study, value=1):
    summary: list[str] = []
    with write_step(study, "sample", f"f{value}", summary) as out:
        pl.DataFrame({"a": [value]}).write_parquet(out / "tasks.parquet")
        summary.append(f"{value} task")


def test_step_is_there_with_its_manifest(tmp_path):
    write_example(tmp_path)
    manifest = read_manifest(tmp_path, "sample")
    assert manifest is not None
    assert (manifest.step, manifest.fingerprint, manifest.summary) == ("sample", "f1", "1 task")
    assert list(manifest.outputs) == ["tasks.parquet"]
    assert read_artifact(tmp_path, "sample", "tasks")["a"].to_list() == [1]


def test_failed_step_leaves_the_old_result_and_nothing_else(tmp_path):
    write_example(tmp_path, 1)

    def fail_half_way():
        with write_step(tmp_path, "sample", "f2", []) as out:
            (out / "tasks.parquet").write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert read_artifact(tmp_path, "sample", "tasks")["a"].to_list() == [1]
    assert [p.name for p in tmp_path.iterdir()] == ["sample"]


def test_new_result_replaces_the_old_whole(tmp_path):
    write_example(tmp_path, 1)
    (tmp_path / "sample" / "extra.txt").write_text("old")
    write_example(tmp_path, 2)
    assert sorted(p.name for p in (tmp_path / "sample").iterdir()) == ["step.json", "tasks.parquet"]


@pytest.mark.parametrize("damage", ["delete", "change", "truncate", "manifest"])
def test_damaged_step_counts_as_missing(tmp_path, damage):
    write_example(tmp_path)
    file = tmp_path / "sample" / "tasks.parquet"
    if damage == "delete":
        file.unlink()
    elif damage == "change":
        file.write_bytes(file.read_bytes() + b"x")
    elif damage == "truncate":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        manifest = tmp_path / "sample" / "step.json"
        manifest.write_text(manifest.read_text()[:20])
    assert read_manifest(tmp_path, "sample") is None


def test_manifest_holds_no_clock(tmp_path):
    write_example(tmp_path)
    first = (tmp_path / "sample" / "step.json").read_text()
    write_example(tmp_path)
    assert (tmp_path / "sample" / "step.json").read_text() == first
    assert set(json.loads(first)) == {"step", "fingerprint", "outputs", "summary"}


def test_second_process_is_told_who_holds_the_study(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from palate.study.artifacts import lock_study\n"
        f"with lock_study(pathlib.Path({str(tmp_path)!r})):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=rf"Another process \({other.pid}\)"), lock_study(tmp_path):
            pass
        other.stdin.write("\n")
    with lock_study(tmp_path):
        pass
