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
    backup,
    compare,
    demo,
    evaluate,
    interleave,
    judge_assisted,
    judge_worth,
    learn,
    measure_agreement,
    off_policy,
    plan,
    project,
    recommend,
    report,
    sample,
    serve,
    server,
    study,
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
app.command("demo")(demo.demo)
app.add_typer(study.app, name="study")
app.command("recommend")(recommend.recommend)
app.command("sample")(sample.sample)
app.command("aggregate")(aggregate.aggregate)
app.command("agreement")(agreement.agreement)
app.command("annotators")(annotators.annotators)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("plan")(plan.plan)
app.command("watch")(watch.watch)
app.command("verdict")(verdict.verdict)
app.command("judge-worth")(judge_worth.judge_worth)
app.command("judge-assisted")(judge_assisted.judge_assisted)
app.command("measure-agreement")(measure_agreement.measure_agreement)
app.command("learn")(learn.learn)
app.add_typer(interleave.app, name="interleave")
app.command("ab")(ab.ab)
app.command("off-policy")(off_policy.off_policy)
app.command("report")(report.report)
app.command("serve")(serve.serve)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(project.app, name="project")
app.add_typer(server.app, name="server")


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
