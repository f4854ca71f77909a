"""Eight model judges of TREC DL 2023 replayed through an endpoint: the same grades come out, and the same agreement."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from judge_pools import GRADES
from model_endpoint import asked_text, chat_reply, model_endpoint
from repository import ROOT
from requirements import require

from palate.platforms import ModelJudge, Pool

DATA = ROOT.parent / "shared" / "data" / "llmjudge"
JUDGES = ["Olz-gpt4o", "TREMA-nuggets", "h2oloo-zeroshot1"]
FORMS = ["{}", "Grade {}", '{{"answer": "{}"}}', "It says little.\nAnswer: {}", "**{}**"]


def qrels(name: str) -> dict[tuple[str, str], str]:
    """Read qrels without Palate."""
    rows = (line.split() for line in (DATA / f"{name}.qrels").read_text().splitlines())
    return {(query, item): grade for query, _, item, grade in rows}


def plain_kappa(one: list[int], other: list[int]) -> float:
    """Return Cohen's kappa (1960) with quadratic weights from its definition."""
    table = np.zeros((4, 4))
    for a, b in zip(one, other, strict=True):
        table[a, b] += 1
    table /= table.sum()
    weights = np.subtract.outer(np.arange(4), np.arange(4)) ** 2
    expected = np.outer(table.sum(1), table.sum(0))
    return float(1 - (weights * table).sum() / (weights * expected).sum())


@pytest.mark.parametrize("name", JUDGES)
def test_replayed_grades_and_their_agreement_with_people_are_reproduced(name, tmp_path: Path) -> None:
    require(DATA.is_dir(), f"no {DATA}")
    people, judge = qrels("human"), qrels(name)
    pairs = sorted(people)[::6]  # every sixth, of all 25 queries
    shown = [json.dumps({"query": query, "item": item, "title": f"Passage {item}"}) for query, item in pairs]
    tasks = pl.DataFrame({"task": [f"{query}-{item}" for query, item in pairs], "shown": shown})
    pool = Pool(tasks, ("0", "1", "2", "3"), template="graded_relevance", template_settings=GRADES)

    def answer(body, _before):
        found = re.search(r"Query: (\S+)\n\n### Product\nPassage (\S+)", asked_text(body))
        pair = (found[1], found[2])
        return chat_reply(FORMS[len(pair[1]) % len(FORMS)].format(judge[pair]))

    with model_endpoint(answer) as endpoint:
        found = ModelJudge(
            endpoint=endpoint.url, model=name, cache=str(tmp_path / "c.sqlite"), concurrency=8
        ).judge(pool)
    assert found.missing.is_empty()
    assert found.answers["label"].to_list() == [judge[pair] for pair in pairs]
    both = [[int(side[pair]) for pair in pairs] for side in (people, judge)]
    given = found.answers["grade"].cast(pl.Int64).to_list()
    assert plain_kappa(both[0], given) == plain_kappa(*both)
    assert np.mean(np.array(given) == both[0]) == np.mean(np.array(both[1]) == both[0])
