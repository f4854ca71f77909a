"""Read a measure from its text: ``nDCG@10``, ``P(rel=2)@5``, as ir_measures writes them."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from palate.core.errors import SettingsError, UnknownNameError, nearest
from palate.core.registry import Registry, plain_name
from palate.measures._printed import Printed
from palate.measures.base import Measure
from palate.measures.registry import measure_registry

__all__ = ["is_name", "names_in", "parse_measure", "parse_printed"]

T = TypeVar("T", bound=Printed)

_FORM = re.compile(
    r"\s* (?P<name>[^(@]*?) \s* (?:\( (?P<settings>[^()]*) \) \s*)? (?P<at>@ \s* (?P<cutoff>.*?))? \s*",
    re.VERBOSE | re.DOTALL,
)
_COMMA = re.compile(r",(?![^{}]*\})")
"""Between settings, not between the gains of ``gains={0:0,1:1}``."""


def parse_measure(text: str) -> Measure:
    """Return the measure that prints as ``text``; aliases such as ``Recall`` and capitals do not matter.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It is of another family, has no such setting, or refuses the value or the cutoff.

    >>> str(parse_measure("Recall@10")), parse_measure("P(rel=2)@5").relevant_from
    ('R@10', 2)
    """
    try:
        return parse_printed(text, measure_registry)
    except UnknownNameError as error:
        from palate.measures._families import why_not_of_rankings  # which parses, too

        why = why_not_of_rankings(error.name)
        if why is None:
            raise
        raise SettingsError(why) from None


def parse_printed(text: str, registry: Registry[T]) -> T:
    """Return the value of a registry that prints as ``text``; the errors are those of :func:`parse_measure`."""
    form = _FORM.fullmatch(text)
    if form is None or not form["name"]:
        raise SettingsError(
            f"Cannot read the measure {text!r}. Write a name, settings in brackets and a cutoff, such as"
            " nDCG@10, P(rel=2)@5 or AP."
        )
    measure, preset = _named(form["name"], registry)
    settings = preset | _settings(form["settings"] or "", measure)
    if form["at"]:
        settings[measure.at] = _at(form["cutoff"], measure)
    return measure(**settings)


def is_name(name: str, registry: Registry[Any]) -> bool:
    """Return whether a measure of the registry answers to this name."""
    return plain_name(name) in _by_name(registry)


def names_in(registry: Registry[Any]) -> set[str]:
    """Return how the measures of a registry print without settings."""
    return {measure.name for measure, _ in _by_name(registry).values()}


def _named(name: str, registry: Registry[T]) -> tuple[type[T], dict[str, Any]]:
    """Return the measure and the settings that its name stands for."""
    named = _by_name(registry)
    found = named.get(plain_name(name))
    if found is None:
        raise UnknownNameError(registry.kind, name, names_in(registry))
    return found


@cache
def _by_name(registry: Registry[Any]) -> dict[str, tuple[type[Any], dict[str, Any]]]:
    named: dict[str, tuple[type[Any], dict[str, Any]]] = {}
    for registered in registry.names():
        measure = registry.get(registered)
        for name in (measure.name, *measure.aliases, registered):
            named.setdefault(plain_name(name), (measure, {}))
        for name, settings in measure.presets.items():
            named.setdefault(plain_name(name), (measure, settings))
    return named


def _settings(text: str, measure: type[Printed]) -> dict[str, Any]:
    known = {field.name: field.name for field in fields(measure)}
    known |= {short: field for field, short in measure.short.items()}
    settings: dict[str, Any] = {}
    for part in filter(None, map(str.strip, _COMMA.split(text))):
        key, equals, value = (side.strip() for side in part.partition("="))
        if not equals:
            raise SettingsError(f"{measure.name}: cannot read the setting '{part}'. Write name=value.")
        if key not in known:
            shown = [measure.short.get(field.name, field.name) for field in fields(measure)]
            guess = nearest(key, known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            listed = ", ".join(shown) or "none"
            raise SettingsError(f"{measure.name} has no setting '{key}'.{hint} Its settings: {listed}.")
        settings[known[key]] = _value(value, known[key], measure)
    return settings


def _value(text: str, field: str, measure: type[Printed]) -> object:
    bare = text.strip("'\"")
    for choice, printed in measure.choices.get(field, {}).items():
        if bare in {choice, printed.strip("'\"")}:
            return choice
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        return bare


def _at(text: str, measure: type[Printed]) -> object:
    """Return what stands behind ``@``: a cutoff, or the setting that the measure has there."""
    if measure.at not in {field.name for field in fields(measure)}:
        raise SettingsError(f"{measure.name} takes no cutoff. Write {measure.name}.")
    if measure.at != "cutoff":
        return _value(text, measure.at, measure)
    try:
        return int(text)
    except ValueError:
        raise SettingsError(
            f"The cutoff of {measure.name} must be a whole number from 1, such as {measure.name}@10;"
            f" it is '{text}'."
        ) from None
