"""``palate judge``: ask a language model, or an embedding, what people are asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from palate.cli._judge_options import (
    Budget,
    Cache,
    Embedding,
    Endpoint,
    Golden,
    Grades,
    Instructions,
    Items,
    Judgments,
    Missing,
    ModelName,
    OfPeople,
    Price,
    Project,
    Prompt,
    Queries,
    ReadBatch,
    Round,
    Systems,
    Tasks,
    Template,
    WriteBatch,
    WrittenPrice,
)
from palate.cli._options import Json, Output, Seed, Settings, parse_settings

if TYPE_CHECKING:
    import polars as pl

    from palate.platforms import EmbeddingJudge, ModelJudge, Pool

__all__ = ["judge"]

_COLUMNS = ["task", "label", "grade", "expected", "probability", "consistent"]


def judge(
    tasks: Tasks,
    *,
    endpoint: Endpoint = None,
    model: ModelName = None,
    embedding: Embedding = False,
    project: Project = None,
    template: Template = "graded_relevance",
    grades: Grades = None,
    instructions: Instructions = None,
    queries: Queries = None,
    items: Items = None,
    golden: Golden = None,
    prompt: Prompt = "direct",
    budget: Budget = None,
    input_price: Price = None,
    output_price: WrittenPrice = None,
    round_name: Round = "",
    cache: Cache = "model-judge.sqlite",
    settings: Settings = None,
    systems: Systems = None,
    human: OfPeople = None,
    missing: Missing = None,
    judgments: Judgments = None,
    write_batch: WriteBatch = None,
    read_batch: ReadBatch = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Have a language model answer the tasks of people, as one annotator whose answers are never taken for theirs.

    It gets people's instructions, question and labels. Every reply is kept at once in --cache; stopped at any moment and run
    again, it goes on, and nothing is paid twice. A reply that names no label is missing, not guessed. The key is read from the
    environment variable PALATE_JUDGE_KEY. What --judgments writes goes into palate judge-worth and
    palate judge-assisted as --model.

    Examples:

        palate judge --tasks tasks.csv --endpoint http://127.0.0.1:8000/v1 --model llama-3 -o answers.parquet

        palate judge --tasks tasks.csv --project search.toml --endpoint https://models.example.org/v1 --model m --budget 5 --input-price 0.15 --output-price 0.60 -o answers.parquet

        palate judge --tasks tasks.csv --endpoint https://models.example.org/v1 --model m --set samples=3 --set temperature=0.7 --human people.qrels --judgments judge.parquet

        palate judge --tasks tasks.csv --endpoint https://models.example.org/v1 --model m --write-batch batch.jsonl

        palate judge --tasks tasks.csv --embedding --golden golden.csv -o similarity.parquet
    """
    from palate.cli._judge_tasks import pool_of
    from palate.platforms import ModelJudge

    given = {
        "endpoint": endpoint, "model": model, "prompt": prompt, "budget": budget, "input_price": input_price,
        "output_price": output_price, "round": round_name, "cache": cache,
    }  # fmt: skip
    pool, carried = pool_of(
        tasks, project=project, template=template, grades=grades, instructions=instructions, queries=queries,
        items=items, golden=golden,
    )  # fmt: skip
    chosen = _chosen(given, parse_settings(settings), golden, embedding=embedding)
    _tell_before(systems, chosen, pool)
    if isinstance(chosen, ModelJudge) and write_batch is not None:
        _write_batch(chosen, pool, write_batch, seed)
        return
    _answer(
        chosen,
        pool,
        carried,
        read_batch,
        seed,
        missing=missing,
        judgments=judgments,
        output=output,
        human=human,
        as_json=as_json,
    )


def _write_batch(chosen: ModelJudge, pool: Pool, path: Path, seed: int) -> None:
    from palate.cli._output import say

    files, count, most = chosen.write_batch(pool, path, seed=seed)
    say(f"{count:,} questions in {', '.join(map(str, files))}; they cost ${most:,.4f} at most.")


def _chosen(
    given: Mapping[str, Any], settings: Mapping[str, Any], golden: str | None, *, embedding: bool
) -> ModelJudge | EmbeddingJudge:
    """Return the judge with its settings, of which those of ``--set`` go before."""
    from palate.core.errors import SettingsError
    from palate.core.settings import check_settings
    from palate.platforms import EmbeddingJudge, ModelJudge

    named = given["endpoint"] is not None and given["model"] is not None
    if embedding == named or (embedding and (given["endpoint"] or given["model"])):
        raise SettingsError("Give --endpoint and --model, or --embedding instead of both.")
    if embedding:
        check_settings(EmbeddingJudge, settings, "embedding judge")
        return EmbeddingJudge(**{"known": golden, **settings})
    found = {**given, **settings}
    check_settings(ModelJudge, found, "model judge")
    return ModelJudge(**found)


