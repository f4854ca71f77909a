from __future__ import annotations

import pytest

from palate.core.errors import InputError, SettingsError
from palate.task_templates import AnswerError, FreeText, Label, ListRanking, MultiLabel, SpamMarking

ITEMS = {"query": "kettle", "items": [{"id": name, "title": name.upper()} for name in "abcd"]}
ITEM = {"title": "Mug"}


def test_marks_are_posted_by_place_and_stored_by_id_in_the_lists_order() -> None:
    template = SpamMarking()
    entries = template.view(ITEMS, seed=1).control.entries
    assert [(entry.value, entry.card.title, entry.key) for entry in entries[:2]] == [
        ("1", "A", "1"),
        ("2", "B", "2"),
    ]
    answer = template.answer_from_form({"marked": ["3", "1", "3"]}, ITEMS, 1)
    assert template.check_answer(answer, ITEMS) == ["a", "c"]
    assert template.label_of(["a", "c"]) == '["a","c"]'


def test_nothing_to_mark_is_said_and_differs_from_no_answer() -> None:
    template = SpamMarking()
    assert template.answer_from_form({"none": ["none"]}, ITEMS, 1) == []
    assert template.answer_from_form({"none": [""]}, ITEMS, 1) is None
    with pytest.raises(AnswerError, match="Take one of the two back"):
        template.answer_from_form({"none": ["none"], "marked": ["1"]}, ITEMS, 1)


def test_the_tenth_entry_has_no_key() -> None:
    many = {"items": [{"id": str(i), "title": "x"} for i in range(11)]}
    keys = [entry.key for entry in SpamMarking().view(many, seed=1).control.entries]
    assert keys == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", ""]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a", "x"], "There is no 'x' among the entries; there are: a, b, c, d"),
        (["a", "a"], "'a' stands in the answer twice"),
        ("a", "must be a list of entries; it is 'a'"),
        ([1], "There is no 1 among"),
        ([["a"]], "There is no a list of 1 among"),
        ({"a": 1}, "it is an object of 1"),
    ],
)
def test_marks_and_rankings_of_something_else_are_refused(answer: object, says: str) -> None:
    for template in (SpamMarking(), ListRanking()):
        with pytest.raises(AnswerError, match=says):
            template.check_answer(answer, ITEMS)


def test_a_place_that_is_none_is_refused() -> None:
    template = SpamMarking()
    with pytest.raises(AnswerError, match="There is no 'place 9' among the entries"):
        template.check_answer(template.answer_from_form({"marked": ["9"]}, ITEMS, 1), ITEMS)


def test_a_ranking_lacks_no_entry() -> None:
    with pytest.raises(AnswerError, match="must hold all 4 entries; it lacks c, d"):
        ListRanking().check_answer(["b", "a"], ITEMS)
    assert ListRanking().check_answer(("b", "a", "d", "c"), ITEMS) == ["b", "a", "d", "c"]


def test_a_ranking_needs_two_entries() -> None:
    with pytest.raises(InputError, match="column 'items': The list needs at least 2 entries; it has 1"):
        ListRanking().check_input({"items": ["Kettle"]})


def test_an_order_that_is_not_confirmed_is_no_answer() -> None:
    template = ListRanking(shuffled=False)
    assert template.answer_from_form({"order": ["2", "1", "3", "4"]}, ITEMS, 1) is None
    confirmed = {"order": ["2", "1", "3", "4"], "confirmed": ["yes"]}
    assert template.answer_from_form(confirmed, ITEMS, 1) == ["b", "a", "c", "d"]


@pytest.mark.parametrize(
    ("move", "order"),
    [
        ("up:3", ["1", "3", "2"]),
        ("down:1", ["2", "1", "3"]),
        ("up:1", ["1", "2", "3"]),
        ("down:3", ["1", "2", "3"]),
        ("up:9", ["1", "2", "3"]),
        ("left:2", ["1", "2", "3"]),
        ("up", ["1", "2", "3"]),
        ("", ["1", "2", "3"]),
    ],
)
def test_a_button_moves_one_entry_by_one_place(move: str, order: list[str]) -> None:
    form = {"order": ["1", "2", "3"], "move": [move], "confirmed": ["yes"]}
    assert ListRanking().moved(form) == {"order": order, "confirmed": ["yes"]}


def test_entries_are_shuffled_for_each_annotator() -> None:
    orders = {
        tuple(entry.card.title for entry in ListRanking().view(ITEMS, seed=seed).control.entries)
        for seed in range(40)
    }
    assert len(orders) > 10
    (kept,) = {
        tuple(
            entry.card.title for entry in ListRanking(shuffled=False).view(ITEMS, seed=seed).control.entries
        )
        for seed in range(5)
    }
    assert kept == ("A", "B", "C", "D")


