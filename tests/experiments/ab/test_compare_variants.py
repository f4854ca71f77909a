from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from palate.core.errors import InputError, UnknownNameError
from palate.experiments.ab import Analysis, Metric, compare_variants

ALONE = Analysis(correction="none")


@pytest.fixture
def units():
    """240 users without a random number, so that another program sees the same ones."""
    u = np.arange(240)
    variant = (u * 7 + u // 5) % 2
    before = 10 + (u * 37 % 101) / 5
    impressions = 5 + u * 29 % 13
    return pl.DataFrame(
        {
            "user": u,
            "variant": variant,
            "before": before,
            "watch": before * 0.8 + (u * 53 % 89) / 6 + 1.5 * variant,
            "impressions": impressions.astype(float),
            "clicks": np.floor(impressions * (0.2 + 0.05 * variant + (u * 17 % 31) / 100)),
        }
    )


# metric: values of control and variant; difference, low, high; relative, low, high; p. By tea-tasting 1.14.0:
# Mean("watch"), Mean("watch", "before"), RatioOfMeans("clicks", "impressions").
TEA_TASTING = {
    Metric("watch"): (
        *(23.32921296296297, 24.862291666666675),
        *(1.5330787037037048, -0.13298108960983468, 3.1991384970172443),
        *(0.06571497744641408, -0.005019571393862221, 0.14147814419292049),
        0.07109462776480044,
    ),
    Metric("watch", covariate="before"): (
        *(23.24026533428123, 24.99571310968929),
        *(1.7554477754080615, 0.6449970806675576, 2.8658984701485655),
        *(0.07553475617245375, 0.027345474119222946, 0.12598443354868616),
        0.0020882707349172353,
    ),
    Metric("clicks", per="impressions"): (
        *(0.31032298923369217, 0.3547776726584674),
        *(0.04445468342477521, 0.018972758700215107, 0.0699366081493353),
        *(0.143252949240245, 0.059355708043839606, 0.23379455646679648),
        0.0007047355878655356,
    ),
}


@pytest.mark.parametrize("metric", TEA_TASTING, ids=str)
def test_values_are_those_of_tea_tasting(units, metric):
    (found,) = compare_variants(units, [metric], analysis=ALONE).effects
    difference, relative = found.difference, found.relative
    assert (
        *(found.control_value, found.value),
        *(difference.estimate, difference.low, difference.high),
        *(relative.estimate, relative.low, relative.high),
        found.p_value,
    ) == pytest.approx(TEA_TASTING[metric], rel=1e-9)


def test_means_are_compared_by_welchs_test(units):
    (found,) = compare_variants(units, ["watch"]).effects
    a, b = (units.filter(pl.col("variant") == v)["watch"].to_numpy() for v in (0, 1))
    assert found.p_value == pytest.approx(stats.ttest_ind(b, a, equal_var=False).pvalue)


def test_rows_are_added_up_by_unit_in_any_order(units):
    parts = [units.with_columns(pl.col("watch", "clicks", "impressions") * share) for share in (0.25, 0.75)]
    events = pl.concat(parts).sample(fraction=1, shuffle=True, seed=1)
    metrics = [Metric("watch", covariate="before"), "clicks/impressions"]
    whole, split = (compare_variants(table, metrics) for table in (units, events))
    for a, b in zip(whole.effects, split.effects, strict=True):
        assert (b.difference.low, b.p_value) == pytest.approx((a.difference.low, a.p_value))
    assert (split.rows, whole.rows) == (480, 240)
    assert any("every unit has one row" in note for note in whole.notes)
    assert not any("every unit has one row" in note for note in split.notes)


def test_mean_a_row_is_a_ratio_with_rows(units):
    double = pl.concat([units, units])
    (found,) = compare_variants(double, ["watch/rows"]).effects
    (single,) = compare_variants(units, ["watch"]).effects
    assert found.value == pytest.approx(single.value)
    assert found.difference.high == pytest.approx(single.difference.high)


def test_intervals_of_ratios_cover_where_rows_of_a_user_hang_together():
    rng = np.random.default_rng(7)
    hits, runs = 0, 200
    for _ in range(runs):
        rows = rng.integers(1, 8, 300)
        taste = np.repeat(rng.beta(2, 6, 300), rows)
        user = np.repeat(np.arange(300), rows)
        table = pl.DataFrame(
            {"user": user, "variant": user % 2, "clicks": (rng.random(len(user)) < taste).astype(int)}
        )
        hits += 0.0 in compare_variants(table, ["clicks/rows"]).effects[0].difference
    assert hits / runs == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / runs) ** 0.5)


