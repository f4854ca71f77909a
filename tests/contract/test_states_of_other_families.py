"""Methods of families that have no states say so, and which methods have."""

from __future__ import annotations

import pytest

from palate.aggregation.labels import label_aggregators
from palate.aggregation.masks import mask_aggregators
from palate.aggregation.multilabel import multilabel_aggregators
from palate.aggregation.numeric import numeric_aggregators
from palate.aggregation.pairs import pair_aggregators
from palate.aggregation.rankings import ranking_aggregators
from palate.aggregation.texts import text_aggregators
from palate.core.errors import SettingsError

FAMILIES = (
    mask_aggregators,
    multilabel_aggregators,
    numeric_aggregators,
    ranking_aggregators,
    text_aggregators,
)
METHODS = [pytest.param(method, id=method.__name__) for family in FAMILIES for method in family]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_without_states_names_those_that_have(method) -> None:
    with pytest.raises(SettingsError, match=f"{method.__name__} cannot go on as answers come") as caught:
        method().start()
    text = str(caught.value)
    named = text.partition("of labels that go on: ")[2]
    labels, _, pairs = named.removesuffix(".").partition("; of comparisons: ")
    assert {"dawid_skene", "majority_vote"} <= set(labels.split(", "))
    assert {"bradley_terry", "win_rate"} <= set(pairs.split(", "))
    for name in labels.split(", "):
        assert not len(label_aggregators.create(name, {}).start())
    for name in pairs.split(", "):
        assert not len(pair_aggregators.create(name, {}).start())
