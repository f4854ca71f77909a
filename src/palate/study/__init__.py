"""The loop: one file a step, artifacts on disk, resumable."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.study.comparison import compare as compare
    from palate.study.comparison import compare_all as compare_all
    from palate.study.comparison import compare_segments as compare_segments
    from palate.study.new import new_study as new_study
    from palate.study.report_data import report_of_runs as report_of_runs
    from palate.study.report_data import report_of_study as report_of_study
    from palate.study.settings import StudySettings as StudySettings
    from palate.study.steps import steps_of as steps_of
    from palate.study.study import Observer as Observer
    from palate.study.study import Study as Study

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Observer": "study",
        "Study": "study",
        "StudySettings": "settings",
        "compare": "comparison",
        "compare_all": "comparison",
        "compare_segments": "comparison",
        "new_study": "new",
        "report_of_runs": "report_data",
        "report_of_study": "report_data",
        "steps_of": "steps",
    },
)
