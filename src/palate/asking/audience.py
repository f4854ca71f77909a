"""Who may work in a pool: skills, languages, devices."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from palate.core.errors import SettingsError
from palate.core.settings import check_settings

__all__ = ["Audience", "Device", "Profile", "SkillRange"]

Device = Literal["phone", "desktop"]
Comparator = Literal[">=", ">", "<=", "<", "missing"]

_PATTERN = re.compile(
    r"\s*(\S(?:[^<>=]*[^<>=\s])?)\s*(?:(>=|<=|>|<)\s*(\d(?:\.\d{1,6})?)|\s(missing))\s*", re.ASCII
)
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_WORDS = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}
_LONGEST = 200
"""Letters of a skill range; the pattern takes the square of their number."""
_HIDDEN = "This work needs a qualification that you do not have."


@dataclass(frozen=True)
class Profile:
    """What is known of an annotator.

    Args:
        skills: Values of the skills that hold now, by name.
        languages: Codes of the languages they read, such as ``"en"``; capitals do not matter.
        device: What they work on; None is unknown.
    """

    skills: Mapping[str, float] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    device: Device | None = None


@dataclass(frozen=True)
class SkillRange:
    """What a skill has to be.

    Args:
        skill: Its name.
        comparator: How it compares; ``missing`` is for those who do not have the skill, such as newcomers.
        value: With what; nothing where it is missing.

    >>> str(SkillRange.parse("search-exam>=0.90"))
    'search-exam >= 0.9'
    """

    skill: str
    comparator: Comparator
    value: float = 0.0

    @classmethod
    def parse(cls, text: str) -> SkillRange:
        """Return the range that a text such as ``"search-exam >= 0.9"`` or ``"search-exam missing"`` says.

        Raises:
            SettingsError: The text is no range.
        """
        found = _PATTERN.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
        value = float(found[3] or 0) if found else 0.0
        if found is None or value > 1:
            raise SettingsError(
                "A skill range is a skill, one of >=, >, <=, < and a number from 0 to 1, such as 'search-exam >= 0.9',"
                f" or a skill and 'missing'; this one is {text!r}."
            )
        word = found[2] or found[4]
        comparator: Comparator = next(known for known in get_args(Comparator) if known == word)
        return cls(found[1], comparator, value)

    def __str__(self) -> str:
        """Return the text that :meth:`parse` reads."""
        number = "" if self.comparator == "missing" else f" {self.value:.6f}".rstrip("0").rstrip(".")
        return f"{self.skill} {self.comparator}{number}"

    @property
    def sentence(self) -> str:
        """The range in words."""
        if self.comparator == "missing":
            return f"no skill “{self.skill}” yet"
        return f"“{self.skill}” {_WORDS[self.comparator]} {self.value:g}"

    def admits(self, skills: Mapping[str, float]) -> bool:
        """Return whether skills are in the range; who lacks the skill is in none but ``missing``."""
        if self.comparator == "missing":
            return self.skill not in skills
        return self.skill in skills and _HOLDS[self.comparator](skills[self.skill], self.value)


@dataclass(frozen=True)
class Audience:
    """Who may work in a pool: those whom every part admits. Without parts, everybody.

    Args:
        skills: All have to be so.
        languages: One of them has to be read; none is any.
        devices: One of them has to be used; none is any.
        any_of: One of these audiences has to admit, if there are any.

    >>> audience = Audience.from_mapping({"skills": ["search-exam >= 0.9"], "languages": ["en"]})
    >>> print(audience.sentence)
    “search-exam” at least 0.9 and language en
    >>> audience.reasons_against(Profile({"search-exam": 0.7}, frozenset({"en"})))
    ['This work needs a qualification that you do not have.']
    """

    skills: tuple[SkillRange, ...] = ()
    languages: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    any_of: tuple[Audience, ...] = ()

    def __post_init__(self) -> None:
        unknown = next((device for device in self.devices if device not in get_args(Device)), None)
        if unknown is not None:
            raise SettingsError(f"A device is one of {', '.join(get_args(Device))}; here is {unknown!r}.")
        if any(not language.strip() for language in self.languages):
            raise SettingsError("A language is a code such as 'en'; here is an empty one.")
        if any(group.any_of for group in self.any_of):
            raise SettingsError(
                "An audience of 'any_of' has no 'any_of' of its own: write one list of audiences."
            )
        if not all(group.as_mapping() for group in self.any_of):
            raise SettingsError(
                "An audience of 'any_of' is empty and admits everybody: fill it in or remove it."
            )

    @property
    def sentence(self) -> str:
        """The audience in words, for managers: it names all skills."""
        groups = [group.sentence for group in self.any_of]
        parts = [
            *(skill.sentence for skill in self.skills),
            *([f"language {' or '.join(self.languages)}"] if self.languages else []),
            *([f"on a {' or '.join(self.devices)}"] if self.devices else []),
            *([f"one of ({') or ('.join(groups)})"] if groups else []),
        ]
        return " and ".join(parts) or "everybody"

    def admits(self, profile: Profile) -> bool:
        """Return whether an annotator may work in the pool."""
        return not self.reasons_against(profile)

    def reasons_against(self, profile: Profile, shown: Collection[str] = ()) -> list[str]:
        """Return why an annotator may not work in the pool, for them to read; nothing if they may.

        Args:
            profile: What is known of them.
            shown: Skills that they may know of. Others are not named, nor is how many of them are missing.
        """
        reasons = [
            _skill_reason(wanted, profile, shown)
            for wanted in self.skills
            if not wanted.admits(profile.skills)
        ]
        if self.languages and not {code.casefold() for code in self.languages} & {
            code.casefold() for code in profile.languages
        }:
            reasons.append(
                f"This work is in {' or '.join(self.languages)}; add the language to your profile."
            )
        if self.devices and profile.device not in self.devices:
            reasons.append(f"This work is done on a {' or '.join(self.devices)}.")
        against = [group.reasons_against(profile, shown) for group in self.any_of]
        if against and all(against):
            nearest = min(against, key=len)
            reasons += nearest
        return list(dict.fromkeys(reasons))

    def as_mapping(self) -> dict[str, Any]:
        """Return the audience as JSON holds it; :meth:`from_mapping` reads it."""
        found = {
            "skills": [str(skill) for skill in self.skills],
            "languages": list(self.languages),
            "devices": list(self.devices),
            "any_of": [group.as_mapping() for group in self.any_of],
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Audience:
        """Return the audience that a mapping from JSON or TOML describes.

        Raises:
            SettingsError: There is no such setting, or a value is not what it should be.
        """
        if not isinstance(settings, Mapping):
            listed = ", ".join(f"'{part.name}'" for part in fields(cls))
            raise SettingsError(f"An audience is a mapping of {listed}; it is {settings!r}.")
        check_settings(cls, settings, "audience")
        for name, value in settings.items():
            if isinstance(value, str) or not isinstance(value, Sequence):
                raise SettingsError(f"'{name}' of the audience is a list; it is {value!r}.")
        for name in ("languages", "devices"):
            wrong = next((value for value in settings.get(name, ()) if not isinstance(value, str)), None)
            if wrong is not None:
                raise SettingsError(f"'{name}' of the audience holds texts; here is {wrong!r}.")
        return cls(
            tuple(SkillRange.parse(text) for text in settings.get("skills", ())),
            tuple(settings.get("languages", ())),
            tuple(settings.get("devices", ())),
            tuple(cls.from_mapping(group) for group in settings.get("any_of", ())),
        )


def _skill_reason(wanted: SkillRange, profile: Profile, shown: Collection[str]) -> str:
    if wanted.skill not in shown:
        return _HIDDEN
    if wanted.comparator == "missing":
        return f"This work is for those who have no skill “{wanted.skill}” yet."
    has = profile.skills.get(wanted.skill)
    yours = "you do not have it yet" if has is None else f"yours is {has:g}"
    return f"This work needs {wanted.sentence}; {yours}."
