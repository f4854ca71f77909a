"""``palate recommend``: learn from interactions and write runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palate.cli._options import Json, Output, Seed, Settings, parse_settings
from palate.cli._recommender_options import FeatureSeparator, ItemFeatures, UserFeatures
from palate.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    import polars as pl

    from palate.cli._learned import Learned
    from palate.recommend import ValueSettings

__all__ = ["recommend"]

Past = Annotated[
    str | None,
    typer.Option(
        "--interactions",
        "-i",
        help="Interactions: user, item, and timestamp and value if known.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A recommender's name. Repeat for several.", show_default="als"),
]
Options = Annotated[
    Path | None,
    typer.Option(
        "--options", help="Settings by recommender, as palate tune -o writes them.", show_default=False
    ),
]
Candidates = Annotated[
    Path | None,
    typer.Option(
        "--candidates", help="Rank only these: a table of query (the user) and item.", show_default=False
    ),
]
Items = Annotated[
    str | None,
    typer.Option(
        "--items", help="The items' texts, for content and hybrid: item, title and text.", show_default=False
    ),
]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain", metavar="USER", help="Recommend to this user only, and say why.", show_default=False
    ),
]
Save = Annotated[
    Path | None,
    typer.Option(
        "--save", help="Keep what was learned: a folder, or a file NAME.palate.", show_default=False
    ),
]
Load = Annotated[
    list[Path] | None,
    typer.Option(
        "--load", help="Recommend with what --save kept, instead of learning. Repeatable.", show_default=False
    ),
]
Least = Annotated[
    float | None,
    typer.Option("--least", help="Do not learn from interactions of a lower value.", show_default=False),
]
HalfLife = Annotated[
    float | None,
    typer.Option(
        "--half-life-days",
        help="An interaction this much older than the newest counts half.",
        show_default=False,
    ),
]
Most = Annotated[
    float | None,
    typer.Option(
        "--most", help="The most that a user's values of one item count together.", show_default=False
    ),
]
Logarithm = Annotated[bool, typer.Option("--log", help="Let a sum of values count as log(1 + sum).")]


def recommend(
    interactions: Past = None,
    *,
    models: Models = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many items a user.")] = 10,
    candidates: Candidates = None,
    with_seen: Annotated[
        bool, typer.Option("--with-seen", help="Recommend what a user already met, too.")
    ] = False,
    items: Items = None,
    user_features: UserFeatures = None,
    item_features: ItemFeatures = None,
    separator: FeatureSeparator = None,
    explain: Explain = None,
    settings: Settings = None,
    options: Options = None,
    least: Least = None,
    half_life_days: HalfLife = None,
    most: Most = None,
    logarithm: Logarithm = False,
    save_to: Save = None,
    load: Load = None,
    seed: Seed = 0,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Learn from interactions what to show each user, and write it as a run.

    Values (watch seconds, ratings) are weighed by --least, --half-life-days, --most and --log, in this order; recommenders
    look at them with --set likes=value. A Parquet file is written part by part, whatever the number of users.

    Examples:

        palate recommend -i watched.parquet --model als --top 100 -o runs.parquet

        palate recommend -i ratings.csv --model item-neighbours --set neighbours=50 -o neighbours.trec

        palate recommend -i ratings.csv --model ease --options best.toml --save models/ -o ease.parquet

        palate recommend --load models/ --top 20 -o again.parquet

        palate recommend -i watched.parquet --set likes=value --half-life-days 90 --log -o als.parquet

        palate recommend -i ratings.csv --model hybrid --items films.csv --set other=ease -o hybrid.parquet

        palate recommend -i watched.parquet --model two_tower --user-features people.csv --item-features films.csv -o towers.parquet

        palate recommend -i ratings.csv --model item-neighbours --items films.csv --explain 42
    """
    import polars as pl

    from palate.cli._learned import Tables, learn_all, load_all, save_all
    from palate.core.frames import read_table
    from palate.core.tables import ITEMS
    from palate.recommend import explain_runs

    weights = _weights(half_life_days, most, least, logarithm=logarithm)
    catalogue = read_table(items, ITEMS) if items else None
    if load:
        given = {"-i": interactions, "--model": models, "--set": settings, "--options": options}
        features = {"--user-features": user_features, "--item-features": item_features}
        _refuse_beside_load(given | features | {"--save": save_to, "the settings of values": weights})
        learned = load_all(load)
    elif interactions is None:
        raise SettingsError("Name the interactions with -i FILE, or what was saved with --load.")
    else:
        chosen = _settings(models or ["als"], options, parse_settings(settings))
        tables = Tables(interactions, items, user_features, item_features, separator)
        learned = learn_all(chosen, tables, catalogue, values=weights, seed=seed)
    if save_to is not None:
        save_all(learned, save_to)
    wanted = None if candidates is None else _wanted(candidates, explain)

    def rank(one: Learned) -> Iterator[pl.DataFrame]:
        users = None if explain is None else _only(explain, one.known.user_ids)
        return _ranked(one, wanted, users, top, with_seen=with_seen)

    if explain is not None:
        runs = [pl.concat(rank(one)) for one in learned]
        reasons = [explain_runs(one.fitted, one.known, run) for one, run in zip(learned, runs, strict=True)]
        _show_reasons(pl.concat(runs), pl.concat(reasons), catalogue, explain, output, as_json=as_json)
        return
    _show_runs(chain.from_iterable(rank(one) for one in learned), learned, top, output, as_json=as_json)


