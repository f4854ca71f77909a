"""The coefficients of agreement there are, by name."""

from __future__ import annotations

from palate.agreement.base import AgreementCoefficient
from palate.core.registry import Registry

__all__ = ["agreement_coefficients"]

agreement_coefficients: Registry[AgreementCoefficient] = Registry(
    "agreement coefficient", "palate.agreement", "palate.agreement"
)
