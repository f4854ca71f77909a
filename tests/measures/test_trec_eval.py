"""Values are those of the C trec_eval and of what ir_measures calls, on random runs and judgments."""

import math

import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking_strategies import judgments_frame, run_frame, runs_and_judgments

from palate.measures import evaluate, parse_measure

TREC_NAMES = {
    "nDCG": "ndcg",
    "nDCG@3": "ndcg_cut_3",
    "P{rel}@3": "P_3",
    "AP{rel}": "map",
    "AP{rel}@3": "map_cut_3",
    "RR{rel}": "recip_rank",
    "R{rel}@3": "recall_3",
    "Success{rel}@2": "success_2",
    "Rprec{rel}": "Rprec",
    "Bpref{rel}": "bpref",
    "infAP{rel}": "infAP",
    "SetP{rel}": "set_P",
    "SetRelP{rel}": "set_relative_P",
    "SetR{rel}": "set_recall",
    "SetF{rel}": "set_F",
    "SetAP{rel}": "set_map",
    "NumRet": "num_ret",
    "NumRelRet{rel}": "num_rel_ret",
    "NumRel{rel}": "num_rel",
    "IPrec{rel}@0.0": "iprec_at_recall_0.00",
    "IPrec{rel}@0.3": "iprec_at_recall_0.30",
    "IPrec{rel}@0.5": "iprec_at_recall_0.50",
    "IPrec{rel}@1.0": "iprec_at_recall_1.00",
}
TREC_ASKED = {
    "ndcg",
    "ndcg_cut.3",
    "P.3",
    "map",
    "map_cut.3",
    "recip_rank",
    "recall.3",
    "success.2",
    "Rprec",
    "bpref",
    "infAP",
    "set_P",
    "set_relative_P",
    "set_recall",
    "set_F",
    "set_map",
    "num_ret",
    "num_rel_ret",
    "num_rel",
    "iprec_at_recall.0.0,0.3,0.5,1.0",
}
JUDGED_ONLY = ("nDCG", "nDCG@3", "P{rel}@3", "AP{rel}", "AP{rel}@3", "RR{rel}", "R{rel}@3", "Success{rel}@2")
JUDGED_ONLY += ("Rprec{rel}", "SetP{rel}", "SetF{rel}", "SetAP{rel}", "IPrec{rel}@0.5")


def values(run, judgments, texts, **options):
    found = evaluate({"a": run}, judgments_frame(judgments), texts, resamples=39, **options).per_query
    return {
        (query, measure): v for query, measure, v in found.select("query", "measure", "value").iter_rows()
    }


def with_settings(text, *settings):
    name, at, cutoff = text.replace("{rel}", "").partition("@")
    kept = [s for s in settings if "{rel}" in text or not s.startswith("rel")]
    return f"{name}({','.join(kept)}){at}{cutoff}" if kept else name + at + cutoff


@settings(max_examples=60, deadline=None)
@given(runs_and_judgments(min_grade=-3), st.sampled_from([1, 2, 3]), st.integers(0, 5))
def test_values_are_those_of_trec_eval(tables, relevant_from, seed):
    run, judgments = tables
    ours = {with_settings(text, f"rel={relevant_from}"): name for text, name in TREC_NAMES.items()}
    theirs = pytrec_eval.RelevanceEvaluator(judgments, TREC_ASKED, relevance_level=relevant_from).evaluate(
        run
    )
    found = values(run_frame(run, seed), judgments, list(ours))
    assert {query for query, _ in found} == set(judgments)
    names = {str(parse_measure(text)): name for text, name in ours.items()}
    for (query, text), value in found.items():
        if query in theirs:
            assert value == pytest.approx(theirs[query][names[text]], abs=1e-9), text


@settings(max_examples=40, deadline=None)
@given(runs_and_judgments(min_grade=-2), st.sampled_from([1, 2]))
def test_values_of_judged_items_only_are_those_of_trec_eval(tables, relevant_from):
    run, judgments = tables
    theirs = pytrec_eval.RelevanceEvaluator(
        judgments, TREC_ASKED, relevance_level=relevant_from, judged_docs_only_flag=True
    ).evaluate(run)
    asked = {with_settings(t, f"rel={relevant_from}", "judged_only=True"): TREC_NAMES[t] for t in JUDGED_ONLY}
    names = {str(parse_measure(text)): name for text, name in asked.items()}
    for (query, text), value in values(run_frame(run), judgments, list(asked)).items():
        if query in theirs:
            expected = theirs[query][names[text]]
            expected = (
                0.0 if math.isnan(expected) else expected
            )  # theirs divides by nothing where nothing is left
            assert value == pytest.approx(expected, abs=1e-9), text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=25, deadline=None)
@given(runs_and_judgments(min_grade=0))
def test_values_are_those_of_ir_measures(tables):
    import ir_measures

    run, judgments = tables
    run = {query: items for query, items in run.items() if query in judgments}
    texts = [
        "Judged@3",
        "Judged",
        "Success(rel=2)@3",
        "Rprec(judged_only=True)",
        "SetF(beta=2.0)",
        "Bpref(rel=2)",
    ]
    texts += ["SetP(relative=True)", "IPrec@0.3", "NumRet(rel=1)", "P(judged_only=True,rel=2)@3", "infAP"]
    measures = [ir_measures.parse_measure(text) for text in texts]
    untied = {q: _untied(items) for q, items in run.items()}
    found = values(run_frame(untied), judgments, texts)
    printed = {str(ir_measures.parse_measure(text)): str(parse_measure(text)) for text in texts}
    for metric in ir_measures.iter_calc(measures, judgments, untied):
        assert found[metric.query_id, printed[str(metric.measure)]] == pytest.approx(metric.value, abs=1e-9)


def _untied(items):
    """Return scores that fall by one, in trec_eval's order: some providers of ir_measures break ties their way."""
    order = sorted(items, key=lambda item: (items[item], item.encode()), reverse=True)
    return {item: float(len(order) - place) for place, item in enumerate(order)}


@settings(max_examples=40, deadline=None)
@given(runs_and_judgments(), st.integers(1, 4))
def test_a_depth_is_what_trec_eval_sees_of_a_run_cut_off_there(tables, depth):
    run, judgments = tables
    cut = {query: dict(list(_untied(items).items())[:depth]) for query, items in run.items()}
    texts = [text.replace("{rel}", "") for text in TREC_NAMES]
    theirs = pytrec_eval.RelevanceEvaluator(judgments, TREC_ASKED).evaluate(cut)
    found = evaluate({"a": run_frame(run)}, judgments_frame(judgments), texts, resamples=39, depth=depth)
    shown = dict(zip(found.summary["measure"].to_list(), TREC_NAMES.values(), strict=True))
    for query, measure, value in found.per_query.select("query", "measure", "value").iter_rows():
        if query in theirs:
            assert value == pytest.approx(theirs[query][shown[measure]], abs=1e-9), measure
