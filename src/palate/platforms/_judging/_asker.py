"""Ask many questions at a time, keep every reply at once, and stop before the budget is exceeded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from palate.core.errors import PalateError
from palate.core.progress import Progress
from palate.platforms._judging._endpoint import Endpoint, EndpointError, RejectedError
from palate.platforms._judging._kept import Kept, KeptReply
from palate.platforms._judging._money import Budget, Prices
from palate.platforms._judging._questions import Question
from palate.platforms.base import UnreachableError

__all__ = ["Asker", "NoReply", "Outcome"]

_VAIN = 20
"""Requests that an endpoint does not take, none before them taken, after which no more are sent."""


class _BudgetUsedError(PalateError):
    """Another attempt could exceed the budget."""


@dataclass(frozen=True)
class NoReply:
    """Why a question has no reply: a word or two to count by, and what was said."""

    reason: str
    said: str = ""


Outcome = KeptReply | NoReply


@dataclass
class Asker:
    """Asks the questions of one model.

    Args:
        endpoint: Where; None where replies are only looked up.
        kept: Where replies are kept.
        budget: What may be spent.
        prices: Of tokens.
        max_tokens: The longest reply.
        image_tokens: The most that a picture counts as.
        about: The model and the prompt's hash.
        concurrency: Questions at a time.
        sent: How many questions got a reply by being sent.
    """

    endpoint: Endpoint | None
    kept: Kept
    budget: Budget
    prices: Prices
    max_tokens: int
    image_tokens: int
    about: tuple[str, str]
    concurrency: int
    sent: int = 0

    def outcomes(self, questions: Sequence[Question], progress: Progress) -> dict[str, Outcome]:
        """Return what came of every question, by its key; those whose reply is kept are not sent.

        Raises:
            EndpointError: The endpoint takes no requests of this kind, or of nobody; replies that came are kept.
            UnreachableError: It cannot be reached, or wants to be left alone for long; likewise.
        """
        found: dict[str, Outcome] = {}
        missing: dict[str, Question] = {}
        for question in questions:
            kept = self.kept.get(question.key)
            if kept is None:
                missing[question.key] = question
            else:
                found[question.key] = kept
        progress(len(found), len(found) + len(missing))
        if self.endpoint is None:
            return {**found, **dict.fromkeys(missing, NoReply("not asked"))}
        with ThreadPoolExecutor(self.concurrency) as threads, ExitStack() as failing:
            failing.callback(self.endpoint.stopped.set)  # nothing more is sent; what is under way is kept
            for question, outcome in _as_done(self, threads, iter(missing.values())):
                found[question.key] = outcome
                self.sent += isinstance(outcome, KeptReply)
                progress(len(found), len(questions))
                self._check_vain(found)
            failing.pop_all()
        return found

    def most(self, question: Question) -> Decimal:
        """Return the most that a question can cost."""
        return self.prices.at_most(question.text, self.max_tokens, self.image_tokens * question.pictures)

    def answer(self, question: Question) -> Outcome:
        """Return what came of a question that is sent, its reply kept."""
        at_most = self.most(question)
        if self.endpoint is None or not self.budget.hold(at_most):
            return NoReply("budget used up")
        numbers = [self.kept.begin(question.key, at_most)]

        def lost() -> None:
            # What was sent may be charged: its row stays, and another attempt needs money of its own.
            self.budget.settle(at_most, at_most)
            numbers.clear()
            if not self.budget.hold(at_most):
                raise _BudgetUsedError("budget used up")
            numbers.append(self.kept.begin(question.key, at_most))

        try:
            said, seconds = self.endpoint.ask(question.body, question.key, lost)
        except _BudgetUsedError:
            return NoReply("budget used up")
        except (EndpointError, UnreachableError):
            self._not_charged(numbers, at_most)
            raise
        except RejectedError as error:
            self._not_charged(numbers, at_most)
            return NoReply("rejected by the endpoint", str(error))
        except PalateError as error:
            self._not_charged(numbers, at_most)
            return NoReply("no reply", str(error))
        counted = said.prompt_tokens is not None and said.completion_tokens is not None
        cost = self.prices.of(said.prompt_tokens or 0, said.completion_tokens or 0) if counted else at_most
        reply = KeptReply(said, cost, counted, seconds, time.time())
        self.kept.keep(question.key, (*self.about, question.item, question.seed), reply, numbers[0])
        self.budget.settle(at_most, cost)
        return reply

    def _not_charged(self, numbers: list[int], at_most: Decimal) -> None:
        for number in numbers:
            self.kept.end(number)
            self.budget.settle(at_most, Decimal(0))

    def _check_vain(self, found: dict[str, Outcome]) -> None:
        if len(found) < _VAIN or any(isinstance(one, KeptReply) for one in found.values()):
            return
        reasons = Counter((one.reason, one.said) for one in found.values() if isinstance(one, NoReply))
        (reason, said), count = reasons.most_common(1)[0]
        if reason == "budget used up":
            return
        kind = UnreachableError if reason == "no reply" else EndpointError
        raise kind(f"None of {len(found):,} questions got a reply. Of {count:,}: {reason}. {said}")


def _as_done(
    asker: Asker, threads: ThreadPoolExecutor, questions: Iterator[Question]
) -> Iterator[tuple[Question, Outcome]]:
    """Yield questions with their outcomes as they come; only so many are handed to threads at a time."""
    running: dict[Future[Outcome], Question] = {}
    while True:
        for question in islice(questions, 2 * asker.concurrency - len(running)):
            running[threads.submit(asker.answer, question)] = question
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future.result()
