"""Quality rules in a form: rows of an event, conditions and an action, made from the events and actions there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from django.http import QueryDict

from palate.core.errors import PalateError, SettingsError
from palate.quality.rules import ACTIONS, Comparator, QualityRule, quality_events

__all__ = ["RuleInput", "RuleRow", "new_rule", "rule_rows", "rules_as_text", "rules_from_text", "rules_in"]

_ROW = re.compile(r"r(\d{1,2})-event")
_CONDITIONS = 3
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|==|>|<)\s*(\S+)\s*")
_WORDS = {">=": "is at least", ">": "is above", "<=": "is at most", "<": "is below", "==": "is"}


@dataclass(frozen=True)
class RuleInput:
    """One setting of an event or an action: its name in the form, what it is, what it holds."""

    name: str
    label: str
    value: Any
    choices: tuple[str, ...] = ()
    numeric: bool = False


@dataclass(frozen=True)
class ConditionRow:
    """One condition: three inputs."""

    name: str
    field: str
    comparator: str
    value: str


@dataclass(frozen=True)
class RuleRow:
    """One rule in a form.

    Args:
        number: By which its fields are named.
        rule: As ``QualityRule`` reads it, though it may make no sense yet.
    """

    number: int
    rule: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with."""
        return f"r{self.number}"

    @property
    def event(self) -> str:
        """The event's name."""
        return str(self.rule["event"]["name"])

    @property
    def action(self) -> str:
        """The action's name."""
        return str(self.rule["action"]["name"])

    @property
    def events(self) -> list[tuple[str, str]]:
        """All events: name and words."""
        return [(name, name.replace("_", " ").capitalize()) for name in quality_events.names()]

    @property
    def actions(self) -> list[tuple[str, str]]:
        """The actions that make sense after the event: name and words."""
        event = quality_events.get(self.event)
        return [(name, name.replace("_", " ").capitalize()) for name in ACTIONS if name not in event.refused]

    @property
    def event_inputs(self) -> list[RuleInput]:
        """The settings of the event."""
        return _inputs(quality_events.get(self.event), f"{self.prefix}-e", self.rule["event"])

    @property
    def action_inputs(self) -> list[RuleInput]:
        """The settings of the action."""
        found = _inputs(ACTIONS[self.action], f"{self.prefix}-a", self.rule["action"])
        rates = tuple(name for name, _, kind in self.fields if kind == "rate")
        return [
            RuleInput(one.name, one.label, one.value, rates) if one.name.endswith("-rate") else one
            for one in found
        ]

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """What conditions can look at: name, words and kind."""
        try:
            event = quality_events.create(self.event, _without_name(self.rule["event"]))
        except PalateError:
            event = quality_events.get(self.event)()
        return [(name, field.words, field.kind) for name, field in event.fields.items()]

    @property
    def comparators(self) -> list[tuple[str, str]]:
        """How a condition compares: sign and words."""
        return [(sign, _WORDS[sign]) for sign in get_args(Comparator)]

    @property
    def conditions(self) -> list[ConditionRow]:
        """The conditions, with empty ones to fill in."""
        found = [_CONDITION.fullmatch(text) for text in self.rule["conditions"]]
        parts = [match.groups() if match else ("", ">=", "") for match in found]
        empty = [("", ">=", "")] * max(1, _CONDITIONS - len(parts))
        return [
            ConditionRow(f"{self.prefix}-c{number}", *map(str, part))
            for number, part in enumerate([*parts, *empty])
        ]

    @property
    def sentence(self) -> str:
        """The rule in words; empty while it makes no sense."""
        try:
            return QualityRule.from_mapping(self.rule).sentence
        except PalateError:
            return ""

    @property
    def problem(self) -> str:
        """Why it makes no sense; empty if it does."""
        try:
            QualityRule.from_mapping(self.rule)
        except PalateError as error:
            return str(error)
        return ""


def rule_rows(rules: Iterable[Mapping[str, Any]]) -> list[RuleRow]:
    """Return stored rules as rows of a form."""
    return [RuleRow(number, rule) for number, rule in enumerate(rules)]


