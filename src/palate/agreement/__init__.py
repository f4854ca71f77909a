"""Say how far annotators agree."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.agreement.base import Agreement as Agreement
    from palate.agreement.base import AgreementCoefficient as AgreementCoefficient
    from palate.agreement.base import LabelCounts as LabelCounts
    from palate.agreement.krippendorff_alpha import KrippendorffAlpha as KrippendorffAlpha
    from palate.agreement.percent_agreement import PercentAgreement as PercentAgreement
    from palate.agreement.registry import agreement_coefficients as agreement_coefficients

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Agreement": "base",
        "AgreementCoefficient": "base",
        "KrippendorffAlpha": "krippendorff_alpha",
        "LabelCounts": "base",
        "PercentAgreement": "percent_agreement",
        "agreement_coefficients": "registry",
    },
)
