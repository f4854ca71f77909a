from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palate.core.errors import SettingsError, UnknownNameError
from palate.measures import (
    AP,
    RBP,
    RR,
    IPrec,
    Measure,
    NumRet,
    P,
    R,
    SetP,
    Success,
    _parse,
    nDCG,
    parse_measure,
)


@dataclass(frozen=True)
class Answered(Measure):
    """A measure of somebody else's, without a cutoff."""

    name: ClassVar[str] = "Answered"

    def per_query(self, rankings):
        return (np.diff(rankings.offsets) > 0).astype(float)


NAMES = ["nDCG", "P", "AP", "RR", "R"]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("nDCG@10", nDCG(10)),
        ("nDCG", nDCG()),
        ("nDCG(dcg='exp-log2')@10", nDCG(10, "exponential")),
        ("nDCG(dcg='log2')", nDCG()),
        ("nDCG(gain=exponential)", nDCG(gain="exponential")),
        ("P(rel=2)@5", P(5, 2)),
        ("P(relevant_from=2, cutoff=5)", P(5, 2)),
        (" P ( rel = 2 ) @ 5 ", P(5, 2)),
        ("AP(rel=2)", AP(relevant_from=2)),
        ("AP(rel=0.5)@100", AP(100, 0.5)),
        ("AP()", AP()),
        ("RR", RR()),
        ("RR@10", RR(10)),
        ("R@10", R(10)),
        ("Recall@10", R(10)),
        ("Precision@5", P(5)),
        ("MAP", AP()),
        ("MRR@10", RR(10)),
        ("ndcg@10", nDCG(10)),
        ("HR@10", Success(10)),
        ("NumRelRet", NumRet(1)),
        ("SetRelP(rel=2)", SetP(2, relative=True)),
        ("IPrec@0.1", IPrec(0.1)),
        ("P(rel=2,judged_only=True)@5", P(5, 2, judged_only=True)),
        ("RBP(rel=2,p=0.9)", RBP(p=0.9, relevant_from=2)),
    ],
)
def test_texts_become_measures(text, measure):
    assert parse_measure(text) == measure


measures = st.builds(
    lambda kind, cutoff, rel: kind(cutoff, relevant_from=rel),
    st.sampled_from([P, AP, RR, R]),
    st.integers(1, 2000),
    st.integers(1, 9) | st.floats(1e-6, 1e6),
) | st.builds(nDCG, st.none() | st.integers(1, 2000), st.sampled_from(["linear", "exponential"]))


@settings(max_examples=60, deadline=None)
@given(measures)
def test_what_prints_parses_to_an_equal_measure(measure):
    again = parse_measure(str(measure))
    assert again == measure
    assert hash(again) == hash(measure)
    assert str(again) == str(measure)


def test_different_settings_are_different_measures():
    assert len({parse_measure(text) for text in ("P@5", "P@10", "P(rel=2)@5", "R@5", "Precision@5")}) == 4


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.none() | st.integers(1, 100), st.none() | st.integers(1, 4))
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # ir_measures reads with what newer Pythons deprecate
def test_strings_of_ir_measures_work_unchanged(name, cutoff, rel):
    import ir_measures

    settings = {} if cutoff is None else {"cutoff": cutoff}
    settings |= {} if rel is None or name == "nDCG" else {"rel": rel}
    theirs = getattr(ir_measures, name)(**settings)
    if name in {"P", "R"} and cutoff is None:
        with pytest.raises(SettingsError, match=f"{name} needs a cutoff"):
            parse_measure(str(theirs))
        return
    ours = parse_measure(str(theirs))
    assert str(ours) == str(theirs) or rel == 1
    assert ir_measures.parse_measure(str(ours)) == theirs or rel == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_exponential_gain_prints_as_in_ir_measures():
    import ir_measures

    theirs = ir_measures.nDCG(dcg="exp-log2") @ 10
    assert str(nDCG(10, "exponential")) == str(theirs)


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        parse_measure("nddcg@10")
    assert str(caught.value).startswith(
        "There is no measure named 'nddcg'. Did you mean nDCG? There are: Accuracy, AP"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nDCG@0", "cutoff of nDCG must be a whole number from 1, such as nDCG@10; it is 0"),
        ("nDCG@-3", "it is -3"),
        ("P@x", "cutoff of P must be a whole number from 1, such as P@10; it is 'x'"),
        ("P@1.5", "it is '1.5'"),
        ("P@", "it is ''"),
        ("P@5@10", "it is '5@10'"),
        ("P@0", "P needs a cutoff, a whole number from 1, such as P@10"),
        ("P", "P needs a cutoff, a whole number from 1, such as P@10"),
        ("R(rel=2)", "R needs a cutoff"),
        ("P(rle=2)@5", "P has no setting 'rle'. Did you mean 'rel'\\? Its settings: cutoff, rel"),
        ("P(rel)@5", "cannot read the setting 'rel'. Write name=value"),
        ("P(rel=0)@5", "must be a number above 0"),
        ("P(rel=many)@5", "must be a number above 0.*it is 'many'"),
        ("P(rel={[]:1})@5", "must be a number above 0"),
        ("nDCG(gain=cubic)", "must be linear .* or exponential .*; it is 'cubic'"),
        ("nDCG(judged_only=5)", "judged_only of nDCG must be True or False; it is 5"),
        ("nDCG(rel=2)", "no setting 'rel'.*Its settings: cutoff, dcg, discount, judged_only"),
        ("RBP(p=1)", "p of RBP must be a number from 1e-06 to 0.999999; it is 1"),
        ("RBP(max_rel=0)", "max_rel of RBP must be a number from 1e-06; it is 0"),
        ("IPrec@2", "recall of IPrec must be a number from 0 to 1; it is 2"),
        ("IPrec@high", "recall of IPrec must be a number from 0 to 1; it is 'high'"),
        ("NumRel@3", "NumRel takes no cutoff. Write NumRel"),
        ("nDCG(gian=exponential)", "no setting 'gian'. Did you mean 'gain'"),
        ("P(rel=2@5", "Cannot read the measure 'P\\(rel=2@5'"),
        ("", "Cannot read the measure ''"),
        ("@10", "Cannot read the measure"),
    ],
)
def test_bad_settings_say_what_is_allowed(text, message):
    with pytest.raises(SettingsError, match=message):
        parse_measure(text)


def test_a_measure_without_cutoff_takes_none(monkeypatch):
    monkeypatch.setattr(_parse, "_by_name", lambda _: {"answered": (Answered, {})})
    assert parse_measure("Answered") == Answered()
    with pytest.raises(SettingsError, match="Answered takes no cutoff. Write Answered."):
        parse_measure("Answered@10")
