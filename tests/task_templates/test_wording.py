from __future__ import annotations

import pytest

from palate.core.errors import SettingsError, UnknownNameError
from palate.task_templates import GradedRelevance, Label, Link, LookUp, MultiLabel, Translation, from_settings
from palate.task_templates._wording import direction_of

ARABIC = Translation(
    "ar",
    question="ما مدى صلة المنتج؟",
    note="اقرأ العنوان",
    texts=(("query", "بحث"),),
    labels=(("relevant", "مناسب"),),
    descriptions=(("relevant", "كما طلب"),),
)
BRAZIL = Translation("pt-BR", question="Qual a relevância?")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", "en"),
        ("en", "en"),
        ("en-GB", "en"),
        ("ar", "ar"),
        ("AR_eg", "ar"),
        ("pt-br", "pt-BR"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("fr", "en"),
    ],
)
def test_the_wording_is_in_the_nearest_language(wanted: str, found: str) -> None:
    template = GradedRelevance(translations=(ARABIC, BRAZIL))
    assert template.wording(wanted).language == found


def test_a_translation_replaces_what_it_has_and_leaves_the_rest() -> None:
    template = GradedRelevance(translations=(ARABIC,), texts=(("query", "Search"), ("item", "Article")))
    view = template.view({"query": "x", "title": "y"}, seed=1, language="ar")
    assert (view.question, view.note, view.direction, view.language) == (
        ARABIC.question,
        ARABIC.note,
        "rtl",
        "ar",
    )
    assert [part.label for part in view.parts] == ["بحث", "Article"]
    assert [option.text for option in view.control.options[:2]] == ["مناسب", "Rather relevant"]
    assert view.control.options[0].description == "كما طلب"
    assert [option.value for option in view.control.options[:2]] == ["relevant", "rather_relevant"]
    own = template.view({"query": "x", "title": "y"}, seed=1)
    assert [part.label for part in own.parts] == ["Search", "Article"]
    assert own.direction == "ltr"


@pytest.mark.parametrize(
    ("language", "direction", "found"),
    [
        ("he", "auto", "rtl"),
        ("ur-PK", "auto", "rtl"),
        ("ur-Latn", "auto", "ltr"),
        ("en", "rtl", "rtl"),
        ("az", "auto", "ltr"),
    ],
)
def test_the_direction_is_that_of_the_language_unless_it_is_given(language, direction, found) -> None:
    assert direction_of(language, direction) == found