def test_holm_counts_metrics_and_variants_but_no_guardrails(units):
    table = units.with_columns(variant=pl.Series(["control", "b", "c"] * 80), crashes=pl.col("clicks") * 2)
    found = compare_variants(table, [Metric("crashes", limit=0.5), "watch", "clicks"])
    assert [str(effect.metric) for effect in found.effects] == ["watch"] * 2 + ["clicks"] * 2 + [
        "crashes"
    ] * 2
    assert {effect.control for effect in found.effects} == {"control"}
    plain = np.array([effect.p_value for effect in found.effects[:4]])
    order = np.argsort(plain)
    wanted = np.minimum(1, np.maximum.accumulate(plain[order] * [4, 3, 2, 1]))
    assert [found.effects[i].adjusted_p_value for i in order] == pytest.approx(wanted)
    assert all(e.adjusted_p_value == e.p_value and e.difference.confidence == 0.95 for e in found.effects[4:])
    assert all(effect.difference.confidence > 0.95 for effect in found.effects[:4])


def test_what_is_clear_agrees_with_the_interval_shown():
    rng = np.random.default_rng(2)
    for seed in range(20):
        table = pl.DataFrame({"user": range(200), "variant": [0, 1] * 100})
        for name in "abcd":
            table = table.with_columns(
                pl.Series(name, rng.normal(5, 1, 200) + 0.07 * seed * table["variant"] / 3)
            )
        for correction in ("holm", "bh", "none"):
            for effect in compare_variants(
                table, list("abcd"), analysis=Analysis(correction=correction)
            ).effects:
                assert (effect.direction is None) == (0.0 in effect.difference)


def test_guardrails_hold_are_broken_or_not_shown():
    rng = np.random.default_rng(4)
    values = rng.normal(10, 1, 2000)
    table = pl.DataFrame({"user": range(2000), "variant": ["a", "b"] * 1000, "x": values})

    def verdict(factor: float, limit: float) -> str | None:
        raised = table.with_columns(
            pl.when(pl.col("variant") == "b").then(pl.col("x") * factor).otherwise("x")
        )
        return compare_variants(raised, [Metric("x", limit=limit)]).effects[0].guardrail

    assert verdict(1.0, 0.05) == verdict(1.0, -0.05) == "holds"
    assert verdict(1.1, 0.05) == verdict(0.9, -0.05) == "broken"
    assert verdict(1.05, 0.05) == verdict(0.95, -0.05) == "not shown"
    assert verdict(0.5, 0.05) == verdict(2.0, -0.05) == "holds"


def test_looking_often_needs_wider_intervals(units):
    (once,) = compare_variants(units, ["watch"]).effects
    (always,) = compare_variants(units, ["watch"], analysis=Analysis(planned_units=240)).effects
    assert always.difference.low < once.difference.low
    assert always.difference.high > once.difference.high
    assert always.p_value > once.p_value
    assert always.detectable > once.detectable


def test_mismatch_comes_first_in_the_sentences(units):
    lopsided = units.filter((pl.col("variant") == 1) | (pl.col("user") % 3 == 0))
    found = compare_variants(lopsided, ["watch"])
    assert found.mismatch.found
    assert found.sentences[0].startswith("Do not trust these results")
    planned = compare_variants(lopsided, ["watch"], analysis=Analysis(shares=found.units))
    assert len(planned.sentences) == 1


def test_sentences_and_json_say_what_was_found(units):
    found = compare_variants(units, ["clicks/impressions", "watch"])
    assert found.sentences[0] == "1 raises clicks/impressions by +14.3% (97.5% CI +4.8% … +24.8%)"
    assert found.sentences[1].startswith("No clear difference of 1 and 0 on watch: +6.6%")
    assert "would be found in 80 of 100 such experiments" in found.sentences[1]
    saved = found.to_dict()
    assert saved["effects"][0]["direction"] == "raises"
    assert saved["units"] == {"0": 144, "1": 96}
    assert saved["ratio_mismatch"]["p_value"] == pytest.approx(0.0019457736937391556)


def test_without_a_positive_control_the_difference_itself_is_shown(units):
    table = units.with_columns(watch=pl.col("watch") - 100)
    (found,) = compare_variants(table, ["watch"]).effects
    assert found.relative is None
    assert "+1.53 (95% CI −0.13 … +3.20); a difference of 2.38 would" in found.sentence
    assert compare_variants(table, [Metric("watch", limit=0.1)]).effects[0].guardrail == "not shown"


