from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from repository import ROOT
from requirements import require


def test_packages_import_only_what_lies_below_them():
    command = Path(sys.executable).with_name("lint-imports")
    require(command.exists(), "import-linter is not installed beside this Python")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken." in done.stdout, done.stdout
