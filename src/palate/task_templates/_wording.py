"""The words of a template: labels, their translations, and where to look an item up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import quote

from palate.core.errors import InputError, SettingsError, nearest
from palate.task_templates._values import Json, clean_line, clean_link, clean_text, shown
from palate.task_templates._views import Direction, Link

__all__ = [
    "DirectionSetting",
    "Label",
    "LookUp",
    "Texts",
    "Translation",
    "Wording",
    "check_labels",
    "check_language",
    "check_look_up",
    "check_names",
    "check_texts",
    "check_translations",
    "direction_of",
    "text_of",
    "words_of",
]

Texts: TypeAlias = tuple[tuple[str, str], ...]
"""Texts by name, as pairs, so that settings are values; in JSON, an object."""

DirectionSetting = Literal["auto", "ltr", "rtl"]

_LONGEST_TEXT = 500
_LONGEST_NOTE = 2_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_LOOKED_UP = 200
"""Letters of a field that stand in an address; more finds nothing."""
_VALUE = re.compile(r"[^\s\"\[\]{},]{1,64}")
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "khw", "ks", "nqo", "pnb", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})


@dataclass(frozen=True)
class Label:
    """A label that annotators choose.

    Args:
        value: What is stored, such as ``relevant``; never translated. No blanks, commas, quotes or brackets.
        text: What is shown; the value if empty.
        key: The one key that chooses it; none if empty.
        description: When to choose it.
        cannot_judge: Whether it says that there is nothing to judge (a broken link, an unreadable text).
        grade: How good it is, where labels are grades: for judgments, more is better.
    """

    value: str
    text: str = ""
    key: str = ""
    description: str = ""
    cannot_judge: bool = False
    grade: float | None = None


@dataclass(frozen=True)
class LookUp:
    """A place to look an item up.

    Args:
        text: The link's text, such as "Search the web".
        url: Its address, with fields of the input in braces: ``https://example.org/search?q={title}``. Of a long
            field, the first 200 letters stand there.
    """

    text: str
    url: str

    def names(self) -> list[str]:
        """Return the names of the fields that the address needs."""
        return re.findall(r"\{([^{}]*)\}", self.url)

    def link(self, task_input: Mapping[str, Json]) -> Link | None:
        """Return the link for a task, None if the task lacks a field that it needs."""
        url = self.url
        for name in self.names():
            value = task_input.get(name)
            if not isinstance(value, str | int | float):
                return None
            url = url.replace(f"{{{name}}}", quote(str(value)[:_LOOKED_UP], safe=""))
        return Link(url, self.text)


@dataclass(frozen=True)
class Translation:
    """The wording in another language. What it leaves out is shown in the template's own language.

    Args:
        language: Its tag, such as ``ar`` or ``pt-BR``.
        direction: In which it is written; by the language if ``auto``.
        question: Translated, as the note.
        note: See there.
        texts: The template's further texts, by name.
        labels: The labels' texts, by value.
        descriptions: The labels' descriptions, by value.
    """

    language: str
    direction: DirectionSetting = "auto"
    question: str = ""
    note: str = ""
    texts: Texts = ()
    labels: Texts = ()
    descriptions: Texts = ()


@dataclass(frozen=True)
class Wording:
    """All words of a template in one language."""

    language: str
    direction: Direction
    question: str
    note: str
    texts: Mapping[str, str]
    labels: tuple[Label, ...]


def words_of(own: Wording, translations: Iterable[Translation], language: str) -> Wording:
    """Return the wording in the nearest language to ``language``: the same tag, the same language, else its own."""
    wanted = language.casefold().replace("_", "-")
    by_tag = {translation.language.casefold(): translation for translation in translations}
    if not wanted or wanted == own.language.casefold():
        return own
    main = wanted.partition("-")[0]
    found = by_tag.get(wanted) or by_tag.get(main)
    if found is None and own.language.casefold().partition("-")[0] != main:
        found = next((by_tag[tag] for tag in by_tag if tag.partition("-")[0] == main), None)
    if found is None:
        return own
    texts, descriptions = dict(found.labels), dict(found.descriptions)
    labels = tuple(
        replace(
            label,
            text=texts.get(label.value, label.text),
            description=descriptions.get(label.value, label.description),
        )
        for label in own.labels
    )
    return Wording(
        found.language,
        direction_of(found.language, found.direction),
        found.question or own.question,
        found.note or own.note,
        {**own.texts, **dict(found.texts)},
        labels,
    )


def direction_of(language: str, direction: DirectionSetting = "auto") -> Direction:
    """Return the direction in which a language is written.

    >>> direction_of("ar-EG"), direction_of("az-Arab"), direction_of("pt")
    ('rtl', 'rtl', 'ltr')
    """
    if direction != "auto":
        return direction
    main, *more = language.casefold().split("-")
    script = next((tag for tag in more if len(tag) == 4 and tag.isalpha()), "")
    if script:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if main in _RIGHT_TO_LEFT else "ltr"


def check_language(name: str, language: str) -> None:
    """Raise an error unless ``language`` is a tag such as ``en`` or ``pt-BR``."""
    if not _LANGUAGE.fullmatch(language):
        raise SettingsError(f"'{name}' must be a language tag such as en or pt-BR; it is {shown(language)}.")


def check_texts(**texts: str) -> None:
    """Raise an error unless every text, given by its setting's name, can be shown; notes may be longer."""
    for name, text in texts.items():
        longest = _LONGEST_NOTE if name in {"note", "description"} else _LONGEST_TEXT
        try:
            clean_text(text, longest, name)
        except InputError as error:
            raise SettingsError(f"'{name}' cannot be shown. {error.problem}") from None


