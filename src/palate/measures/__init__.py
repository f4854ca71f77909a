"""Measures of rankings: values that print, parse, compare and compute."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures._accumulate import RunSums as RunSums
    from palate.measures._accumulate import ValueSums as ValueSums
    from palate.measures._accumulate import sum_part as sum_part
    from palate.measures._evaluate import DEFAULT_MEASURES as DEFAULT_MEASURES
    from palate.measures._evaluate import Evaluation as Evaluation
    from palate.measures._evaluate import evaluate as evaluate
    from palate.measures._families import parse_any_measure as parse_any_measure
    from palate.measures._parse import parse_measure as parse_measure
    from palate.measures._rankings import code_judgments as code_judgments
    from palate.measures._rankings import code_run as code_run
    from palate.measures._rankings import grade_rankings as grade_rankings
    from palate.measures._runs import read_runs as read_runs
    from palate.measures._summarize import summarize_values as summarize_values
    from palate.measures._win_rate import win_rates as win_rates
    from palate.measures.accuracy import Accuracy as Accuracy
    from palate.measures.ap import AP as AP
    from palate.measures.base import GradedRankings as GradedRankings
    from palate.measures.base import Measure as Measure
    from palate.measures.bpm import BPM as BPM
    from palate.measures.bpref import Bpref as Bpref
    from palate.measures.compat import Compat as Compat
    from palate.measures.dcg import DCG as DCG
    from palate.measures.err import ERR as ERR
    from palate.measures.f_measure import F as F
    from palate.measures.gap import GAP as GAP
    from palate.measures.inf_ap import infAP as infAP
    from palate.measures.insq import INSQ as INSQ
    from palate.measures.inst import INST as INST
    from palate.measures.interpolated_precision import IPrec as IPrec
    from palate.measures.judged import Judged as Judged
    from palate.measures.ndcg import nDCG as nDCG
    from palate.measures.nerr8 import NERR8 as NERR8
    from palate.measures.nerr9 import NERR9 as NERR9
    from palate.measures.nerr10 import NERR10 as NERR10
    from palate.measures.nerr11 import NERR11 as NERR11
    from palate.measures.num_q import NumQ as NumQ
    from palate.measures.num_rel import NumRel as NumRel
    from palate.measures.num_ret import NumRet as NumRet
    from palate.measures.precision import P as P
    from palate.measures.r_precision import Rprec as Rprec
    from palate.measures.rbp import RBP as RBP
    from palate.measures.rbp_residual import RBPResidual as RBPResidual
    from palate.measures.recall import R as R
    from palate.measures.registry import measure_registry as measure_registry
    from palate.measures.rr import RR as RR
    from palate.measures.sdcg import SDCG as SDCG
    from palate.measures.set_ap import SetAP as SetAP
    from palate.measures.set_f import SetF as SetF
    from palate.measures.set_p import SetP as SetP
    from palate.measures.set_r import SetR as SetR
    from palate.measures.success import Success as Success

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AP": "ap",
        "Accuracy": "accuracy",
        "BPM": "bpm",
        "Bpref": "bpref",
        "Compat": "compat",
        "DCG": "dcg",
        "DEFAULT_MEASURES": "_evaluate",
        "ERR": "err",
        "Evaluation": "_evaluate",
        "F": "f_measure",
        "GAP": "gap",
        "GradedRankings": "base",
        "INSQ": "insq",
        "INST": "inst",
        "IPrec": "interpolated_precision",
        "Judged": "judged",
        "Measure": "base",
        "NERR10": "nerr10",
        "NERR11": "nerr11",
        "NERR8": "nerr8",
        "NERR9": "nerr9",
        "NumQ": "num_q",
        "NumRel": "num_rel",
        "NumRet": "num_ret",
        "P": "precision",
        "R": "recall",
        "RBP": "rbp",
        "RBPResidual": "rbp_residual",
        "RR": "rr",
        "Rprec": "r_precision",
        "RunSums": "_accumulate",
        "SDCG": "sdcg",
        "SetAP": "set_ap",
        "SetF": "set_f",
        "SetP": "set_p",
        "SetR": "set_r",
        "Success": "success",
        "ValueSums": "_accumulate",
        "code_judgments": "_rankings",
        "code_run": "_rankings",
        "evaluate": "_evaluate",
        "grade_rankings": "_rankings",
        "infAP": "inf_ap",
        "measure_registry": "registry",
        "nDCG": "ndcg",
        "parse_any_measure": "_families",
        "parse_measure": "_parse",
        "read_runs": "_runs",
        "sum_part": "_accumulate",
        "summarize_values": "_summarize",
        "win_rates": "_win_rate",
    },
)
