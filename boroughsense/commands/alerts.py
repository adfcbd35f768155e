"""`rules`: whether the alert rules are right, do what their tests say, and why they fired."""

import typer

from alerts import rule_tests, rules
from alerts.model import AlertRule
from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.explaining import RulesOption, explain
from boroughsense.commands.previewing import preview


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The alert rules.", no_args_is_help=True)
    group.command("check")(check)
    group.command("test")(run_tests)
    group.command("explain")(explain)
    group.command("preview")(preview)
    app.add_typer(group, name="rules")


def check(*, rules_folder: RulesOption = None, as_json: JsonOption = False) -> None:
    """Read the rules; each mistake is one line: file, path in the file, what to write."""
    loaded: tuple[AlertRule, ...] = ()
    problems: tuple[rules.Problem, ...] = ()
    try:
        loaded = rules.load(rules_folder)
    except rules.RulesWrong as error:
        problems = error.problems
    if as_json:
        options.answer({"rules": [_row(rule) for rule in loaded], "problems": _told(problems)})
    elif not problems:
        options.table([_row(rule) for rule in loaded], ["id", "title", "severity", "version"])
    _leave(problems, quiet=as_json)


def run_tests(*, rules_folder: RulesOption = None, as_json: JsonOption = False) -> None:
    """Run the tests that stand beside the rules; a rule without a test fails."""
    results: tuple[rule_tests.Result, ...] = ()
    problems: tuple[rules.Problem, ...] = ()
    try:
        results = rule_tests.run(rules_folder)
    except rules.RulesWrong as error:
        problems = error.problems
    failed = [result for result in results if not result.passed]
    if as_json:
        passed = len(results) - len(failed)
        counts = {"passed": passed, "failed": len(failed)}
        rows = [_outcome(result) for result in results]
        options.answer({**counts, "tests": rows, "problems": _told(problems)})
    elif not problems:
        _show(results, failed)
    _leave(problems, quiet=as_json)
    if failed:
        raise typer.Exit(1)


def _show(results: tuple[rule_tests.Result, ...], failed: list[rule_tests.Result]) -> None:
    for result in failed:
        typer.echo(f"failed: {result.rule} {result.name} {result.file}".rstrip(), err=True)
        for line in result.difference:
            typer.echo(f"  {line}", err=True)
    typer.echo(f"{len(results) - len(failed)} of {len(results)} tests passed")


def _leave(problems: tuple[rules.Problem, ...], *, quiet: bool) -> None:
    if not problems:
        return
    if quiet:
        raise typer.Exit(1)
    options.fail("\n".join(map(str, problems)))


def _row(rule: AlertRule) -> dict[str, str]:
    return {
        "id": rule.id,
        "title": rule.title,
        "observed_property": rule.observed_property,
        "severity": ", ".join(level.severity for level in rule.levels),
        "version": rule.version,
    }


def _told(problems: tuple[rules.Problem, ...]) -> list[dict[str, str]]:
    return [{"file": p.file, "path": p.path, "message": p.message} for p in problems]


def _outcome(result: rule_tests.Result) -> dict[str, object]:
    return {
        "file": result.file,
        "name": result.name,
        "rule": result.rule,
        "passed": result.passed,
        "difference": list(result.difference),
    }
