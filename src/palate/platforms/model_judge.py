"""Ask a language model at an OpenAI-compatible endpoint: an annotator of the kind ``model``, beside people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar

from palate.core.errors import InputError, SettingsError
from palate.core.progress import Progress, no_progress
from palate.core.randomness import Seed
from palate.core.settings import check_counts, check_positive
from palate.platforms._estimate import Bonus, Estimate
from palate.platforms._judging._asker import Asker
from palate.platforms._judging._batches import read_batch, write_batch
from palate.platforms._judging._combined import Combine
from palate.platforms._judging._endpoint import Attempts, Endpoint, check_address
from palate.platforms._judging._judged import Judged, ModelEstimate, judged
from palate.platforms._judging._kept import Kept
from palate.platforms._judging._money import Budget, Prices, dollars
from palate.platforms._judging._prompts import prompt_called
from palate.platforms._judging._questions import (
    Asking,
    PictureError,
    Question,
    choice_template,
    task_inputs,
)
from palate.platforms.base import Collected, Platform, Pool, UnreachableError
from palate.task_templates import ChoiceTemplate
from palate.task_templates._sides import SidesTemplate

__all__ = ["ModelJudge"]

_LIKELY_BYTES = 4
"""Of a token, about, in text: for what a pool will likely cost."""
T = TypeVar("T")


@dataclass(frozen=True)
class ModelJudge(Platform):
    """A language model at any endpoint that speaks ``/v1/chat/completions``, asked as people are.

    It is told the project's instructions, the question, the labels and the task, and gives one answer a task, however great the
    overlap: it is one annotator of the kind ``model``. What it says counts only where it names one label; all else is
    missing, with a reason. Replies are kept in ``cache`` the moment they come, by model, prompt, item and seed: after a crash
    nothing is asked, or paid, twice. The key comes from the environment variable that ``key_variable`` names and is
    never shown or kept.

    Args:
        endpoint: Its address, such as ``https://models.example.org/v1``; http only on this machine.
        model: The model's name there; needed before anything is asked.
        prompt: ``direct`` (the label alone), ``reasoned`` (reasons first), or a text file with places such as ``{task}``.
        key_variable: The environment variable that holds the key; no key is sent where it is not set.
        samples: Replies to each question, with different seeds; the label that most name is the answer.
        temperature: Of the model.
        max_tokens: How long a reply may be; as the prompt needs if None.
        length_field: What the endpoint calls ``max_tokens``.
        top_logprobs: How many alternatives to each token to ask for, for probabilities and expected grades; 0 asks for none.
        sides: Of pairs, ``both`` orders are asked, or the task's own (``as_given``).
        combine: Where both orders name different sides: ``consistent`` makes it a tie (or missing, without such a label);
            ``averaged`` lets the mean probabilities decide.
        images: Whether the model takes pictures.
        image_folder: Where pictures lie that tasks name by a path such as ``/media/shoe.jpg``.
        image_tokens: The most that a picture counts as, for the budget.
        concurrency: Requests at a time.
        timeout: Seconds for an attempt.
        attempts: At a request that gets no reply.
        backoff: Seconds before the second attempt, doubled at each; where the endpoint says how long, that.
        input_price: Dollars for a million tokens read.
        output_price: Dollars for a million tokens written.
        budget: The most that all replies in ``cache`` may cost, dollars; nothing is sent that might exceed it.
        cache: The file in which replies are kept; in a study, relative to its directory.
        round: A name that sets apart replies to the same questions at different times, such as a date.
        language: Of the wording; the template's own if empty.
        extra: Further fields of every request's body.

    Raises:
        SettingsError: A setting is out of range.
    """

    asks_more_where_answers_disagree: ClassVar[bool] = False

    endpoint: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    prompt: str = "direct"
    key_variable: str = "PALATE_JUDGE_KEY"
    samples: int = 1
    temperature: float = 0.0
    max_tokens: int | None = None
    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    top_logprobs: int = 10
    sides: Literal["both", "as_given"] = "both"
    combine: Combine = "consistent"
    images: bool = False
    image_folder: str = ""
    image_tokens: int = 2_000
    concurrency: int = 4
    timeout: float = 60.0
    attempts: int = 6
    backoff: float = 0.5
    input_price: Decimal | float | str | None = None
    output_price: Decimal | float | str | None = None
    budget: Decimal | float | str | None = None
    cache: str = "model-judge.sqlite"
    round: str = ""
    language: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_address(self.endpoint)
        check_counts(
            samples=self.samples,
            concurrency=self.concurrency,
            attempts=self.attempts,
            max_tokens=1 if self.max_tokens is None else self.max_tokens,
        )
        check_positive(timeout=self.timeout, backoff=self.backoff)
        if not 0 <= self.temperature <= 2 or not 0 <= self.top_logprobs <= 20 or self.image_tokens < 0:
            raise SettingsError(
                "'temperature' must be from 0 to 2, 'top_logprobs' from 0 to 20, 'image_tokens' from 0; they are"
                f" {self.temperature}, {self.top_logprobs} and {self.image_tokens}."
            )
        if self.samples > 1 and self.temperature == 0:
            raise SettingsError(
                f"{self.samples} samples at temperature 0 are one sample paid {self.samples} times. Raise 'temperature',"
                " or ask for one."
            )
        prices = (dollars(self.input_price, "input_price"), dollars(self.output_price, "output_price"))
        if dollars(self.budget, "budget") is not None and None in prices:
            raise SettingsError("A budget needs prices: set 'input_price' and 'output_price'.")
        if "messages" in self.extra or "model" in self.extra or "stream" in self.extra:
            raise SettingsError("'extra' cannot replace the messages or the model, nor ask for a stream.")
        prompt_called(self.prompt)

    def ask(
        self,
        pool: Pool,
        *,
        seed: Seed = 0,
        now: float = 0.0,  # noqa: ARG002 (a model answers when it does)
        progress: Progress = no_progress,
    ) -> Collected:
        """Return the model's answers, one a task; what it did not answer is counted in the table of annotators.

        Raises:
            SettingsError: The pool's template does not ask for labels.
            InputError: The pool says nothing to show, or no task has an answer.
            EndpointError: The endpoint takes no requests; replies that came are kept.
            UnreachableError: It cannot be reached now; likewise.
        """
        found = self.judge(pool, seed=seed, progress=progress)
        if found.answers.is_empty():
            text = f"The model answered none of {len(pool.tasks):,} tasks: {found.reasons}."
            if set(found.missing["reason"]) == {"no reply"}:
                raise UnreachableError(f"{text} Run the same again later.")
            raise InputError(text)
        return Collected(found.answers, found.annotators, pages=len(found.answers), cost=found.cost)

    def judge(
        self, pool: Pool, *, seed: Seed = 0, kept_only: bool = False, progress: Progress = no_progress
    ) -> Judged:
        """Return the model's answers with what is missing and why.

        Args:
            pool: The tasks; overlap, golden tasks and price play no part.
            seed: Of the model's replies; the same seed finds the same replies.
            kept_only: Whether to send nothing and look only at replies that are kept.
            progress: Called with (replies had, replies wanted).

        Raises:
            SettingsError: The pool's template does not ask for labels.
            InputError: The pool says nothing to show.
            EndpointError: The endpoint takes no requests; replies that came are kept.
            UnreachableError: It cannot be reached now; likewise.
        """

        def ask(asker: Asker, asking: Asking, questions: list[Question], missing: dict[int, str]) -> Judged:
            outcomes = asker.outcomes(questions, progress)
            return judged(
                pool,
                asking,
                questions=questions,
                outcomes=outcomes,
                missing=missing,
                combine=self.combine,
                asker=asker,
            )

        return self._with_asker(pool, seed, ask, send=not kept_only)

    def write_batch(self, pool: Pool, path: Path, *, seed: Seed = 0) -> tuple[list[Path], int, Decimal]:
        """Write a batch of the questions that have no kept reply; return the files, how many, and the most they can cost.

        Raises:
            SettingsError: They might exceed the budget, or the pool's template does not ask for labels.
            InputError: The pool says nothing to show.
            OutputError: A file cannot be written.
        """

        def write(
            asker: Asker,
            asking: Asking,  # noqa: ARG001 (what is written is in the questions)
            questions: list[Question],
            missing: dict[int, str],  # noqa: ARG001 (reported when replies are read)
        ) -> tuple[list[Path], int, Decimal]:
            wanted = sum(
                (asker.most(one) for one in questions if asker.kept.get(one.key) is None), Decimal(0)
            )
            if not asker.budget.hold(wanted):
                raise SettingsError(
                    f"The batch can cost ${wanted:,.4f} at most, more than is left of the budget of ${self.budget}."
                )
            return write_batch(questions, asker, path)

        return self._with_asker(pool, seed, write, send=False)

    def read_batch(self, pool: Pool, path: Path, *, seed: Seed = 0) -> tuple[int, list[str]]:
        """Keep the replies of a batch's results; return how many, and a sentence for each line that holds none.

        Raises:
            InputError: The file cannot be read, or holds something else.
        """

        def read(
            asker: Asker,
            asking: Asking,  # noqa: ARG001 (as above)
            questions: list[Question],
            missing: dict[int, str],  # noqa: ARG001 (as above)
        ) -> tuple[int, list[str]]:
            return read_batch(questions, asker, path)

        return self._with_asker(pool, seed, read, send=False)

    def estimate(self, pool: Pool, *, seconds_per_page: float | None = None) -> Estimate:  # noqa: ARG002 (nobody's time is paid)
        """Return what the pool will likely cost and the most that it can, nothing kept being counted."""
        _, questions, _ = self._questions(pool, 0)
        prices, longest = self._prices(), self._longest()
        likely = sum(
            (
                prices.of(len(one.text) // _LIKELY_BYTES + self.image_tokens * one.pictures, longest // 2)
                for one in questions
            ),
            Decimal(0),
        )
        most = sum(
            (prices.at_most(one.text, longest, self.image_tokens * one.pictures) for one in questions),
            Decimal(0),
        )
        return ModelEstimate(
            answers=len(pool.tasks),
            pages=len(questions),
            reward=Decimal(0),
            rewards=likely,
            fees=Decimal(0),
            most=most,
            seconds_per_page=1.0,
            model=self.model,
        )

    def shortcomings(self, pool: Pool) -> tuple[str, ...]:
        """Return what a model cannot do of what the pool wants."""
        found = [
            "A model is one annotator: it answers each task once, and its answers do not count towards the overlap of people."
        ]
        if pool.golden is not None:
            found.append("Golden tasks do not train or exclude it; they measure how it errs.")
        if (
            not self.images
            and "shown" in pool.tasks.columns
            and pool.tasks["shown"].str.contains('image":').any()
        ):
            found.append("It is not shown the tasks' pictures; set 'images' if the model takes them.")
        if self._prices() == Prices() and self.input_price is None:
            found.append("Its prices are not set, so it is counted as free.")
        return (*found, "It opens no links.")

    def pay(self, pool: Pool, bonuses: Sequence[Bonus]) -> Decimal:  # noqa: ARG002 (whatever the floor for people)
        """Return that nothing is paid: nobody is owed an hour's pay."""
        return Decimal(0)

    def within(self, directory: Path) -> Self:
        """Return the platform with its cache, pictures and prompt taken from a directory."""
        images = str(directory / self.image_folder) if self.image_folder else ""
        own = directory / self.prompt
        prompt = str(own) if Path(self.prompt).suffix and own.exists() else self.prompt
        return replace(self, cache=str(directory / self.cache), image_folder=images, prompt=prompt)

    def _with_asker(
        self,
        pool: Pool,
        seed: Seed,
        use: Callable[[Asker, Asking, list[Question], dict[int, str]], T],
        *,
        send: bool,
    ) -> T:
        asking, questions, missing = self._questions(pool, seed)
        with ExitStack() as stack:
            kept = stack.enter_context(Kept(Path(self.cache).expanduser()))
            spent = sum(kept.spent(), Decimal(0))
            endpoint = None
            if send:
                key = os.environ.get(self.key_variable, "").strip()
                patience = Attempts(self.attempts, self.timeout, self.backoff)
                endpoint = Endpoint(check_address(self.endpoint), key, patience, self.concurrency)
                stack.callback(endpoint.close)
            asker = Asker(
                endpoint,
                kept,
                Budget(dollars(self.budget, "budget"), spent),
                self._prices(),
                self._longest(),
                self.image_tokens,
                (self.model, asking.prompt_hash),
                self.concurrency,
            )
            return use(asker, asking, questions, missing)

    def _questions(self, pool: Pool, seed: Seed) -> tuple[Asking, list[Question], dict[int, str]]:
        """Return all questions, and why tasks have none, by place."""
        if not self.model.strip():
            raise SettingsError("'model' must name the model, as the endpoint calls it; it is empty.")
        template = choice_template(pool)
        asking = Asking(
            model=self.model,
            prompt=prompt_called(self.prompt),
            instructions=pool.instructions,
            template=template,
            language=self.language,
            parameters=self._parameters(),
            images=self.images,
            image_folder=self.image_folder,
            seed=seed if isinstance(seed, int) else int(seed.integers(2**31)),
            round=self.round,
        )
        orders = (False, True) if self._both(template) else (False,)
        prompt_hash = asking.prompt_hash
        questions: list[Question] = []
        missing: dict[int, str] = {}
        for place, task_input in enumerate(task_inputs(pool, template)):
            try:
                questions += [
                    asking.question(place, task_input, prompt_hash, swapped=swapped, sample=sample)
                    for swapped in orders
                    for sample in range(self.samples)
                ]
            except PictureError as error:
                missing[place] = error.problem
        return asking, questions, missing

    def _both(self, template: ChoiceTemplate) -> bool:
        return isinstance(template, SidesTemplate) and self.sides == "both"

    def _parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {"temperature": self.temperature, self.length_field: self._longest()}
        if self.top_logprobs:
            found |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        return found | dict(self.extra)

    def _longest(self) -> int:
        return prompt_called(self.prompt).max_tokens if self.max_tokens is None else self.max_tokens

    def _prices(self) -> Prices:
        found = (dollars(self.input_price, "input_price"), dollars(self.output_price, "output_price"))
        return Prices(*(amount or Decimal(0) for amount in found))
