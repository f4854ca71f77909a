"""Put the commands together, and turn errors into one clear message and an exit code."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Annotated

import typer

from palate.cli import (
    ab,
    aggregate,
    agreement,
    annotators,
    answers,
    backup,
    bounds,
    compare,
    demo,
    diversify,
    estimate,
    evaluate,
    explore,
    filter_runs,
    fuse,
    interleave,
    judge,
    judge_assisted,
    judge_drift,
    judge_worth,
    learn,
    learn_from_crowd,
    measure_agreement,
    off_policy,
    plan,
    pool,
    predictive_value,
    project,
    rank_similarity,
    recommend,
    report,
    rerank,
    sample,
    serve,
    server,
    split,
    study,
    tasks,
    tune,
    verdict,
    watch,
)
from palate.core.errors import PalateError

__all__ = ["app", "run"]

app = typer.Typer(
    name="palate",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
_START, _STEPS, _VERDICTS = "Start here", "The steps of the loop", "Values and verdicts"
_LIVE, _SERVER = "Live traffic", "The server"
app.command("demo", rich_help_panel=_START)(demo.demo)
app.add_typer(study.app, name="study", rich_help_panel=_START)
app.command("report", rich_help_panel=_START)(report.report)
app.command("split", rich_help_panel=_STEPS)(split.split)
app.command("recommend", rich_help_panel=_STEPS)(recommend.recommend)
app.command("tune", rich_help_panel=_STEPS)(tune.tune)
app.command("fuse", rich_help_panel=_STEPS)(fuse.fuse)
app.command("diversify", rich_help_panel=_STEPS)(diversify.diversify)
app.command("filter", rich_help_panel=_STEPS)(filter_runs.filter_runs)
app.command("explore", rich_help_panel=_STEPS)(explore.explore)
app.command("sample", rich_help_panel=_STEPS)(sample.sample)
app.command("aggregate", rich_help_panel=_STEPS)(aggregate.aggregate)
app.command("agreement", rich_help_panel=_STEPS)(agreement.agreement)
app.command("annotators", rich_help_panel=_STEPS)(annotators.annotators)
app.command("learn", rich_help_panel=_STEPS)(learn.learn)
app.command("learn-from-crowd", rich_help_panel=_STEPS)(learn_from_crowd.learn_from_crowd)
app.command("rerank", rich_help_panel=_STEPS)(rerank.rerank)
app.command("evaluate", rich_help_panel=_VERDICTS)(evaluate.evaluate)
app.command("compare", rich_help_panel=_VERDICTS)(compare.compare)
app.command("estimate", rich_help_panel=_VERDICTS)(estimate.estimate)
app.command("bounds", rich_help_panel=_VERDICTS)(bounds.bounds)
app.command("verdict", rich_help_panel=_VERDICTS)(verdict.verdict)
app.command("plan", rich_help_panel=_VERDICTS)(plan.plan)
app.command("watch", rich_help_panel=_VERDICTS)(watch.watch)
app.command("judge", rich_help_panel=_STEPS)(judge.judge)
app.command("judge-worth", rich_help_panel=_VERDICTS)(judge_worth.judge_worth)
app.command("judge-assisted", rich_help_panel=_VERDICTS)(judge_assisted.judge_assisted)
app.command("judge-drift", rich_help_panel=_VERDICTS)(judge_drift.judge_drift)
app.command("measure-agreement", rich_help_panel=_VERDICTS)(measure_agreement.measure_agreement)
app.command("rank-similarity", rich_help_panel=_VERDICTS)(rank_similarity.rank_similarity)
app.add_typer(interleave.app, name="interleave", rich_help_panel=_LIVE)
app.command("ab", rich_help_panel=_LIVE)(ab.ab)
app.command("off-policy", rich_help_panel=_LIVE)(off_policy.off_policy)
app.command("predictive-value", rich_help_panel=_LIVE)(predictive_value.predictive_value)
app.command("serve", rich_help_panel=_SERVER)(serve.serve)
app.command("backup", rich_help_panel=_SERVER)(backup.backup)
app.command("restore", rich_help_panel=_SERVER)(backup.restore)
app.add_typer(project.app, name="project", rich_help_panel=_SERVER)
app.add_typer(pool.app, name="pool", rich_help_panel=_SERVER)
app.add_typer(tasks.app, name="tasks", rich_help_panel=_SERVER)
app.add_typer(answers.app, name="answers", rich_help_panel=_SERVER)
app.add_typer(server.app, name="server", rich_help_panel=_SERVER)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        from palate._version import __version__

        typer.echo(f"palate {__version__}")
        raise typer.Exit


@app.callback()
def palate(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[  # noqa: ARG001 (its callback does the work)
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            is_eager=True,
            callback=lambda value: _show_version(wanted=value),
        ),
    ] = False,
) -> None:
    """Find out which recommendations people prefer, how sure that is, and what it cost.

    Start with **palate demo**: from real ratings to a verdict and a report, in a minute.
    """
    if debug:
        os.environ["PALATE_DEBUG"] = "1"


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; a user's mistake prints one message, no traceback."""
    sys.excepthook = _unexpected
    try:
        typer.main.get_command(app)(arguments, prog_name="palate")
    except PalateError as error:
        if os.environ.get("PALATE_DEBUG"):
            raise
        _say(f"Error: {error}")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        _say("Stopped. What was finished is kept; run the same command to go on.")
        return 130
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if os.environ.get("PALATE_DEBUG"):
        sys.__excepthook__(kind, error, trace)
        return
    _say(
        f"Error: this should not have happened ({kind.__name__}: {error}). It is a defect of Palate, not of your data."
        " Run the command again as 'palate --debug …' and report what it prints."
    )


def _say(text: str) -> None:
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    sys.stderr.write(f"\x1b[31m{text}\x1b[0m\n" if colour else f"{text}\n")
