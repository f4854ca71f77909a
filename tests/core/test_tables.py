from __future__ import annotations

import pytest

from palate.core import tables
from palate.core.tables import ANSWERS, TABLES, Column, Table


def test_all_declared_tables_are_listed():
    declared = [value for value in vars(tables).values() if isinstance(value, Table)]
    assert declared == list(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: ",".join(t.required))
def test_declaration_makes_sense(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    for column in table.columns:
        assert column.meaning
        assert column.name not in column.aliases
        assert not set(column.aliases) & set(names), "an alias must not be another column's name"


def test_column_is_found_by_name():
    assert ANSWERS.column("label").type == "label"
    assert ANSWERS.required == ("task", "annotator", "label")


def test_declarations_are_values():
    assert Table("x", (Column("a", "id", "a thing"),)) == Table("x", (Column("a", "id", "a thing"),))
