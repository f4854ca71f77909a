"""Aggregate categorical answers: one file a method."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.aggregation.labels._annotator_counts import annotator_counts as annotator_counts
    from palate.aggregation.labels._held_out import HeldOutReliability as HeldOutReliability
    from palate.aggregation.labels._held_out import held_out_reliability as held_out_reliability
    from palate.aggregation.labels._next_tasks import next_tasks as next_tasks
    from palate.aggregation.labels._reliability import reliability as reliability
    from palate.aggregation.labels._state import LabelState as LabelState
    from palate.aggregation.labels._state import load_state as load_state
    from palate.aggregation.labels.auto import Auto as Auto
    from palate.aggregation.labels.base import Chosen as Chosen
    from palate.aggregation.labels.base import CodedAnswers as CodedAnswers
    from palate.aggregation.labels.base import LabelAggregator as LabelAggregator
    from palate.aggregation.labels.base import LabelFit as LabelFit
    from palate.aggregation.labels.base import LabelResult as LabelResult
    from palate.aggregation.labels.catd import CATD as CATD
    from palate.aggregation.labels.community_bcc import CommunityBCC as CommunityBCC
    from palate.aggregation.labels.dawid_skene import DawidSkene as DawidSkene
    from palate.aggregation.labels.ebcc import EBCC as EBCC
    from palate.aggregation.labels.glad import GLAD as GLAD
    from palate.aggregation.labels.gold_majority_vote import GoldMajorityVote as GoldMajorityVote
    from palate.aggregation.labels.hierarchical_dawid_skene import (
        HierarchicalDawidSkene as HierarchicalDawidSkene,
    )
    from palate.aggregation.labels.ibcc import IBCC as IBCC
    from palate.aggregation.labels.kos import KOS as KOS
    from palate.aggregation.labels.lfc import LFC as LFC
    from palate.aggregation.labels.m_msr import MMSR as MMSR
    from palate.aggregation.labels.mace import MACE as MACE
    from palate.aggregation.labels.majority_vote import MajorityVote as MajorityVote
    from palate.aggregation.labels.minimax_entropy import MinimaxEntropy as MinimaxEntropy
    from palate.aggregation.labels.one_coin_dawid_skene import OneCoinDawidSkene as OneCoinDawidSkene
    from palate.aggregation.labels.ordinal_dawid_skene import OrdinalDawidSkene as OrdinalDawidSkene
    from palate.aggregation.labels.registry import label_aggregators as label_aggregators
    from palate.aggregation.labels.wawa import Wawa as Wawa
    from palate.aggregation.labels.zero_based_skill import ZeroBasedSkill as ZeroBasedSkill

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Auto": "auto",
        "CATD": "catd",
        "Chosen": "base",
        "CodedAnswers": "base",
        "CommunityBCC": "community_bcc",
        "DawidSkene": "dawid_skene",
        "EBCC": "ebcc",
        "GLAD": "glad",
        "GoldMajorityVote": "gold_majority_vote",
        "HeldOutReliability": "_held_out",
        "HierarchicalDawidSkene": "hierarchical_dawid_skene",
        "IBCC": "ibcc",
        "KOS": "kos",
        "LFC": "lfc",
        "LabelAggregator": "base",
        "LabelFit": "base",
        "LabelResult": "base",
        "LabelState": "_state",
        "MACE": "mace",
        "MMSR": "m_msr",
        "MajorityVote": "majority_vote",
        "MinimaxEntropy": "minimax_entropy",
        "OneCoinDawidSkene": "one_coin_dawid_skene",
        "OrdinalDawidSkene": "ordinal_dawid_skene",
        "Wawa": "wawa",
        "ZeroBasedSkill": "zero_based_skill",
        "annotator_counts": "_annotator_counts",
        "held_out_reliability": "_held_out",
        "label_aggregators": "registry",
        "load_state": "_state",
        "next_tasks": "_next_tasks",
        "reliability": "_reliability",
    },
)
