"""A quality rule: when something happens to an annotator and conditions hold, do something about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from palate.core.errors import PalateError, SettingsError, UnknownNameError
from palate.core.hashing import hash_json
from palate.quality.rules._actions import RuleAction, SetSkill, SetSkillFromRate, action_from_mapping
from palate.quality.rules._conditions import Condition, can_hold
from palate.quality.rules.base import AnnotatorFacts, Need, QualityEvent, Value
from palate.quality.rules.registry import quality_events

__all__ = ["ActionKey", "Fired", "QualityRule"]


class ActionKey(NamedTuple):
    """What one action of one rule is about. A key that is stored already was acted upon: it is not done again.

    Args:
        rule: The rule's id.
        annotator: The annotator's id.
        record: The id of the last record that the rule looked at.
    """

    rule: str
    annotator: str
    record: int


@dataclass(frozen=True)
class Fired:
    """A rule's conditions hold, and this is to be done.

    Args:
        key: By which it is done once.
        action: What to do; a skill from a rate has its value here.
        values: What the fields of the event were, for people to see why.
    """

    key: ActionKey
    action: RuleAction
    values: Mapping[str, Value | None]


@dataclass(frozen=True)
class QualityRule:
    """When an event happens and all conditions hold, do something.

    Args:
        event: What the rule is about.
        conditions: All have to hold.
        action: What is done.

    Raises:
        SettingsError: The rule makes no sense; the text says why.
        UnknownNameError: A condition or the action names a field that the event does not have.

    >>> rule = QualityRule.from_mapping({
    ...     "event": {"name": "page_submit_time", "fast_seconds": 10, "history_size": 5},
    ...     "conditions": ["fast_pages >= 1"],
    ...     "action": {"name": "restrict", "duration": "10 days"},
    ... })
    >>> rule.sentence
    'If, among the last 5 submitted pages, the number of pages submitted in less than 10 s is at least 1, then
    restrict the annotator in this pool for 10 days.'
    """

    event: QualityEvent
    conditions: tuple[Condition, ...]
    action: RuleAction

    def __post_init__(self) -> None:
        name, fields = self.event_name, self.event.fields
        if not self.conditions:
            raise SettingsError(f"A rule needs a condition, or every {name} would set it off; there is none.")
        for condition in self.conditions:
            condition.check(fields)
        for field in {condition.field: None for condition in self.conditions}:
            about = [condition for condition in self.conditions if condition.field == field]
            if not can_hold(about, fields[field]):
                most = fields[field].most
                limit = f" A history of {most} has no more." if most is not None else ""
                raise SettingsError(f"'{' and '.join(map(str, about))}' can never hold.{limit}")
        if self.action.name in self.event.refused:
            why = self.event.refused[self.action.name]
            raise SettingsError(f"'{self.action.name}' makes no sense after '{name}': {why}.")
        if isinstance(self.action, SetSkillFromRate):
            self._check_rate(self.action.rate)

    @property
    def event_name(self) -> str:
        """The name under which the event is registered."""
        return quality_events.name_of(self.event)

    @property
    def need(self) -> Need:
        """The history to look at."""
        return self.event.need

    @cached_property
    def id(self) -> str:
        """32 hexadecimal digits that depend on what the rule says alone, not on the order of its conditions."""
        said = self.as_mapping()
        return hash_json({**said, "conditions": sorted(set(said["conditions"]))})

    @property
    def sentence(self) -> str:
        """The rule in words."""
        fields = self.event.fields
        conditions = " and ".join(
            condition.sentence(fields[condition.field]) for condition in self.conditions
        )
        among = f", {self.event.among}, " if self.event.among else " "
        action = self.action.sentence
        if isinstance(self.action, SetSkillFromRate):
            action = f"set the skill “{self.action.skill}” to {fields[self.action.rate].words}"
        return f"If{among}{conditions}, then {action}."

    def evaluate(self, facts: AnnotatorFacts) -> Fired | None:
        """Return what is to be done about an annotator, None if a condition does not hold.

        The same facts give the same action with the same key, whenever they are looked at.

        Raises:
            PalateError: The history is not sorted by id.
        """
        records = self._young(facts)
        if not records:
            return None
        if any(after.id <= before.id for before, after in pairwise(records)):
            raise PalateError(
                f"The history of '{facts.annotator}' must be sorted by id, old to new, each id once; it is not."
            )
        values = self.event.values(records)
        if not all(condition.holds(values[condition.field]) for condition in self.conditions):
            return None
        action = self._resolved(values)
        if action is None:
            return None
        return Fired(ActionKey(self.id, facts.annotator, records[-1].id), action, values)

    def as_mapping(self) -> dict[str, Any]:
        """Return the rule as JSON holds it; :meth:`from_mapping` reads it."""
        return {
            "event": {"name": self.event_name, **asdict(self.event)},
            "conditions": [str(condition) for condition in self.conditions],
            "action": self.action.as_mapping(),
        }

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> QualityRule:
        """Return the rule that a mapping from JSON or TOML describes.

        Args:
            settings: ``event``: a name, or a mapping of a ``name`` and settings. ``conditions``: texts such as
                ``"pages >= 10"``. ``action``: a name, or a mapping of a ``name`` and settings.

        Raises:
            SettingsError: Something is missing or not what it should be, or the rule makes no sense.
            UnknownNameError: There is no such event, field or action.
        """
        if not isinstance(settings, Mapping) or set(settings) != {"event", "conditions", "action"}:
            came = ", ".join(map(str, settings)) if isinstance(settings, Mapping) else repr(settings)
            raise SettingsError(
                f"A rule has 'event', 'conditions' and 'action', no more and no less; here: {came}."
            )
        conditions = settings["conditions"]
        if isinstance(conditions, str) or not isinstance(conditions, Sequence):
            raise SettingsError(
                f"'conditions' is a list of texts such as 'pages >= 10'; it is {conditions!r}."
            )
        return cls(
            _event_from_mapping(_named(settings["event"])),
            tuple(Condition.parse(text) for text in conditions),
            action_from_mapping(_named(settings["action"])),
        )

    def _check_rate(self, rate: str) -> None:
        rates = [name for name, field in self.event.fields.items() if field.kind == "rate"]
        if not rates:
            raise SettingsError(
                f"'set_skill_from_rate' needs an event with a rate; '{self.event_name}' has none."
            )
        if rate not in rates:
            raise UnknownNameError("rate of this event", rate, rates)

    def _young(self, facts: AnnotatorFacts) -> Sequence[Any]:
        """Return the history, without what is older or longer ago than the event looks."""
        need = self.need
        records = facts.history(need)
        if need.seconds is not None:
            since = facts.now - timedelta(seconds=need.seconds)
            records = [record for record in records if record.at > since]
        return records if need.size is None else records[-need.size :]

    def _resolved(self, values: Mapping[str, Value | None]) -> RuleAction | None:
        """Return the action with the value of its rate; None where the rate has no value."""
        if not isinstance(self.action, SetSkillFromRate):
            return self.action
        rate = values[self.action.rate]
        return None if rate is None else SetSkill(self.action.skill, float(rate))


def _named(value: object) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _event_from_mapping(settings: Mapping[str, Any]) -> QualityEvent:
    if not isinstance(settings, Mapping) or not isinstance(settings.get("name"), str):
        listed = ", ".join(quality_events.names())
        raise SettingsError(f"An event has a 'name', one of {listed}; it is {settings!r}.")
    return quality_events.create(settings["name"], {k: v for k, v in settings.items() if k != "name"})
