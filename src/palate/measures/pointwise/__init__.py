"""How far predicted numbers are from what came: ratings, seconds watched, probabilities."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures.pointwise.base import PointwiseMeasure as PointwiseMeasure
    from palate.measures.pointwise.log_loss import LogLoss as LogLoss
    from palate.measures.pointwise.mae import MAE as MAE
    from palate.measures.pointwise.registry import pointwise_registry as pointwise_registry
    from palate.measures.pointwise.rmse import RMSE as RMSE

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "LogLoss": "log_loss",
        "MAE": "mae",
        "PointwiseMeasure": "base",
        "RMSE": "rmse",
        "pointwise_registry": "registry",
    },
)
