"""The examples of docs/client.md run, one after the other, on a server's data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import server_scenes as scene
from client_scenes import answer_all
from repository import ROOT

from palate.server.config import ServerConfig
from palate.server.projects.models import Pool

EXAMPLES = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "docs" / "client.md").read_text(), re.MULTILINE | re.DOTALL
)
UPLOADED = "2 new, 0 there already\npages=1 total=Decimal('0.0300')\n"
JUDGED = """['task', 'annotator', 'label', 'seconds'] 2
majority_vote 2 ('judgments', 'training', 'annotators')
['relevant', 'relevant']
"""
PAID = "0.2800\nTrue 0.0300\n"


def test_the_examples_run(
    sqlite: ServerConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.account("admin", is_admin=True, is_manager=True)
    monkeypatch.chdir(sqlite.directory.parent)
    Path("palate-server").symlink_to(sqlite.directory)
    names: dict[str, object] = {}
    said = []
    for example in EXAMPLES:
        exec(example, names)  # noqa: S102 (our own documentation)
        said.append(capsys.readouterr().out)
        if "client.pools.open(pool)" in example:
            answer_all(Pool.objects.get().pk)
    assert said[:4] == ["", UPLOADED, JUDGED, PAID]
    assert said[4].splitlines()[0] == "pool_opened"
    assert "bonus_paid" in said[4].splitlines()
    assert said[5].splitlines()[1].split() == ["Shoe", "polish", "relevant", "APPROVED"]
