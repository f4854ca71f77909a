"""What is asked of a model about the tasks of a pool: one question a task, order of sides and sample."""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from palate.core.errors import InputError, SettingsError
from palate.core.hashing import hash_json
from palate.platforms._judging._prompts import PromptTemplate, task_text
from palate.platforms.base import Pool
from palate.task_templates import ChoiceTemplate, TaskTemplate, from_settings
from palate.task_templates._sides import SidesTemplate

__all__ = ["TURNED", "Asking", "PictureError", "Question", "choice_template", "label_words", "task_inputs"]

TURNED: Mapping[str, str] = {"left": "right", "right": "left"}
_LARGEST_PICTURE = 20 * 2**20


class PictureError(InputError):
    """A picture of a task cannot be sent."""


@dataclass(frozen=True)
class Question:
    """One request.

    Args:
        place: Of the task in the pool.
        swapped: Whether the sides are exchanged.
        sample: Which of several samples it is, from 0.
        item: The digest of what is shown.
        key: Names the reply: by the model, the prompt, the item and the seed.
        seed: For the model.
        body: Of the request.
        text: All that is sent but pictures.
        pictures: How many are sent.
    """

    place: int
    swapped: bool
    sample: int
    item: str
    key: str
    seed: int
    body: Mapping[str, Any]
    text: str
    pictures: int


@dataclass(frozen=True)
class Asking:
    """How a model is asked about tasks of one template.

    Args:
        model: Its name.
        prompt: What stands around a task.
        instructions: The project's.
        template: What is shown and may be answered; sides stand as the task has them.
        language: Of the wording.
        parameters: Of every request's body, such as the temperature.
        images: Whether pictures are sent.
        image_folder: Where pictures lie that a task names by a path; empty where there are none.
        seed: For the model; samples have seeds of their own.
        round: What sets apart replies to the same question at different times.
    """

    model: str
    prompt: PromptTemplate
    instructions: str
    template: ChoiceTemplate
    language: str
    parameters: Mapping[str, Any]
    images: bool
    image_folder: str
    seed: int
    round: str

    @property
    def prompt_hash(self) -> str:
        """The digest of all that the model is told beside the task, and of how it answers."""
        wording = self.template.wording(self.language)
        labels = [[one.value, one.text, one.description] for one in wording.labels]
        return hash_json(
            [
                self.prompt.hash,
                self.instructions,
                [wording.language, wording.question, wording.note, dict(wording.texts), labels],
                type(self.template).__module__,
                dict(self.parameters),
                self.images,
            ]
        )

    def question(
        self, place: int, task_input: Mapping[str, Any], prompt_hash: str, *, swapped: bool, sample: int
    ) -> Question:
        """Return the question about a task.

        Raises:
            PictureError: One of its pictures cannot be sent.
        """
        turned = _turned(task_input) if swapped else task_input
        view = self.template.view(turned, seed=0, language=self.language)
        text, addresses = task_text(self.prompt, self.instructions, view, images=self.images)
        pictures = [_sendable(address, self.image_folder) for address in addresses]
        seed = int(hash_json([self.seed, self.round, sample])[:8], 16) >> 1
        item = hash_json([text, pictures])
        content: Any = text
        if pictures:
            shown = [{"type": "image_url", "image_url": {"url": picture}} for picture in pictures]
            content = [{"type": "text", "text": text}, *shown]
        messages = [
            {"role": "system", "content": self.prompt.system},
            {"role": "user", "content": content},
        ]
        key = hash_json([self.model, prompt_hash, item, seed, self.round, sample])
        body = {"model": self.model, "messages": messages, **self.parameters, "seed": seed}
        return Question(
            place, swapped, sample, item, key, seed, body, self.prompt.system + text, len(pictures)
        )


def choice_template(pool: Pool) -> ChoiceTemplate:
    """Return the template by which a pool is asked, with sides as the task has them.

    Raises:
        InputError: The pool has none.
        SettingsError: Its answers are no labels.
    """
    if not pool.template:
        raise InputError("A pool for a model needs a task template; this one has none.", where="pool")
    template: TaskTemplate = from_settings(pool.template, pool.template_settings)
    if not isinstance(template, ChoiceTemplate):
        raise SettingsError(
            f"A model judge chooses one label a task; tasks of '{pool.template}' are answered otherwise. Choose a template"
            " such as graded_relevance or side_by_side."
        )
    return replace(template, shuffled=False) if isinstance(template, SidesTemplate) else template


def label_words(template: ChoiceTemplate, language: str) -> dict[str, str]:
    """Return the label by every text, case-folded, that names it and no other: its value, and what people see."""
    found: dict[str, set[str]] = {}
    for label in template.wording(language).labels:
        for word in {label.value, label.text or label.value}:
            found.setdefault(" ".join(word.casefold().split()), set()).add(label.value)
    values = {label.value.casefold(): label.value for label in template.labels}
    return {**{word: labels.pop() for word, labels in found.items() if len(labels) == 1}, **values}


def task_inputs(pool: Pool, template: ChoiceTemplate) -> list[dict[str, Any]]:
    """Return what is shown of each task, checked.

    Raises:
        InputError: The pool has no column ``shown``, or a task's is not what the template shows.
    """
    if "shown" not in pool.tasks.columns:
        raise InputError(
            "A pool for a model needs the column 'shown': what it sees of each task, a JSON object by the fields of the"
            " task template.",
            where="tasks",
        )
    inputs = []
    for row, shown in enumerate(pool.tasks["shown"], start=1):
        try:
            inputs.append(dict(template.check_input(json.loads(shown))))
        except (ValueError, TypeError):
            raise InputError(
                "What is shown must be a JSON object.", where="tasks", row=row, column="shown"
            ) from None
        except InputError as error:
            problem = f"{error.column}: {error.problem}" if error.column else error.problem
            raise InputError(problem, where="tasks", row=row, column="shown") from None
    return inputs


def _turned(task_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input with its sides exchanged."""

    def other(name: str) -> str:
        side, mark, rest = name.partition("_")
        return f"{TURNED.get(side, side)}{mark}{rest}"

    return {other(name): value for name, value in task_input.items()}


def _sendable(address: str, folder: str) -> str:
    """Return a picture's address on the web as it is; a file's content as a data URL.

    Raises:
        PictureError: The file is not in the folder, is none, or is no picture.
    """
    if not address.startswith("/"):
        return address
    if not folder:
        raise PictureError(
            f"The picture {address} is a path. Name the folder that holds it in 'image_folder'."
        )
    root = Path(folder).expanduser().resolve()
    path = (root / address.lstrip("/")).resolve()
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not path.is_relative_to(root) or not path.is_file():
        raise PictureError(f"There is no picture {address} in {folder}.")
    if not kind.startswith("image/") or path.stat().st_size > _LARGEST_PICTURE:
        raise PictureError(f"{address} is no picture of at most {_LARGEST_PICTURE // 2**20} MB.")
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
