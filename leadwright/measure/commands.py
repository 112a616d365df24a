"""`leadwright report`: the funnel and the cohorts at the terminal."""

from typing import Annotated, Any

import typer

from leadwright.kit import terminal

report = typer.Typer(name="report", no_args_is_help=True, help="Reports, as the console and the API answer them.")

Period = Annotated[str, typer.Option(help="month, last-month, quarter, year or all.")]
Since = Annotated[str, typer.Option("--from", help="First day, such as 2026-01-01.")]
Until = Annotated[str, typer.Option(help="Last day.")]
Channel = Annotated[str, typer.Option(help="Only this channel; - for those without one.")]
Source = Annotated[str, typer.Option(help="Only this source; - for those without one.")]
Imported = Annotated[str, typer.Option("--import", help="Only leads that this import opened (its number).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _ask(period: str, since: str, until: str, channel: str, source: str, imported: str) -> Any:
    from django.core.exceptions import ValidationError

    from leadwright.measure import questions

    asked = {"period": period, "from": since, "until": until, "channel": channel, "source": source, "import": imported}
    try:
        return questions.parse(asked, default="all")
    except ValidationError as error:
        terminal.wrong(" ".join(error.messages))


@report.command(epilog="Example: leadwright report funnel --from 2026-01-01 --json")
def funnel(
    period: Period = "",
    since: Since = "",
    until: Until = "",
    channel: Channel = "",
    source: Source = "",
    imported: Imported = "",
    as_json: AsJson = False,
) -> None:
    """How far the leads opened in a period (by default: ever) have come."""
    with terminal.installation():
        from leadwright.measure import answers, funnels

        found = funnels.funnel(_ask(period, since, until, channel, source, imported))
        lines = [f"{step.label:22}{step.leads:>9,}  {_percent(step.share.value)}" for step in found.steps]
        lines += [f"{each.label:22}{each.leads:>9,}  {each.reason}" for each in found.asides]
        lines += [f"! {warning.sentence}" for warning in found.warnings]
        terminal.answer(answers.funnel(found), as_json=as_json, text="\n".join(lines))


@report.command(epilog="Example: leadwright report cohorts --import 3 --json")
def cohorts(
    period: Period = "",
    since: Since = "",
    until: Until = "",
    channel: Channel = "",
    source: Source = "",
    imported: Imported = "",
    as_json: AsJson = False,
) -> None:
    """Leads by month of opening: how many were won within 7, 30, 90 and 180 days, and what to beware of."""
    with terminal.installation():
        from leadwright.measure import answers
        from leadwright.measure import cohorts as cohort_reports

        found = cohort_reports.report(_ask(period, since, until, channel, source, imported))
        head = "".join(f"{f'{days} d':>9}" for days in cohort_reports.WINDOWS)
        lines = [f"{'opened':10}{'leads':>8}{head}{'now':>9}"]
        for each in found.cohorts:
            cells = "".join(f"{'not yet' if cell.is_open else _percent(cell.share.value):>9}" for cell in each.cells)
            mark = "  cut off" if each.is_cut else ""
            lines.append(f"{each.month:%b %Y}  {each.leads:>8,}{cells}{_percent(each.won.value):>9}{mark}")
        lines += [f"! {warning.sentence}" for warning in found.warnings]
        terminal.answer(answers.cohorts(found), as_json=as_json, text="\n".join(lines))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
