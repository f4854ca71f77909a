"""How far predicted numbers are from what came: ratings, seconds watched, probabilities."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.measures.pointwise._evaluate import PointwiseEvaluation as PointwiseEvaluation
    from palate.measures.pointwise._evaluate import evaluate_pointwise as evaluate_pointwise
    from palate.measures.pointwise._evaluate import parse_pointwise_measure as parse_pointwise_measure
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
        "PointwiseEvaluation": "_evaluate",
        "PointwiseMeasure": "base",
        "RMSE": "rmse",
        "evaluate_pointwise": "_evaluate",
        "parse_pointwise_measure": "_evaluate",
        "pointwise_registry": "registry",
    },
)
