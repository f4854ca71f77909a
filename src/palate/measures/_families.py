"""Find the family of a measure by its name, so that one list may hold measures of every kind."""

from __future__ import annotations

from palate.core.errors import UnknownNameError
from palate.core.registry import Registry
from palate.measures._parse import is_name, names_in, parse_printed
from palate.measures._printed import Printed
from palate.measures.catalogue.registry import catalogue_registry
from palate.measures.pointwise.registry import pointwise_registry
from palate.measures.registry import measure_registry
from palate.measures.similarity.registry import similarity_registry
from palate.measures.subtopics.registry import subtopic_registry

__all__ = ["parse_any_measure", "why_not_of_rankings"]

_FAMILIES: tuple[Registry[Printed], ...] = (  # type: ignore[assignment]  # each hands out subclasses of Printed
    measure_registry,
    subtopic_registry,
    catalogue_registry,
    pointwise_registry,
    similarity_registry,
)


def parse_any_measure(text: str) -> Printed:
    """Return the measure that prints as ``text``, of rankings, subtopics, a catalogue, numbers or two rankings.

    Raises:
        UnknownNameError: There is no such measure in any family; the text suggests the nearest.
        SettingsError: It has no such setting, or refuses the value or the cutoff.

    >>> type(parse_any_measure("Cov@10")).__name__, str(parse_any_measure("α_nDCG@5"))
    ('Cov', 'alpha_nDCG@5')
    """
    name = text.partition("(")[0].partition("@")[0].strip()
    for registry in _FAMILIES:
        if is_name(name, registry):
            return parse_printed(text, registry)
    if not name:
        return parse_printed(text, measure_registry)  # says what a measure looks like
    raise UnknownNameError("measure", name, {known for registry in _FAMILIES for known in names_in(registry)})


def why_not_of_rankings(name: str) -> str | None:
    """Return why a name, known elsewhere, is no measure of rankings by judgments; None if nothing is known of it."""
    for registry in _FAMILIES[1:]:
        if is_name(name, registry):
            return (
                f"{name} is a {registry.kind}; here a measure of rankings by judgments is wanted, such as nDCG@10."
                " palate evaluate and palate rank-similarity measure by the others."
            )
    return None
