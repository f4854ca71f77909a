"""Which list of additions to a product do people prefer? One study, asked three ways: change one line.

A shop has two ways to fill the box "goes well with it": `used_together` and `same_shelf`. For 24 products, the first three of
each are graded: good addition, so-so or bad addition.

    python examples/three_ways.py              # the way that WAY names
    python examples/three_ways.py all          # all three, one verdict each
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import polars as pl
from complementary.browsers import answer_all, chromium, first_token, served
from complementary.people import experts, fill_in
from complementary.stand_in import stand_in

from palate.client import Client
from palate.core.randomness import generator
from palate.evaluation import CrossedNoise, evaluate_assisted
from palate.platforms import Collected, Files, ModelJudge, Platform, Pool, Server, WaitingError

WAY = "files"  # or "server": two annotators in browsers; "model": a model on everything, people on a fifth; "all"

MEASURE = "nDCG@3"
SEED = 7
DATA = Path(__file__).parent / "complementary"
EXPERTS = experts()
WORDS = {2: "Good addition", 1: "So-so", 0: "Bad addition"}
KEYS = {2: "1", 1: "2", 0: "3"}
MEANINGS = {
    2: "It is used together with the product.",
    1: "Some would want it as well.",
    0: "It has nothing to do with the product, or is the same once more.",
}
TEMPLATE = {
    "question": "How good is the addition to the product?",
    "texts": {"query": "Product", "item": "Addition"},
    "labels": [
        {
            "value": str(grade),
            "text": text,
            "key": KEYS[grade],
            "grade": grade,
            "description": MEANINGS[grade],
        }
        for grade, text in WORDS.items()
    ],
}
INSTRUCTIONS = """Somebody is about to buy the **product**. Say how good the addition is: whether that person is likely to want
or need it together with the product. Price and brand do not matter."""

runs = pl.read_csv(DATA / "runs.csv")


def tasks_of_runs() -> pl.DataFrame:
    """Return every addition that a list shows, once: `task, query, item` and `shown`, what people see of it."""
    cards = {row["item"]: row for row in pl.read_csv(DATA / "products.csv").iter_rows(named=True)}

    def shown(query: str, item: str) -> str:
        product, addition = cards[query], cards[item]
        return json.dumps({"query": f"{product['title']}. {product['text']}", **addition})

    pairs = runs.select("query", "item").unique(maintain_order=True)
    return pairs.select(
        pl.format("{}-{}", "query", "item").alias("task"),
        "query",
        "item",
        pl.Series("shown", [shown(*pair) for pair in pairs.iter_rows()]),
    )


def pool_of(tasks: pl.DataFrame) -> Pool:
    """Return the tasks as they are asked, wherever: two answers each, ten on a page for 40 cents."""
    return Pool(
        tasks,
        labels=("0", "1", "2"),
        overlap=2,
        overlap_max=2,
        page_size=10,
        golden_per_page=0,
        reward=Decimal("0.40"),
        title="Complementary products",
        template="graded_relevance",
        template_settings=TEMPLATE,
        instructions=INSTRUCTIONS,
    )


def asked(platform: Platform, pool: Pool, people_answer: Callable[[], None]) -> Collected:
    """Publish, wait for people, collect: the first call publishes and says who is waited for, the second collects."""
    print(platform.estimate(pool).sentence)
    try:
        return platform.ask(pool, seed=SEED)
    except WaitingError as waiting:
        print(waiting)
    people_answer()
    return platform.ask(pool, seed=SEED)


def asked_by_files(folder: Path, pool: Pool) -> Collected:
    """Ask by spreadsheets; in this example they are filled in as soon as they are there."""
    platform = Files(annotators=tuple(one.name for one in EXPERTS), format="csv", folder=str(folder))

    def people_answer() -> None:
        for expert in EXPERTS:
            fill_in(platform.home(pool), expert, WORDS)

    return asked(platform, pool, people_answer)


def asked_by_server(folder: Path, pool: Pool) -> Collected:
    """Ask on a Palate server of one's own, started for this; both annotators are scripts at real browsers."""
    with chromium() as browser, served(folder) as link:
        url, token = link.partition("/first-run")[0], first_token(browser, link)
        os.environ["PALATE_TOKEN"] = token  # where the platform looks for it
        platform = Server(url=url, project="Shop", seconds_between=0.1, hours=0.0001)

        def people_answer() -> None:
            with Client(url, token) as client:
                (project,) = client.projects.list()
                for expert in EXPERTS:
                    answer_all(browser, client.annotators.invite(project).link, expert, KEYS)

        return asked(platform, pool, people_answer)


def verdict_of_people(collected: Collected, tasks: pl.DataFrame) -> str:
    """Return the verdict by answers; its interval is for other queries and other annotators."""
    (found,) = CrossedNoise().compare(runs, collected.answers, MEASURE, tasks=tasks, seed=SEED)
    return f"{found.sentence}. It cost ${collected.cost:,.2f}."


def by_server(folder: Path, tasks: pl.DataFrame) -> str:
    """People on a server."""
    return verdict_of_people(asked_by_server(folder, pool_of(tasks)), tasks)


def by_files(folder: Path, tasks: pl.DataFrame) -> str:
    """People at spreadsheets."""
    return verdict_of_people(asked_by_files(folder, pool_of(tasks)), tasks)


def by_model(folder: Path, tasks: pl.DataFrame) -> str:
    """Ask a model about everything, people about a fifth, drawn at random: their answers correct the model's."""
    drawn = generator(SEED, "people").choice(len(tasks), size=-(-len(tasks) // 5), replace=False)
    people = asked_by_files(folder, pool_of(tasks[sorted(drawn.tolist())]))
    endpoint = os.environ.get("PALATE_MODEL_URL", "")
    name = os.environ.get("PALATE_MODEL", "" if endpoint else "stand-in")
    with nullcontext(endpoint) if endpoint else stand_in() as address:
        judge = ModelJudge(
            endpoint=address,
            model=name,
            cache=str(folder / "replies.sqlite"),
            input_price="0.15",
            output_price="0.60",
            budget="0.50",
        )
        print(judge.estimate(pool_of(tasks)).sentence)
        model = judge.ask(pool_of(tasks), seed=SEED)
    grade = pl.col("label").cast(pl.Float64).mean().alias("grade")
    human = people.answers.group_by("task").agg(grade).join(tasks, on="task").sort("task")
    of_all = tasks.join(model.answers, on="task", how="left").with_columns(pl.col("grade").fill_null(-1.0))
    columns = ["query", "item", "grade"]
    found = evaluate_assisted(
        runs, human.select(columns), of_all.select(columns), MEASURE, queries="all", seed=SEED
    )
    return (
        f"{found.differences[0].sentence} from {len(people.answers):,} answers by {len(people.annotators)} annotators, as if"
        f" these were the only ones, and {len(model.answers):,} of the model {name}. It cost ${people.cost:,.2f} for"
        f" people and ${model.cost:,.4f} for the model{'' if endpoint else ', had it been one'}."
    )


WAYS = {"server": by_server, "files": by_files, "model": by_model}


def main() -> None:
    """Run the study the way that was chosen, in a directory that is gone afterwards."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("way", nargs="?", default=WAY, choices=[*WAYS, "all"])
    chosen = parser.parse_args().way
    verdicts = []
    for way in WAYS if chosen == "all" else [chosen]:
        with tempfile.TemporaryDirectory(prefix="palate-") as folder:
            verdicts.append(f"{way}: {WAYS[way](Path(folder), tasks_of_runs())}")
    print("", *verdicts, sep="\n")


if __name__ == "__main__":
    main()
