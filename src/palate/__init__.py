"""Palate: which recommendations people prefer, with what confidence, for how many dollars.

>>> import palate
>>> callable(palate.evaluate), callable(palate.compare)
(True, True)
"""

from typing import TYPE_CHECKING

from palate._version import __version__ as __version__
from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.client import AsyncClient as AsyncClient
    from palate.client import Client as Client
    from palate.core.errors import PalateError as PalateError
    from palate.inference import Verdict as Verdict
    from palate.measures import Evaluation as Evaluation
    from palate.measures import evaluate as evaluate
    from palate.study import Study as Study
    from palate.study import compare as compare

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AsyncClient": "client",
        "Client": "client",
        "Evaluation": "measures",
        "PalateError": "core.errors",
        "Study": "study",
        "Verdict": "inference",
        "compare": "study",
        "evaluate": "measures",
    },
)
