from __future__ import annotations

from collections import Counter
from math import prod

import numpy as np
import polars as pl
import pytest
from answer_strategies import answer_tables
from hypothesis import assume, given, settings

from palate.agreement import Consistency, LabelCounts
from palate.core.errors import InputError


def _plain(answers: pl.DataFrame) -> float:
    """Bayes' formula task by task."""
    n_labels = answers["label"].n_unique()
    tasks = {
        task: list(group.select("annotator", "label").iter_rows())
        for (task,), group in answers.group_by("task")
        if len(group) > 1
    }
    if n_labels == 1:
        return 1.0
    best = {}
    for task, said in tasks.items():
        counts = Counter(label for _, label in said)
        best[task] = [label for label in counts if counts[label] == max(counts.values())]
    shares: dict[str, list[float]] = {}
    for task, said in tasks.items():
        for annotator, label in said:
            shares.setdefault(annotator, []).append((label in best[task]) / len(best[task]))
    skill = {annotator: min(max(np.mean(values), 1e-9), 1 - 1e-9) for annotator, values in shares.items()}
    found = []
    for task, said in tasks.items():
        likelihood = {
            truth: prod(skill[a] if label == truth else (1 - skill[a]) / (n_labels - 1) for a, label in said)
            for truth in set(answers["label"])
        }
        found.append(np.mean([likelihood[label] for label in best[task]]) / sum(likelihood.values()))
    return float(np.mean(found))


@settings(max_examples=60, deadline=None)
@given(answers=answer_tables())
def test_it_is_the_mean_posterior_of_the_majority(answers: pl.DataFrame) -> None:
    assume(answers["task"].is_duplicated().any())
    found = Consistency(resamples=39).measure(answers)
    assert found.value == pytest.approx(_plain(answers), abs=1e-6)


def test_by_hand() -> None:
    # Both are with the majority on task 1, half each on task 2: skills 3/4. Posteriors 9/10 and 1/2.
    answers = pl.DataFrame({"task": [1, 1, 2, 2], "annotator": [1, 2] * 2, "label": [1, 1, 1, 2]})
    assert Consistency().measure(answers).value == pytest.approx((0.9 + 0.5) / 2)


def test_counts_alone_are_refused() -> None:
    with pytest.raises(InputError, match="needs to know who answered"):
        Consistency().values(LabelCounts(np.array([[1.0, 1.0]]), None), np.ones((1, 1)))
