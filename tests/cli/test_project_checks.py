"""``palate project apply``: checks of attention that a file asks for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import server_scenes as scene
from server_databases import fresh_database

from palate.server.projects.models import Pool

PROJECT = """
name = "Gifts"
template = "side_by_side"
[[pools]]
name = "Main"
tasks = "tasks.csv"
page_mix = { real = 4, golden = 1 }
checks = { attention_pairs = 25, swapped_repeats = 12.5, seed = 3 }
"""


def palate(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PALATE", "DJANGO"))}
    command = [sys.executable, "-m", "palate", "project", "apply", str(directory / "gifts.toml")]
    where = ["--directory", str(directory / "server")]
    return subprocess.run([*command, *where, *options], env=kept, capture_output=True, text=True, check=False)


def test_checks_are_added_to_a_draft_once(tmp_path: Path) -> None:
    rows = [f"query {number % 4},a {number},b {number}" for number in range(8)]
    (tmp_path / "tasks.csv").write_text("\n".join(["query,left_title,right_title", *rows]) + "\n")
    (tmp_path / "gifts.toml").write_text(PROJECT)
    with fresh_database("sqlite", tmp_path / "server", None):
        scene.account("admin", is_admin=True)
        done = palate(tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "pool 'Main': 2 attention pairs, 1 swapped repeats"
        pool = Pool.objects.get()
        assert pool.tasks.filter(attention=True).count() == 2
        assert pool.tasks.exclude(repeats=None).count() == 1
        assert palate(tmp_path, "--open").stdout == "Nothing changed.\n"
        (tmp_path / "gifts.toml").write_text(PROJECT.replace("25", "50"))
        assert palate(tmp_path).stdout == "Nothing changed.\n"  # it is open now
        assert pool.tasks.count() == 11
        (tmp_path / "gifts.toml").write_text(PROJECT.replace("25", "75"))
        wrong = palate(tmp_path)
        assert (wrong.returncode, "'checks' of the pool 'Main'" in wrong.stderr) == (2, True)