def text_of(label: Label) -> str:
    """Return what is shown of a label."""
    return label.text or label.value


def check_labels(labels: tuple[Label, ...], *, least: int = 2) -> None:
    """Raise an error unless the labels differ in value, text and key, and at least ``least`` of them judge.

    Raises:
        SettingsError: The text names the label.
    """
    if len(labels) > 100 or sum(not label.cannot_judge for label in labels) < least:
        raise SettingsError(
            f"'labels' must be {least} to 100, besides those that say that there is nothing to judge; they are"
            f" {len(labels):,}: {', '.join(label.value[:64] for label in labels[:10])}."
        )
    for label in labels:
        _check_label(label)
    for what in ("value", "text", "key"):
        seen: set[str] = set()
        for label in labels:
            mark = text_of(label) if what == "text" else getattr(label, what)
            if mark and mark.casefold() in seen:
                raise SettingsError(f"Two labels have the {what} {shown(mark)}. Make them differ.")
            seen.add(mark.casefold())


def check_translations(
    translations: tuple[Translation, ...], language: str, texts: Iterable[str], labels: tuple[Label, ...]
) -> None:
    """Raise an error unless translations are of different languages, of words that there are, and tell labels apart."""
    values = [label.value for label in labels]
    seen = {language.casefold()}
    for translation in translations:
        check_language("language", translation.language)
        tag = translation.language.casefold()
        if tag in seen:
            raise SettingsError(f"There are two wordings in the language '{translation.language}'. Keep one.")
        seen.add(tag)
        check_texts(question=translation.question, note=translation.note)
        check_names("texts", translation.texts, texts)
        check_names("labels", translation.labels, values)
        check_names("descriptions", translation.descriptions, values)
        wordings = {**{label.value: text_of(label) for label in labels}, **dict(translation.labels)}
        if len({text.casefold() for text in wordings.values()}) < len(wordings):
            raise SettingsError(f"Two labels have the same text in the language '{translation.language}'.")


def check_names(setting: str, pairs: Texts, known: Iterable[str]) -> None:
    """Raise an error if texts have a name that is not known, or have it twice."""
    names = list(known)
    seen: set[str] = set()
    for name, text in pairs:
        if name not in names:
            guess = nearest(name, names)
            hint = f" Did you mean '{guess}'?" if guess else ""
            listed = ", ".join(names) or "none"
            raise SettingsError(f"'{setting}' has no {shown(name)} to word.{hint} There are: {listed}.")
        if name in seen:
            raise SettingsError(f"'{setting}' has {shown(name)} twice. Keep one.")
        seen.add(name)
        if not text.strip():
            raise SettingsError(
                f"'{setting}' has no text for {shown(name)}. Give one, or leave the name out."
            )
        check_texts(**{"description" if setting == "descriptions" else setting: text})


def check_look_up(place: LookUp, known: Iterable[str]) -> None:
    """Raise an error unless the address is a web address of one host, and its fields are of the input."""
    check_texts(look_up=place.text)
    host = re.match(r"https?://[^/{}?#]+/", place.url)
    try:
        clean_link(re.sub(r"\{[^{}]*\}", "x", place.url), "look_up")
    except InputError:
        host = None
    if host is None or not place.text.strip():
        raise SettingsError(
            "'look_up' needs a text and an address such as https://example.org/search?q={title}, whose host is fixed;"
            f" they are {shown(place.text)} and {shown(place.url)}."
        )
    names = list(known)
    for name in place.names():
        if name not in names:
            raise SettingsError(
                f"'look_up' names the field {shown(name)}, which the input lacks. It has: {', '.join(names)}."
            )


def _check_label(label: Label) -> None:
    if not _VALUE.fullmatch(label.value) or clean_line(label.value, 64, "labels") != label.value:
        raise SettingsError(
            "A label's value must be 1 to 64 letters without blanks, commas, quotes and brackets; it is"
            f" {shown(label.value)}. What is shown is its text."
        )
    check_texts(text=label.text, description=label.description)
    if label.key and (len(label.key) != 1 or not label.key.isprintable() or label.key.isspace()):
        raise SettingsError(
            f"The key of the label '{label.value}' must be one letter, digit or sign; it is {shown(label.key)}."
        )
