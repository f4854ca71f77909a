"""Say how far annotators agree."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.agreement._agreement_tables import agreement_by_annotator as agreement_by_annotator
    from palate.agreement._agreement_tables import agreement_by_task as agreement_by_task
    from palate.agreement._uncertainty import Uncertainty as Uncertainty
    from palate.agreement.accuracy_on_aggregate import AccuracyOnAggregate as AccuracyOnAggregate
    from palate.agreement.base import Agreement as Agreement
    from palate.agreement.base import AgreementCoefficient as AgreementCoefficient
    from palate.agreement.base import AnnotatorCoefficient as AnnotatorCoefficient
    from palate.agreement.base import Answerers as Answerers
    from palate.agreement.base import LabelCounts as LabelCounts
    from palate.agreement.brennan_prediger import BrennanPrediger as BrennanPrediger
    from palate.agreement.cohen_kappa import CohenKappa as CohenKappa
    from palate.agreement.consistency import Consistency as Consistency
    from palate.agreement.fleiss_kappa import FleissKappa as FleissKappa
    from palate.agreement.gwet_ac import GwetAC as GwetAC
    from palate.agreement.krippendorff_alpha import KrippendorffAlpha as KrippendorffAlpha
    from palate.agreement.percent_agreement import PercentAgreement as PercentAgreement
    from palate.agreement.registry import agreement_coefficients as agreement_coefficients

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AccuracyOnAggregate": "accuracy_on_aggregate",
        "Agreement": "base",
        "AgreementCoefficient": "base",
        "AnnotatorCoefficient": "base",
        "Answerers": "base",
        "BrennanPrediger": "brennan_prediger",
        "CohenKappa": "cohen_kappa",
        "Consistency": "consistency",
        "FleissKappa": "fleiss_kappa",
        "GwetAC": "gwet_ac",
        "KrippendorffAlpha": "krippendorff_alpha",
        "LabelCounts": "base",
        "PercentAgreement": "percent_agreement",
        "Uncertainty": "_uncertainty",
        "agreement_by_annotator": "_agreement_tables",
        "agreement_by_task": "_agreement_tables",
        "agreement_coefficients": "registry",
    },
)
