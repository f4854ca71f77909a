"""Faults of JSON lines; those of CSV are tested with the reading of files, those of TREC with theirs."""

from __future__ import annotations

import json

import pytest


def test_rows_may_have_their_keys_in_any_order_and_leave_out_optional_ones(read):
    text = '{"task":1,"annotator":"a","label":"x"}\n\n{"label":"y","seconds":2,"task":2,"worker":9,"annotator":"b"}\n'
    assert read(text, "a.jsonl").select("task", "annotator", "label", "seconds").rows() == [
        (1, "a", "x", None),
        (2, "b", "y", 2.0),
    ]


def test_key_that_a_row_lacks_is_named(refusal):
    text = '{"task":1,"annotator":"a","label":"x"}\n{"task":2,"worker":"b","label":"x"}\n'
    assert refusal(text, "a.jsonl") == (
        "a.jsonl, row 2, column 'annotator': The value is missing. Fill it in or remove the row."
    )


def test_columns_come_from_all_rows(read):
    rows = [{"task": i, "annotator": "a", "label": "x"} for i in range(3000)] + [
        {"task": -1, "annotator": "b", "label": "x", "seconds": 1.5}
    ]
    found = read("\n".join(map(json.dumps, rows)), "a.jsonl")
    assert found["seconds"].drop_nulls().to_list() == [1.5]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"task":1,"annot', "The line is no JSON: Unterminated string"),
        ('{"task":1} x', "The line is no JSON: Extra data"),
        ("{'task': 1}", "The line is no JSON: Expecting property name"),
        ('{"task":NaN}', "The line is no JSON: NaN is no value; write null."),
        ('{"task":-Infinity}', "The line is no JSON: -Infinity is no value; write null."),
        ("[" * 100_000, "The line is no JSON: maximum recursion depth exceeded"),
        ('[{"task":1}]', 'Expected one JSON object a line, {…}; this line holds [{"task":1}].'),
        ("7", "Expected one JSON object a line, {…}; this line holds 7."),
        ('{"task":{},"annotator":"a","label":"x"}', "'task' is an object here and a number above."),
        ('{"task":[],"annotator":"a","label":"x"}', "'task' is a list here and a number above."),
        ('{"task":true,"annotator":"a","label":"x"}', "'task' is true or false here and a number above."),
    ],
)
def test_broken_line_is_named(refusal, line, said):
    good = '{"task":5,"annotator":"a","label":"x","seconds":null}'
    assert refusal(f"{good}\n\n{good}\n{line}\n{good}\n", "a.jsonl").startswith(f"a.jsonl, row 3: {said}")


def test_numbers_beside_text_are_text(read):
    text = '{"task":"01","annotator":"a","label":"x"}\n{"task":1,"annotator":"a","label":2}\n'
    assert read(text, "a.jsonl").rows() == [("01", "a", "x"), ("1", "a", "2")]


def test_text_beyond_line_feeds_stays_in_its_line(refusal):
    text = '{"task":1,"annotator":"a\u2028b","label":"x"}\n{"task":2,\n'
    assert refusal(text, "a.jsonl").startswith("a.jsonl, row 2: The line is no JSON")


def test_mark_at_the_start_makes_no_difference(read):
    assert read('\ufeff{"task":1,"annotator":"a","label":"x"}', "a.jsonl").rows() == [(1, "a", "x")]


def test_other_encoding_is_said(refusal):
    text = '{"task":1,"annotator":"a","label":"é"}'
    assert "byte 0xE9 in line 1" in refusal(text.encode("latin-1"), "a.jsonl")


def test_objects_without_keys_lack_the_columns(refusal):
    assert "The columns here are: none." in refusal("{}\n{}\n", "a.jsonl")


def test_fault_that_only_the_reader_sees_is_its_own(refusal):
    said = refusal(
        '{"task":{"a":1},"annotator":{"a":"x"}}\n{"task":{"a":[1]},"annotator":{"a":[]}}\n', "a.jsonl"
    )
    assert said.startswith("a.jsonl: The file is damaged or is not .jsonl: ")
