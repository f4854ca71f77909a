import polars as pl
import pytest

from palate.core.errors import InputError, SettingsError, UnknownNameError
from palate.measures import evaluate, measure_registry, parse_any_measure, parse_measure, summarize_values
from palate.measures.catalogue import Cov, catalogue_registry
from palate.measures.pointwise import RMSE, pointwise_registry
from palate.measures.similarity import RBO, similarity_registry
from palate.measures.subtopics import alpha_nDCG, subtopic_registry

FAMILIES = [measure_registry, subtopic_registry, catalogue_registry, pointwise_registry, similarity_registry]
DOCUMENTED = [
    "Accuracy",
    "Accuracy@10",
    "alpha_DCG@10",
    "α_DCG@10",
    "alpha_nDCG@10",
    "α_nDCG@10",
    "AP",
    "AP@100",
    "MAP",
    "AP(rel=2)",
    "AP_IA",
    "MAP_IA",
    "BPM(max_rel=4)@10",
    "Bpref",
    "BPref",
    "Compat",
    "Compat(p=0.9,normalize=False)",
    "ERR@20",
    "ERR_IA@20",
    "infAP",
    "INSQ(max_rel=4)",
    "INSQ(T=2.0,max_rel=4)",
    "INST(max_rel=4)",
    "INST(min_rel=1,max_rel=4)",
    "IPrec@0.1",
    "Judged@10",
    "nDCG",
    "nDCG@20",
    "NDCG@20",
    "nDCG(dcg='exp-log2')@20",
    'nDCG(dcg="exp-log2")@20',
    "nDCG(judged_only=True)@10",
    "nDCG(gains={})",
    "nDCG(gains={0:0,1:1,2:3})@10",
    "nDCG(gains={2:3},judged_only=True)@10",
    "NDCG(judged_only=True, gains={ 1 : 10, 2 : 100 }) @ 20",
    "NERR8(max_rel=4)@20",
    "NERR9(max_rel=4)@20",
    "NERR10(p=0.8,max_rel=4)",
    "NERR11(T=2.0,max_rel=4)",
    "nERR_IA@20",
    "NRBP",
    "NRBP(beta=0.8)",
    "nNRBP",
    "NumQ",
    "NumRel",
    "NumRet",
    "NumRet(rel=1)",
    "NumRelRet",
    "P@5",
    "P(rel=2)@5",
    "P(judged_only=True)@10",
    "P_IA@20",
    "Precision@5",
    "R@1000",
    "Recall@1000",
    "RBP(rel=1)",
    "RBP(p=0.5,rel=2)@10",
    "Rprec",
    "RPrec",
    "RR",
    "RR@10",
    "MRR",
    "RR(rel=2)",
    "SDCG(max_rel=4)@10",
    "SDCG(dcg='log2',min_rel=1,max_rel=4)@10",
    "SetAP",
    "SetF",
    "SetF(beta=0.5)",
    "SetP",
    "SetRelP",
    "SetR",
    "StRecall@10",
    "Success@5",
    "Success(rel=2)@5",
]
"""What ir_measures 0.4.3 documents or takes, by one text a name and setting."""


@pytest.mark.parametrize("text", DOCUMENTED)
def test_what_ir_measures_takes_is_taken(text):
    assert parse_any_measure(str(parse_any_measure(text))) == parse_any_measure(text)


def test_every_family_is_found_by_name():
    found = [parse_any_measure(text) for text in ("alpha_nDCG@5", "Coverage@3", "rmse", "RBO(p=0.8)")]
    assert found == [alpha_nDCG(5), Cov(3), RMSE(), RBO(0.8)]


def test_no_two_families_share_a_name():
    names = [
        name.casefold()
        for registry in FAMILIES
        for kind in registry
        for name in {kind.name.casefold(), *map(str.casefold, kind.aliases), *map(str.casefold, kind.presets)}
    ]
    assert len(set(names)) == len(names)


def test_what_is_no_measure_suggests_the_nearest_of_any_family():
    with pytest.raises(UnknownNameError, match="no measure named 'Gin'. Did you mean Gini"):
        parse_any_measure("Gin@10")
    with pytest.raises(SettingsError, match="Cannot read the measure"):
        parse_any_measure("@10")


RUN = pl.DataFrame({"query": [1, 1, 2], "item": ["a", "b", "a"], "score": [0.9, 0.4, 1.0]})
JUDGED = pl.DataFrame({"query": [1, 2, 3], "item": ["b", "a", "a"], "grade": [1, 1, 1]})


def test_summaries_of_values_are_those_of_evaluate():
    found = evaluate({"als": RUN, "pop": RUN.head(1)}, JUDGED, ["RR", "P@2", "NumQ", "NumRet(rel=1)"], seed=3)
    again = summarize_values(found.per_query.sample(fraction=1, shuffle=True, seed=1), seed=3)
    order = ["system", "measure"]
    assert again.sort(order).equals(found.summary.sort(order).select(again.columns))


def test_of_one_query_there_is_no_interval():
    values = pl.DataFrame({"system": "als", "query": [1], "measure": "RR", "value": [0.5]})
    assert summarize_values(values).rows() == [("als", "RR", 0.5, None, None, 1)]


def test_every_system_needs_every_query():
    values = pl.DataFrame({"system": ["a", "a", "b"], "query": [1, 2, 1], "measure": "RR", "value": 1.0})
    with pytest.raises(InputError, match="There are 2 queries; b has values of 1 of them by RR"):
        summarize_values(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alpha_nDCG@10", "alpha_nDCG is a measure of subtopics; here a measure of rankings by judgments"),
        ("Cov@10", "Cov is a measure of a catalogue"),
        ("RBO", "RBO is a measure of similarity"),
    ],
)
def test_where_rankings_are_wanted_a_measure_of_another_family_is_named(text, message):
    with pytest.raises(SettingsError, match=message):
        parse_measure(text)
