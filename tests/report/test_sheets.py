"""Pages and pictures of single commands."""

from __future__ import annotations

import polars as pl
import pytest
from html_tree import plain
from sheet_examples import annotator_sheet, pair_sheet

from palate.core.errors import OutputError
from palate.report import (
    AnnotatorSheet,
    check_sheet_path,
    write_sheet,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_name_that_says_neither_page_nor_picture_is_refused(tmp_path):
    with pytest.raises(OutputError, match="A page ends in .html, a picture in .svg"):
        check_sheet_path(tmp_path / "page.pdf")
    with pytest.raises(OutputError, match="Choose a folder that exists"):
        write_sheet(pair_sheet(), tmp_path / "none" / "page.html")
    people = annotator_sheet()
    unknown = people.annotators.with_columns(skill=pl.lit(None, pl.Float64))
    nothing = AnnotatorSheet("a", "0.1.0", "kos", unknown, people.checks)
    with pytest.raises(OutputError, match="kos says nothing of annotators' skills"):
        write_sheet(nothing, tmp_path / "page.svg")
    write_sheet(nothing, tmp_path / "page.html")
    assert "The method says nothing" in plain((tmp_path / "page.html").read_text())
