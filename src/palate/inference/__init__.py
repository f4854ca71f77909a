"""Say how sure a difference is."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.inference._concordance import concordance as concordance
    from palate.inference._concordance import sign_agreement as sign_agreement
    from palate.inference._concordance import sign_points as sign_points
    from palate.inference._concordance import tau_b as tau_b
    from palate.inference._confidence_sequence import ConfidenceSequence as ConfidenceSequence
    from palate.inference._confidence_sequence import SequencePath as SequencePath
    from palate.inference._confidence_sequence import SequenceState as SequenceState
    from palate.inference._confidence_sequence import confidence_sequence as confidence_sequence
    from palate.inference._crossed_variance import CrossedFactor as CrossedFactor
    from palate.inference._crossed_variance import CrossedVariance as CrossedVariance
    from palate.inference._crossed_variance import crossed_variance as crossed_variance
    from palate.inference._crossed_variance import effective_count as effective_count
    from palate.inference._effects import Effects as Effects
    from palate.inference._effects import effects_of as effects_of
    from palate.inference._intervals import bootstrap_mean as bootstrap_mean
    from palate.inference._judge import judge_difference as judge_difference
    from palate.inference._judge import judge_differences as judge_differences
    from palate.inference._multiplicity import Correction as Correction
    from palate.inference._multiplicity import Multiplicity as Multiplicity
    from palate.inference._multiplicity import adjusted_p_values as adjusted_p_values
    from palate.inference._multiplicity import comparison_confidence as comparison_confidence
    from palate.inference._needed import Needed as Needed
    from palate.inference._power import DifferenceVariance as DifferenceVariance
    from palate.inference._power import power_of as power_of
    from palate.inference._power import queries_needed as queries_needed
    from palate.inference._segments import Heterogeneity as Heterogeneity
    from palate.inference._segments import SegmentComparison as SegmentComparison
    from palate.inference._segments import SegmentVerdict as SegmentVerdict
    from palate.inference._segments import heterogeneity as heterogeneity
    from palate.inference._segments import judge_segments as judge_segments
    from palate.inference._stopping_rule import SequentialVerdict as SequentialVerdict
    from palate.inference._stopping_rule import StoppingRule as StoppingRule
    from palate.inference._variance_components import CrossedLayout as CrossedLayout
    from palate.inference._variance_components import VarianceComponents as VarianceComponents
    from palate.inference._variance_components import variance_components as variance_components
    from palate.inference._verdict import Verdict as Verdict
    from palate.inference.base import Difference as Difference
    from palate.inference.base import Interval as Interval
    from palate.inference.base import PairedTest as PairedTest
    from palate.inference.bca_bootstrap import BCaBootstrap as BCaBootstrap
    from palate.inference.paired_bootstrap import PairedBootstrap as PairedBootstrap
    from palate.inference.paired_t import PairedT as PairedT
    from palate.inference.randomization import Randomization as Randomization
    from palate.inference.registry import paired_tests as paired_tests
    from palate.inference.sign import Sign as Sign
    from palate.inference.wilcoxon import Wilcoxon as Wilcoxon

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "BCaBootstrap": "bca_bootstrap",
        "ConfidenceSequence": "_confidence_sequence",
        "Correction": "_multiplicity",
        "CrossedFactor": "_crossed_variance",
        "CrossedLayout": "_variance_components",
        "CrossedVariance": "_crossed_variance",
        "Difference": "base",
        "DifferenceVariance": "_power",
        "Effects": "_effects",
        "Heterogeneity": "_segments",
        "Interval": "base",
        "Multiplicity": "_multiplicity",
        "Needed": "_needed",
        "PairedBootstrap": "paired_bootstrap",
        "PairedT": "paired_t",
        "PairedTest": "base",
        "Randomization": "randomization",
        "SegmentComparison": "_segments",
        "SegmentVerdict": "_segments",
        "SequencePath": "_confidence_sequence",
        "SequenceState": "_confidence_sequence",
        "SequentialVerdict": "_stopping_rule",
        "Sign": "sign",
        "StoppingRule": "_stopping_rule",
        "VarianceComponents": "_variance_components",
        "Verdict": "_verdict",
        "Wilcoxon": "wilcoxon",
        "adjusted_p_values": "_multiplicity",
        "bootstrap_mean": "_intervals",
        "comparison_confidence": "_multiplicity",
        "concordance": "_concordance",
        "confidence_sequence": "_confidence_sequence",
        "crossed_variance": "_crossed_variance",
        "effective_count": "_crossed_variance",
        "effects_of": "_effects",
        "heterogeneity": "_segments",
        "judge_difference": "_judge",
        "judge_differences": "_judge",
        "judge_segments": "_segments",
        "paired_tests": "registry",
        "power_of": "_power",
        "queries_needed": "_power",
        "sign_agreement": "_concordance",
        "sign_points": "_concordance",
        "tau_b": "_concordance",
        "variance_components": "_variance_components",
    },
)
