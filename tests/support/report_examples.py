"""A whole report of a made-up study, as large as real ones, with titles that try to break the page."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from palate.core.randomness import generator
from palate.learning import ModelCard
from palate.report import (
    AgreementLine,
    CostLine,
    QueryDifference,
    RankedItem,
    ReportData,
    Retrained,
    RoundLine,
    VerdictLine,
)

SCRIPT = "<script>document.title='broken'</script>"
IMAGE = '"><img src=x onerror="document.title=1">'
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
LONG = (
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (the restored cut with all of its deleted scenes) "
    * 2
)
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
HEBREW = "ואלס עם באשיר (2008)"
ARABIC = "كفرناحوم (2018)"
HOSTILE = (SCRIPT, IMAGE, TEMPLATE, LONG, UNBROKEN, HEBREW, ARABIC)

SYSTEMS = ("als", "two_tower", "item_neighbours", "bpr", "popularity")
MEASURES = ("nDCG@10", "P@10", "AP", "RR", "ERR@10", "RBP(0.8)")
_TITLES = (
    "Paddington 2 (2017)", "Seven Samurai (1954)", "Spirited Away (2001)", "The Apartment (1960)", "Heat (1995)",
    "Toy Story (1995)", "Fargo (1996)", "Amélie (2001)", "City of God (2002)", "The Third Man (1949)",
    "Arrival (2016)", "Moonlight (2016)", "Yi Yi (2000)", "Stalker (1979)", "Before Sunrise (1995)",
)  # fmt: skip


def headline() -> VerdictLine:
    return VerdictLine(
        "als beats popularity on nDCG@10 by +0.041 (95% CI +0.029 … +0.053) from 9,420 answers by 30 annotators, $47.10",
        "als", "als", "popularity", "nDCG@10", 0.0412, 0.0291, 0.0533, 0.00004,
    )  # fmt: skip


def example(**changes: object) -> ReportData:
    """Return the whole report; name a field to fill it otherwise."""
    fields: dict[str, object] = {
        "title": "Films for Friday evening",
        "created": "2026-01-31",
        "simulated": True,
        "seed": 20260131,
        "version": "0.1.0",
        "verdicts": (headline(), *_further_verdicts()),
        "summary": _summary(),
        "truth": _truth(),
        "wins": _wins(),
        "pair_scores": _pair_scores(),
        "annotators": _annotators(),
        "agreement": _agreement(),
        "cost": (
            CostLine("graded answers", 6900, 690, Decimal("34.50")),
            CostLine("comparisons", 2040, 204, Decimal("10.20")),
            CostLine("golden answers", 480, 48, Decimal("2.40")),
        ),
        "aggregators": pl.DataFrame(
            {
                "method": ["dawid_skene", "majority_vote", "glad", "ordinal_mean"],
                "equal_to_truth": [0.7821, 0.7314, 0.7756, 0.7433],
                "differs_from_chosen": [None, 0.1092, 0.0314, 0.0871],
            }
        ),
        "coverage": pl.DataFrame(
            {
                "system": SYSTEMS,
                "queries": [400] * 5,
                "missing_queries": [0, 0, 3, 0, 0],
                "unjudged_in_top_10": [0.021, 0.034, 0.052, 0.018, 0.0],
            }
        ),
        "retrained": _retrained(),
        "disagreements": _disagreements(),
        "method": (
            ("Split", "Ratings before 1 June 2025 are learned from; later ones are the truth. 400 users are the queries."),
            ("Sampling", "The union of every system's first ten items, and 2,000 further items drawn with logged probabilities."),
            ("Overlap", "Three answers to every task, up to five while no label has two thirds of them."),
            ("Price", "$0.05 for a page of ten tasks, one of them golden."),
            ("Intervals", "95% bootstrap over queries, annotators and answers together, 2,000 resamples."),
        ),
        "data": {
            "interactions.parquet": "9f2c4a7be01d5583c6f19a2de8b7745029cc31ab6ee4d8f0715a2b9c3d4e5f60",
            "items.parquet": "1b7de03f5a2c9468d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7",
            "answers.parquet": "c04e91d2b3a4f5867788990011223344556677889900aabbccddeeff00112233",
        },
        "notes": (
            "item_neighbours ranks nothing for 3 of 400 queries; they count as zero.",
            "5.2% of item_neighbours' first ten items are not judged and count as not relevant.",
        ),
    }  # fmt: skip
    return ReportData(**(fields | changes))  # type: ignore[arg-type]


def small(**changes: object) -> ReportData:
    """Return the report with all sections but one measure, which is drawn faster."""
    one = {"summary": _summary().filter(measure="nDCG@10"), "truth": _truth().filter(measure="nDCG@10")}
    return example(**(one | changes))


def bare() -> ReportData:
    """Return a report in which every part that may be missing is missing."""
    return ReportData(title="Nothing yet", created="2026-01-31", simulated=False, seed=1, version="0.1.0")


def hostile() -> ReportData:
    """Return the whole report with hostile text in every place that a file can fill."""
    line = VerdictLine(f"{SCRIPT} beats {IMAGE}", SCRIPT, SCRIPT, IMAGE, TEMPLATE, 0.1, 0.05, 0.15, 0.01)
    items = tuple(RankedItem(i + 1, title, None) for i, title in enumerate(HOSTILE))
    systems = pl.DataFrame({"system": [SCRIPT, IMAGE, UNBROKEN]})
    ranges = {"value": pl.lit(0.5), "low": pl.lit(0.4), "high": pl.lit(0.6)}
    summary = systems.with_columns(measure=pl.lit(TEMPLATE), **ranges, queries=pl.lit(10))
    return example(
        title=SCRIPT,
        created=IMAGE,
        version=IMAGE,
        verdicts=(line, line),
        summary=summary,
        truth=summary.select("system", "measure", "value"),
        wins=systems.with_columns(
            other=pl.lit(IMAGE), win_share=0.4, comparisons=pl.lit(9), low=None, high=None
        ),
        pair_scores=systems.with_columns(score=pl.lit(1.0), low=None, high=None),
        annotators=pl.DataFrame(
            {"annotator": HOSTILE, "answers": 5, "skill": 0.5, "true_skill": 0.5, "kind": HOSTILE}
        ),
        agreement=(AgreementLine(SCRIPT, 0.5, None, None, IMAGE),),
        cost=(CostLine(SCRIPT, 1, 1, Decimal(1)),),
        aggregators=pl.DataFrame(
            {"method": [SCRIPT], "equal_to_truth": [None], "differs_from_chosen": [None]}
        ),
        coverage=systems.with_columns(pl.lit(SCRIPT).alias(IMAGE), queries=pl.lit(10)),
        about=IMAGE,
        retrained=Retrained(
            SCRIPT,
            line,
            5,
            pl.DataFrame({"feature": [SCRIPT, UNBROKEN], "share": [0.9, 0.1]}),
            before=line,
            unjudged=3,
            values=systems.with_columns(stage=pl.lit(SCRIPT), **ranges),
            rounds=(RoundLine(1, 1, 1, 1, Decimal(1)), RoundLine(2, 1, 1, 1, Decimal(1))),
            card=_card(SCRIPT, (SCRIPT, IMAGE, UNBROKEN), IMAGE),
        ),
        disagreements=(QueryDifference(SCRIPT, HOSTILE, SCRIPT, IMAGE, 0.1, 0.2, items, items, IMAGE),),
        method=((SCRIPT, IMAGE), (UNBROKEN, UNBROKEN)),
        data={SCRIPT: IMAGE, UNBROKEN: UNBROKEN},
        notes=(SCRIPT, UNBROKEN),
    )


def _further_verdicts() -> tuple[VerdictLine, ...]:
    rows = (
        ("als", "popularity", "P@10", "als", 0.0382, 0.0214, 0.0551, 0.0002),
        ("als", "item_neighbours", "nDCG@10", "als", 0.0163, 0.0041, 0.0288, 0.0092),
        ("als", "two_tower", "nDCG@10", None, 0.0061, -0.0052, 0.0174, 0.291),
        ("als", "bpr", "nDCG@10", "als", 0.0218, 0.0097, 0.0341, 0.0006),
        ("bpr", "item_neighbours", "nDCG@10", None, -0.0055, -0.0171, 0.0064, 0.364),
        ("popularity", "two_tower", "nDCG@10", "two_tower", -0.0351, -0.0469, -0.0228, 0.00003),
    )
    return tuple(
        VerdictLine(
            f"{a} against {b} on {m}: {e:+.3f} (95% CI {lo:+.3f} … {hi:+.3f})", better, a, b, m, e, lo, hi, p
        )
        for a, b, m, better, e, lo, hi, p in rows
    )


def _summary() -> pl.DataFrame:
    rows = []
    for m, measure in enumerate(MEASURES):
        for s, system in enumerate(SYSTEMS):
            value = 0.412 - 0.031 * m - 0.0103 * s + 0.004 * ((s * 7 + m * 3) % 5)
            half = 0.011 + 0.001 * ((s + m) % 4)
            rows.append((system, measure, value, value - half, value + half, 400))
    return pl.DataFrame(rows, ["system", "measure", "value", "low", "high", "queries"], orient="row")


def _truth() -> pl.DataFrame:
    shift = pl.Series([0.004, -0.006, 0.009, -0.002, 0.001, -0.016] * 5)
    return _summary().select("system", "measure", pl.col("value") + shift)


def _wins() -> pl.DataFrame:
    strength = [0.62, 0.55, 0.3, 0.12, -0.9]
    rows = []
    for i, system in enumerate(SYSTEMS):
        for j, other in enumerate(SYSTEMS):
            if i != j:
                share = 1 / (1 + 2.718281828 ** (strength[j] - strength[i]))
                rows.append((system, other, share, 204, share - 0.066, share + 0.066))
    return pl.DataFrame(rows, ["system", "other", "win_share", "comparisons", "low", "high"], orient="row")


def _pair_scores() -> pl.DataFrame:
    score = [0.48, 0.41, 0.16, -0.02, -1.03]
    return pl.DataFrame(
        {
            "system": SYSTEMS,
            "score": score,
            "low": [s - 0.14 for s in score],
            "high": [s + 0.15 for s in score],
        }
    )


def _annotators() -> pl.DataFrame:
    draw = generator(3, "annotators of the example")
    kinds = (["careful"] * 6 + ["hasty"] * 3 + ["guessing"]) * 3
    base = {"careful": 0.86, "hasty": 0.66, "guessing": 0.3}
    true = [min(base[k] + float(draw.normal(0, 0.06)), 0.98) for k in kinds]
    skill = [min(max(t + float(draw.normal(0, 0.035)), 0.05), 0.99) for t in true]
    return pl.DataFrame(
        {
            "annotator": [f"a{i + 1:02d}" for i in range(30)],
            "answers": draw.integers(90, 520, 30).tolist(),
            "skill": skill,
            "true_skill": true,
            "kind": kinds,
            "golden_answers": draw.integers(9, 24, 30).tolist(),
            "golden_accuracy": [min(s + 0.02, 1.0) for s in skill],
            "agreement": [s * 0.9 for s in skill],
        }
    )


def _agreement() -> tuple[AgreementLine, ...]:
    return (
        AgreementLine("Krippendorff's alpha", 0.6142, 0.583, 0.642, "Grades: moderate; single answers are noisy, three together are not."),
        AgreementLine("Share of equal pairs", 0.7188, 0.704, 0.735, "Two annotators of one task give the same grade this often."),
        AgreementLine("Gwet's AC1", 0.6617, None, None, "Comparisons: which of two is preferred is agreed on more than by chance."),
    )  # fmt: skip


def _retrained() -> Retrained:
    verdict = VerdictLine(
        "lambdamart beats als on nDCG@10 by +0.018 (95% CI +0.007 … +0.029) on held-out queries",
        "lambdamart", "lambdamart", "als", "nDCG@10", 0.0182, 0.0071, 0.0293, 0.0014,
    )  # fmt: skip
    importance = pl.DataFrame(
        {
            "feature": ["als score", "two_tower score", "item popularity", "bpr score", "neighbours score",
                        "title words shared", "years since release", "genres shared"],
            "share": [0.34, 0.21, 0.15, 0.11, 0.08, 0.06, 0.03, 0.02],
        }
    )  # fmt: skip
    before = VerdictLine(
        "No winner yet: lambdamart and als differ on nDCG@10 by −0.004 (95% CI −0.015 … +0.007)",
        None, "lambdamart", "als", "nDCG@10", -0.0041, -0.0152, 0.0072, 0.4642,
    )  # fmt: skip
    rounds = (
        RoundLine(1, 5200, 300, 8120, Decimal("40.60")),
        RoundLine(2, 310, 280, 1300, Decimal("6.50")),
    )
    card = _card(
        "lambdamart", ("score(als)", "item_interactions", "item(year)"), "Nothing is known of 2 items."
    )
    return Retrained("lambdamart", verdict, 5, importance, before, 87, _stages(), rounds, card)


def _card(objective: str, names: tuple[str, str, str], note: str) -> ModelCard:
    """Return a card whose features stand in another order than by importance."""
    meanings = ("of als: the system's score", "ln(1 + how many interactions the item has)", "the item's year")
    sources, shares = ("runs", "interactions", "items"), (0.7, 0.21, 0.09)
    rows = [
        {"feature": name, "source": source, "meaning": meaning, "missing": 0.12, "importance": share, "mean_contribution": 0.04}
        for name, source, meaning, share in zip(names, sources, meanings, shares, strict=True)
    ]  # fmt: skip
    data = {"split/past.parquet": "a" * 32}
    return ModelCard(objective, {"trees": 100}, 3, 5, 5200, rows[::-1], data, notes=(note,))


def _stages() -> pl.DataFrame:
    rows = [
        (stage, system, value - down, value - down - 0.012, value - down + 0.012)
        for stage, down in (("Before round 2", 0.004), ("After round 2", 0.0))
        for system, value in (("als", 0.41), ("popularity", 0.37), ("lambdamart", 0.428 - 4 * down))
    ]
    return pl.DataFrame(rows, ["stage", "system", "value", "low", "high"], orient="row")


def _disagreements() -> tuple[QueryDifference, ...]:
    draw = generator(5, "queries of the example")
    titles = (*_TITLES, *HOSTILE)
    found = []
    for number in range(10):
        left, right = draw.permutation(len(titles))[:10], draw.permutation(len(titles))[:10]
        found.append(
            QueryDifference(
                f"user {1000 + 37 * number}",
                tuple(titles[int(i)] for i in draw.permutation(len(_TITLES))[:4]),
                "als",
                "popularity",
                0.93 - 0.03 * number,
                0.12 + 0.015 * number,
                tuple(
                    _ranked(rank, titles[int(i)], (12 - rank) // 2 - number % 3)
                    for rank, i in enumerate(left, 1)
                ),
                tuple(_ranked(rank, titles[int(i)], (rank - number) % 4) for rank, i in enumerate(right, 1)),
                "nDCG@10",
            )
        )
    return tuple(found)


def _ranked(rank: int, title: str, grade: int) -> RankedItem:
    return RankedItem(rank, title, float(min(grade, 4)) if grade >= 0 else None)
