import json
from itertools import permutations

import numpy as np
import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.inference import PairedT, adjusted_p_values, heterogeneity, judge_segments


def table(differences, measure="RR"):
    """Values of two systems, ``a`` ahead of ``b`` by ``differences``."""
    base = np.random.default_rng(0).random(len(differences))
    rows = [("a", f"q{i}", measure, x + d) for i, (x, d) in enumerate(zip(base, differences, strict=True))]
    rows += [("b", f"q{i}", measure, x) for i, x in enumerate(base)]
    return pl.DataFrame(rows, schema=["system", "query", "measure", "value"], orient="row")


def segments(names):
    return pl.DataFrame({"query": [f"q{i}" for i in range(len(names))], "segment": names})


@pytest.fixture
def differences():
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(0.3, 0.1, 30), rng.normal(0.0, 0.1, 30)])


HALVES = segments(["head"] * 30 + ["tail"] * 30)


def test_each_segment_has_its_verdict(differences):
    found = judge_segments(table(differences), HALVES, [("a", "b", "RR")], test=PairedT())
    head, tail = found.verdicts
    assert (head.segment, head.verdict.better, tail.segment, tail.verdict.better) == (
        "head",
        "a",
        "tail",
        None,
    )
    alone = [PairedT().compare(differences[part], np.zeros(30)) for part in (slice(30), slice(30, 60))]
    assert [v.verdict.difference.p_value for v in found.verdicts] == pytest.approx([d.p_value for d in alone])
    adjusted = adjusted_p_values([d.p_value for d in alone], "holm")
    assert [v.verdict.multiplicity.p_value for v in found.verdicts] == pytest.approx(adjusted)
    assert head.sentence.startswith("head: a beats b on RR by +0.2")
    assert found.notes == ()


def test_segments_that_differ_are_found_to_differ(differences):
    found = judge_segments(table(differences), HALVES, [("a", "b", "RR")]).heterogeneity[0]
    assert found.differ
    assert found.p_value == 1 / 10_001
    assert found.segments == 2
    assert found.sentence == "The difference of a and b on RR is not the same in all 2 segments (p = 0.0001)"


def test_segments_by_chance_are_not():
    rng = np.random.default_rng(7)
    names = segments(rng.permuted(["head"] * 30 + ["tail"] * 30).tolist())
    found = judge_segments(table(rng.normal(0.1, 0.1, 60)), names, [("a", "b", "RR")]).heterogeneity[0]
    assert not found.differ
    assert "is not ruled out (p = " in found.sentence


def test_heterogeneity_is_that_of_all_permutations():
    differences, names = np.array([0.5, 0.1, 0.4, -0.2, 0.0, 0.3, -0.1]), np.array([0, 1, 0, 1, 2, 0, 2])

    def between(values):
        middle = values.mean()
        return sum((names == s).sum() * (values[names == s].mean() - middle) ** 2 for s in range(3))

    every = [between(np.array(way)) for way in permutations(differences)]
    exact = np.mean([b >= between(differences) - 1e-12 for b in every])
    found = heterogeneity(differences, names, permutations=20_000, seed=3)
    assert found == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5 + 1e-4)


def test_heterogeneity_without_differences_is_one():
    assert heterogeneity(np.zeros(8), [0, 0, 0, 0, 1, 1, 1, 1], permutations=99) == 1
    assert heterogeneity(np.full(8, 0.1), [0, 0, 0, 0, 1, 1, 1, 1], permutations=99) == 1


def test_heterogeneity_is_found_by_chance_as_rarely_as_it_says():
    rng = np.random.default_rng(4)
    found = [
        heterogeneity(rng.normal(size=24), np.arange(24) % 3, permutations=199, seed=i) for i in range(400)
    ]
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_the_size_of_blocks_changes_no_bit(monkeypatch):
    from palate.inference import _segments

    differences, names = np.random.default_rng(5).normal(size=12), np.arange(12) % 2
    whole = heterogeneity(differences, names, permutations=500)
    monkeypatch.setattr(_segments, "_BLOCK", 50)
    assert heterogeneity(differences, names, permutations=500) == whole


