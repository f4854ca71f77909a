from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.asking import WeightedAnswer, annotator_accuracy, label_posterior
from palate.core.errors import PalateError, SettingsError

answers = st.lists(
    st.builds(WeightedAnswer, st.sampled_from("abcd"), st.floats(0.01, 0.99), st.none()), max_size=12
)


def test_accuracy_is_that_of_the_formula():
    """(0.5 + right) / (1 + seen)."""
    assert annotator_accuracy(0, 0) == 0.5
    assert annotator_accuracy(9, 10) == pytest.approx(9.5 / 11)
    assert annotator_accuracy(0, 10) == pytest.approx(0.5 / 11)
    with pytest.raises(PalateError, match="from 0 to all 2 that were seen; there are 3"):
        annotator_accuracy(3, 2)


def test_posterior_by_hand():
    """Of four labels, a: 0.7 · 0.1 (b's annotator wrong), b: 0.1 · 0.7, c and d: 0.1 · 0.1 each; the sum is 0.16."""
    found = label_posterior([WeightedAnswer("a", 0.7), WeightedAnswer("b", 0.7)], n_labels=4)
    assert found == {"a": pytest.approx(7 / 16), "b": pytest.approx(7 / 16)}
    three = [WeightedAnswer("a", 0.9), WeightedAnswer("a", 0.6), WeightedAnswer("b", 0.8)]
    a = Fraction(9, 10) * Fraction(6, 10) * Fraction(2, 10)
    b = Fraction(1, 10) * Fraction(4, 10) * Fraction(8, 10)
    assert label_posterior(three, n_labels=2)["a"] == pytest.approx(float(a / (a + b)))


def test_a_temperature_takes_the_root_of_the_likelihood():
    """One answer of accuracy 0.8 among two labels: odds 4, and the square root of 4 is 2."""
    assert label_posterior([WeightedAnswer("a", 0.8)], 2, temperature=2)["a"] == pytest.approx(2 / 3)


def test_a_likelihood_takes_the_place_of_the_accuracy():
    """'cat' is said 0.8 where cat is right and 0.4 where dog is: 0.8 / 1.2."""
    answer = WeightedAnswer("cat", 0.5, {"cat": 0.8, "dog": 0.4})
    assert label_posterior([answer], 2) == {"cat": pytest.approx(2 / 3), "dog": pytest.approx(1 / 3)}
    both = [answer, WeightedAnswer("dog", 0.75)]  # 0.8 · 0.25 against 0.4 · 0.75
    assert label_posterior(both, 2)["cat"] == pytest.approx(0.2 / 0.5)


def direct(given, n_labels, temperature):
    """Bayes' rule as it is written, label by label."""
    names = [*"abcd", *range(n_labels - 4)]
    weights = {}
    for truth in names:
        likelihood = 1.0
        for label, accuracy, _ in given:
            likelihood *= accuracy if label == truth else (1 - accuracy) / (n_labels - 1)
        weights[truth] = likelihood ** (1 / temperature)
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


@settings(max_examples=80, deadline=None)
@given(answers, st.integers(4, 9), st.floats(0.5, 5))
def test_the_posterior_is_that_of_bayes_rule(given_, n_labels, temperature):
    found = label_posterior(given_, n_labels, temperature)
    expected = direct(given_, n_labels, temperature)
    assert found == {label: pytest.approx(expected[label], abs=1e-12) for label in found}
    assert list(found) == list(dict.fromkeys(answer.label for answer in given_))
    assert sum(found.values()) <= 1 + 1e-12


@settings(max_examples=40, deadline=None)
@given(answers, st.floats(0.5, 5))
def test_even_errors_said_as_likelihoods_are_the_same(given_, temperature):
    spelled = [
        a._replace(likelihood={t: a.accuracy if t == a.label else (1 - a.accuracy) / 3 for t in "abcd"})
        for a in given_
    ]
    found = label_posterior(spelled, 4, temperature)
    for label, value in label_posterior(given_, 4, temperature).items():
        assert found[label] == pytest.approx(value, abs=1e-9)


def test_thousands_of_answers_do_not_overflow():
    many = [WeightedAnswer("a", 0.99)] * 5000 + [WeightedAnswer("b", 0.99)] * 4999
    assert label_posterior(many, 2)["a"] == pytest.approx(0.99)
    assert math.isclose(label_posterior(many[:-9], 2)["a"], 1)


@pytest.mark.parametrize(
    ("given_", "n_labels", "says"),
    [
        ([], 1, "at least 2 labels.*'n_labels' is 1"),
        ([WeightedAnswer("a", 0.5)], 1, "at least 2 labels"),
        (
            [WeightedAnswer(label, 0.5) for label in "abc"],
            2,
            r"no fewer than answers name \(3\); 'n_labels' is 2",
        ),
        ([WeightedAnswer("a", 1.0)], 2, "above 0 and below 1; it is 1.0. Take annotator_accuracy"),
        ([WeightedAnswer("a", math.nan)], 2, "above 0 and below 1"),
        ([WeightedAnswer("a", 0.5, {"a": 0.5})], 2, "names all 2 labels"),
        ([WeightedAnswer("a", 0.5, {"a": 0.5, "b": 0.0})], 2, "above 0 and at most 1"),
    ],
)
def test_what_makes_no_sense_is_refused(given_, n_labels, says):
    with pytest.raises(PalateError, match=says):
        label_posterior(given_, n_labels)


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_a_temperature_is_above_0(temperature):
    with pytest.raises(SettingsError, match="'temperature' must be a number above 0"):
        label_posterior([], 2, temperature)
