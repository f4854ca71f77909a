"""The options of ``palate judge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Budget",
    "Cache",
    "Embedding",
    "Endpoint",
    "Golden",
    "Grades",
    "Instructions",
    "Items",
    "Judgments",
    "Missing",
    "ModelName",
    "OfPeople",
    "Price",
    "Project",
    "Prompt",
    "Queries",
    "ReadBatch",
    "Round",
    "Systems",
    "Tasks",
    "Template",
    "WriteBatch",
    "WrittenPrice",
]

Tasks = Annotated[
    str,
    typer.Option(
        "--tasks",
        "-t",
        help="The tasks: task, and what is shown by the template's fields (or a column shown).",
        show_default=False,
    ),
]
Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", help="Such as https://models.example.org/v1.", show_default=False),
]
ModelName = Annotated[str | None, typer.Option("--model", help="The model's name there.", show_default=False)]
Embedding = Annotated[
    bool, typer.Option("--embedding", help="Judge by similarity on this machine instead; needs --golden.")
]
Project = Annotated[
    Path | None,
    typer.Option(
        "--project",
        help="The project people are asked by (TOML, JSON, YAML): its instructions and template.",
        show_default=False,
    ),
]
Template = Annotated[str, typer.Option("--template", help="The task template, without --project.")]
Grades = Annotated[
    str | None,
    typer.Option(
        "--grades",
        help="Names of the grades, the lowest first: irrelevant,related,relevant are 0, 1, 2.",
        show_default=False,
    ),
]
Instructions = Annotated[
    Path | None, typer.Option("--instructions", help="A text file of instructions.", show_default=False)
]
Queries = Annotated[
    str | None, typer.Option("--queries", help="What queries say: query, text.", show_default=False)
]
Items = Annotated[
    str | None,
    typer.Option("--items", help="What is shown of items: item, title, text, image.", show_default=False),
]
Golden = Annotated[
    str | None,
    typer.Option("--golden", help="Known labels of people: task, label. Never sent.", show_default=False),
]
Prompt = Annotated[
    str, typer.Option("--prompt", help="direct, reasoned, or a file with {task} and {labels}.")
]
Budget = Annotated[
    str | None,
    typer.Option("--budget", help="Dollars that all replies in the cache may cost.", show_default=False),
]
Price = Annotated[
    str | None, typer.Option("--input-price", help="Dollars for a million tokens read.", show_default=False)
]
WrittenPrice = Annotated[
    str | None, typer.Option("--output-price", help="The same, written.", show_default=False)
]
Round = Annotated[
    str, typer.Option("--round", help="Ask anew under this name, such as a date, to see drift.")
]
Cache = Annotated[str, typer.Option("--cache", help="Where replies are kept; none is paid twice.")]
Systems = Annotated[
    str | None,
    typer.Option(
        "--systems",
        help="Warn of systems that share the judge's model or embedding: system, model, embedding.",
        show_default=False,
    ),
]
OfPeople = Annotated[
    str | None,
    typer.Option(
        "--human",
        help="Show how the judge confuses people's labels: query, item, grade.",
        show_default=False,
    ),
]
Missing = Annotated[
    Path | None,
    typer.Option(
        "--missing", help="Write the tasks without an answer here, with reasons.", show_default=False
    ),
]
Judgments = Annotated[
    Path | None,
    typer.Option(
        "--judgments",
        help="Write query, item, grade of all items for judge-assisted; without an answer, −1.",
        show_default=False,
    ),
]
WriteBatch = Annotated[
    Path | None,
    typer.Option("--write-batch", help="Send nothing: write a batch file (.jsonl).", show_default=False),
]
ReadBatch = Annotated[
    Path | None,
    typer.Option(
        "--read-batch", help="Send nothing: take replies from a batch's results.", show_default=False
    ),
]
