"""The form of a page: named by position, read back as it was, harmless whatever is posted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from palate.server.annotate.page_form import draft_of, field_name, forms_in, forms_of_draft

names = st.from_regex(r"[a-z_]{1,30}", fullmatch=True).filter(lambda name: name != "move")
values = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=4
)
forms = st.dictionaries(st.integers(0, 11), st.dictionaries(names, values, max_size=3), max_size=12)


@given(form=forms)
def test_what_is_posted_is_found_by_position(form: dict[int, dict[str, list[str]]]) -> None:
    posted = [
        (field_name(position, name), found) for position, one in form.items() for name, found in one.items()
    ]
    assert forms_in(posted, 12) == {position: one for position, one in form.items() if one}


@given(form=forms)
def test_a_draft_holds_what_was_filled_in(form: dict[int, dict[str, list[str]]]) -> None:
    filled = {
        position: {name: found for name, found in one.items() if any(found)} for position, one in form.items()
    }
    assert forms_of_draft(draft_of(form)) == filled


def test_other_fields_and_tasks_that_are_not_there_are_passed_over() -> None:
    posted = [
        ("csrfmiddlewaretoken", ["x"]),
        ("t5-answer", ["a"]),
        ("t1-answer", ["b"]),
        ("t-1-answer", ["c"]),
    ]
    strange = [("t1-answer\n", ["d"]), ("t01-Answer", ["e"]), ("t0-", ["f"]), ("x0-answer", ["g"])]
    assert forms_in([*posted, *strange], 5) == {1: {"answer": ["b"]}}


def test_the_character_zero_is_left_out() -> None:
    assert forms_in([("t0-answer", ["a\0b"])], 1) == {0: {"answer": ["ab"]}}


def test_the_button_that_moves_an_entry_is_no_part_of_a_draft() -> None:
    assert draft_of({0: {"order": ["2", "1"], "move": ["up:2"]}}) == {"0": {"order": ["2", "1"]}}
