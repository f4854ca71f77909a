"""Say how sure a difference is."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.inference._intervals import bootstrap_mean as bootstrap_mean
    from palate.inference._judge import judge_difference as judge_difference
    from palate.inference._verdict import Verdict as Verdict
    from palate.inference.base import Difference as Difference
    from palate.inference.base import Interval as Interval
    from palate.inference.base import PairedTest as PairedTest
    from palate.inference.paired_bootstrap import PairedBootstrap as PairedBootstrap
    from palate.inference.paired_t import PairedT as PairedT
    from palate.inference.randomization import Randomization as Randomization
    from palate.inference.registry import paired_tests as paired_tests

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Difference": "base",
        "Interval": "base",
        "PairedBootstrap": "paired_bootstrap",
        "PairedT": "paired_t",
        "PairedTest": "base",
        "Randomization": "randomization",
        "Verdict": "_verdict",
        "bootstrap_mean": "_intervals",
        "judge_difference": "_judge",
        "paired_tests": "registry",
    },
)
