"""The JSON Schema of a quality rule, made from the events and actions there are."""

from __future__ import annotations

from dataclasses import fields
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from palate.quality.rules._actions import ACTIONS, RuleAction, SetSkillFromRate
from palate.quality.rules.base import QualityEvent
from palate.quality.rules.registry import quality_events

__all__ = ["rule_schema"]

_NUMBERS = {
    "count": "[0-9]{1,12}",
    "rate": "(0(\\.[0-9]{1,6})?|1(\\.0{1,6})?)",
    "money": "[0-9]{1,12}(\\.[0-9]{1,6})?",
}
_TYPES = {int: "integer", float: "number", str: "string", NoneType: "null"}


def rule_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what ``QualityRule.from_mapping`` reads.

    What the schema lets through may still be refused, as when conditions contradict each other.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Quality rule",
        "description": "When an event happens and all conditions hold, do something.",
        "oneOf": [_rule(name) for name in quality_events.names()],
    }


def _rule(name: str) -> dict[str, Any]:
    cls = quality_events.get(name)
    event = cls()
    actions = [_action(action, event) for key, action in ACTIONS.items() if _makes_sense(key, event)]
    patterns = [_condition(field, kind.kind) for field, kind in event.fields.items()]
    return {
        "type": "object",
        "title": name,
        "description": (cls.__doc__ or "").partition("\n")[0],
        "properties": {
            "event": _with_short_form(_settings(cls, name)),
            "conditions": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": f"^\\s*({'|'.join(patterns)})\\s*$"},
            },
            "action": {"anyOf": actions},
        },
        "required": ["event", "conditions", "action"],
        "additionalProperties": False,
    }


def _makes_sense(action: str, event: QualityEvent) -> bool:
    has_rate = any(field.kind == "rate" for field in event.fields.values())
    return action not in event.refused and (has_rate or action != SetSkillFromRate.name)


def _condition(field: str, kind: str) -> str:
    return (
        f"{field}\\s*==\\s*(true|false)"
        if kind == "flag"
        else f"{field}\\s*(>=|<=|==|>|<)\\s*{_NUMBERS[kind]}"
    )


def _action(action: type[RuleAction], event: QualityEvent) -> dict[str, Any]:
    found = _settings(action, action.name)
    if action is SetSkillFromRate:
        rates = [name for name, field in event.fields.items() if field.kind == "rate"]
        found["properties"]["rate"] = {"enum": rates}
    needed = [name for name in ("skill", "rate", "comment") if name in found["properties"]]
    found["required"] = ["name", *needed]
    for name in needed:
        if name != "rate":
            found["properties"][name]["minLength"] = 1
    return found if needed else _with_short_form(found)


def _with_short_form(named: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that takes the name alone, too."""
    return {"anyOf": [named["properties"]["name"], named]}


def _settings(cls: type, name: str) -> dict[str, Any]:
    hints = get_type_hints(cls)
    properties = {field.name: _type(hints[field.name]) for field in fields(cls)}
    return {
        "type": "object",
        "properties": {"name": {"const": name}, **properties},
        "required": ["name"],
        "additionalProperties": False,
    }


def _type(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    parts = get_args(hint) or (hint,)
    names = [_TYPES[part] for part in parts]
    return {"type": names[0] if len(names) == 1 else names}
