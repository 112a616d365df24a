"""How somebody wants to be written to, besides what for: pauses, how often, in which language."""

from datetime import datetime, timedelta

from leadwright.kit import clock, database, jobs, numbers
from leadwright.profile.models import Contact, Preference

PAUSES = (30, 90)
# At most one mail in so many days.
OFTEN = ((7, "at most one a week"), (14, "at most one in two weeks"), (30, "at most one a month"))
LANGUAGES = (
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
)


def pause(contact_id: int, days: int) -> datetime | None:
    """Send nothing but service mail for so many days; 0 ends a pause. Answers until when."""
    until = clock.now() + timedelta(days=days) if days in PAUSES else None
    Preference.objects.update_or_create(
        contact_id=contact_id, defaults={"paused_until": until, "changed_at": clock.now()}
    )
    return until


def keep(contact: Contact, every: str, language: str) -> None:
    """Keep how often and in which language; what is offered nowhere changes nothing."""
    days = numbers.whole(every)
    now = clock.now()
    with database.atomic():
        if not every or days in dict(OFTEN):
            Preference.objects.update_or_create(
                contact=contact, defaults={"every_days": days if every else None, "changed_at": now}
            )
        if language in dict(LANGUAGES) and language != contact.language:
            origins = contact.origins | {"language": {"from": "preference page", "at": now.isoformat()}}
            Contact.objects.filter(pk=contact.pk).update(language=language, origins=origins, updated_at=now)
            jobs.wake("contacts")
