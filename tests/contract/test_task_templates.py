"""What every task template does, today's and tomorrow's."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from template_strategies import (
    JSON,
    SEEDS,
    TEMPLATES,
    answers,
    hostile_rows,
    named,
    nearly_answers,
    rows,
    strings,
)

from palate.core.errors import InputError
from palate.task_templates import AnswerError, TaskTemplate, TaskView, from_settings, task_templates

every_template = pytest.mark.parametrize("template", TEMPLATES, ids=named)
SAFE = ("http://", "https://", "/")


def is_safe(link: str) -> bool:
    return link.startswith(SAFE) and not link.startswith(("//", "/\\"))


def assert_plain(template: TaskTemplate, task_input: dict) -> None:
    """Assert that an input is JSON of its schema, whose view holds plain text and safe links only."""
    Draft202012Validator(template.input_schema()).validate(task_input)
    json.dumps(task_input, allow_nan=False).encode()
    for name, text in strings(template.view(task_input, seed=1)):
        assert type(text) is str
        assert name != "url" or is_safe(text)


@every_template
@examples(max_examples=20)
@given(data=st.data())
def test_a_checked_input_is_json_fits_its_schema_and_stays_as_it_is(template: TaskTemplate, data) -> None:
    task_input = template.check_input(data.draw(rows(template)))
    assert template.check_input(task_input) == task_input
    assert json.loads(json.dumps(task_input, allow_nan=False)) == task_input
    Draft202012Validator(template.input_schema()).validate(task_input)


@every_template
@examples(max_examples=30)
@given(data=st.data())
def test_hostile_input_is_refused_or_stays_plain_text_with_safe_links(template: TaskTemplate, data) -> None:
    try:
        task_input = template.check_input(data.draw(hostile_rows(template)))
    except InputError as error:
        told = str(error)
    else:
        told = ""
        assert_plain(template, task_input)
    assert len(told) < 2_000


@every_template
@pytest.mark.parametrize("row", [None, "text", [1], {"golden": "x"}, {"hint": "x"}, {1: 2}, {}])
def test_what_is_no_row_of_the_fields_is_refused(template: TaskTemplate, row: object) -> None:
    with pytest.raises(InputError):
        template.check_input(row)


@every_template
@examples(max_examples=20)
@given(data=st.data())
def test_a_checked_answer_fits_its_schemas_and_stays_as_it_is(template: TaskTemplate, data) -> None:
    task_input = template.check_input(data.draw(rows(template)))
    answer = template.check_answer(data.draw(answers(template, task_input)), task_input)
    assert template.check_answer(answer, task_input) == answer
    assert json.loads(json.dumps(answer)) == answer
    Draft202012Validator(template.answer_schema(task_input)).validate(answer)
    Draft202012Validator(template.answer_schema()).validate(answer)
    assert isinstance(template.label_of(answer), str)
    assert template.label_of(answer)
    assert isinstance(template.judges(answer), bool)


@every_template
@examples(max_examples=40)
@given(data=st.data())
def test_an_answer_is_taken_if_and_only_if_it_fits_the_schema(template: TaskTemplate, data) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    answer = data.draw(nearly_answers(template, task_input))
    fits = Draft202012Validator(template.answer_schema(task_input)).is_valid(answer)
    told = ""
    try:
        template.check_answer(answer, task_input)
    except AnswerError as error:
        told = str(error)
    assert fits == (told == ""), told
    assert len(told) < 2_000


@every_template
def test_no_answer_is_taken_only_where_it_may_be_left_out(template: TaskTemplate) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    assert template.answer_from_form({}, task_input, 1) is None
    assert template.form_from_answer(None, task_input, 1) == {}
    assert template.label_of(None) == ""
    assert not template.judges(None)
    if template.required:
        with pytest.raises(AnswerError, match="missing"):
            template.check_answer(None, task_input)
    else:
        assert template.check_answer(None, task_input) is None


@every_template
@examples(max_examples=20)
@given(data=st.data(), seed=SEEDS)
def test_an_answer_survives_the_form_whatever_the_shuffle(template: TaskTemplate, data, seed) -> None:
    task_input = template.check_input(data.draw(rows(template)))
    answer = template.check_answer(data.draw(answers(template, task_input)), task_input)
    form = template.form_from_answer(answer, task_input, seed)
    assert all(isinstance(value, str) for values in form.values() for value in values)
    assert template.moved(form) == form
    assert template.check_answer(template.answer_from_form(form, task_input, seed), task_input) == answer


@every_template
@examples(max_examples=30)
@given(
    form=st.dictionaries(
        st.sampled_from(["answer", "marked", "none", "order", "confirmed", "move", "x"]),
        st.lists(
            st.sampled_from(["", "1", "2", "left", "none", "yes", "up:1", "up:9", "down", "relevant", "<b>"]),
            max_size=3,
        ),
    )
)
def test_any_form_is_an_answer_or_an_answer_error(template: TaskTemplate, form) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    moved = template.moved(form)
    assert "order" not in form or sorted(moved["order"]) == sorted(form["order"])
    try:
        answer = template.check_answer(template.answer_from_form(moved, task_input, 1), task_input)
    except AnswerError:
        return
    assert template.check_answer(answer, task_input) == answer


@every_template
@examples(max_examples=20)
@given(data=st.data(), seed=SEEDS)
def test_a_view_shows_the_input_and_nothing_but_texts_and_safe_links(
    template: TaskTemplate, data, seed
) -> None:
    task_input = template.check_input(data.draw(rows(template)))
    view = template.view(task_input, seed=seed)
    assert isinstance(view, TaskView)
    assert view == template.view(task_input, seed=seed)
    hash(view)
    assert view.template == task_templates.name_of(template)
    for name, text in strings(view):
        assert name != "url" or is_safe(text)
    seen = {text for _, text in strings(view)}
    shown = [name for name in task_input if name.endswith(("title", "image", "price")) or name == "query"]
    assert {task_input[name] for name in shown} <= seen


@every_template
def test_the_form_of_a_view_posts_answers_by_unique_keys(template: TaskTemplate) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    control = template.view(task_input, seed=3).control
    options = [
        *getattr(control, "options", ()),
        *getattr(control, "entries", ()),
        *filter(None, [getattr(control, "none", None)]),
    ]
    keys = [option.key.casefold() for option in options if option.key]
    assert len(set(keys)) == len(keys)
    assert len({option.value for option in options}) == len(options)
    if control.kind == "choice":
        for option in control.options:
            posted = template.answer_from_form({control.name: [option.value]}, task_input, 3)
            assert template.check_answer(posted, task_input) == posted


@every_template
def test_default_examples_are_right_by_their_own_golden_answers(template: TaskTemplate) -> None:
    for example in template.examples():
        task_input = template.check_input(example["input"])
        if "golden" not in example:
            assert template.to_settings() != type(template)().to_settings()
            continue
        golden = template.check_golden(example["golden"], task_input)
        assert template.check_golden(golden, task_input) == golden
        best = next(one["answer"] for one in golden if one["weight"] == 1)
        assert template.check_answer(best, task_input) == best
        assert template.grade(best, golden) == 1
        assert template.judges(best)
        assert example["hint"]
        view = template.view(task_input, seed=1)
        assert example["hint"] not in {text for _, text in strings(view)}
        for _, url in strings(view):
            if url.startswith("/static/examples/"):
                assert files("palate.task_templates").joinpath("examples", url.rpartition("/")[2]).is_file()


@every_template
@examples(max_examples=20)
@given(data=st.data())
def test_a_grade_is_a_share_that_is_1_for_the_known_answer(template: TaskTemplate, data) -> None:
    task_input = template.check_input(data.draw(rows(template)))
    first, second = (
        template.check_answer(data.draw(answers(template, task_input)), task_input) for _ in "ab"
    )
    assert template.grade(first, first) == 1
    assert 0 <= template.grade(first, second) <= 1
    assert template.grade(first, second) == template.grade(second, first)
    weighted = [{"answer": second, "weight": 1.0}, {"answer": first, "weight": 0.5}]
    assert template.grade(first, weighted) >= 0.5
    assert template.grade(None, second) == 0


@every_template
@examples(max_examples=20)
@given(
    golden=st.lists(st.dictionaries(st.sampled_from(["answer", "weight", "x"]), JSON, max_size=3), max_size=3)
    | JSON
)
def test_known_answers_that_are_none_are_refused(template: TaskTemplate, golden) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    try:
        found = template.check_golden(golden, task_input)
    except AnswerError:
        return
    assert template.check_golden(found, task_input) == found


@every_template
def test_settings_survive_json_and_fit_their_schema(template: TaskTemplate) -> None:
    settings = json.loads(json.dumps(template.to_settings()))
    name = task_templates.name_of(template)
    assert from_settings(name, settings) == template
    schema = template.settings_schema()
    Draft202012Validator(schema).validate(settings)
    assert set(schema["properties"]) == set(settings)
    assert all(field["description"] for field in schema["properties"].values())


@every_template
def test_schemas_are_json_schemas(template: TaskTemplate) -> None:
    task_input = template.check_input(template.examples()[0]["input"])
    for schema in (
        template.input_schema(),
        template.answer_schema(),
        template.answer_schema(task_input),
        template.settings_schema(),
    ):
        Draft202012Validator.check_schema(schema)
        written = json.dumps(schema, allow_nan=False)
        assert (
            "ud800" not in written
        )  # readers of schemas that are not written in Python refuse halves of pairs


@every_template
def test_a_template_says_what_it_is_for_and_which_change_breaks_it(template: TaskTemplate) -> None:
    assert template.summary
    assert template.breaks(template) is None
    others = [other for other in TEMPLATES if type(other) is not type(template)]
    assert all("another template" in template.breaks(other) for other in others)
    assert template.breaks(type(template)(**{**vars(template), "question": "Another?"})) is None
