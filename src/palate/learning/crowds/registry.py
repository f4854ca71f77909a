"""The ways to learn from crowds there are, by name."""

from __future__ import annotations

from palate.core.registry import Registry
from palate.learning.crowds.base import CrowdLearner

__all__ = ["crowd_learners"]

crowd_learners: Registry[CrowdLearner] = Registry(
    "crowd learner", "palate.learning.crowds", "palate.crowd_learners"
)