def _show_runs(
    parts: Iterator[pl.DataFrame], learned: list[Learned], top: int, output: Path | None, *, as_json: bool
) -> None:
    """Write runs part by part, or show them whole."""
    import polars as pl

    from palate.cli._output import show_json, show_table
    from palate.cli._parts import save_parts

    if output is not None:
        save_parts(parts, output, "recommendations")
        return
    table = pl.concat(parts)
    if as_json:
        show_json(table)
    else:
        names = ", ".join(one.system for one in learned)
        show_table(table, f"{names}: the first {top} items for {table['query'].n_unique():,} users")


def _show_reasons(
    runs: pl.DataFrame,
    reasons: pl.DataFrame,
    catalogue: pl.DataFrame | None,
    user: str,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    from palate.cli._output import save, show_json, show_table

    if output is not None:
        save(reasons, output, "reasons")
    elif as_json:
        show_json(reasons)
    else:
        show_table(_told(runs, reasons, catalogue), f"What {user} gets, because of what")


def _weights(
    half_life_days: float | None, most: float | None, least: float | None, *, logarithm: bool
) -> ValueSettings | None:
    """Return what is to be done to values, None if nothing is."""
    from palate.recommend import ValueSettings

    wanted = ValueSettings(half_life_days=half_life_days, most=most, log=logarithm, least=least)
    return None if wanted == ValueSettings() else wanted


def _refuse_beside_load(given: dict[str, Any]) -> None:
    named = [name for name, value in given.items() if value]
    if named:
        raise SettingsError(f"--load takes what was learned as it is; leave out {', '.join(named)}.")


def _settings(models: list[str], options: Path | None, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each recommender's settings: those of the file, and over them those of --set."""
    from palate.cli._output import notes
    from palate.cli._recommender_options import read_options
    from palate.core.registry import plain_name

    kept = {plain_name(name): found for name, found in read_options(options).items()}
    without = [name for name in models if options is not None and plain_name(name) not in kept]
    notes([f"{options} has no settings of {', '.join(without)}." for _ in without[:1]])
    return {name: {**kept.get(plain_name(name), {}), **given} for name in models}


def _wanted(candidates: Path, user: str | None) -> pl.DataFrame:
    """Return the candidates, of one user if one is named."""
    import polars as pl

    from palate.core.frames import read_table
    from palate.core.tables import CANDIDATES

    wanted = read_table(candidates, CANDIDATES)
    if user is None:
        return wanted
    of_user = wanted.filter(pl.col("query").cast(pl.String) == user)
    if of_user.is_empty():
        raise InputError(f"User '{user}' has no candidates.", where=str(candidates), column="query")
    return of_user


def _ranked(
    one: Learned, wanted: pl.DataFrame | None, users: pl.Series | None, top: int, *, with_seen: bool
) -> Iterator[pl.DataFrame]:
    """Yield the ranked candidates, or the highest of all items for the users, some users at a time."""
    from palate.cli._output import notes, progress_bar
    from palate.recommend import rank_candidates, recommend_blocks

    if wanted is not None:
        notes(_unknown(one, wanted))
        yield rank_candidates(one.fitted, one.known, wanted, system=one.system, cutoff=top)
        return
    served = full = 0
    with progress_bar(f"Recommending with {one.system}") as progress:
        for block in recommend_blocks(
            one.fitted,
            one.known,
            top,
            users,
            skip_seen=not with_seen,
            system=one.system,
            progress=progress,
        ):
            served += int((block["rank"] == 1).sum())
            full += int((block["rank"] == top).sum())
            yield block
    everybody = len(one.known.user_ids if users is None else users)
    notes(_short_lists(everybody, served, full, top, len(one.known.item_ids), with_seen=with_seen))


def _short_lists(
    everybody: int, served: int, full: int, top: int, items: int, *, with_seen: bool
) -> list[str]:
    """Say how many users get fewer items than asked for, and why."""
    if full == everybody:
        return []
    nobody = f", {everybody - served:,} of them none" if served < everybody else ""
    met = "" if with_seen else ", and what a user has met is left out (--with-seen ranks it, too)"
    return [
        f"{everybody - full:,} of {everybody:,} users get fewer than {top:,} items{nobody}: there are {items:,} items{met}."
    ]


def _unknown(one: Learned, wanted: pl.DataFrame) -> list[str]:
    """Say of how many candidates nothing was learned."""
    import polars as pl

    said = []
    for column, known, what in (
        (
            "query",
            one.known.user_ids,
            ("user", "has no interactions", "have no interactions", "scored as users are on average"),
        ),
        ("item", one.known.item_ids, ("item", "is unknown", "are unknown", "ranked last")),
    ):
        ids = wanted[column].unique().cast(pl.String)
        number = len(ids) - int(ids.is_in(known.cast(pl.String).implode()).sum())
        if number:
            thing, one_is, many_are, then = what
            said.append(
                f"{number:,} {thing}{'' if number == 1 else 's'} of {len(ids):,} {one_is if number == 1 else many_are}: {then}."
            )
    return said


def _only(user: str, known: pl.Series) -> pl.Series:
    """Return the user as a column of the known users' type."""
    import polars as pl

    found = known.filter(known.cast(pl.String) == user)
    if found.is_empty():
        raise InputError(
            f"There is no user '{user}' whose recommendations could be explained. Users are such as '{known[0]}'.",
            where="interactions",
            column="user",
        )
    return found


def _told(runs: pl.DataFrame, reasons: pl.DataFrame, catalogue: pl.DataFrame | None) -> pl.DataFrame:
    """Return a row an item with its reasons in words, by title where there are titles."""
    import polars as pl

    told = (
        reasons.with_columns(because=_titled(reasons["because"], catalogue))
        .group_by("system", "query", "item", maintain_order=True)
        .agg(
            because=pl.format("{} ({}%)", "because", (100 * pl.col("share")).round().cast(pl.Int64)).str.join(
                ", "
            )
        )
    )
    return runs.join(told, on=["system", "query", "item"], how="left", maintain_order="left").select(
        "system", "rank", item=_titled(runs["item"], catalogue), because="because"
    )


def _titled(ids: pl.Series, catalogue: pl.DataFrame | None) -> pl.Series:
    """Return the titles of items, their ids where there is none."""
    import polars as pl

    text = ids.cast(pl.String)
    if catalogue is None or "title" not in catalogue.columns:
        return text
    titles = catalogue.select(pl.col("item").cast(pl.String), "title")
    found = text.rename("item").to_frame().join(titles, on="item", how="left", maintain_order="left")
    return found["title"].fill_null(text)
