"""Which page shows what a command found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palate.report import _agreement_findings as agreement
from palate.report import _judge_findings as judges
from palate.report import _judged_findings as judged
from palate.report import _learning_findings as learning
from palate.report import _live_findings as live
from palate.report import _verdict_findings as verdicts
from palate.report._finding_parts import Findings

if TYPE_CHECKING:
    from palate.evaluation import (
        AssistedEvaluation,
        CrossedVerdict,
        HoleBounds,
        JudgeWorth,
        MeasureAgreement,
        PosteriorValues,
        SampledEvaluation,
    )
    from palate.experiments.ab import ABTest
    from palate.experiments.interleaving import Preference, Preferences
    from palate.experiments.off_policy import PolicyEvaluation
    from palate.learning import LearnedRanker

    Found = (
        tuple[CrossedVerdict, ...]
        | PosteriorValues
        | SampledEvaluation
        | HoleBounds
        | MeasureAgreement
        | JudgeWorth
        | AssistedEvaluation
        | ABTest
        | Preference
        | Preferences
        | PolicyEvaluation
        | LearnedRanker
    )

__all__ = ["FindingSheet", "findings_of"]


@dataclass(frozen=True, eq=False)
class FindingSheet:
    """What one command found.

    Args:
        source: What it rests on, such as the files' names; untrusted text, as are all ids and names.
        version: Of Palate.
        found: Verdicts that count other annotators (as :meth:`palate.evaluation.CrossedNoise.compare` returns them), or the
            result of ``posterior_values``, ``evaluate_sampled``, ``hole_bounds``, ``measure_agreement``, ``worth_of_judge``,
            ``evaluate_assisted``, ``compare_variants``, ``score_clicks``, ``score_teams`` or ``evaluate_policy``; or a
            :class:`palate.learning.LearnedRanker`.
    """

    source: str
    version: str
    found: Found


def findings_of(sheet: FindingSheet) -> Findings:
    """Return what the page shows."""
    from palate import evaluation
    from palate.experiments.ab import ABTest
    from palate.experiments.interleaving import Preference, Preferences
    from palate.experiments.off_policy import PolicyEvaluation
    from palate.learning import LearnedRanker

    pages: dict[type, Callable[[Any], Findings]] = {
        tuple: verdicts.crossed_findings,
        evaluation.PosteriorValues: verdicts.posterior_findings,
        evaluation.SampledEvaluation: judged.sampled_findings,
        evaluation.HoleBounds: judged.hole_findings,
        evaluation.MeasureAgreement: agreement.agreement_findings,
        evaluation.JudgeWorth: judges.worth_findings,
        evaluation.AssistedEvaluation: judges.assisted_findings,
        ABTest: live.experiment_findings,
        Preference: live.preference_findings,
        Preferences: live.preferences_findings,
        PolicyEvaluation: live.policy_findings,
        LearnedRanker: learning.learned_findings,
    }
    return pages[type(sheet.found)](sheet.found)
