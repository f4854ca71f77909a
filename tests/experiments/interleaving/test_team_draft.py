from __future__ import annotations

from collections import Counter

import pytest

from palate.experiments.interleaving import TeamDraft


def outcomes(a, b, length, n=4000):
    drawn = Counter(
        (found.items, found.credits) for found in (TeamDraft().interleave(a, b, length, s) for s in range(n))
    )
    return {outcome: count / n for outcome, count in drawn.items()}


def test_teams_pick_in_turns_drawn_by_lot():
    # Two rounds; in each, who is first is drawn: by hand from a, b, c, d and b, c, a, d.
    wanted = {
        ("abcd", (1, -1, -1, 1)),  # A first, then B first: A takes a, B takes b; B takes c, A takes d
        ("abcd", (1, -1, 1, -1)),  # A first twice: A takes a, B takes b; A takes c, B takes d
        ("bacd", (-1, 1, -1, 1)),
        ("bacd", (-1, 1, 1, -1)),
    }
    found = outcomes("abcd", "bcad", 4)
    assert {("".join(items), credit) for items, credit in found} == wanted
    assert all(share == pytest.approx(0.25, abs=0.03) for share in found.values())


def test_lists_of_odd_length_end_with_a_lot():
    found = outcomes("abc", "xyz", 3)
    ends = Counter()
    for (_, credit), share in found.items():
        ends[credit[2]] += share
    assert ends[1.0] == pytest.approx(0.5, abs=0.03)


def test_what_fills_the_list_counts_for_nobody():
    for items, credit in outcomes("a", "bcd", 4, 50):
        assert set(items[:2]) == {"a", "b"}
        assert credit[2:] == (0, 0)


def test_a_pick_that_only_one_order_allows_counts_for_nobody():
    # B's only item is also A's first: whoever is first takes it, and the other one has a pick only if it is A.
    found = outcomes("xyz", "x", 3, 400)
    assert set(found) == {(("x", "y", "z"), (1, 0, 0)), (("x", "y", "z"), (-1, 0, 0))}
