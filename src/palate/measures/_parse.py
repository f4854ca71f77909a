"""Read a measure from its text: ``nDCG@10``, ``P(rel=2)@5``, as ir_measures writes them."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from functools import cache
from typing import Any

from palate.core.errors import SettingsError, UnknownNameError, nearest
from palate.core.registry import plain_name
from palate.measures.base import Measure
from palate.measures.registry import measure_registry

__all__ = ["parse_measure"]

_FORM = re.compile(
    r"\s* (?P<name>[^(@]*?) \s* (?:\( (?P<settings>[^()]*) \) \s*)? (?P<at>@ \s* (?P<cutoff>.*?))? \s*",
    re.VERBOSE | re.DOTALL,
)


def parse_measure(text: str) -> Measure:
    """Return the measure that prints as ``text``; aliases such as ``Recall`` and capitals do not matter.

    Raises:
        UnknownNameError: There is no such measure; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the value or the cutoff.

    >>> str(parse_measure("Recall@10")), parse_measure("P(rel=2)@5").relevant_from
    ('R@10', 2)
    """
    form = _FORM.fullmatch(text)
    if form is None or not form["name"]:
        raise SettingsError(
            f"Cannot read the measure {text!r}. Write a name, settings in brackets and a cutoff, such as"
            " nDCG@10, P(rel=2)@5 or AP."
        )
    measure = _measure_named(form["name"])
    settings = _settings(form["settings"] or "", measure)
    if form["at"]:
        settings["cutoff"] = _cutoff(form["cutoff"], measure)
    return measure(**settings)


def _measure_named(name: str) -> type[Measure]:
    found = _measures_by_name().get(plain_name(name))
    if found is None:
        raise UnknownNameError("measure", name, {measure.name for measure in measure_registry})
    return found


@cache
def _measures_by_name() -> dict[str, type[Measure]]:
    named: dict[str, type[Measure]] = {}
    for registered in measure_registry.names():
        measure = measure_registry.get(registered)
        for name in (measure.name, *measure.aliases, registered):
            named.setdefault(plain_name(name), measure)
    return named


def _settings(text: str, measure: type[Measure]) -> dict[str, Any]:
    known = {field.name: field.name for field in fields(measure)}
    known |= {short: field for field, short in measure.short.items()}
    settings: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
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


def _value(text: str, field: str, measure: type[Measure]) -> object:
    bare = text.strip("'\"")
    for choice, printed in measure.choices.get(field, {}).items():
        if bare in {choice, printed.strip("'\"")}:
            return choice
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        return bare


def _cutoff(text: str, measure: type[Measure]) -> int:
    if "cutoff" not in {field.name for field in fields(measure)}:
        raise SettingsError(f"{measure.name} takes no cutoff. Write {measure.name}.")
    try:
        return int(text)
    except ValueError:
        raise SettingsError(
            f"The cutoff of {measure.name} must be a whole number from 1, such as {measure.name}@10;"
            f" it is '{text}'."
        ) from None
