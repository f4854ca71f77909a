"""Label Studio: our template as its configuration, what it stores wrongly sorted out, and a real one started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import polars as pl
import pytest
from posted_benches import GRADES, PAIRS, Bench, bench_of, better_side, wanted_grade
from studio_process import STUDIO, studio_running

from palate.core.errors import InputError, PalateError, SettingsError
from palate.platforms import LabelStudio, WaitingError
from palate.platforms._questions import questions_of
from palate.platforms._studio_project import labelling_configuration

PREDICTED = replace(PAIRS, tasks=PAIRS.tasks.with_columns(predicted=pl.col("truth")))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of("label_studio", tmp_path / "asked", monkeypatch) as made:
        yield made


def _publish(bench: Bench, pool: Any = GRADES, **settings: Any) -> None:
    with pytest.raises(WaitingError):
        bench.platform(**settings).ask(pool)


def test_the_template_is_the_labelling_configuration() -> None:
    labels = [
        {"value": "yes", "text": 'Fine & "well" <3', "key": "Y", "description": "If it is."},
        {"value": "no", "text": "no"},
    ]
    pool = replace(
        GRADES,
        labels=("yes", "no"),
        golden=None,
        template_settings={"question": "Is 1 < 2?", "note": "Look twice.", "labels": labels},
    )
    root = ET.fromstring(labelling_configuration(questions_of(pool)))  # noqa: S314 (our own)
    assert [one.get("value") for one in root.iter("Header")] == ["Is 1 < 2?", "Look twice."]
    (choices,) = root.iter("Choices")
    assert choices.attrib == {
        "name": "answer",
        "toName": "shown",
        "choice": "single",
        "required": "true",
        "showInline": "true",
    }
    assert [one.attrib for one in choices] == [
        {"value": 'Fine & "well" <3', "alias": "yes", "hotkey": "y", "hint": "If it is."},
        {"value": "no"},
    ]


def test_what_it_stores_wrongly_is_no_answer(bench: Bench) -> None:
    _publish(bench)
    for chosen, more in (
        ("evil", {}),  # outside the labels
        ("", {}),  # empty
        ("0", {"cancelled": True}),  # skipped
    ):
        bench.service.submit(1, "ann", chosen, **more)
    assert bench.platform().standing(GRADES).collected.answers.is_empty()
    for chosen in ("2", "1"):  # the first counts
        bench.service.submit(1, "ann", chosen)
    found = bench.platform().standing(GRADES).collected.answers
    assert found["label"].to_list() == ["2"]
    assert found["seconds"].to_list() == [4.0]


def test_annotators_may_be_named_by_objects_and_labels_by_text(bench: Bench) -> None:
    _publish(bench)
    bench.service.submit(2, {"id": 7, "email": "ann@example.org"}, "Grade 1")
    found = bench.platform().standing(GRADES).collected.answers
    assert found.select("annotator", "label").rows() == [("7", "1")]


def test_predictions_are_sent_in_terms_of_the_shuffled_screen(bench: Bench) -> None:
    _publish(bench, PREDICTED, show_predictions=True)
    (project,) = bench.service.projects.values()
    assert project["show_collab_predictions"] is True
    for task in bench.service.tasks.values():
        (prediction,) = task["predictions"]
        assert prediction["result"][0]["value"]["choices"] == [better_side(task["data"]["shown"])]
    assert bench.platform().memory(PREDICTED).get("predictions_shown") is True
    wrong = replace(PAIRS, tasks=PAIRS.tasks.with_columns(predicted=pl.lit("up")))
    with pytest.raises(InputError, match=r"row 1, column 'predicted': 'up' is none of the labels"):
        bench.platform().ask(wrong)


def test_a_personal_access_token_is_exchanged(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "head.secret-key.tail")
    _publish(bench)
    assert "POST /api/token/refresh/" in bench.service.done
    assert bench.published() == len(GRADES.tasks)


def test_every_page_size_answers_of_an_annotator_are_a_page(bench: Bench) -> None:
    _publish(bench)
    bench.work("ann", wanted_grade, pages=3)  # six tasks, and four make a page
    found = bench.platform().standing(GRADES).collected
    assert found.pages == 2
    assert found.answers["page"].to_list() == [1, 1, 1, 1, 2, 2]
    assert found.cost == 2 * GRADES.reward


def test_what_it_cannot_do_is_said() -> None:
    told = " ".join(LabelStudio().shortcomings(replace(PAIRS, overlap_max=4)))
    for lack in (
        "no time limit",
        "cannot pause",
        "pays nobody",
        "no pages",
        "Golden tasks",
        "not up to 4",
        "Sides",
    ):
        assert lack in told


@pytest.mark.parametrize(
    "settings", [{"url": "http://studio.example.org"}, {"url": "https://a:b@example.org"}]
)
def test_an_address_that_would_betray_the_key_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        LabelStudio(**settings)


def test_what_is_no_label_studio_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "x")
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(PalateError, match="cannot be reached"):
        LabelStudio(url="http://127.0.0.1:9", folder=str(tmp_path)).ask(GRADES)


@pytest.mark.timeout(420)
@pytest.mark.skipif(not STUDIO, reason="No Label Studio: PALATE_LABEL_STUDIO names no command.")
def test_a_real_label_studio_asks_and_answers_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "abcdef0123456789abcdef0123456789abcdef01"  # noqa: S105 (of a server that lives for this test)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    pool = replace(PREDICTED, overlap=1, overlap_max=1)
    with studio_running(tmp_path, token) as url:
        platform = LabelStudio(url=url, folder=str(tmp_path / "asked"), hours=0.0, show_predictions=True)
        for _ in range(2):
            with pytest.raises(WaitingError, match="0 of 10 answers"):
                platform.ask(pool)
        headers = {"Authorization": f"Token {token}"}
        listed = httpx.get(
            f"{url}/api/tasks/", params={"project": 1, "fields": "all"}, headers=headers
        ).json()["tasks"]
        assert len(listed) == len(pool.tasks)
        for task in listed:
            (prediction,) = task["predictions"]
            assert prediction["result"][0]["value"]["choices"] == [better_side(task["data"]["shown"])]
            for choices in ([], [better_side(task["data"]["shown"])], ["right"]):
                result = {
                    "from_name": "answer",
                    "to_name": "shown",
                    "type": "choices",
                    "value": {"choices": choices},
                }
                body = {"result": [result] if choices else [], "lead_time": 3.5}
                address = f"{url}/api/tasks/{task['id']}/annotations/"
                assert httpx.post(address, json=body, headers=headers).status_code == 201
        found = platform.ask(pool)
    right = found.answers.join(pool.tasks, on="task")
    assert (right["label"] == right["truth"]).all()
    assert len(found.answers) == 16
    assert set(found.answers["seconds"]) == {3.5}
