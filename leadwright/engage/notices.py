"""Notices: whoever a form tells gets a mail about its submissions, once for each, and at most one a minute.

Colleagues are told, and addresses that are nobody's account, such as a team's mailbox. The mail is the same to both:
the answers, and links into the console that ask whoever follows them to sign in; no link in it signs anybody in. An
address that must not be used is left out, and the form's screen says so.

A notice is a row before it is a mail, made in the transaction that moves the reader of the log: so a submission is
noted once, whoever is killed when. The mail is `sending`, and committed as such, before it is handed over. If its
sender dies before it has written down the answer, the same mail, with the same Message-ID, is handed over again after
ten minutes: a colleague had better hear twice than never. What is kept aside is not told until it is released.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from typing import Any

from leadwright.attract.models import FormField
from leadwright.capture.activities import LIVE, WITHIN, Span, follow
from leadwright.engage import emails, letters, messages, rules, signatures
from leadwright.engage.letters import Letter
from leadwright.engage.relays import Answer, Outcome
from leadwright.kit import clock, config, database, sql

SQL = sql.load("notices")
GATHERED_FOR = timedelta(seconds=5)  # so that a lead has been opened, and a burst comes as one mail
PAUSE = timedelta(minutes=1)  # between two mails about one form to one colleague
PATIENCE = timedelta(minutes=10)  # after which a mail without an answer is handed over again
MOST_MAILS = 50  # at a time
MOST_TOLD = 50  # submissions in one mail; the rest is counted
LONGEST_ANSWER = 2_000

# Why somebody is not told, in words.
HINDRANCES = {
    "left": "This colleague has left.",
    "taken_off": "The form does not tell this address any more.",
    "suppressed": "This address must not be used.",
    "ticked": "A colleague who is ticked has this address and hears once.",
    "forgotten": "The person of whom to tell was forgotten.",
}


@dataclass(frozen=True)
class Mail:
    """One mail that was claimed."""

    id: uuid.UUID
    letter: Letter


def note(span: Span) -> None:
    """Note the submissions in a span of the log for everybody whom their forms tell."""
    made = database.execute(
        SQL["note"].format(within=WITHIN, live=LIVE),
        due_at=clock.now() + GATHERED_FOR,
        pause=PAUSE,
        **span.parameters,
    )
    if made:
        database.rows(messages.SQL["notify"])


def follow_up() -> None:
    """Note every submission that has come since the last time."""
    follow("engage.notices", note)


def claim() -> list[Mail]:
    """Take what is due and write its mails; committed as `sending`. Empty: nothing is due."""
    now = clock.now()
    with database.atomic():
        if not database.value(SQL["alone"], space=messages.TURNS + 1):
            return []
        taken = database.rows(SQL["claim_unanswered"], now=now, patience=PATIENCE)
        taken += database.rows(SQL["claim"], now=now, pause=PAUSE, limit=MOST_MAILS)
        keys = list({row.mail for row in taken})
        rows = database.rows(SQL["claimed"], mails=keys) if keys else []
    firm = emails.workspace()
    sender = firm.sender_address or "hello@localhost"
    labels = _labels({row.form_id for row in rows})
    mails: list[Mail] = []
    faults: list[tuple[uuid.UUID, Answer]] = []
    for number, (mail, found) in enumerate(groupby(rows, lambda row: row.mail)):
        each = list(found)
        known = [row for row in each if row.is_known]
        if hindrance := each[0].hindrance or ("" if known else "forgotten"):
            faults.append((mail, Answer(number, Outcome.REFUSED, HINDRANCES[hindrance])))
            continue
        try:
            letter = letters.internal(
                written(known, labels.get(each[0].form_id, {})),
                firm.sender_name or firm.firm,
                sender,
                rules.mailable(each[0].recipient),
                now,
                f"notice-{mail.hex}",
                number,
            )
            mails.append(Mail(mail, signatures.sign(letter)))
        except ValueError as error:
            faults.append((mail, Answer(number, Outcome.REFUSED, str(error))))
    _settle(faults)
    return mails


def settle(mails: Sequence[Mail], answers: Sequence[Answer]) -> None:
    """Write down what became of mails; one without an answer stays under way."""
    by_number = {mail.letter.message_id: mail.id for mail in mails}
    _settle([(by_number[answer.message_id], answer) for answer in answers])


def _settle(answers: Sequence[tuple[uuid.UUID, Answer]]) -> None:
    if not answers:
        return
    now, keys = clock.now(), [mail for mail, _ in answers]
    attempts = {row.mail: row.attempts for row in database.rows(SQL["attempts"], mails=keys)}
    became = [(mail, *found) for mail, answer in answers if (found := _become(answer, now, attempts.get(mail, 1)))]
    if became:
        mails, states, words, dues = (list(column) for column in zip(*became, strict=True))
        database.execute(SQL["settle"], mails=mails, states=states, answers=words, dues=dues)


def _become(answer: Answer, now: datetime, attempts: int) -> tuple[str, str, datetime] | None:
    """What an answer makes of a mail's notices: state, words, due."""
    words = answer.words[:250]
    match answer.outcome:
        case Outcome.TAKEN:
            return "sent", words, now
        case Outcome.REFUSED:
            return "failed", words, now
        case Outcome.UNTRIED:
            return "waiting", words, now + PAUSE
        case Outcome.LATER:
            wait = rules.wait_after(attempts)
            return ("failed", words, now) if wait is None else ("waiting", words, now + max(wait, PAUSE))
        case Outcome.UNSURE:
            return None


