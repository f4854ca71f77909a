"""Pages and pictures of measuring, comparing, planning and watching."""

from __future__ import annotations

from palate.report._short_names import short_names

SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"


def test_short_names_can_be_told_apart():
    names = [f"ranker_of_2024_with_features_{i}_and_two_towers" for i in (1, 2)]
    assert list(short_names(names, 14).values()) == ["ranker_of_2…1…", "ranker_of_2…2…"]
    alike = ["a" * 30 + "b" * 30 + str(i) * 30 for i in range(3)] + ["c"]
    short = short_names(alike, 12)
    assert len(set(short.values())) == 4
    assert max(map(len, short.values())) <= 12