def test_units_without_a_covariate_count_with_the_mean(units):
    gaps = units.with_columns(before=pl.when(pl.col("user") < 24).then(None).otherwise("before"))
    found = compare_variants(gaps, [Metric("watch", covariate="before")])
    assert "24 of 240 units have no before; they count with the mean of the others." in found.notes
    assert 0.46 < found.effects[0].noise_left < 0.7
    flat = units.with_columns(before=pl.lit(1.0))
    (useless,) = compare_variants(flat, [Metric("watch", covariate="before")]).effects
    (without,) = compare_variants(flat, ["watch"]).effects
    assert useless.noise_left == 1
    assert useless.difference == without.difference


def test_values_that_are_all_the_same_are_said_to_be(units):
    same = units.with_columns(watch=pl.lit(3.1))
    found = compare_variants(same, ["watch"])
    assert found.effects[0].p_value == 1
    assert any("is the same for all units" in note for note in found.notes)
    apart = compare_variants(same.with_columns(watch=0.1 + 0.2 * pl.col("variant")), ["watch"])
    assert apart.effects[0].direction == "raises"


def test_few_units_are_said_to_be_few(units):
    few = pl.concat([rows.head(10) for rows in units.partition_by("variant")])
    assert any("the smallest variant has 10 units" in note for note in compare_variants(few, ["watch"]).notes)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"variant": pl.lit("a")}, "only one variant, 'a'"),
        ({"variant": pl.when(pl.col("user") == 5).then(2).otherwise("variant")}, "'2' has only one unit"),
        ({"user": pl.col("user") // 2}, "units are in more than one variant, such as user '0'"),
        (
            {"watch": pl.when(pl.col("user") == 5).then(float("nan")).otherwise("watch")},
            "row 6, column 'watch'",
        ),
        ({"watch": pl.when(pl.col("user") == 5).then(None).otherwise("watch")}, "The value is missing"),
        ({"impressions": pl.lit(-1)}, "must be at least 0"),
        ({"impressions": pl.lit(0)}, "All impressions of variant '0' are 0: clicks/impressions has no value"),
    ],
)
def test_bad_events_are_errors(units, change, problem):
    with pytest.raises(InputError, match=problem):
        compare_variants(units.with_columns(**change), ["watch", "clicks/impressions"])


def test_a_covariate_must_be_there_and_stay_the_same(units):
    with pytest.raises(InputError, match="no column 'earlier' for the covariate"):
        compare_variants(units, [Metric("watch", covariate="earlier")])
    twice = pl.concat([units, units.with_columns(before=pl.col("before") + 1)])
    with pytest.raises(InputError, match="it changes in 240 units, such as user '0'"):
        compare_variants(twice, [Metric("watch", covariate="before")])


def test_unknown_control_and_nothing_to_compare_are_errors(units):
    with pytest.raises(UnknownNameError, match="no variant named 'B'"):
        compare_variants(units, ["watch"], control="B")
    with pytest.raises(InputError, match="nothing to compare"):
        compare_variants(units, [])
    assert compare_variants(units, ["watch"], control="1").effects[0].variant == "0"


def test_a_column_named_rows_cannot_be_told_from_their_number(units):
    with pytest.raises(InputError, match="Rename it"):
        compare_variants(units.with_columns(rows=1), ["watch/rows"])


def test_a_covariate_takes_noise_out_of_ratios_too():
    rng = np.random.default_rng(5)
    taste, impressions = rng.beta(4, 12, 2000), rng.integers(20, 60, 2000)
    table = pl.DataFrame(
        {
            "user": range(2000),
            "variant": ["a", "b"] * 1000,
            "impressions": impressions,
            "clicks": rng.binomial(impressions, taste),
            "before": rng.binomial(50, taste),
        }
    )
    plain, adjusted = (
        compare_variants(table, [Metric("clicks", "impressions", covariate)]).effects[0]
        for covariate in (None, "before")
    )
    assert adjusted.noise_left < 0.5
    narrower = (adjusted.difference.high - adjusted.difference.low) / (
        plain.difference.high - plain.difference.low
    )
    assert narrower == pytest.approx(adjusted.noise_left**0.5, rel=1e-6)
    assert 0.0 in adjusted.difference
