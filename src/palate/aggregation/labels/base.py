"""What every label aggregator takes and returns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from palate.aggregation._aggregator import Aggregator
from palate.aggregation.labels._coded import CodedAnswers, Duplicates, FloatArray
from palate.aggregation.labels._found import Chosen, LabelFit, LabelResult, Start, Ties
from palate.aggregation.labels._known_annotators import known_confusion
from palate.aggregation.labels._tables import code_answers, result_tables
from palate.core.errors import SettingsError
from palate.core.frames import IntoTable
from palate.core.progress import Progress, no_progress

if TYPE_CHECKING:
    from palate.aggregation.labels._state import LabelState

__all__ = [
    "Chosen",
    "CodedAnswers",
    "Duplicates",
    "FloatArray",
    "Keeps",
    "LabelAggregator",
    "LabelFit",
    "LabelResult",
    "Start",
    "Ties",
]

Keeps = Literal["weights", "skills", "confusions"]


@dataclass(frozen=True)
class LabelAggregator(Aggregator[CodedAnswers, LabelFit, LabelResult]):
    """Settings of one way to turn answers into labels.

    Args:
        ties: What to decide where several labels are equally probable: the ``lowest``, a ``random`` one
            (drawn from ``seed`` and independent of the order of rows), or ``abstain`` (no label).
        seed: For random ties and random starts.
    """

    needs_golden: ClassVar[bool] = False
    """Whether the method refuses answers without golden tasks."""

    most_labels: ClassVar[int | None] = None
    """How many labels the method can tell apart; None where there is no limit."""

    uses_known_annotators: ClassVar[bool] = False
    """Whether the method can use what is known of annotators from before."""

    keeps: ClassVar[Keeps | None] = None
    """What a state of answers as they come keeps of each annotator between two results: how much their votes count
    (``weights``), how often they are right (``skills``), or ``confusions``; None where the method begins anew."""

    ties: Ties = "lowest"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ties not in get_args(Ties):
            raise SettingsError(f"'ties' must be one of {', '.join(get_args(Ties))}; it is {self.ties!r}.")

    @abstractmethod
    def fit(self, answers: CodedAnswers, progress: Progress = no_progress) -> LabelFit:
        """Return the posterior of every task and what is known of every annotator."""

    def fit_from(self, answers: CodedAnswers, start: Start, progress: Progress = no_progress) -> LabelFit:  # noqa: ARG002
        """Return what ``fit`` does, but go on from what was found before.

        Methods that do not pass over the answers again and again have nowhere to go on from.
        """
        return self.fit(answers, progress)

    def aggregate(
        self,
        answers: IntoTable,
        *,
        golden: IntoTable | None = None,
        annotators: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
        progress: Progress = no_progress,
    ) -> LabelResult:
        """Return the judgments of ``answers`` (columns ``task, annotator, label``).

        Args:
            answers: A dataframe or a path.
            golden: Known labels, columns ``task, label``; methods clamp these tasks to them.
            annotators: What is known of annotators from before, columns ``annotator, truth, label, count``: how
                often they gave which label to tasks of each true label. It counts as if they had answered these
                tasks, too. Annotators who answered nothing now may be among them.
            on_duplicate: What to do where an annotator answers a task more than once: an ``error`` shows the rows;
                the ``first`` or the ``last`` row counts; or ``all`` of them do, an answer each.
            progress: Called with (iterations done, most iterations).

        Raises:
            InputError: The answers are missing columns or values, are empty, or answer a task twice by
                the same annotator and that is an error; a golden task was not answered or its label is of
                another type; or the table of annotators has labels that nobody gave here.
            SettingsError: The method cannot use known annotators, or ``on_duplicate`` is none of its choices.
        """
        return self._found(self._coded(answers, golden, annotators, on_duplicate), answers, progress)

    def start(
        self,
        *,
        labels: Iterable[Any] | None = None,
        golden: IntoTable | None = None,
        annotators: IntoTable | None = None,
        on_duplicate: Duplicates = "error",
    ) -> LabelState:
        """Return a state to which answers are added as they come.

        Args:
            labels: Labels that count as such before anybody gives them; others may come.
            golden: Known labels, columns ``task, label``; their tasks may be answered later or never.
            annotators: What is known of annotators from before, as ``aggregate`` takes it; they may answer later or
                never, and their labels count as such.
            on_duplicate: What to do where an annotator answers a task again, in the same batch or a later one.

        Raises:
            InputError: One of the tables is not what it should be, or labels are of different types.
            SettingsError: The method cannot go on from what it found, or cannot use known annotators.
        """
        from palate.aggregation.labels._answer_log import AnswerLog
        from palate.aggregation.labels._state import new_state

        self._check_known(annotators)
        return new_state(self, AnswerLog(labels, golden, annotators=annotators, on_duplicate=on_duplicate))

    def _coded(
        self,
        answers: IntoTable,
        golden: IntoTable | None,
        annotators: IntoTable | None,
        on_duplicate: Duplicates,
    ) -> CodedAnswers:
        self._check_known(annotators)
        coded = code_answers(answers, golden, on_duplicate)
        if annotators is None:
            return coded
        return replace(coded, known=known_confusion(coded, annotators))

    def _tables(self, coded: CodedAnswers, fit: LabelFit, source: IntoTable) -> LabelResult:
        return result_tables(self, coded, fit, source)

    def _check_known(self, annotators: IntoTable | None) -> None:
        if annotators is not None and not self.uses_known_annotators:
            raise SettingsError(
                f"{type(self).__name__} cannot use what is known of annotators from before. Leave 'annotators' out, or"
                " choose a method that can, such as dawid_skene."
            )
