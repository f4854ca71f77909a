"""A model judge sees pairs in both orders, and pictures where it takes them."""

from __future__ import annotations

import json

import polars as pl
import pytest
from judge_pools import pair_pool
from model_endpoint import asked_text, chat_reply, model_endpoint, then

from palate.platforms import ModelJudge, Pool
from palate.task_templates import ChoiceTemplate, from_settings


@pytest.fixture
def judge(tmp_path):
    """Return a maker of judges that keep replies in a file of their own."""

    def made(endpoint, **settings):
        own = {"cache": str(tmp_path / "replies.sqlite"), "backoff": 0.01}
        return ModelJudge(endpoint=endpoint.url, model="judge-1", **{**own, **settings})

    return made


def test_pairs_are_asked_in_both_orders_and_brought_back(judge):
    """Says 'left' where Alpha stands first, 'right' where it stands second."""

    def answer(body, _before):
        text = asked_text(body)
        return chat_reply("left" if text.index("Alpha") < text.index("Beta") else "right")

    with model_endpoint(answer) as endpoint:
        found = judge(endpoint).judge(pair_pool(5))
    assert len(endpoint.requests) == 10
    assert found.answers["label"].to_list() == ["left"] * 5
    assert found.answers["consistent"].all()
    assert found.first_side == (5, 10)


def test_who_always_names_the_first_side_prefers_none(judge):
    with model_endpoint(then(chat_reply("First"))) as endpoint:
        found = judge(endpoint).judge(pair_pool(4))
    assert found.answers["label"].to_list() == ["tie"] * 4
    assert found.first_side == (8, 8)
    assert any("(100%)" in line and "agree on 0%" in line for line in found.sentences)
    with model_endpoint(then(chat_reply("left"))) as endpoint:
        alone = judge(endpoint, round="2").judge(pair_pool(4, tie=False))
    assert alone.reasons == "changes with the order of sides 4"


def test_orders_can_be_averaged_by_their_probabilities(judge):
    """It says 'left' (0.9) as the pair is, and 'left' (0.6) exchanged, which is the pair's right: 0.65 for left."""

    def answer(body, _before):
        text = asked_text(body)
        straight = text.index("Alpha") < text.index("Beta")
        p = 0.9 if straight else 0.6
        return chat_reply("left", tokens=[("left", {"left": p, "right": 1 - p})])

    with model_endpoint(answer) as endpoint:
        row = judge(endpoint, combine="averaged").judge(pair_pool(1, tie=False)).answers.row(0, named=True)
    assert row["label"] == "left"
    assert row["consistent"] is False
    assert row["probability"] == pytest.approx((0.9 + 0.4) / 2)


def test_sides_as_given_are_asked_once(judge):
    with model_endpoint(then(chat_reply("right"))) as endpoint:
        found = judge(endpoint, sides="as_given").judge(pair_pool(3))
    assert len(endpoint.requests) == 3
    assert found.answers["label"].to_list() == ["right"] * 3
    assert found.first_side is None


def test_pictures_go_as_links_or_as_files_where_the_model_takes_them(judge, tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "shoe.png").write_bytes(b"\x89PNG picture")
    shown = [
        {"query": "shoe", "image": "https://example.org/a.jpg"},
        {"query": "shoe", "image": "/media/shoe.png"},
        {"query": "shoe", "image": "/media/none.png"},
    ]
    tasks = pl.DataFrame({"task": [1, 2, 3], "shown": [json.dumps(one) for one in shown]})
    pool = Pool(tasks, ("exact", "substitute", "complement", "irrelevant"), template="image_query")
    with model_endpoint(then(chat_reply("exact"))) as endpoint:
        found = judge(endpoint, images=True, image_folder=str(tmp_path), concurrency=1).judge(pool)
        blind = judge(endpoint, round="blind").judge(pool)
    addresses = [
        part["image_url"]["url"]
        for request in endpoint.requests[:2]
        for part in request["messages"][1]["content"]
        if part["type"] == "image_url"
    ]
    assert addresses == ["https://example.org/a.jpg", "data:image/png;base64,iVBORyBwaWN0dXJl"]
    assert found.missing["task"].to_list() == [3]
    assert "There is no picture /media/none.png" in found.missing["said"][0]
    assert len(blind.answers) == 3
    assert "not shown to you" in asked_text(endpoint.requests[-1])


def test_a_picture_outside_the_folder_is_not_sent(judge, tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "inside" / "link.png").symlink_to(tmp_path / "secret.png")
    tasks = pl.DataFrame({"task": [1], "shown": [json.dumps({"query": "x", "image": "/link.png"})]})
    pool = Pool(tasks, ("exact", "irrelevant"), template="image_query")
    with model_endpoint(then(chat_reply("exact"))) as endpoint:
        found = judge(endpoint, images=True, image_folder=str(tmp_path / "inside")).judge(pool)
    assert not endpoint.requests
    assert found.reasons == "its picture cannot be sent 1"


def test_rankings_are_shown_in_order_and_systems_are_not_named(judge):
    items = [{"id": "a", "title": "Kettle", "price": "9 €"}, {"id": "b", "title": "Mug", "text": "of clay"}]
    shown = {
        "query": "tea",
        "left": "SYSTEM1",
        "right": "SYSTEM2",
        "left_items": items,
        "right_items": items[::-1],
    }
    tasks = pl.DataFrame({"task": [1], "shown": [json.dumps(shown)]})
    pool = Pool(tasks, ("left", "tie", "right"), template="side_by_side_rankings")
    with model_endpoint(then(chat_reply("tie"))) as endpoint:
        found = judge(endpoint, concurrency=1).judge(pool)
    assert found.answers["label"].to_list() == ["tie"]
    first, second = (asked_text(request) for request in endpoint.requests)
    assert "### Left\n1. Kettle\n9 €\n2. Mug\nof clay\n\n### Right\n1. Mug" in first
    assert "### Left\n1. Mug" in second
    assert "SYSTEM" not in first + second


@pytest.mark.parametrize("name", ["category_query", "filters_category", "query_type", "image_query"])
def test_every_template_of_labels_is_shown_in_words(judge, name):
    """All short texts of the template's own example stand in what the model reads."""
    template = from_settings(name)
    if not isinstance(template, ChoiceTemplate):
        pytest.skip(f"{name} asks for no label")
    given = template.check_input(template.examples()[0]["input"])
    tasks = pl.DataFrame({"task": [1], "shown": [json.dumps(given)]})
    with model_endpoint(then(chat_reply(template.label_values()[0]))) as endpoint:
        found = judge(endpoint).judge(Pool(tasks, template.label_values(), template=name))
    assert found.answers["label"].to_list() == [template.label_values()[0]]
    text = asked_text(endpoint.requests[0])
    kinds = {field.name: field.kind for field in template.fields()}
    words = [given[field] for field in given if kinds[field] in {"text", "long_text", "price"}]
    words += [one for field in given if kinds[field] == "options" for one in given[field]]
    assert words
    assert all(str(word) in text for word in words)