def _answer(
    chosen: ModelJudge | EmbeddingJudge,
    pool: Pool,
    carried: pl.DataFrame,
    read_batch: Path | None,
    seed: int,
    *,
    missing: Path | None,
    judgments: Path | None,
    output: Path | None,
    human: str | None,
    as_json: bool,
) -> None:
    from palate.cli._output import save, show_json, show_table
    from palate.platforms import ModelJudge

    if isinstance(chosen, ModelJudge):
        answers, about = _by_model(chosen, pool, read_batch, seed, missing)
    else:
        answers, about = _by_embedding(chosen, pool, seed)
    answers = answers.join(carried, on="task", how="left", maintain_order="left")
    if output is not None:
        save(answers, output, "answers")
    if judgments is not None:
        save(_judgments(answers, carried), judgments, "judgments")
    confusion = None
    if human is not None:
        from palate.evaluation import confusion_of_judge

        confusion = confusion_of_judge(human, _judgments(answers, carried), seed=seed)
    if as_json:
        show_json({**about, **({} if confusion is None else {"people": confusion.to_dict()})})
        return
    if str(output) == "-":
        return
    for sentence in about["sentences"]:
        typer.echo(sentence)
    if confusion is not None:
        typer.echo(confusion.sentence)
        show_table(confusion.table(), "What the judge says of items by people's grade")
    elif output is None:
        show_table(answers.select([name for name in _COLUMNS if name in answers.columns]))


def _by_model(
    chosen: ModelJudge, pool: Pool, read_batch: Path | None, seed: int, missing: Path | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return a model's answers, and what to say of them."""
    from palate.cli._output import progress_bar, save, say

    if read_batch is not None:
        kept, problems = chosen.read_batch(pool, read_batch, seed=seed)
        say(f"{kept:,} replies kept from {read_batch}.")
        for problem in problems:
            say(f"Note: {problem}")
    with progress_bar("Asking") as progress:
        found = chosen.judge(pool, seed=seed, kept_only=read_batch is not None, progress=progress)
    if missing is not None:
        save(found.missing, missing, "tasks without an answer")
    return found.answers, found.to_dict()


def _by_embedding(chosen: EmbeddingJudge, pool: Pool, seed: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return an embedding's answers, and what to say of them."""
    from palate.cli._output import progress_bar

    with progress_bar("Embedding") as progress:
        found = chosen.ask(pool, seed=seed, progress=progress)
    who, n = found.annotators["annotator"][0], len(found.answers)
    return found.answers, {
        "annotator": who,
        "answered": n,
        "sentences": [f"{who} answered {n:,} tasks for nothing."],
    }


def _tell_before(systems: str | None, chosen: ModelJudge | EmbeddingJudge, pool: Pool) -> None:
    """Say, before money is spent, what speaks against the judge, what it costs, and what it cannot do."""
    from palate.cli._output import notes, say
    from palate.evaluation import shared_with_judge
    from palate.platforms import ModelJudge

    found: list[str] = []
    if systems is not None:
        own = (chosen.model, None) if isinstance(chosen, ModelJudge) else (None, chosen.name)
        found = shared_with_judge(systems, judge_model=own[0], judge_embedding=own[1])
    for warning in found:
        say(f"Warning: {warning}")
    say(chosen.estimate(pool).sentence)
    notes(chosen.shortcomings(pool))


def _judgments(answers: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the judge's grade of every item; of those that it did not answer one below all others.

    What a label means is learnt from people who said something there, so it is no guess; without these items, what is left would be
    no random part.

    Raises:
        InputError: Tasks name no query and item, or labels have no grades.
    """
    import polars as pl

    from palate.core.errors import InputError

    if not {"query", "item"} <= set(carried.columns) or answers["grade"].null_count():
        raise InputError(
            "To compare with people, tasks need the columns 'query' and 'item', and labels need grades.",
            where="tasks",
        )
    found = carried.join(answers.select("task", "grade"), on="task", how="left", maintain_order="left")
    lowest = min(float(answers["grade"].min() or 0.0), 0.0) - 1  # type: ignore[arg-type]  # a number
    return found.select("query", "item", pl.col("grade").fill_null(lowest))