def test_ids_of_entries_are_not_shown() -> None:
    secret = {"items": [{"id": "rank-1-of-system-a", "title": "A"}, {"id": "rank-2", "title": "B"}]}
    for template in (SpamMarking(), ListRanking()):
        assert "rank-" not in repr(template.view(template.check_input(secret), seed=1))


def test_several_labels_are_stored_in_the_labels_order() -> None:
    template = MultiLabel()
    answer = template.answer_from_form({"answer": ["gift", "everyday", "gift"]}, ITEM, 1)
    assert template.check_answer(answer, ITEM) == ["everyday", "gift"]
    assert template.answer_from_form({"answer": ["none"]}, ITEM, 1) == []
    assert template.form_from_answer([], ITEM, 1) == {"answer": ["none"]}
    with pytest.raises(AnswerError, match="'None of them' is chosen together with labels"):
        template.answer_from_form({"answer": ["none", "gift"]}, ITEM, 1)


def test_a_label_that_does_not_judge_stands_alone() -> None:
    template = MultiLabel()
    assert template.check_answer(["cannot_say"], ITEM) == ["cannot_say"]
    assert not template.judges(["cannot_say"])
    with pytest.raises(
        AnswerError, match="'cannot_say' says that there is nothing to judge, so it stands alone"
    ):
        template.check_answer(["cannot_say", "gift"], ITEM)
    assert template.view(ITEM, seed=1).control.alone == ("cannot_say", "none")


def test_the_number_of_labels_is_bounded() -> None:
    template = MultiLabel(least=1, most=2)
    for answer in ([], ["everyday", "gift", "work"]):
        with pytest.raises(AnswerError, match=f"Choose 1 to 2 labels; {len(answer)} are chosen"):
            template.check_answer(answer, ITEM)
    control = template.view(ITEM, seed=1).control
    assert (control.least, control.most) == (1, 2)
    assert "none" not in {option.value for option in control.options}
    assert template.answer_schema()["anyOf"][0]["maxItems"] == 2


def test_without_labels_that_do_not_judge_the_schema_is_one_list() -> None:
    template = MultiLabel(labels=(Label("a", key="n"), Label("b")))
    assert template.answer_schema()["type"] == "array"
    assert template.view(ITEM, seed=1).control.options[-1].key == ""


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"least": 5}, "must fit each other and the 4 labels; they are 5 and 0"),
        ({"least": -1}, "they are -1 and 0"),
        ({"most": 5}, "they are 0 and 5"),
        ({"least": 3, "most": 2}, "they are 3 and 2"),
        ({"labels": (Label("none"), Label("b"))}, "No label may have the value 'none'"),
    ],
)
def test_bounds_that_do_not_fit_are_refused(settings: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        MultiLabel(**settings)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (" \n ", "The answer is empty"),
        (7, "must be text; it is 7"),
        (["kettle"], "must be text; it is a list"),
        ("x" * 501, "501 letters; at most 500"),
        ("a\x00", "which cannot be stored"),
    ],
)
def test_text_that_is_no_answer_is_refused(answer: object, says: str) -> None:
    with pytest.raises(AnswerError, match=says):
        FreeText().check_answer(answer, ITEM)


def test_text_is_stored_as_written_without_blanks_around() -> None:
    template = FreeText()
    assert template.answer_from_form({"answer": [" a\r\nb "]}, ITEM, 1) == " a\nb "
    assert template.check_answer(" a\r\nb ", ITEM) == "a\nb"
    assert template.answer_from_form({"answer": ["  "]}, ITEM, 1) is None
    assert template.label_of("a\nb") == "a\nb"


def test_the_text_area_grows_with_what_may_be_written() -> None:
    assert FreeText(longest=50).view(ITEM, seed=1).control.rows == 1
    control = FreeText(longest=20_000, answer_language="de").view(ITEM, seed=1).control
    assert (control.rows, control.longest, control.language) == (12, 20_000, "de")


@pytest.mark.parametrize("settings", [{"longest": 0}, {"longest": 20_001}, {"answer_language": "!"}])
def test_text_settings_that_do_not_fit_are_refused(settings: dict) -> None:
    with pytest.raises(SettingsError):
        FreeText(**settings)


def test_text_needs_something_to_be_about() -> None:
    with pytest.raises(InputError, match="There is nothing to show"):
        FreeText().check_input({"price": 3})
    kinds = [part.kind for part in FreeText().view({"query": "kettle"}, seed=1).parts]
    assert kinds == ["text"]
