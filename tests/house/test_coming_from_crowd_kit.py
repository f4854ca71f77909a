"""The page for users of Crowd-Kit runs, and leaves nothing of it out."""

from __future__ import annotations

import re

import pytest
from repository import ROOT

from palate import agreement
from palate.aggregation import labels, masks, multilabel, pairs, texts

PAGE = (ROOT / "docs" / "coming-from-crowd-kit.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BEFORE = re.findall(r"^```python before\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
THEIRS = {
    "agreement": "alpha_krippendorff consistency uncertainty accuracy_on_aggregates entropy_threshold",
    "labels": "DawidSkene GLAD GoldMajorityVote KOS MACE MMSR MajorityVote OneCoinDawidSkene Wawa ZeroBasedSkill",
    "learning": "CrowdLayer CoNAL TextSummarization load_dataset",
    "masks": "SegmentationEM SegmentationMajorityVote SegmentationRASA",
    "multilabel": "BinaryRelevance",
    "pairs": "BradleyTerry NoisyBradleyTerry",
    "texts": "ROVER TextRASA TextHRRASA RASA HRRASA ClosestToAverage",
}
"""The public names of Crowd-Kit 1.4.2."""


def test_the_code_on_the_page_runs() -> None:
    assert len(BLOCKS) >= 6
    names: dict = {}
    for block in BLOCKS:
        exec(compile(block, "coming-from-crowd-kit.md", "exec"), names)  # noqa: S102 (our own page)
    assert names["labels"].to_dict() == {"t1": "cat", "t2": "dog"}


def test_the_code_to_replace_is_theirs() -> None:
    assert len(BEFORE) == len(BLOCKS)
    for block in BEFORE:
        compile(block, "coming-from-crowd-kit.md", "exec")
        assert "crowdkit" in block
        assert "palate" not in block


@pytest.mark.parametrize("name", " ".join(THEIRS.values()).split())
def test_every_name_of_theirs_is_mapped(name: str) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert any(f"`{name}`" in row.split("|")[1] for row in rows)


def test_every_class_of_ours_on_the_page_exists() -> None:
    ours = {
        name for package in (agreement, labels, masks, multilabel, pairs, texts) for name in package.__all__
    }
    rows = [
        re.findall(r"`(?:masks\.)?(\w+)`", line.split("|")[2])
        for line in PAGE.splitlines()
        if line.startswith("|")
    ]
    named = {name for row in rows for name in row if name[0].isupper()}
    assert len(named) > 20
    assert named <= ours
