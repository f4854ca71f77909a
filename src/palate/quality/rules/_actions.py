"""What a quality rule can do."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, get_args

from palate.core.errors import SettingsError, UnknownNameError
from palate.core.settings import check_settings

__all__ = [
    "ACTIONS",
    "AcceptAll",
    "ChangeOverlap",
    "PausePool",
    "RejectAll",
    "Restrict",
    "RuleAction",
    "Scope",
    "SetSkill",
    "SetSkillFromRate",
    "action_from_mapping",
]

Scope = Literal["pool", "project", "all"]
_PLACES = {"pool": "in this pool", "project": "in this project", "all": "everywhere"}
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_DURATION = re.compile(r"([1-9]\d{0,5}) (minute|hour|day)s?", re.ASCII)
_LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class RuleAction(ABC):
    """What is done to an annotator, or because of one."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What is done, as it follows the word "then"."""

    def as_mapping(self) -> dict[str, Any]:
        """Return the name and the settings as JSON holds them."""
        return {"name": self.name, **asdict(self)}


@dataclass(frozen=True)
class Restrict(RuleAction):
    """Give an annotator no more pages.

    Args:
        scope: Where: in the ``pool``, in its ``project``, or in ``all`` projects.
        duration: Such as ``"10 days"``, ``"1 hour"`` or ``"30 minutes"``, or ``"forever"``.

    >>> Restrict("pool", "10 days").seconds
    864000
    """

    scope: Scope = "pool"
    duration: str = "forever"

    name: ClassVar[str] = "restrict"

    def __post_init__(self) -> None:
        if self.scope not in get_args(Scope):
            raise SettingsError(f"'scope' must be one of {', '.join(get_args(Scope))}; it is {self.scope!r}.")
        if self.duration != "forever" and not _DURATION.fullmatch(self.duration):
            raise SettingsError(
                "'duration' must be a number of minutes, hours or days, such as '10 days', or 'forever';"
                f" it is {self.duration!r}."
            )

    @property
    def seconds(self) -> int | None:
        """How long; None is forever."""
        found = _DURATION.fullmatch(self.duration)
        return int(found[1]) * _SECONDS[found[2]] if found else None

    @property
    def sentence(self) -> str:
        """What is done."""
        how_long = self.duration if self.seconds is None else f"for {self.duration}"
        return f"restrict the annotator {_PLACES[self.scope]} {how_long}"


@dataclass(frozen=True)
class AcceptAll(RuleAction):
    """Accept all submitted pages of the annotator in the pool."""

    name: ClassVar[str] = "accept_all"

    @property
    def sentence(self) -> str:
        """What is done."""
        return "accept all of the annotator's submitted pages"


@dataclass(frozen=True)
class RejectAll(RuleAction):
    """Reject all submitted pages of the annotator in the pool.

    Args:
        comment: Why, for the annotator to read.
    """

    comment: str = ""

    name: ClassVar[str] = "reject_all"

    def __post_init__(self) -> None:
        if not 0 < len(self.comment.strip()) <= _LONGEST_COMMENT:
            raise SettingsError(
                f"'comment' tells annotators why their work is rejected: write 1 to {_LONGEST_COMMENT:,} letters;"
                f" it has {len(self.comment.strip()):,}."
            )

    @property
    def sentence(self) -> str:
        """What is done."""
        return f"reject all of the annotator's submitted pages, saying “{self.comment.strip()}”"


@dataclass(frozen=True)
class SetSkill(RuleAction):
    """Set a skill of the annotator.

    Args:
        skill: Its name.
        value: From 0 to 1.
    """

    skill: str = ""
    value: float = 1.0

    name: ClassVar[str] = "set_skill"

    def __post_init__(self) -> None:
        _check_skill_name(self.skill)
        if not 0 <= self.value <= 1:
            raise SettingsError(
                f"'value' of the skill '{self.skill}' must be from 0 to 1; it is {self.value}."
            )

    @property
    def sentence(self) -> str:
        """What is done."""
        return f"set the skill “{self.skill}” to {self.value:g}"


@dataclass(frozen=True)
class SetSkillFromRate(RuleAction):
    """Set a skill of the annotator to a rate of the event.

    Args:
        skill: Its name.
        rate: The field of the event.
    """

    skill: str = ""
    rate: str = ""

    name: ClassVar[str] = "set_skill_from_rate"

    def __post_init__(self) -> None:
        _check_skill_name(self.skill)

    @property
    def sentence(self) -> str:
        """What is done."""
        return f"set the skill “{self.skill}” to {self.rate}"


@dataclass(frozen=True)
class ChangeOverlap(RuleAction):
    """Ask others again what the annotator answered in the pool; what was accepted stays paid."""

    name: ClassVar[str] = "change_overlap"

    @property
    def sentence(self) -> str:
        """What is done."""
        return "return the annotator's tasks to others"


@dataclass(frozen=True)
class PausePool(RuleAction):
    """Hand out no more pages of the pool until a manager opens it again."""

    name: ClassVar[str] = "pause_pool"

    @property
    def sentence(self) -> str:
        """What is done."""
        return "pause the pool"


ACTIONS: Mapping[str, type[RuleAction]] = {
    action.name: action
    for action in (Restrict, AcceptAll, RejectAll, SetSkill, SetSkillFromRate, ChangeOverlap, PausePool)
}
"""All actions by name."""


def action_from_mapping(settings: Mapping[str, Any]) -> RuleAction:
    """Return the action that a mapping from JSON or TOML describes: its ``name`` and its settings.

    Raises:
        UnknownNameError: There is no such action.
        SettingsError: It has no such setting, or a value is not what it should be.
    """
    if not isinstance(settings, Mapping) or not isinstance(settings.get("name"), str):
        raise SettingsError(f"An action has a 'name', one of {', '.join(ACTIONS)}; it is {settings!r}.")
    name = settings["name"]
    if name not in ACTIONS:
        raise UnknownNameError("action", name, ACTIONS)
    others = {key: value for key, value in settings.items() if key != "name"}
    check_settings(ACTIONS[name], others, f"action '{name}'")
    return ACTIONS[name](**others)


def _check_skill_name(skill: str) -> None:
    if not skill.strip():
        raise SettingsError("'skill' names the skill to set; it is empty.")