def test_queries_may_be_numbers_in_one_table_and_text_in_the_other(differences):
    numbers = table(differences).with_columns(pl.col("query").str.slice(1).cast(pl.Int64))
    text = HALVES.with_columns(pl.col("query").str.slice(1))
    found = judge_segments(numbers, text, [("a", "b", "RR")], test=PairedT())
    assert [v.verdict.difference.n_queries for v in found.verdicts] == [30, 30]


def test_queries_without_segment_and_segments_of_one_query_are_said(differences):
    names = HALVES.head(50).vstack(pl.DataFrame({"query": ["q50"], "segment": ["odd"]}))
    found = judge_segments(table(differences), names, [("a", "b", "RR")])
    assert [v.segment for v in found.verdicts] == ["head", "tail"]
    assert found.notes == (
        "9 of 60 queries are in no segment; only the verdict on all counts them.",
        "The segment odd has only one query, of which nothing can be said.",
    )


def test_several_segments_of_one_query_are_counted(differences):
    names = segments(["head"] * 30 + ["x", "y"] + ["tail"] * 28)
    notes = judge_segments(table(differences), names, [("a", "b", "RR")]).notes
    assert notes == ("2 segments have only one query, of which nothing can be said: x, y.",)


def test_one_segment_has_nothing_to_differ_from(differences):
    found = judge_segments(table(differences), segments(["all"] * 60), [("a", "b", "RR")])
    assert found.heterogeneity == ()
    assert found.verdicts[0].verdict.multiplicity is None


def test_all_comparisons_in_all_segments_are_one_family(differences):
    both = pl.concat([table(differences), table(differences, "AP")])
    found = judge_segments(both, HALVES, [("a", "b", "RR"), ("a", "b", "AP")], test=PairedT())
    assert {v.verdict.multiplicity.comparisons for v in found.verdicts} == {4}
    assert len(found.heterogeneity) == 2
    assert found.heterogeneity[0].adjusted_p_value == pytest.approx(2 * found.heterogeneity[0].p_value)


def test_json_holds_it_all(differences):
    found = judge_segments(table(differences), HALVES, [("a", "b", "RR")]).to_dict()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert [row["segment"] for row in again["segments"]] == ["head", "tail"]
    assert again["heterogeneity"][0]["differ"] is True


def test_a_generator_gives_the_same_result_for_the_same_state(differences):
    one, other = (
        judge_segments(table(differences), HALVES, [("a", "b", "RR")], seed=np.random.default_rng(2))
        for _ in range(2)
    )
    assert one == other


def test_bad_segments_are_refused(differences, tmp_path):
    values = table(differences)
    strangers = HALVES.with_columns(pl.col("query").str.replace("q", "x"))
    with pytest.raises(InputError, match="segments of at least 2 queries; of the 60 .* 'q0', 0 are .* 'x0'"):
        judge_segments(values, strangers, [("a", "b", "RR")])
    with pytest.raises(InputError, match="one row for each"):
        judge_segments(values, pl.concat([HALVES, HALVES]), [("a", "b", "RR")])
    (tmp_path / "s.csv").write_text("query,part\nq1,head\n")
    with pytest.raises(InputError, match=r"s.csv: Segments need the column 'segment'"):
        judge_segments(values, tmp_path / "s.csv", [("a", "b", "RR")])
    with pytest.raises(UnknownNameError, match="correction"):
        judge_segments(values, HALVES, [("a", "b", "RR")], correction="holms")
    with pytest.raises(SettingsError, match="'permutations' must be at least 1"):
        judge_segments(values, HALVES, [("a", "b", "RR")], permutations=0)
    with pytest.raises(InputError, match="8 differences and 3 segments"):
        heterogeneity(np.zeros(8), [0, 1, 1])


def test_pairs_over_the_same_queries_share_permutations_and_keep_their_numbers():
    rng = np.random.default_rng(6)
    measures = ["RR", "AP", "nDCG@10"]
    tables = [table(rng.normal(0.05, 0.1, 40), measure) for measure in measures]
    names = segments(["head"] * 15 + ["tail"] * 25)
    asked = [("a", "b", measure) for measure in measures]
    found = judge_segments(pl.concat(tables), names, asked, correction="none").heterogeneity
    alone = [judge_segments(t, names, [one]).heterogeneity[0] for t, one in zip(tables, asked, strict=True)]
    assert [h.p_value for h in found] == [one.p_value for one in alone]
    assert len({h.p_value for h in found}) == 3
