"""What a person asks of her own data from her preference page: a copy, to be forgotten, another address.

Whoever has a mail has its links, also somebody to whom it was forwarded. So nothing is shown or done on the page
itself: a mail goes to the address that we know (for a new address: to that one), and what it leads to counts. A copy is
then shown; another address is then taken; to be forgotten then waits for an administrator, since nobody takes it back.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from leadwright.capture import activities
from leadwright.capture.activities import Fact
from leadwright.kit import addresses, clock, database, jobs, signing
from leadwright.profile import contacts, rules
from leadwright.profile.models import Contact, PrivacyRequest
from leadwright.profile.privacy import consents, erasures
from leadwright.profile.privacy.consents import Entry
from leadwright.profile.privacy.consents import State as ConsentState
from leadwright.workspace import audit, settings

Kind = PrivacyRequest.Kind
State = PrivacyRequest.State

# How long the link of such a mail is good for.
GOOD_FOR = timedelta(days=7)
# A month to answer: GDPR, article 12 (3).
ANSWER_WITHIN = timedelta(days=30)
# How often somebody may ask for the same in a day: each asking is a mail.
A_DAY = 3


class TooOften(ValueError):
    """The same was asked for too often today."""


class Undecided(ValueError):
    """What was decided does not fit the request."""


def ask(contact: Contact, kind: Kind, *, address: str | None, new_email: str = "") -> PrivacyRequest:
    """Note what somebody asks; a mail with a link goes out by itself. Raises TooOften, BadAddress.

    The log says that something was asked, `engage` follows it and writes the mail.
    """
    now = clock.now()
    found = rules.normalise_email(new_email).email if kind == Kind.ADDRESS else ""
    with database.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        lately = PrivacyRequest.objects.filter(contact=contact, kind=kind, at__gt=now - timedelta(days=1))
        if lately.count() >= A_DAY:
            raise TooOften("You have asked for this several times today; look into your mailbox, also among the spam.")
        if address and settings.current().shorten_addresses:
            address = addresses.shortened(address)
        made = PrivacyRequest.objects.create(
            contact=contact, kind=kind, state=State.ASKED, at=now, address=address, new_email=found
        )
        activities.record(
            [
                Fact(
                    now,
                    contact.uid,
                    "privacy_asked",
                    str(kind.label),
                    "request",
                    str(made.pk),
                    properties={"kind": kind},
                )
            ]
        )
    return made


def link(request: PrivacyRequest, until: datetime | None = None) -> str:
    """The token of the link that proves that a mail reached her."""
    expires = until or clock.now() + GOOD_FOR
    return signing.sign("privacy", [request.pk, str(request.kind)], expires)


def read(token: str) -> PrivacyRequest | None:
    """The request of a token, if its contact is still there. Raises BadToken."""
    found: Any = signing.read("privacy", token)
    try:
        number, kind = found
    except (TypeError, ValueError):
        return None
    asked = PrivacyRequest.objects.select_related("contact").filter(pk=number, kind=kind).first()
    return asked if asked and asked.contact else None


def confirm(asked: PrivacyRequest, *, address: str | None = None) -> PrivacyRequest:
    """The mail has reached her: a new address is taken now, to be forgotten waits for a decision. Twice is once."""
    now = clock.now()
    with database.atomic():
        asked = PrivacyRequest.objects.select_for_update(of=("self",)).select_related("contact").get(pk=asked.pk)
        if asked.state != State.ASKED or asked.contact is None:
            return asked
        asked.state, asked.confirmed_at = State.CONFIRMED, now
        if asked.kind == Kind.ADDRESS:
            _take_address(asked, now)
        elif asked.kind == Kind.FORGET:  # whoever wants to be forgotten hears nothing more meanwhile
            entry = Entry(asked.contact.pk, "", ConsentState.WITHDRAWN, now, f"request {asked.pk}", "", address)
            consents.record([entry])
        elif asked.kind == Kind.EXPORT:
            asked.state, asked.done_at = State.DONE, now
            audit.note("herself", "exported a person", "contact", asked.contact.pk, request=asked.pk)
        asked.save()
        jobs.wake("tasks")
    return asked


def _take_address(asked: PrivacyRequest, now: datetime) -> None:
    """The new address holds, unless somebody else has it: two records are never made one without a look at both."""
    contact = asked.contact
    if contact is None:
        return
    try:
        contacts.change(contact.pk, {"email": asked.new_email}, source=f"request {asked.pk}, confirmed by mail")
    except contacts.Taken:
        asked.note = "The new address belongs to another contact; look whether they are the same person."
        return
    asked.state, asked.done_at = State.DONE, now
    audit.note("herself", "changed the address", "contact", contact.pk, request=asked.pk)


def waiting() -> QuerySet[PrivacyRequest]:
    """What waits for a decision, oldest first. Carried by request_waiting."""
    found = PrivacyRequest.objects.filter(state=State.CONFIRMED).select_related("contact").order_by("at")
    for each in found:
        each.answer_by = each.at + ANSWER_WITHIN  # type: ignore[attr-defined]
    return found


def others() -> QuerySet[PrivacyRequest]:
    """What was decided, or never confirmed; newest first."""
    return PrivacyRequest.objects.exclude(state=State.CONFIRMED).select_related("contact").order_by("-at", "-pk")


def decide(asked: PrivacyRequest, what: str, note: str, by: Any) -> str:
    """Do what was asked ("forget", "done") or refuse it with a reason; answers a sentence."""
    if asked.state != State.CONFIRMED:
        raise Undecided("This was decided already.")
    _, actor = audit.who(by)
    if what == "forget" and asked.kind == Kind.FORGET and asked.contact_id:
        receipt = erasures.erase([asked.contact_id], by, f"request {asked.pk}")
        return f"Forgotten. Receipt {receipt.pk if receipt else '–'} says what went."
    if what not in ("refuse", "done"):
        raise Undecided("Choose what becomes of it.")
    if what == "refuse" and not note.strip():
        raise Undecided("Say why it is refused: the law wants you to tell her.")
    state = State.REFUSED if what == "refuse" else State.DONE
    PrivacyRequest.objects.filter(pk=asked.pk).update(
        state=state, done_at=clock.now(), by=actor[:120], note=note.strip()[:500] or asked.note
    )
    audit.note(by, f"decided a privacy request: {state}", "request", asked.pk)
    return "Refused; tell her why." if what == "refuse" else "Done."


def lapse() -> int:
    """What was never confirmed lapses."""
    old = PrivacyRequest.objects.filter(state=State.ASKED, at__lt=clock.now() - GOOD_FOR)
    return old.update(state=State.LAPSED)
