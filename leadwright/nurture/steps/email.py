"""Send an email, by way of `engage.messages`: consent, suppression, frequency and once-only are judged there."""

from collections.abc import Mapping
from typing import Any

from wagtail.blocks import Block, StructBlock

from leadwright.engage import emails, liquid, messages
from leadwright.engage.models import Email, EmailVersion, Message
from leadwright.kit.registries import JOURNEY_STEPS
from leadwright.nurture.blocks import RowBlock
from leadwright.nurture.steps import Batch, Kind, Outcome, Outcomes


class SendEmail(Kind):
    """The version that is published when somebody comes here; a mended typo reaches those who are still to come."""

    label = "Send an email"
    icon = "mail"

    def block(self, depth: int) -> Block:
        """Which email."""
        which = RowBlock(
            lambda: Email.objects.filter(code=None).order_by("name").values_list("pk", "name"),
            help_text="Whoever has not allowed it, or has had enough mails, does not get it; the journey goes on.",
        )
        return StructBlock([("email", which)], label=self.label, icon=self.icon)

    def freeze(self, value: Any) -> dict[str, Any]:
        """The email."""
        return {"email": int(value["email"] or 0)}

    def say(self, settings: Mapping[str, Any]) -> str:
        """Send “Welcome”."""
        name = Email.objects.filter(pk=settings["email"]).values_list("name", flat=True).first()
        return f"Send “{name}”" if name else "Send an email that is gone"

    def advance(self, batch: Batch) -> Outcomes:
        """One message each, queued or held back with its reason, in the statement that owns messages."""
        email = Email.objects.filter(pk=batch.step.settings["email"]).first()
        version = emails.current(email) if email else None
        if version is None:
            return Outcomes(Outcome("held", "the email has no published version"))
        counts = messages.queue(version, list(zip(batch.contact_ids, batch.causes(), strict=True)))
        queued = Outcome("sent", f"“{liquid.bare(version.subject)}”")
        return Outcomes(queued, _held(batch, version) if counts.held else {})


def _held(batch: Batch, version: EmailVersion) -> dict[int, Outcome]:
    """Those whose message was held back, and why."""
    by_cause = dict(zip(batch.causes(), (person.enrollment_id for person in batch.people), strict=True))
    found = Message.objects.filter(
        contact_id__in=batch.contact_ids, version=version, state=Message.State.HELD
    ).values_list("cause", "held_reason")
    return {
        by_cause[cause]: Outcome("held", messages.REASONS.get(reason, reason))
        for cause, reason in found
        if cause in by_cause
    }


JOURNEY_STEPS.add("email", SendEmail(), 10)
