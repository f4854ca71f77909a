"""The measures of diverse rankings there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.measures.subtopics.base import SubtopicMeasure

__all__ = ["subtopic_registry"]

subtopic_registry: Registry[SubtopicMeasure] = Registry(
    "measure of subtopics", "palate.measures.subtopics", "palate.subtopic_measures"
)
