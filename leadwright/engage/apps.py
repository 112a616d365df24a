"""Registers this package with Django and with the registries of earlier stages."""

from django.apps import AppConfig

from leadwright.kit.registries import (
    ACTIVITY_KINDS,
    CHECKS,
    CONTACT_TABS,
    ERASERS,
    EXPORTERS,
    FORM_PANELS,
    FOUNDATIONS,
    MENU,
    MERGERS,
    RETENTIONS,
    ActivityKind,
    Check,
    Eraser,
    Exporter,
    Follow,
    MenuEntry,
    Merger,
    Once,
    Panel,
    Retention,
    Tab,
)

# Opens, clicks and unsubscribes come in through the collector; `capture` registers them.
KINDS = {
    "email_sent": ActivityKind("Mail sent", "we sent “{name}”", icon="mail"),
    "email_bounced": ActivityKind("Mail bounced", "“{name}” came back", icon="warning"),
    "email_held": ActivityKind("Mail held back", "“{name}” was held back", icon="no-view"),
}


# What both got for one cause stays as two messages; what still waits for both is sent once.
MERGER = Merger(
    "contact",
    (
        Follow(
            "engage_message",
            once=(Once(("version_id", "cause")),),
            clash=(
                ("cause", "left(t.cause, 60) || ':merge:' || %(merge)s"),
                ("state", "CASE WHEN t.state = 'queued' THEN 'held' ELSE t.state END"),
                ("held_reason", "CASE WHEN t.state = 'queued' THEN 'duplicate' ELSE t.held_reason END"),
            ),
        ),
    ),
)


class EngageConfig(AppConfig):
    """The `engage` package."""

    name = "leadwright.engage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce activities, menu, panel, eraser, checks, and the background work."""
        from leadwright.engage import emails, jobs, messages, notices  # noqa: F401

        for key, kind in KINDS.items():
            ACTIVITY_KINDS.add(key, kind)
        MENU.add("engage.emails", MenuEntry("Emails", "emails:list", "mail", "engage.view_email", "Nurture", order=10))
        MENU.add(
            "engage.broadcasts",
            MenuEntry("Broadcasts", "broadcasts", "upload", "engage.view_broadcast", "Nurture", order=20),
        )
        MERGERS.add("engage", MERGER, order=40)
        CONTACT_TABS.add(
            "engage.messages", Tab("Messages", "contact_messages", permission="engage.view_message"), order=40
        )
        tables = ("engage_message", "engage_mailboxmessage")
        ERASERS.add("engage", Eraser(tables, messages.erase), order=40)
        ERASERS.add("engage.notices", Eraser(("engage_notice",), notices.erase), order=40)
        EXPORTERS.add("engage.notices", Exporter(("engage_notice",), notices.export), order=40)
        FORM_PANELS.add("told", Panel("Who hears of it", "form_told", "right", "attract.view_form"))
        EXPORTERS.add("engage", Exporter(tables, messages.export), order=40)
        CHECKS.add("engage.sender", Check("Sender", look_for_sender, "workspace_settings", setup=True))
        CHECKS.add(
            "engage.postal_address", Check("Postal address", look_for_postal_address, "workspace_settings", setup=True)
        )
        CHECKS.add("engage.unsure", Check("Unsure mails", look_for_unsure, "unsure_messages"))
        RETENTIONS.add(
            "messages",
            Retention(
                "What mails said of people",
                "Personal words and the relay's answers in mails that are over. That a mail was sent stays, so that "
                "nobody gets it twice.",
                None,
                messages.count_words,
                messages.forget_words,
                least_days=30,
            ),
            order=45,
        )
        FOUNDATIONS.add("engage", emails.confirmation, order=60)
        FOUNDATIONS.add("engage.privacy", emails.about_data, order=61)


def look_for_sender() -> tuple[bool, str]:
    """Whether mail has a sender."""
    from leadwright.engage import emails

    firm = emails.workspace()
    if firm.sender_address:
        return True, f"Mail comes from {firm.sender_address}."
    return False, "Mail has no sender yet. Enter the name and the address that your recipients know."


def look_for_postal_address() -> tuple[bool, str]:
    """Whether the footer can say where the firm lives."""
    from leadwright.engage import emails

    if emails.workspace().postal_address:
        return True, "The firm's postal address stands at the foot of every mail."
    return False, "The foot of your mails has no postal address; many laws ask for one."


def look_for_unsure() -> tuple[bool, str]:
    """Whether mails wait for a decision."""
    from leadwright.engage import messages

    count = messages.unsure().count()
    if not count:
        return True, "Every mail that was handed over was answered."
    return False, f"{count:,} mail{'s'[: count != 1]} may or may not have left; decide what becomes of them."
