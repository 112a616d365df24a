from typing import Any

import pytest
from django.core.exceptions import ValidationError

from leadwright.engage import emails, letters, liquid, messages, previews, sending
from leadwright.engage.models import Email, EmailVersion, MailboxMessage
from leadwright.profile.models import Contact, Purpose
from leadwright.workspace.models import Workspace

pytestmark = pytest.mark.django_db
NASTY = "<img src=x onerror=alert(1)>\"'&{{ 7 }}"


def draft(subject: str = "S", purpose: Purpose | None = None, *body: tuple[str, Any]) -> Email:
    email = Email(name="E", subject=subject, purpose=purpose)
    email.body = [{"type": kind, "value": value} for kind, value in body]
    return email


def says(email: Email) -> str:
    return " ".join(finding.say for finding in emails.preflight(email))


def test_html_in_any_field_of_a_contact_is_text(guide: EmailVersion, ada: Contact) -> None:
    ada.first_name = NASTY
    ada.save()
    shown = previews.filled(guide.email, ada)
    assert "<img src=x" not in shown.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown.html
    assert "{{ 7 }}" in shown.html
    assert NASTY in shown.text


def test_a_name_with_line_breaks_makes_no_header(guide: EmailVersion, ada: Contact) -> None:
    ada.first_name = "Ada\r\nBcc: all@firm.example"
    ada.save()
    messages.queue(guide, [(ada.pk, "test:1")])
    sending.flush()
    head = bytes(MailboxMessage.objects.get().raw).partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in head


@pytest.mark.parametrize(
    "source", ["{% include 'x' %}", "{% render 'x' %}", "{{ x | safe }}", "{% if %}", "{{ x", "{% for %}"]
)
def test_liquid_that_reaches_out_or_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(liquid.BadLiquid):
        liquid.compile(source, is_html=True)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..99999) %}{% for b in (1..99999) %}x{% endfor %}{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..1999) %}{% assign x = x | append: x %}{% endfor %}",
    ],
)
def test_liquid_ends_somewhere(source: str) -> None:
    with pytest.raises(liquid.BadLiquid):
        liquid.render(liquid.compile(source, is_html=False), {})


@pytest.mark.parametrize("source", ["{{ contact.__class__ }}", "{{ contact.first_name.__class__ }}", "{{ self }}"])
def test_liquid_sees_nothing_of_python(source: str) -> None:
    assert liquid.render(liquid.compile(source, is_html=False), {"contact": {"first_name": "Ada"}}) == ""


def test_an_email_with_broken_liquid_cannot_be_saved(firm: Workspace) -> None:
    with pytest.raises(ValidationError, match="Liquid"):
        draft("{{ contact.first_name").full_clean()


def test_a_mail_fetches_nothing_from_elsewhere(guide: EmailVersion) -> None:
    assert "googleapis" not in guide.html
    assert "@import" not in guide.html


def test_the_footer_is_always_there(guide: EmailVersion, service: EmailVersion) -> None:
    for version in (guide, service):
        assert "Hafenstraße 1" in version.html
        assert "Hafenstraße 1" in version.text
    assert "{{ unsubscribe_url }}" in guide.html
    assert "{{ unsubscribe_url }}" in guide.text
    assert "unsubscribe" not in service.html.lower()


def test_a_published_version_never_changes(guide: EmailVersion) -> None:
    email = Email.objects.get(pk=guide.email_id)
    email.subject = "Another"
    email.save_revision().publish()
    assert [v.subject for v in email.versions.order_by("number")] == [guide.subject, "Another"]
    email.save_revision().publish()
    assert email.versions.count() == 2


def test_a_part_for_some_is_shown_to_them_only(firm: Workspace, newsletter: Purpose, ada: Contact) -> None:
    inner = [{"type": "text", "value": {"text": "<p>Only when deciding</p>"}}]
    part = ("only_for", {"persona": "", "buying_stage": "decision", "segment": "", "body": inner})
    email = draft("S", newsletter, ("text", {"text": "<p>For all</p>"}), part)
    for stage, is_shown in (("decision", True), ("awareness", False)):
        ada.buying_stage = stage
        ada.save()
        shown = previews.filled(email, ada)
        assert ("Only when deciding" in shown.html) is is_shown
        assert ("Only when deciding" in shown.text) is is_shown
        assert "For all" in shown.html


def test_scripts_in_rich_text_do_not_survive(firm: Workspace, newsletter: Purpose) -> None:
    text = '<p onclick="x()">Hi<script>alert(1)</script><a href="javascript:alert(1)">go</a></p>'
    email = draft("S", newsletter, ("text", {"text": text}), ("button", {"text": "B", "url": "javascript:alert(1)"}))
    shown = previews.filled(email, None)
    assert "alert(1)" not in shown.html
    assert "onclick" not in shown.html


def test_columns_hold_blocks_side_by_side(firm: Workspace, newsletter: Purpose) -> None:
    side = [{"type": "text", "value": {"text": "<p>One side</p>"}}]
    shown = previews.filled(draft("S", newsletter, ("columns", {"left": side, "right": side})), None)
    assert shown.html.count("One side") == 2
    assert "mj-column-per-50" in shown.html


def test_preflight_finds_what_is_wrong(firm: Workspace, newsletter: Purpose) -> None:
    assert emails.preflight(draft("S", newsletter, ("text", {"text": "<p>Fine</p>"}))) == []
    assert "subject is empty" in says(draft("", newsletter, ("text", {"text": "<p>x</p>"})))
    assert "no content" in says(draft("S", newsletter))
    assert "no fallback" in says(draft("Hi {{ contact.first_name }}", newsletter, ("text", {"text": "<p>x</p>"})))
    assert "no scheme" in says(draft("S", newsletter, ("button", {"text": "Go", "url": "www.firm.example"})))
    assert "102 KB" in says(draft("S", newsletter, ("text", {"text": f"<p>{'long ' * 25_000}</p>"})))
    assert "service mail" in says(draft("S", None, ("text", {"text": "<p>x</p>"})))
    firm.postal_address = ""
    firm.save()
    assert "postal address" in says(draft("S", newsletter, ("text", {"text": "<p>x</p>"})))


def test_the_plain_text_reads_well(firm: Workspace, newsletter: Purpose) -> None:
    text = "<p>One</p><ul><li>a</li><li>b</li></ul><ol><li>c</li></ol><p>Two &amp; <b>three</b></p>"
    shown = previews.filled(draft("S", newsletter, ("text", {"text": text})), None)
    assert shown.text.startswith("One\n\n- a\n- b\n\n1. c\n\nTwo & three\n")


def test_a_mail_is_never_longer_than_a_line_may_be(guide: EmailVersion) -> None:
    assert letters.rules.quoted_printable("ä" * 5_000).count(b"\r\n") > 100
