import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau

from palate.core.errors import InputError, SettingsError
from palate.evaluation import measure_agreement

VALUES = pl.DataFrame(
    [
        (system, query, measure, value)
        for measure, of_systems in {
            "good": {"a": [0.9, 0.8, 0.4, 0.1], "b": [0.2, 0.7, 0.5, 0.6]},
            "flat": {"a": [0.5, 0.5, 0.5, 0.5], "b": [0.5, 0.5, 0.5, 0.5]},
            "wrong": {"a": [0.1, 0.1, 0.9, 0.9], "b": [0.2, 0.2, 0.3, 0.1]},
        }.items()
        for system, values in of_systems.items()
        for query, value in enumerate(values)
    ],
    schema=["system", "query", "measure", "value"],
    orient="row",
)
COMPARISONS = pl.DataFrame(
    {
        "query": [0, 0, 0, 1, 2, 2, 3],
        "left": ["a", "b", "a", "b", "a", "b", "a"],
        "right": ["b", "a", "b", "a", "b", "a", "b"],
        "label": ["left", "a", "left", "right", "left", "left", "right"],
        "annotator": list("uvwuvwu"),
    }
)
"""By query: a three times; a; one each, a tie; b."""


def rows(found, segment: str = "all") -> dict[str, dict]:
    return {row["measure"]: row for row in found.measures.to_dicts() if row["segment"] == segment}


def test_agreement_is_the_share_of_decided_pairs_and_a_tie_of_the_measure_counts_half():
    found = measure_agreement(VALUES, COMPARISONS)
    by_measure = rows(found)
    assert {name: row["agreement"] for name, row in by_measure.items()} == {
        "good": 1.0,
        "flat": 0.5,
        "wrong": 0.0,
    }
    assert list(by_measure) == ["good", "flat", "wrong"]
    good = by_measure["good"]
    assert (good["queries"], good["pairs"], good["decided"], good["value_ties"]) == (4, 4, 3, 0.0)
    assert by_measure["flat"]["value_ties"] == 1.0


def test_tau_is_kendalls_over_pairs_both_ways():
    difference, margin = np.array([0.7, 0.1, -0.1, -0.5]), np.array([1.0, 1.0, 0.0, -1.0])
    wanted = kendalltau(np.r_[difference, -difference], np.r_[margin, -margin]).statistic
    found = rows(measure_agreement(VALUES, COMPARISONS))
    assert found["good"]["tau"] == pytest.approx(wanted)
    assert found["flat"]["tau"] is None  # a measure that never differs has no order


def test_which_side_was_shown_on_the_left_does_not_matter():
    turned = COMPARISONS.with_columns(
        left="right", right="left", label=pl.col("label").replace({"left": "right", "right": "left"})
    )
    assert measure_agreement(VALUES, turned).to_dict() == measure_agreement(VALUES, COMPARISONS).to_dict()