def new_rule() -> dict[str, Any]:
    """Return a rule to begin with."""
    return {
        "event": {"name": "page_submit_time", "fast_seconds": 20.0, "history_size": 5},
        "conditions": ["fast_pages >= 2"],
        "action": {"name": "restrict", "scope": "pool", "duration": "10 days"},
    }


def rules_in(post: QueryDict) -> list[dict[str, Any]]:
    """Return the rules that a form holds, whether they make sense or not; its buttons add one or take one away.

    Raises:
        UnknownNameError: There is no such event or action.
        SettingsError: The rules written as text are no list of rules.
    """
    if post.get("action") == "rules_text":
        return rules_from_text(post.get("rules_text", ""))
    numbers = sorted({int(found[1]) for name in post if (found := _ROW.fullmatch(name))})
    removed = post.get("remove_rule", "")
    rules = [_rule(f"r{number}", post) for number in numbers if str(number) != removed]
    if "add_rule" in post:
        rules.append(new_rule())
    return rules


def rules_as_text(rules: Iterable[Mapping[str, Any]]) -> str:
    """Return rules as JSON to edit."""
    return json.dumps(list(rules), indent=1, ensure_ascii=False)


def rules_from_text(text: str) -> list[dict[str, Any]]:
    """Return the rules written as JSON, or as TOML with ``[[rules]]``.

    Raises:
        SettingsError: The text is neither, or no list of rules.
    """
    import tomllib

    try:
        found = json.loads(text) if text.lstrip().startswith("[{") or text.strip() in {"", "[]"} else None
        found = tomllib.loads(text).get("rules") if found is None and text.strip() else found
    except (ValueError, RecursionError) as error:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise SettingsError(f"The rules are neither JSON nor TOML: {error}.") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(
            "The rules must be a JSON list of rules, or TOML with a [[rules]] table for each."
        )
    return [QualityRule.from_mapping(one).as_mapping() for one in found]


def _rule(prefix: str, post: QueryDict) -> dict[str, Any]:
    event, action = post.get(f"{prefix}-event", ""), post.get(f"{prefix}-action", "restrict")
    event_class = quality_events.get(event)
    if action not in ACTIONS:
        raise SettingsError(f"A rule does one of {', '.join(ACTIONS)}; it is {action[:50]!r}.")
    changed = post.get(f"{prefix}-shown", event) != event
    conditions = [] if changed else list(_conditions(prefix, post))
    return {
        "event": {"name": event, **_given(event_class, f"{prefix}-e", post)},
        "conditions": conditions,
        "action": {"name": action, **_given(ACTIONS[action], f"{prefix}-a", post)},
    }


def _conditions(prefix: str, post: QueryDict) -> Iterable[str]:
    for number in range(10):
        name = f"{prefix}-c{number}"
        field, value = post.get(f"{name}-field", ""), post.get(f"{name}-value", "").strip()
        if field and value:
            yield f"{field} {post.get(f'{name}-is', '>=')} {value}"


def _inputs(cls: type, prefix: str, given: Mapping[str, Any]) -> list[RuleInput]:
    hints = get_type_hints(cls)
    found = []
    for field in fields(cls):
        hint = hints[field.name]
        choices = tuple(get_args(hint)) if get_origin(hint) is Literal else ()
        value = given.get(field.name, field.default)
        label = field.name.replace("_", " ").capitalize()
        numeric = bool({int, float} & ({hint} | set(get_args(hint))))
        found.append(
            RuleInput(f"{prefix}-{field.name}", label, "" if value is None else value, choices, numeric)
        )
    return found


def _given(cls: type, prefix: str, post: QueryDict) -> dict[str, Any]:
    hints = get_type_hints(cls)
    found: dict[str, Any] = {}
    for field in fields(cls):
        text = post.get(f"{prefix}-{field.name}")
        if text is not None:
            found[field.name] = _converted(hints[field.name], text.strip())
    return found


def _converted(hint: Any, text: str) -> Any:
    kinds = set(get_args(hint)) or {hint}
    if not text and NoneType in kinds:
        return None
    try:
        if int in kinds:
            return int(text)
        if float in kinds:
            return float(text)
    except ValueError:
        return text  # the rule says what it expected
    return text


def _without_name(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "name"}
