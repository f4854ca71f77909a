import json

import pytest

from palate.core.errors import PalateError
from palate.core.extras import needed


def test_what_is_installed_is_returned() -> None:
    assert needed("json", extra="deep", for_="two_tower") is json


def test_what_is_missing_is_said_with_what_to_install() -> None:
    with pytest.raises(PalateError, match=r"two_tower needs the package nowhere_at_all.*'palate\[deep\]'"):
        needed("nowhere_at_all.part", extra="deep", for_="two_tower")


def test_a_fault_inside_the_package_is_not_taken_for_its_absence(tmp_path, monkeypatch) -> None:
    (tmp_path / "broken_inside.py").write_text("import nowhere_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        needed("broken_inside", extra="deep", for_="two_tower")
