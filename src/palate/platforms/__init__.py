"""Ask people: one file a place where they are asked."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.platforms._estimate import Bonus as Bonus
    from palate.platforms._estimate import Estimate as Estimate
    from palate.platforms._estimate import check_pay as check_pay
    from palate.platforms._estimate import floor_bonuses as floor_bonuses
    from palate.platforms._estimate import page_seconds as page_seconds
    from palate.platforms._judging._judged import Judged as Judged
    from palate.platforms.base import Collected as Collected
    from palate.platforms.base import Platform as Platform
    from palate.platforms.base import Pool as Pool
    from palate.platforms.base import UnreachableError as UnreachableError
    from palate.platforms.base import WaitingError as WaitingError
    from palate.platforms.embedding_judge import EmbeddingJudge as EmbeddingJudge
    from palate.platforms.files import Files as Files
    from palate.platforms.label_studio import LabelStudio as LabelStudio
    from palate.platforms.model_judge import ModelJudge as ModelJudge
    from palate.platforms.mturk import MTurk as MTurk
    from palate.platforms.registry import platforms as platforms
    from palate.platforms.server import Server as Server
    from palate.platforms.simulated import Simulated as Simulated
    from palate.platforms.toloka import Toloka as Toloka

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Bonus": "_estimate",
        "Collected": "base",
        "EmbeddingJudge": "embedding_judge",
        "Estimate": "_estimate",
        "Files": "files",
        "Judged": "_judging._judged",
        "LabelStudio": "label_studio",
        "MTurk": "mturk",
        "ModelJudge": "model_judge",
        "Platform": "base",
        "Pool": "base",
        "Server": "server",
        "Simulated": "simulated",
        "Toloka": "toloka",
        "UnreachableError": "base",
        "WaitingError": "base",
        "check_pay": "_estimate",
        "floor_bonuses": "_estimate",
        "page_seconds": "_estimate",
        "platforms": "registry",
    },
)
