"""What every aggregator of sets of labels takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.multilabel._coded import BoolArray, CodedSets, FloatArray
from palate.aggregation.multilabel._found import MultilabelFit, MultilabelResult
from palate.aggregation.multilabel._tables import code_sets, result_tables
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

__all__ = [
    "BoolArray",
    "CodedSets",
    "FloatArray",
    "MultilabelAggregator",
    "MultilabelFit",
    "MultilabelResult",
]


@dataclass(frozen=True)
class MultilabelAggregator(Aggregator[CodedSets, MultilabelFit, MultilabelResult]):
    """Settings of one way to turn sets of labels that people gave into one set a task.

    Args:
        separator: What stands between labels where a set is written as text; spaces around labels do not count.
        empty: The text that stands for the empty set, such as ``none``, besides the text of no letters.
    """

    separator: str = ","
    empty: str | None = None

    def __post_init__(self) -> None:
        if not self.separator:
            raise SettingsError("'separator' must be at least one letter; it is ''.")

    @abstractmethod
    def fit(self, answers: CodedSets, progress: Progress = no_progress) -> MultilabelFit:
        """Return the set of every task and what is known of every annotator."""

    def aggregate(
        self, answers: IntoTable, *, golden: IntoTable | None = None, progress: Progress = no_progress
    ) -> MultilabelResult:
        """Return one set of labels a task for ``answers`` (columns ``task, annotator, labels``).

        A set is a list, or text with separators; a label that it names twice is in it once.

        Args:
            answers: A dataframe or a path.
            golden: Known sets, columns ``task, labels``; these tasks have them.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, hold what is no set of labels, or
                answer a task twice by the same annotator; or a golden task was not answered.
        """
        return self._found(code_sets(answers, golden, self.separator, self.empty), answers, progress)

    def _tables(self, coded: CodedSets, fit: MultilabelFit, source: IntoTable) -> MultilabelResult:
        return result_tables(self, coded, fit, source)
