"""What a model said, read strictly: a label of the task, or none and why. Nothing is guessed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palate.core.errors import PalateError

__all__ = ["BrokenReplyError", "Reply", "Said", "label_shares", "read_label", "read_said"]

_ANSWER = re.compile(
    r"^[\s*_#>`]*(?:final\s+)?(?:answer|label|grade|rating|verdict)[\s*_`]*[:=][\s*_`]*(.+?)[\s*_`]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = re.compile(r"^```[a-z]*\s*(.*?)\s*```$", re.DOTALL | re.IGNORECASE)
_NAMES = ("answer", "label", "grade", "rating", "verdict")
_AROUND = " \t\r\n\"'`*_.,:;!()[]{}<>“”‘’"
_LEAST_COVERED = 0.5
"""Share of probability that must fall on labels; below it the log probabilities are about something else."""


class BrokenReplyError(PalateError):
    """What came is no reply of a chat: no JSON, cut off on the way, or without what every reply has."""


@dataclass(frozen=True)
class Said:
    """A reply as it is kept.

    Args:
        content: What the model said.
        finish: Why it stopped, as the endpoint calls it.
        refusal: What it said where it refused.
        logprobs: For each token its text and the likeliest alternatives by log probability; empty where not given.
        prompt_tokens: Read; None where the endpoint does not say.
        completion_tokens: Written; likewise.
    """

    content: str
    finish: str = ""
    refusal: str = ""
    logprobs: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a reply means for a task.

    Args:
        label: The label; None where there is none.
        problem: Why there is none; empty where there is one.
        shares: The labels' probabilities by the log probabilities; None where these were not given or are of no use.
    """

    label: str | None
    problem: str = ""
    shares: Mapping[str, float] | None = None


def read_said(body: bytes) -> Said:
    """Return the first choice of a reply of ``/v1/chat/completions``.

    Raises:
        BrokenReplyError: It is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise BrokenReplyError("The reply is no JSON, or was cut off on the way.") from None
    choices = found.get("choices") if isinstance(found, dict) else None
    if not isinstance(choices, list) or not choices:
        raise BrokenReplyError("The reply holds no choices.")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise BrokenReplyError("The reply's choice holds no message.")
    content, refusal = _text(message.get("content")), _text(message.get("refusal"))
    if content is None and not refusal and choice.get("finish_reason") != "content_filter":
        raise BrokenReplyError("The reply's message holds no text.")
    usage = found.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Said(
        content or "",
        _text(choice.get("finish_reason")) or "",
        refusal or "",
        _logprobs(choice.get("logprobs")),
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
    )


def read_label(said: Said, words: Mapping[str, str]) -> Reply:
    """Return the label that a reply names.

    It must be all of the reply, or the value of ``answer`` in a JSON object, or stand in a line such as ``Answer: 2``;
    capitals and marks around do not matter. Replies that name several labels so, or none, have none.

    Args:
        said: The reply.
        words: The label by each text, case-folded, that names it: its value, and what people see.
    """
    if said.refusal or said.finish == "content_filter":
        return Reply(None, "refused")
    text = said.content.strip()
    if not text:
        return Reply(None, "cut off" if said.finish == "length" else "empty")
    whole = words.get(_plain(text))
    if whole is not None:
        named = {whole}
    else:
        inner = _FENCE.match(text)
        named = _named_in(inner[1] if inner else text, words)
    if len(named) > 1:
        return Reply(None, "names several labels")
    if not named:
        return Reply(None, "cut off" if said.finish == "length" else "names no label")
    label = named.pop()
    if said.finish == "length" and any(
        word != _plain(label) and word.startswith(_plain(label)) for word in words
    ):
        return Reply(None, "cut off")
    return Reply(label, "", label_shares(said, label, words))


def label_shares(said: Said, label: str, words: Mapping[str, str]) -> dict[str, float] | None:
    """Return the labels' probabilities by the alternatives to the token with which the label begins.

    An alternative counts for a label if it begins the label's words, or is begun by them, and for none other. The
    shares are of what falls on labels; None where that is less than half.
    """
    place = _token_of(said, label, words)
    if place is None:
        return None
    masses: dict[str, float] = {}
    for token, logprob in said.logprobs[place][1]:
        begun = _begun(token, words)
        if begun is not None:
            masses[begun] = masses.get(begun, 0.0) + math.exp(min(logprob, 0.0))
    covered = sum(masses.values())
    if covered < _LEAST_COVERED or label not in masses:
        return None
    return {one: mass / covered for one, mass in masses.items()}


def _named_in(text: str, words: Mapping[str, str]) -> set[str]:
    """Return the labels that JSON or answering lines name; an answering line that names no label counts as none."""
    given: list[object] = []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        given = [match[1] for match in _ANSWER.finditer(text)]
    else:
        if isinstance(found, dict):
            given = [value for name, value in found.items() if str(name).casefold() in _NAMES]
        elif isinstance(found, str):
            given = [found]
    named = [words.get(_plain(_spelled(one))) for one in given]
    return {one for one in named if one is not None} if None not in named else set()


def _spelled(value: object) -> str:
    """Return a value of JSON as a label is spelled, a whole number without its decimals; empty where it is none."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(_AROUND)


def _token_of(said: Said, label: str, words: Mapping[str, str]) -> int | None:
    """Return the last token at which a text begins that names the label; None if the tokens do not show it."""
    names = [word for word, one in words.items() if one == label]
    spelled = "".join(token for token, _ in said.logprobs).casefold()
    starts = [
        found.start() for name in names for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", spelled)
    ]
    if not starts:
        return None
    start, end = max(starts), 0
    for place, (token, _) in enumerate(said.logprobs):
        end += len(token.casefold())
        if start < end:
            return place
    return None


def _begun(token: str, words: Mapping[str, str]) -> str | None:
    """Return the one label that a token begins."""
    begin = _plain(token)
    if not begin:
        return None
    found = {label for word, label in words.items() if word.startswith(begin)}
    return found.pop() if len(found) == 1 else None


def _text(value: object) -> str | None:
    """Return text, also where it comes in parts."""
    if isinstance(value, list):
        parts = [part.get("text") for part in value if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _logprobs(found: object) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Return what can be read of the log probabilities; endpoints differ, and nothing depends on them alone."""
    content = found.get("content") if isinstance(found, dict) else None
    if not isinstance(content, list):
        return ()
    tokens = []
    for one in content:
        if not isinstance(one, dict) or not isinstance(one.get("token"), str):
            return ()
        others = one.get("top_logprobs")
        tokens.append((one["token"], _alternatives(others if isinstance(others, list) else [])))
    return tuple(tokens)


def _alternatives(given: Sequence[object]) -> tuple[tuple[str, float], ...]:
    return tuple(
        (one["token"], float(one["logprob"]))
        for one in given
        if isinstance(one, dict)
        and isinstance(one.get("token"), str)
        and isinstance(one.get("logprob"), int | float)
        and not math.isnan(one["logprob"])
    )
