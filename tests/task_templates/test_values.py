from __future__ import annotations

from decimal import Decimal

import pytest

from palate.core.errors import InputError
from palate.task_templates import InputField
from palate.task_templates._fields import check_row
from palate.task_templates._values import clean_line, clean_link, clean_number, clean_price, clean_text, shown


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.org/A", "https://Example.org/A"),
        (" http://127.0.0.1:8000/a?b#c ", "http://127.0.0.1:8000/a?b#c"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://example.org/größe", "https://example.org/größe"),
        ("/media/shoe.jpg", "/media/shoe.jpg"),
        ("/media/a..b.jpg?next=/../x", "/media/a..b.jpg?next=/../x"),
        ("", ""),
        (None, ""),
    ],
)
def test_web_addresses_and_paths_from_the_root_are_links(link: object, kept: str) -> None:
    assert clean_link(link, "image") == kept
    assert clean_link(kept, "image") == kept


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\tscript:alert(1)",
        "data:image/svg+xml,<svg/>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "//example.org/x",
        "/\\example.org",
        "\\\\example.org",
        "image.jpg",
        "../image.jpg",
        "/media/../admin",
        "/media/..",
        "/media/%2E%2e/admin",
        "http://",
        "http:///x",
        "https:example.org",
        "http://a b/",
        "http://user@example.org/",
        "http://user:pw@example.org/",
        "http://[::1",
        "http://example.org:99999/",
        'http://example.org/"onload=x',
        "http://example.org/'x",
        "http://example.org/<x>",
        "http://example.org/\x00",
        pytest.param("http://example.org/" + "x" * 2_048, id="long"),
        7,
        True,
        ["https://example.org"],
    ],
)
def test_everything_else_is_no_link(link: object) -> None:
    with pytest.raises(InputError, match="column 'image'"):
        clean_link(link, "image")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (" a \r\n b\r", "a \n b"), (1984, "1984"), (0.5, "0.5"), (Decimal("1E+3"), "1000")],
)
def test_text_is_stripped_and_numbers_are_read_as_text(value: object, text: str) -> None:
    assert clean_text(value, 10, "query") == text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "it is true"),
        (float("nan"), "it is nan"),
        (Decimal("sNaN"), "it is sNaN"),
        (Decimal("1E+999"), "it is 1E"),
        (10**500, "a number too large to show"),
        (b"x", "a bytes"),
        ({"a": 1}, "an object of 1"),
        ((1, 2), "a list of 2"),
        ("x" * 11, "11 letters; at most 10"),
        ("a\x07b", r"U\+0007 at letter 2"),
        ("a\ud800", r"U\+D800"),
    ],
)
def test_what_is_no_text_is_refused_with_what_came(value: object, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        clean_text(value, 10, "query")
    assert caught.value.column == "query"


def test_a_line_has_single_spaces() -> None:
    assert clean_line(" a \n\t b ", 20, "query") == "a b"


@pytest.mark.parametrize(
    ("value", "text"), [(12.5, "12.5"), (0, "0"), ("12,50 €", "12,50 €"), (Decimal("9.90"), "9.90")]
)
def test_prices_are_text_or_numbers_from_0(value: object, text: str) -> None:
    assert clean_price(value, "price") == text


@pytest.mark.parametrize(
    "value",
    [-1, -0.5, Decimal(-1), float("nan"), Decimal("NaN"), True, pytest.param(10**5_000, id="huge"), "9" * 41],
)
def test_prices_below_0_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="column 'price'"):
        clean_price(value, "price")


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1), ("2", 2), (" -2.5 ", -2.5), (1e3, 1000), (None, None), ("", None)]
)
def test_numbers_are_given_or_spelled(value: object, number: object) -> None:
    found = clean_number(value, "n")
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    "value", [True, "x", "nan", "inf", 1e300, pytest.param(10**400, id="huge"), 2**53 + 1, [1], float("inf")]
)
def test_other_numbers_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="column 'n'"):
        clean_number(value, "n")


def test_what_came_is_shown_shortened() -> None:
    assert shown("x" * 1_000) == f"'{'x' * 80}…'"
    assert shown(None) == "nothing"
    assert shown(b"") == "a bytes"


ITEMS = InputField("items", "items", required=True)
OPTIONS = InputField("filters", "options", help="The filters")


def test_entries_without_id_are_called_by_their_rank() -> None:
    found = check_row(
        [ITEMS], {"items": ["Kettle", {"id": "m", "title": "Mug"}, {"title": "Shoe", "price": 3}]}
    )
    assert found == {
        "items": [
            {"id": "1", "title": "Kettle"},
            {"id": "m", "title": "Mug"},
            {"id": "3", "title": "Shoe", "price": "3"},
        ]
    }
    assert check_row([ITEMS], {"items": '[{"id": 7, "title": "Kettle"}]'}) == {
        "items": [{"id": "7", "title": "Kettle"}]
    }


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([{"id": "a"}, {"id": "a"}], "items, entry 2': The id 'a' is that of entry 1"),
        (["x", {"id": 1}], "The id '1' is that of entry 1"),
        ([{"titel": "x"}], "items, entry 1': There is no field 'titel'. Did you mean 'title'"),
        ([{"image": "javascript:x"}], "items, entry 1, image': Expected a link"),
        ([7], "items, entry 1': Expected an object or a title; it is 7"),
        ("[1, 2", "Expected a list as JSON text"),
        pytest.param("[" * 100_000, "Expected a list as JSON text", id="deep"),
        pytest.param("[" + "1" * 5_000 + "]", "Expected a list as JSON text", id="digits"),
        ("{}", "Expected a list, or its JSON text; it is an object of 0"),
        pytest.param("[" + " " * 400_000 + "]", "400,002 letters; at most 400,000", id="long"),
        (["x"] * 101, "101 entries; at most 100"),
        (7, "Expected a list, or its JSON text; it is 7"),
        ([], "The value is missing"),
        (None, "The value is missing"),
    ],
)
def test_lists_of_items_that_do_not_fit_are_refused(items: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_row([ITEMS], {"items": items})


@pytest.mark.parametrize(
    "filters", [["Size: 42", "Red"], '["Size: 42", "Red"]', "Size: 42 | Red", "Size: 42\nRed\n"]
)
def test_options_are_a_list_or_separated(filters: object) -> None:
    assert check_row([OPTIONS], {"filters": filters}) == {"filters": ["Size: 42", "Red"]}


@pytest.mark.parametrize(
    ("filters", "says"), [(["a", " a"], "twice"), (["a", ""], "empty"), ([["a"]], "Expected text")]
)
def test_options_that_do_not_fit_are_refused(filters: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_row([OPTIONS], {"filters": filters})


def test_an_unknown_field_is_named_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(
        InputError, match="There is no field 'filter'. Did you mean 'filters'. The fields are: items, filters"
    ):
        check_row([ITEMS, OPTIONS], {"filter": "x"})


def test_a_missing_field_is_named_with_what_it_is_for() -> None:
    field = InputField("query", "text", required=True, help="What was searched for")
    with pytest.raises(InputError, match="column 'query': The value is missing: What was searched for"):
        check_row([field], {"query": "  "})


def test_numbers_have_a_field_too() -> None:
    field = InputField("stars", "number")
    assert check_row([field], {"stars": "4.5"}) == {"stars": 4.5}
    assert check_row([field], {"stars": 0}) == {"stars": 0}
    assert field.schema() == {"type": "number"}
