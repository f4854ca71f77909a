"""Questions as a batch file, and its results back: JSON lines, as endpoints with batches take and give them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from palate.core.atomic import replace_file
from palate.core.errors import InputError
from palate.platforms._judging._asker import Asker
from palate.platforms._judging._kept import KeptReply
from palate.platforms._judging._questions import Question
from palate.platforms._judging._replies import BrokenReplyError, read_said

__all__ = ["read_batch", "write_batch"]

_ADDRESS = "/v1/chat/completions"
_MOST_LINES = 50_000


def write_batch(questions: Sequence[Question], asker: Asker, path: Path) -> tuple[list[Path], int, Decimal]:
    """Write the questions without a kept reply; return the files, how many questions, and the most they can cost.

    A file holds at most 50,000 lines, as endpoints allow; of more, there are several, numbered.

    Args:
        questions: All of them.
        asker: Knows what is kept.
        path: The file, ``.jsonl``.

    Raises:
        OutputError: It cannot be written.
    """
    missing = list({one.key: one for one in questions if asker.kept.get(one.key) is None}.values())
    parts = [missing[start : start + _MOST_LINES] for start in range(0, len(missing), _MOST_LINES)] or [[]]
    files = [path] if len(parts) == 1 else [path.with_stem(f"{path.stem}-{n + 1}") for n in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        with replace_file(file) as temporary, temporary.open("w", encoding="utf-8") as out:
            for question in part:
                line = {
                    "custom_id": question.key,
                    "method": "POST",
                    "url": _ADDRESS,
                    "body": dict(question.body),
                }
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return files, len(missing), sum(map(asker.most, missing), Decimal(0))


def read_batch(questions: Sequence[Question], asker: Asker, path: Path) -> tuple[int, list[str]]:
    """Keep the replies of a batch's results; return how many, and a sentence for each line that holds none.

    Args:
        questions: All of them; a line for another question is passed over with a sentence.
        asker: Knows the prices, and where replies are kept.
        path: The file of results.

    Raises:
        InputError: It cannot be read, or a line is no result of a batch.
    """
    known = {question.key: question for question in questions}
    kept, problems = 0, []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The results cannot be read: {error}.", where=str(path)) from None
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        key, response = _result(line, row, path)
        question = known.get(key)
        if question is None:
            problems.append(
                f"Line {row:,} answers a question that these tasks, prompt and settings do not ask."
            )
            continue
        if response.get("status_code") != 200:
            problems.append(f"Line {row:,} holds no reply: its status is {response.get('status_code')}.")
            continue
        try:
            said = read_said(json.dumps(response.get("body")).encode())
        except BrokenReplyError as error:
            problems.append(f"Line {row:,} holds no reply: {error}")
            continue
        counted = said.prompt_tokens is not None and said.completion_tokens is not None
        cost = (
            asker.prices.of(said.prompt_tokens or 0, said.completion_tokens or 0)
            if counted
            else asker.most(question)
        )
        reply = KeptReply(said, cost, counted, None, time.time())
        asker.kept.keep(key, (*asker.about, question.item, question.seed), reply, None)
        kept += 1
    return kept, problems


def _result(line: str, row: int, path: Path) -> tuple[str, Mapping[str, Any]]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
        raise InputError(
            "Expected a result of a batch: a JSON object with 'custom_id' and 'response'.",
            where=str(path),
            row=row,
        )
    response = found.get("response")
    return found["custom_id"], response if isinstance(response, dict) else {}
