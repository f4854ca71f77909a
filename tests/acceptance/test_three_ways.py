"""The example that asks one study three ways: a verdict each, and answers and dollars that add up."""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from model_endpoint import Act, chat_reply, model_endpoint
from repository import ROOT
from requirements import chromium, require

EXAMPLES = ROOT / "examples"
PAGE, DOLLARS = 10, 0.40
VERDICT = re.compile(
    r"^(?P<way>\w+): used_together beats same_shelf on nDCG@3 by \+(?P<by>\d\.\d+)"
    r" \(95% CI \+(?P<low>\d\.\d+) … \+(?P<high>\d\.\d+)\)(?P<rest>.*)$"
)


def table(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / "complementary" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


OPINIONS = table("opinions")


def paid(tasks: int) -> str:
    """Return what two annotators get who answer so many tasks each, their last page shorter than the others."""
    return f"${2 * math.ceil(tasks / PAGE) * DOLLARS:.2f}"


def difference() -> float:
    """Return the difference of the systems by both experts' mean grades, measured plainly."""
    grades: dict[str, dict[str, float]] = {}
    for row in OPINIONS:
        grades.setdefault(row["query"], {})[row["item"]] = (int(row["ana"]) + int(row["ben"])) / 2
    gains = {"used_together": 0.0, "same_shelf": 0.0}
    for row in table("runs"):
        own = grades[row["query"]]
        best = sum(gain / math.log2(2 + at) for at, gain in enumerate(sorted(own.values(), reverse=True)[:3]))
        gains[row["system"]] += own[row["item"]] / math.log2(1 + int(row["rank"])) / best / len(grades)
    return gains["used_together"] - gains["same_shelf"]


def state(folder: Path) -> dict[str, tuple[int, int]]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def started(
    base: Path, *arguments: str, script: Path = EXAMPLES / "three_ways.py", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the script where it has nothing but itself; nothing may be left behind."""
    base.mkdir(exist_ok=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PALATE_", "DJANGO"))}
    before = state(EXAMPLES)
    with tempfile.TemporaryDirectory() as temporary:  # a short path: Chromium makes sockets there
        own |= {"TMPDIR": temporary, "PYTHONDONTWRITEBYTECODE": "1", **environment}
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            cwd=base,
            env=own,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert [*base.iterdir(), *Path(temporary).iterdir()] == [], done.stderr
    assert state(EXAMPLES) == before
    return done


def verdict(done: subprocess.CompletedProcess[str], way: str) -> re.Match[str]:
    """Return the one verdict that was printed."""
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(("server:", "files:", "model:"))]
    assert len(lines) == 1
    found = VERDICT.match(lines[0])
    assert found, lines[0]
    assert found["way"] == way
    return found


def check_documented(found: re.Match[str]) -> None:
    assert found[0] in (ROOT / "docs" / "three-ways.md").read_text(encoding="utf-8").splitlines()


def check_people_alone(found: re.Match[str]) -> None:
    """Look at a verdict by both experts' opinions of everything."""
    assert float(found["by"]) == pytest.approx(difference(), abs=0.0006)
    assert float(found["low"]) < difference() < float(found["high"])
    assert f" from {2 * len(OPINIONS)} answers by 2 annotators;" in found["rest"]
    assert found["rest"].endswith(f". It cost {paid(len(OPINIONS))}.")
    check_documented(found)


def test_by_files(tmp_path: Path) -> None:
    done = started(tmp_path, "files")
    check_people_alone(verdict(done, "files"))
    n = len(OPINIONS)
    assert f"0 of {2 * n} answers are there." in done.stdout
    assert f"ana 0 of {n}, ben 0 of {n}" in done.stdout


@pytest.mark.browser
def test_by_two_annotators_in_browsers(tmp_path: Path) -> None:
    require(find_spec("playwright"), "Playwright is not installed")
    chromium()
    check_people_alone(verdict(started(tmp_path, "server"), "server"))


def test_by_a_stand_in_for_a_model_and_people_on_a_fifth(tmp_path: Path) -> None:
    found = verdict(started(tmp_path, "model"), "model")
    asked = math.ceil(len(OPINIONS) / 5)
    assert float(found["low"]) < difference() < float(found["high"])
    assert f" from {2 * asked} answers by 2 annotators," in found["rest"]
    assert f" and {len(OPINIONS)} of the model stand-in." in found["rest"]
    assert f"It cost {paid(asked)} for people and $0.00" in found["rest"]
    assert found["rest"].endswith(", had it been one.")
    check_documented(found)


def test_another_model_is_asked_everything_and_paid_by_the_token(tmp_path: Path) -> None:
    with model_endpoint(lambda _body, _before: Act(body=chat_reply("1"))) as endpoint:
        done = started(tmp_path, "model", PALATE_MODEL_URL=endpoint.url, PALATE_MODEL="indifferent")
    found = verdict(done, "model")
    assert len(endpoint.requests) == len(OPINIONS)
    assert {body["model"] for body in endpoint.requests} == {"indifferent"}
    of_model = (
        len(OPINIONS) * (100 * 0.15 + 1 * 0.60) / 1e6
    )  # each reply counts 100 tokens read and 1 written
    asked = math.ceil(len(OPINIONS) / 5)
    assert found["rest"].endswith(f"It cost {paid(asked)} for people and ${of_model:.4f} for the model.")
    assert float(found["low"]) < difference() < float(found["high"])  # what says nothing does no harm


def test_one_line_changes_the_way(tmp_path: Path) -> None:
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy)
    script = copy / "three_ways.py"
    text = script.read_text(encoding="utf-8")
    assert text.count('\nWAY = "files"') == 1
    script.write_text(text.replace('\nWAY = "files"', '\nWAY = "model"'), encoding="utf-8")
    verdict(started(tmp_path / "run", script=script), "model")


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    require(find_spec("playwright"), "Playwright is not installed")
    done = started(tmp_path / "browser", "server", PATH="/nowhere")
    assert done.returncode == 1
    assert (
        done.stderr
        == "The way 'server' needs Chromium for its annotators; on Debian: apt-get install chromium\n"
    )
    done = started(tmp_path / "way", "post")
    assert done.returncode == 2
    assert "invalid choice: 'post' (choose from 'server', 'files', 'model', 'all')" in done.stderr
