from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from template_strategies import SEEDS

from palate.core.errors import InputError, SettingsError
from palate.task_templates import AnswerError, Label, SideBySide, SideBySideRankings, TaskTemplate
from palate.task_templates._shuffling import shuffled_positions

PAIR = {"query": "kettle", "left": "m", "left_title": "Mug", "right": "s", "right_title": "Shoe"}
LISTS = {
    "query": "kettle",
    "left_items": [{"id": "m", "title": "Mug"}],
    "right_items": [{"id": "s", "title": "Shoe"}],
}
both = pytest.mark.parametrize(
    ("template", "task_input"), [(SideBySide(), PAIR), (SideBySideRankings(), LISTS)]
)


def exchanged(task_input: dict) -> dict:
    names = {"left": "right", "right": "left"}
    return {
        "_".join([names.get(name.partition("_")[0], name.partition("_")[0]), *name.split("_")[1:]]): value
        for name, value in task_input.items()
    }


def sides_of(template: TaskTemplate, task_input: dict, seed) -> tuple:
    sides = template.view(task_input, seed=seed).parts[-1]
    return sides.left, sides.right


def title(side) -> str:
    return side.cards[0].title if side.kind == "ranking" else side.title


@both
@examples(max_examples=40)
@given(seed=SEEDS)
def test_who_chooses_what_stands_on_a_side_chooses_that_item(template, task_input, seed) -> None:
    for side, shown in zip(("left", "right"), sides_of(template, task_input, seed), strict=True):
        answer = template.answer_from_form({"answer": [side]}, task_input, seed)
        assert title(shown) == {"left": "Mug", "right": "Shoe"}[answer]
        assert template.form_from_answer(answer, task_input, seed) == {"answer": [side]}


@both
@examples(max_examples=40)
@given(seed=SEEDS)
def test_a_repeat_with_sides_exchanged_is_shown_exchanged(template, task_input, seed) -> None:
    first = [title(side) for side in sides_of(template, task_input, seed)]
    repeat = [title(side) for side in sides_of(template, exchanged(task_input), seed)]
    assert first == repeat[::-1]


@both
def test_sides_are_exchanged_for_half_of_the_annotators(template, task_input) -> None:
    swapped = sum(template.is_swapped(task_input, seed) for seed in range(1_000))
    assert 430 < swapped < 570  # more than 4 standard deviations of a fair coin


@both
def test_the_sides_names_on_the_screen_stay_where_they_are(template, task_input) -> None:
    for seed in range(8):
        left, right = sides_of(template, task_input, seed)
        assert (left.label, right.label) == ("Left", "Right")


@both
def test_what_cannot_be_judged_has_no_side(template, task_input) -> None:
    for seed in range(8):
        assert template.answer_from_form({"answer": ["cannot_load"]}, task_input, seed) == "cannot_load"
    assert not template.judges("cannot_load")
    assert template.judges("left")


def test_without_shuffling_sides_stay() -> None:
    template = SideBySide(shuffled=False)
    assert not any(template.is_swapped(PAIR, seed) for seed in range(50))
    assert "sides exchanged" in SideBySide().breaks(template)


def test_keys_are_those_of_the_recipe_and_a_tie_is_a_label() -> None:
    labels = [(label.value, label.key) for label in SideBySide().labels]
    assert labels == [("left", "1"), ("right", "2"), ("cannot_load", "0")]
    assert SideBySideRankings().label_values() == ("left", "right", "tie")
    assert SideBySide().label_values() == ("left", "right")


@pytest.mark.parametrize("values", [("left", "tie"), ("left", "right", "both"), ("a", "b")])
def test_other_labels_than_left_right_and_tie_are_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="left, right, perhaps tie"):
        SideBySide(labels=tuple(map(Label, values)))


def test_the_product_stands_above_with_or_without_a_query() -> None:
    template = SideBySide()
    row = {**PAIR, "query_title": "Kettle", "query_image": "/media/k.jpg"}
    kinds = [part.kind for part in template.view(template.check_input(row), seed=1).parts]
    assert kinds == ["text", "item_card", "sides"]
    del row["query"]
    kinds = [part.kind for part in template.view(template.check_input(row), seed=1).parts]
    assert kinds == ["item_card", "sides"]


def test_an_item_is_known_by_its_id_where_nothing_else_is_shown() -> None:
    template = SideBySide(shuffled=False)
    task_input = template.check_input({"query": "u1", "left": "m", "right": "s", "right_image": "/s.jpg"})
    left, right = sides_of(template, task_input, 1)
    assert (left.title, right.title, right.picture.alt) == ("m", "", "Right")
    with pytest.raises(InputError, match="column 'right_title': There is nothing to show"):
        template.check_input({"query": "u1", "left": "m", "right_price": "1 €"})


def test_systems_names_are_never_shown() -> None:
    template = SideBySideRankings()
    task_input = template.check_input({**LISTS, "left": "system-a", "right": "system-b"})
    assert "system-" not in repr(template.view(task_input, seed=1))


def test_two_chosen_sides_are_no_answer() -> None:
    with pytest.raises(AnswerError, match="2 values for 'answer' where one can be chosen"):
        SideBySide().answer_from_form({"answer": ["left", "right"]}, PAIR, 1)
    assert SideBySide(shuffled=False).answer_from_form({"answer": ["", "left", "left"]}, PAIR, 1) == "left"


def test_orders_are_drawn_evenly_and_are_the_same_everywhere() -> None:
    first = [shuffled_positions(seed, "x", 3)[0] for seed in range(900)]
    assert all(240 < first.count(position) < 360 for position in range(3))  # 300, 4 standard deviations of 14
    assert sorted(shuffled_positions("s", "x", 5)) == [0, 1, 2, 3, 4]
    assert shuffled_positions("s", "x", 9) != shuffled_positions("s", "y", 9)