def test_links_to_look_the_item_up_hold_escaped_fields() -> None:
    search = LookUp("Search", "https://example.org/s?q={title}&l={query}")
    by_price = LookUp("By price", "https://example.org/{price}")
    template = GradedRelevance(look_up=(search, by_price))
    view = template.view(template.check_input({"query": "a&b", "title": "x y/ü" + "z" * 300}), seed=1)
    links = [part for part in view.parts if isinstance(part, Link)]
    assert links == [Link("https://example.org/s?q=x%20y%2F%C3%BC" + "z" * 195 + "&l=a%26b", "Search")]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"question": " "}, "'question' must say what is asked"),
        ({"question": "x" * 501}, "'question' cannot be shown. The text has 501 letters"),
        ({"question": "x\x00"}, "which cannot be stored"),
        ({"question": 7}, "'question' of the task template 'graded_relevance' must be text; it is 7"),
        ({"required": "yes"}, "'required' of .* must be true or false"),
        ({"direction": "up"}, "'direction' of .* must be one of auto, ltr, rtl"),
        ({"language": "English!"}, "'language' must be a language tag such as en or pt-BR; it is 'English!'"),
        ({"content_language": "?"}, "'content_language' must be a language tag"),
        ({"texts": {"qeury": "x"}}, "'texts' has no 'qeury' to word. Did you mean 'query'"),
        ({"texts": {"query": " "}}, "'texts' has no text for 'query'"),
        ({"texts": [["query", "a"], ["query", "b"]]}, "'texts' has 'query' twice"),
        ({"texts": {"query": 1}}, "'texts' must be texts by name"),
        ({"labels": [{"value": "a"}]}, "'labels' must be 2 to 100"),
        ({"labels": [{"value": "a"}, {"value": "b", "cannot_judge": True}]}, "'labels' must be 2 to 100"),
        ({"labels": [{"value": f"v{i}"} for i in range(101)]}, "'labels' must be 2 to 100"),
        ({"labels": [{"value": "a"}, {"value": "A"}]}, "Two labels have the value 'A'"),
        ({"labels": [{"value": "a", "text": "b"}, {"value": "b"}]}, "Two labels have the text 'b'"),
        ({"labels": [{"value": "a", "key": "x"}, {"value": "b", "key": "X"}]}, "Two labels have the key 'X'"),
        (
            {"labels": [{"value": "a", "key": "xy"}, {"value": "b"}]},
            "key of the label 'a' must be one letter",
        ),
        ({"labels": [{"value": "a", "key": " "}, {"value": "b"}]}, "key of the label 'a' must be one letter"),
        ({"labels": [{"value": "a b"}, {"value": "b"}]}, "A label's value must be 1 to 64 letters without"),
        ({"labels": [{"value": ""}, {"value": "b"}]}, "A label's value must be 1 to 64 letters without"),
        ({"labels": [{"value": "a", "hue": 1}]}, "The setting 'labels, entry 1' has no setting 'hue'"),
        ({"labels": [{"text": "a"}]}, "The setting 'labels, entry 1' needs the setting 'value'"),
        ({"labels": [{"value": 7}]}, "'value' of the setting 'labels, entry 1' must be text"),
        (
            {"labels": [7]},
            "'labels' must be a tuple .in JSON a list., each entry of which is a Label; it is a list of 1",
        ),
        ({"labels": "abc"}, "'labels' must be a tuple"),
        ({"labels": [{"value": "a", "grade": float("nan")}, {"value": "b"}]}, "'grade'"),
        ({"translations": [{"language": "en"}]}, "two wordings in the language 'en'"),
        ({"translations": [{"language": "x"}]}, "'language' must be a language tag"),
        (
            {"translations": [{"language": "de", "labels": {"relevnt": "x"}}]},
            "'labels' has no 'relevnt' to word. Did you mean",
        ),
        (
            {"translations": [{"language": "de", "labels": {"relevant": "404"}}]},
            "same text in the language 'de'",
        ),
        ({"look_up": [{"text": "x", "url": "javascript:{title}"}]}, "whose host is fixed"),
        ({"look_up": [{"text": "x", "url": "https://{title}/"}]}, "whose host is fixed"),
        ({"look_up": [{"text": "x", "url": "https://example.org/ {title}"}]}, "whose host is fixed"),
        ({"look_up": [{"text": "", "url": "https://example.org/"}]}, "needs a text"),
        ({"look_up": [{"text": "x", "url": "https://example.org/{image}"}]}, "names the field 'image'"),
        ({"lables": []}, "has no setting 'lables'. Did you mean 'labels'"),
        (7, "must be an object; they are 7"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: object, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        from_settings("graded-relevance", settings)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(
        UnknownNameError, match="There is no task template named 'grade_relevance'. Did you mean graded_rel"
    ):
        from_settings("grade_relevance")


def test_a_list_in_place_of_a_tuple_is_refused_by_the_class_itself() -> None:
    with pytest.raises(SettingsError, match="'labels' must be a tuple"):
        MultiLabel(labels=[Label("a"), Label("b")])


def test_the_form_of_settings_has_types_defaults_and_help() -> None:
    fields = GradedRelevance.settings_schema()["properties"]
    assert fields["required"] == {
        "title": "Required",
        "type": "boolean",
        "description": "Whether every task must be answered.",
        "default": True,
    }
    assert fields["direction"]["enum"] == ["auto", "ltr", "rtl"]
    label = fields["labels"]["items"]
    assert label["required"] == ["value"]
    assert label["properties"]["grade"]["type"] == ["number", "null"]
    assert fields["labels"]["default"][0]["text"] == "Relevant"
    assert fields["texts"]["additionalProperties"] == {"type": "string"}


def test_whole_numbers_are_grades_too() -> None:
    labels = [{"value": "a", "grade": 1}, {"value": "b", "grade": 0}]
    assert from_settings("graded_relevance", {"labels": labels}).labels == (
        Label("a", grade=1.0),
        Label("b", grade=0.0),
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"direction": "up"}, "'direction' must be one of auto, ltr, rtl; it is 'up'"),
        ({"question": None}, "'question' must be text; it is nothing"),
        (
            {"labels": (Label("a"), Label("b", grade=float("nan")))},
            "'labels, entry 2, grade' must be a number or nothing; it is nan",
        ),
        ({"labels": (Label("a"), Label("b", text=7))}, "'labels, entry 2, text' must be text; it is 7"),
        (
            {"translations": (Translation("de", texts={"a": "b"}),)},
            "'translations, entry 1, texts' must be texts by name",
        ),
    ],
)
def test_settings_made_in_python_are_checked_too(settings: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        GradedRelevance(**settings)
