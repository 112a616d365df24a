"""Confirmations: whoever asked for mail with double opt-in gets one service mail with a link to confirm."""

from leadwright.capture.activities import LIVE, WITHIN, Span, follow
from leadwright.engage import emails, messages
from leadwright.kit import database, sql

SQL = sql.load("confirmations")


def ask(span: Span) -> None:
    """Queue the confirmation mail for the consents that became pending in a span of the log; once per consent."""
    wanted = database.rows(SQL["wanted"].format(within=WITHIN, live=LIVE), **span.parameters)
    if not wanted:
        return
    messages.queue(
        emails.confirmation(),
        [(row.contact_id, f"consent:{row.record_id}") for row in wanted],
        each={
            f"consent:{row.record_id}": {
                "consent_id": row.record_id,
                "purpose_key": row.purpose,
                "purpose_name": row.purpose_name,
            }
            for row in wanted
        },
    )


def follow_up() -> None:
    """Ask for every consent that has become pending since the last time."""
    follow("engage.confirmations", ask)