@dataclass(frozen=True)
class Told:
    """One whom a form tells, or would."""

    recipient: str
    name: str
    is_account: bool
    hindrance: str  # why nothing is sent there; empty: nothing speaks against it
    reason: str  # of a suppression
    last_at: datetime | None
    refused: str  # the relay's words, where it refused the last mail
    waiting: int


def told(form_id: int) -> list[Told]:
    """Whom a form tells: colleagues first, then addresses; each with what became of its last mail."""
    return [
        Told(
            row.recipient,
            row.name,
            row.user_id is not None,
            HINDRANCES.get(row.hindrance, ""),
            row.reason,
            row.sending_at,
            row.answer if row.state == "failed" else "",
            row.waiting,
        )
        for row in database.rows(SQL["told"], form=form_id)
    ]


def erase(contact_ids: Sequence[int]) -> int:
    """Forget what was told to the addresses of these people."""
    return database.execute(SQL["erase"], contacts=list(contact_ids))


def export(contact_id: int) -> dict[str, list[dict[str, Any]]]:
    """What was told to the addresses of one contact."""
    return {"notices": [row._asdict() for row in database.rows(SQL["export"], contact=contact_id)]}


def next_due() -> datetime | None:
    """When there is something to send next."""
    found: datetime | None = database.value(SQL["next_due"], patience=PATIENCE)
    return found


# What a mail says


def _labels(forms: set[int]) -> dict[int, dict[str, str]]:
    """The questions of some forms as people read them."""
    found: dict[int, dict[str, str]] = {}
    for form_id, name, label in FormField.objects.filter(form_id__in=forms).values_list("form_id", "name", "label"):
        found.setdefault(form_id, {})[name] = label
    return found


def written(rows: Sequence[Any], labels: dict[str, str]) -> letters.Filled:
    """The mail about some submissions of one form: who, every answer, and where to go on."""
    form = rules.one_line(rows[0].form)
    count = len(rows)
    subject = f"New submission: {form}" if count == 1 else f"{count:,} new submissions: {form}"
    said = [_submission(row, labels) for row in rows[:MOST_TOLD]]
    text, page = [subject], [f"<h1 style='font-size:18px'>{escape(subject)}</h1>"]
    for who, lines, links in said:
        text += [
            "",
            who,
            *(f"  {label}{'' if label.endswith(('?', ':')) else ':'} {_indented(value)}" for label, value in lines),
            *(f"  {a}: {url}" for a, url in links),
        ]
        cells = "".join(
            f"<tr><td style='padding:2px 12px 2px 0;color:#555;vertical-align:top'>{escape(label)}</td>"
            f"<td style='white-space:pre-wrap'>{escape(value)}</td></tr>"
            for label, value in lines
        )
        ways = " · ".join(f"<a href='{escape(url)}'>{escape(a)}</a>" for a, url in links)
        page.append(f"<h2 style='font-size:15px'>{escape(who)}</h2><table>{cells}</table><p>{ways}</p>")
    if count > MOST_TOLD:
        rest = f"And {count - MOST_TOLD:,} more, which you find among the contacts."
        text += ["", rest]
        page.append(f"<p>{rest}</p>")
    why = f"You get this because the form “{form}” tells you. Its editor says whom, under Afterwards."
    text += ["", why]
    page.append(f"<p style='color:#777;font-size:12px'>{escape(why)}</p>")
    body = f"<!doctype html><html><body style='font-family:sans-serif'>{''.join(page)}</body></html>"
    return letters.Filled(subject, body, "\n".join(text) + "\n")


def _submission(row: Any, labels: dict[str, str]) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]]:
    told = json.loads(row.properties)
    fields = told.get("fields") or {}
    who = ", ".join(part for part in (row.contact, row.company) if part) or "Somebody without a name"
    lines = [("Came", f"{row.at:%Y-%m-%d %H:%M} UTC")]
    lines += [(labels.get(name, name), said) for name, value in fields.items() if (said := _plain(value))]
    base = config.base_url()
    links = [("Contact", f"{base}/app/contacts/{row.contact_id}/")] if row.contact_id else []
    links += [("Lead", f"{base}/app/leads/{row.lead_id}/")] if row.lead_id else []
    return rules.one_line(who), lines, links


def _indented(value: str) -> str:
    """Lines of an answer, none of which can pass for one of ours."""
    return "\n    ".join(value.splitlines())


def _plain(value: Any) -> str:
    """An answer as text."""
    if value is True:
        return "yes"
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return said if len(said) <= LONGEST_ANSWER else said[:LONGEST_ANSWER] + " …"
