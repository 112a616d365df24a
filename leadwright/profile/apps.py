"""Registers this package with Django and with the registries of earlier stages."""

from functools import partial

from django.apps import AppConfig

from leadwright.kit.registries import (
    ACTIVITY_KINDS,
    CHECKS,
    COMPANY_FIELDS,
    COMPANY_PANELS,
    COMPANY_TABS,
    CONTACT_FIELDS,
    CONTACT_PANELS,
    CONTACT_TABS,
    FOUNDATIONS,
    HOME_PANELS,
    IDENTIFIERS,
    IMPORT_KINDS,
    MENU,
    SITE_PIECES,
    ActivityKind,
    Check,
    MenuEntry,
    Panel,
    Tab,
)

PRIVACY_MENU = (
    ("Purposes", "purposes", "check", "profile.change_purpose"),
    ("Suppressions", "suppressions", "cross", "profile.view_suppression"),
    ("Privacy requests", "privacy_requests", "lock", "profile.change_privacyrequest"),
    ("Retention", "retention", "history", "profile.change_retentionrule"),
)


class ProfileConfig(AppConfig):
    """The `profile` package."""

    name = "leadwright.profile"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Announce who identifies, the kinds of facts, the erasers and the background work."""
        from leadwright.capture.judging import Identifier
        from leadwright.profile import identities, jobs, recognitions, uploads  # noqa: F401
        from leadwright.profile.duplicates import merges
        from leadwright.profile.fields import definitions
        from leadwright.profile.imports import CONTACTS
        from leadwright.profile.privacy import consents, cookies, erasures, exports, retentions

        IDENTIFIERS.add(
            "profile",
            Identifier(identify=identities.identify, taken=consents.take, judged_again=identities.judge_again),
        )
        FOUNDATIONS.add("profile.purposes", consents.lay_purposes, order=40)
        kinds = {
            "consent_pending": ActivityKind("Consent asked", "was asked to confirm “{name}”", "help"),
            "consent_granted": ActivityKind("Consent given", "allowed “{name}”", "check"),
            "consent_withdrawn": ActivityKind("Consent taken back", "took back “{name}”", "cross"),
            "consent_lapsed": ActivityKind("Consent lapsed", "never confirmed “{name}”", "cross"),
            "privacy_asked": ActivityKind("Privacy request", "asked: “{name}”", "lock"),
        }
        for key, kind in kinds.items():
            ACTIVITY_KINDS.add(key, kind)
        CONTACT_FIELDS.add("profile", partial(definitions.provide, "contact"))
        COMPANY_FIELDS.add("profile", partial(definitions.provide, "company"))
        CONTACT_TABS.add("consent", Tab("Consent", "contact_consent", "profile.view_contact"), order=40)
        for order, (label, name, icon, permission) in enumerate(PRIVACY_MENU, 50):
            MENU.add(name, MenuEntry(label, name, icon, permission, group="Settings", order=order))
        CONTACT_TABS.add("history", Tab("History", "contact_history", "profile.view_contact"), order=90)
        COMPANY_TABS.add("history", Tab("History", "company_history", "profile.view_company"), order=90)
        CHECKS.add("profile.requests", Check("Privacy requests", look_for_requests, "privacy_requests"))
        CHECKS.add("profile.erasures", Check("Forgotten people", look_for_erasures, "receipts"))
        SITE_PIECES.add("profile.cookies", cookies.banner)
        erasures.register()
        exports.register()
        retentions.register()
        recognitions.register()
        uploads.register()
        merges.register()
        IMPORT_KINDS.add("contacts", CONTACTS, order=10)
        MENU.add("contacts", MenuEntry("Contacts", "contacts", "group", "profile.view_contact", order=10))
        MENU.add("companies", MenuEntry("Companies", "companies", "site", "profile.view_company", order=20))
        MENU.add("duplicates", MenuEntry("Duplicates", "duplicates", "copy", "profile.change_contact", order=25))
        CONTACT_PANELS.add("likely", Panel("Likely the same", "contact_likely", "top", "profile.view_contact"), order=5)
        COMPANY_PANELS.add("likely", Panel("Likely the same", "company_likely", "top", "profile.view_company"), order=5)
        waiting = Panel(
            "Likely duplicates", "duplicates_panel", "right", "profile.change_contact",
            roles=("marketer", "head", "administrator"),
        )  # fmt: skip
        HOME_PANELS.add("duplicates", waiting, order=60)
        MENU.add("fields", MenuEntry("Fields", "fields", "form", "profile.view_customfield", "Settings", order=35))


def look_for_requests() -> tuple[bool, str]:
    """Whether somebody waits for an answer about her own data."""
    from leadwright.kit import clock
    from leadwright.profile.privacy import requests

    waiting = list(requests.waiting())
    if not waiting:
        return True, "Nobody waits for an answer about her own data."
    days = (waiting[0].at + requests.ANSWER_WITHIN - clock.now()).days
    say = f"the oldest within {days} days" if days >= 0 else f"the oldest is {-days} days late"
    return False, f"{len(waiting)} wait for a decision about their own data, {say}."


def look_for_erasures() -> tuple[bool, str]:
    """Whether somebody should have been forgotten by now."""
    from leadwright.profile.models import Erasure

    count = Erasure.objects.filter(done_at=None).count()
    if not count:
        return True, "Whoever was to be forgotten is forgotten."
    return False, f"{count} forgettings are under way; is a `leadwright work` process running?"