def large(n_queries: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return values of a measure that people follow somewhat, of noise, and comparisons of three systems."""
    rng = np.random.default_rng(seed)
    query = np.repeat(np.arange(n_queries), 3)
    system = np.tile(["a", "b", "c"], n_queries)
    near, noise = rng.normal(size=(2, len(query)))
    values = pl.concat(
        pl.DataFrame({"system": system, "query": query, "measure": name, "value": value})
        for name, value in (("near", near), ("noise", noise))
    )
    table = near.reshape(n_queries, 3)
    first, second = rng.permuted(np.tile([0, 1, 2], (n_queries, 1)), axis=1)[:, :2].T
    apart = (
        table[np.arange(n_queries), first]
        - table[np.arange(n_queries), second]
        + rng.normal(0, 1.0, n_queries)
    )
    names = np.array(["a", "b", "c"])
    labels = np.where(np.abs(apart) < 0.3, "tie", np.where(apart > 0, "left", "right"))
    comparisons = pl.DataFrame(
        {"query": np.arange(n_queries), "left": names[first], "right": names[second], "label": labels}
    )
    return values, comparisons


def test_intervals_resample_queries():
    values, comparisons = large(300, 1)
    found = measure_agreement(values, comparisons)
    near = rows(found)["near"]
    # One pair a query: the share's standard error is the binomial one.
    error = (near["agreement"] * (1 - near["agreement"]) / near["decided"]) ** 0.5
    assert (near["agreement_high"] - near["agreement_low"]) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert near["tau_low"] < near["tau"] < near["tau_high"]
    (apart,) = found.differences.to_dicts()
    assert (apart["measure"], apart["other"]) == ("near", "noise")
    assert apart["agreement"] == pytest.approx(near["agreement"] - rows(found)["noise"]["agreement"])
    assert apart["agreement_low"] > 0
    assert found.sentence.startswith("near names the preferred system in ")
    assert found.sentence.endswith("more than noise")
    json.dumps(found.to_dict())


def test_intervals_hold_the_truth_about_as_often_as_said():
    """Agreement of noise with people is one half; of 120 studies at 95%, fewer than 103 hold it once in 10,000."""
    held = 0
    for seed in range(120):
        values, comparisons = large(60, seed)
        row = rows(measure_agreement(values, comparisons, resamples=200, seed=seed))["noise"]
        held += row["agreement_low"] <= 0.5 <= row["agreement_high"]
    assert held >= 103


def test_bounds_of_several_differences_hold_together():
    values, comparisons = large(80, 3)
    third = values.filter(pl.col("measure") == "noise").with_columns(
        measure=pl.lit("steady"), value=pl.col("value").shuffle(seed=1)
    )
    three = measure_agreement(pl.concat([values, third]), comparisons, resamples=3000).differences
    each = 1 - 0.05 / 3  # three differences share the 5%
    alone = measure_agreement(values, comparisons, resamples=3000, confidence=each).differences
    ((low, high),) = (
        three.filter(measure="near", other="noise").select("agreement_low", "agreement_high").rows()
    )
    assert (low, high) == alone.select("agreement_low", "agreement_high").row(0)


def test_too_few_resamples_for_many_differences_are_said():
    values, comparisons = large(40, 3)
    many = pl.concat([values, *(values.with_columns(measure=pl.col("measure") + str(n)) for n in range(3))])
    (note,) = measure_agreement(many, comparisons, resamples=400).notes
    # 8 measures, 28 differences: 0.025 / 28 of 400 resamples lie beyond a bound; 5 do of 5,600.
    assert "the 28 differences leave out 0.4 of 400 resamples" in note
    assert "resamples=5600" in note


def test_segments_are_measured_on_their_own():
    segments = pl.DataFrame({"query": [0, 1, 2], "segment": ["head", "head", "tail"]})
    found = measure_agreement(VALUES, COMPARISONS, segments=segments)
    assert rows(found, "head")["good"]["decided"] == 2
    assert not rows(found, "tail")
    assert found.notes == ("people prefer neither system on any pair of segment 'tail'; it is left out.",)
    alone = measure_agreement(VALUES, COMPARISONS.filter(pl.col("query") < 2))
    assert rows(found, "head")["good"]["tau"] == rows(alone)["good"]["tau"]


def test_one_query_has_no_interval_and_one_measure_no_difference():
    one = VALUES.filter((pl.col("measure") == "good") & (pl.col("query") == 0))
    found = measure_agreement(one, COMPARISONS.filter(pl.col("query") == 0))
    row = rows(found)["good"]
    assert (row["agreement"], row["agreement_low"], row["tau_high"]) == (1.0, None, None)
    assert len(found.differences) == 0
    assert found.sentence == "good names the preferred system in 100.0% of 1 pairs"


def test_pairs_without_values_are_left_out_and_said():
    lacking = VALUES.filter(~((pl.col("measure") == "flat") & (pl.col("query") == 3)))
    found = measure_agreement(lacking, COMPARISONS)
    assert rows(found)["good"]["pairs"] == 3
    assert found.notes == ("1 of 4 compared pairs lack a value of some measure and are left out.",)


def test_measures_that_do_not_differ_for_sure_are_said_not_to():
    values, comparisons = large(12, 8)
    same = values.filter(pl.col("measure") == "noise").with_columns(measure=pl.lit("noise2"))
    found = measure_agreement(pl.concat([values.filter(pl.col("measure") == "noise"), same]), comparisons)
    assert found.sentence.endswith("no other measure is shown to do better or worse")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda c: c.drop("query"), "every comparison needs its query"),
        (lambda c: c.with_columns(label=pl.lit("tie")), "People prefer neither system on any pair"),
        (
            lambda c: c.with_columns(pl.col("query") + 50),
            "No two compared systems have values for their query",
        ),
        (lambda c: c.with_columns(label=pl.lit("both")), "left, right or tie"),
    ],
)
def test_comparisons_that_say_nothing_are_refused(change, text):
    with pytest.raises(InputError, match=text):
        measure_agreement(VALUES, change(COMPARISONS))


def test_segments_of_other_queries_and_too_few_resamples_are_refused():
    with pytest.raises(InputError, match="No compared query is in a segment"):
        measure_agreement(VALUES, COMPARISONS, segments=pl.DataFrame({"query": [77], "segment": ["x"]}))
    with pytest.raises(SettingsError, match="needs at least 39 resamples"):
        measure_agreement(VALUES, COMPARISONS, resamples=5)
