"""The pixels that most annotators marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from palate.aggregation.masks.base import BoolArray, CodedMasks, MaskAggregator, MaskFit
from palate.core.errors import SettingsError
from palate.core.progress import Progress, no_progress

__all__ = ["MajorityVote"]

Ties = Literal["unmarked", "marked"]


@dataclass(frozen=True)
class MajorityVote(MaskAggregator):
    """The pixels that more than half of a task's annotators marked; every mask counts the same.

    Args:
        ties: What a pixel is that exactly half marked: ``unmarked`` or ``marked``.

    >>> import numpy as np
    >>> masks = {"image": {"a": np.array([[1, 1, 0]]), "b": np.array([[1, 0, 0]]), "c": np.array([[1, 1, 0]])}}
    >>> MajorityVote().aggregate(masks).masks["image"]
    array([[ True,  True, False]])
    """

    ties: Ties = "unmarked"

    def __post_init__(self) -> None:
        if self.ties not in get_args(Ties):
            raise SettingsError(f"'ties' must be one of {', '.join(get_args(Ties))}; it is {self.ties!r}.")

    def fit(self, masks: CodedMasks, progress: Progress = no_progress) -> MaskFit:
        """Return the masks that most votes make."""
        n_tasks = len(masks.task_ids)
        found: list[BoolArray] = []
        for task in range(n_tasks):
            _, own = masks.of_task(task)
            votes = np.zeros(own[0].shape, dtype=np.int32)
            for mask in own:
                votes += mask
            needed = len(own) + (self.ties == "unmarked")  # of twice the votes
            found.append(2 * votes >= needed)
            progress(task + 1, n_tasks)
        return MaskFit(found)
