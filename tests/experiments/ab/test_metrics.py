from __future__ import annotations

import pytest

from palate.core.errors import SettingsError
from palate.experiments.ab import Analysis, Metric, parse_guardrail, parse_metric


def test_metrics_print_as_they_parse():
    for text in ("watch_seconds", "clicks/impressions", "watch_seconds/rows"):
        assert str(parse_metric(text)) == text


def test_guardrail_is_a_metric_with_a_limit():
    assert parse_guardrail("crashes:0.02") == Metric("crashes", limit=0.02)
    assert parse_guardrail("clicks/impressions:-0.1") == Metric("clicks", "impressions", limit=-0.1)


@pytest.mark.parametrize("text", ["", "/b", "a/b/c", "a/"])
def test_what_is_no_metric_is_refused(text):
    with pytest.raises(SettingsError, match="A metric is a column"):
        parse_metric(text)


@pytest.mark.parametrize("text", ["crashes", "crashes:much", ":0.1"])
def test_what_is_no_guardrail_is_refused(text):
    with pytest.raises(SettingsError, match="A guardrail is metric:limit"):
        parse_guardrail(text)


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf"])
def test_limit_out_of_range_is_refused(limit):
    with pytest.raises(SettingsError, match="relative change"):
        parse_guardrail(f"crashes:{limit}")


def test_analysis_out_of_range_is_refused():
    with pytest.raises(SettingsError, match="holm, bh or none; it is 'bonferroni'"):
        Analysis(correction="bonferroni")
    with pytest.raises(SettingsError, match="share of 'b' must be a number above 0"):
        Analysis(shares={"a": 1, "b": 0})
