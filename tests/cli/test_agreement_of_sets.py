from __future__ import annotations

import json

import pytest


def test_sets_of_labels_agree_by_masi(palate, files):
    (files / "tags.csv").write_text('task,worker,tags\n1,a,"red,big"\n1,b,red\n2,a,small\n2,b,small\n')
    said = palate(
        "agreement", files / "tags.csv", "-c", "krippendorff-alpha", "--set", "metric=masi", "--json"
    )
    assert json.loads(said.out)[0]["value"] == pytest.approx(4 / 7)  # by hand in tests/agreement
    said = palate("agreement", files / "tags.csv", "--set", "metric=masi", "--json")
    found = {row["coefficient"]: row["value"] for row in json.loads(said.out)}
    assert found["krippendorff_alpha"] == pytest.approx(4 / 7)
    assert found["percent_agreement"] == 0.5  # to the others, a set is a name
