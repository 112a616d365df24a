"""Who the benchmarks write to: people in their firms who have agreed to a letter, and the letter."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadwright.engage.models import EmailVersion

PEOPLE = """
WITH people AS (
    INSERT INTO profile_contact (uid, email, email_key, first_name, last_name, title, phone, country, city, language,
        time_zone, buying_stage, first_channel, custom, origins)
    SELECT gen_random_uuid(), 'p' || n || '@firm' || n %% 500 || '.example', 'p' || n || '@firm.example', 'P' || n,
        'Okafor', '', '', '', '', '', '', '', '', '{}', '{}' FROM generate_series(1, %s) AS n RETURNING id, uid
), known AS (
    INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
    SELECT uid, id, 'self', now(), '' FROM people
)
INSERT INTO profile_consent (contact_id, purpose_id, state, at) SELECT id, 'letter', 'granted', now() FROM people
"""


def gather(size: int) -> list[int]:
    """So many contacts who have agreed to the purpose `letter`; answers their ids."""
    from django.db import connection

    from leadwright.profile.models import Contact, Purpose

    Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [size])
        cursor.execute("ANALYZE")
    return list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def letter() -> "EmailVersion":
    """A personal email of about 8 KB with three tracked links."""
    from leadwright.engage import emails
    from leadwright.profile.models import Purpose
    from leadwright.workspace.models import Workspace

    firm = Workspace.objects.first() or Workspace()
    firm.firm, firm.sender_address = "Nordwind", "nora@nordwind.example"
    firm.save()
    purpose, _ = Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    links = "".join(f'<p>Read <a href="https://nordwind.example/guide/{n}">part {n}</a>.</p>' for n in (1, 2))
    text = f"<p>Hello {{{{ contact.first_name | default: 'there' }}}},</p>{links}<p>{'A word. ' * 20}</p>"
    return emails.write(
        name="Guide",
        subject="A guide for {{ contact.first_name | default: 'you' }}",
        purpose=purpose,
        body=[("text", text), ("button", {"text": "Read it", "url": "https://nordwind.example/guide"})],
    )
