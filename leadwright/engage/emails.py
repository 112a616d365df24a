"""Emails: set from blocks, frozen as versions when they are published, checked before they go out."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mrml
from django.db.models import Max

from leadwright.engage import blocks, liquid, rules
from leadwright.engage.models import Email, EmailVersion
from leadwright.kit import clock, database
from leadwright.profile.models import Purpose
from leadwright.workspace.models import Workspace

LARGEST_BYTES = 102 * 1024  # Gmail cuts a mail that is longer
# The hidden link: no eye, no key and no screen reader comes to it, so whoever follows it is a machine.
CANARY = (
    '<a href="{{ canary_url }}" aria-hidden="true" tabindex="-1" rel="nofollow" '
    'style="display:none;mso-hide:all;visibility:hidden"></a>'
)
PICTURE = '<img src="{{ open_url }}" width="1" height="1" alt="" style="display:block;border:0" />'
FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# Ink on paper, one copper accent. Mailboxes that know dark mode get the console's dark tokens.
HEAD = f"""
<mj-head>
  <mj-title>{{title}}</mj-title>
  <mj-preview>{{preheader}}</mj-preview>
  <mj-attributes>
    <mj-all font-family="{FONT}" />
    <mj-text font-size="16px" line-height="1.6" color="#1b2a41" padding="0 32px 16px" />
    <mj-section padding="0" background-color="#ffffff" />
    <mj-image padding="4px 32px 20px" border-radius="6px" />
    <mj-divider border-width="1px" border-color="#e4e0d6" padding="8px 32px 24px" />
    <mj-button background-color="#a84b16" color="#ffffff" border-radius="6px" font-size="16px" font-weight="600"
      inner-padding="13px 26px" padding="4px 32px 24px" align="left" />
    <mj-class name="heading" font-size="24px" line-height="1.3" font-weight="650" padding="4px 32px 14px" />
    <mj-class name="firm" font-size="15px" font-weight="650" padding="0 32px 14px" />
    <mj-class name="foot" font-size="13px" line-height="1.6" color="#5b6472" padding="0 32px 6px" />
  </mj-attributes>
  <mj-style>
    .copy p {{{{ margin: 0 0 12px; }}}} .copy p:last-child {{{{ margin-bottom: 0; }}}} .copy a {{{{ color: #a84b16; }}}}
    .copy ul, .copy ol {{{{ margin: 0 0 12px; padding-left: 22px; }}}} .copy li {{{{ margin-bottom: 6px; }}}}
    .copy blockquote {{{{ margin: 0 0 12px; padding-left: 14px; border-left: 3px solid #a84b16; }}}}
    .foot a {{{{ color: #5b6472; }}}}
    @media (prefers-color-scheme: dark) {{{{
      body, .page, .ground, .ground > table, .ground td {{{{ background-color: #12161f !important; }}}}
      .card, .card > table, .card > table > tbody > tr > td {{{{ background-color: #1a2030 !important; }}}}
      .ink div, .ink h2 {{{{ color: #e8eaf0 !important; }}}} .copy a {{{{ color: #f0a070 !important; }}}}
      .rule p {{{{ border-top-color: #2c3446 !important; }}}}
      .foot div, .foot a {{{{ color: #9aa3b2 !important; }}}}
      .button td, .button a {{{{ background-color: #f0a070 !important; color: #12161f !important; }}}}
    }}}}
  </mj-style>
  <mj-raw>
    <meta name="color-scheme" content="light dark" />
    <meta name="supported-color-schemes" content="light dark" />
  </mj-raw>
</mj-head>"""


def workspace() -> Workspace:
    """The firm's settings, or their defaults before set-up."""
    return Workspace.objects.order_by("pk").first() or Workspace()


@dataclass(frozen=True)
class Draft:
    """An email as it is set now: Liquid in all three, `{{ link_N }}` where a tracked link's address goes."""

    subject: str
    html: str
    text: str
    links: tuple[str, ...]


def lay(email: Email, firm: Workspace | None = None) -> Draft:
    """Set an email: blocks to MJML to HTML, and to plain text; the footer is always there."""
    firm = firm or workspace()
    sheet = blocks.Sheet()
    name = sheet.literal(firm.firm)
    sheet.sections.append(
        '<mj-section background-color="#fbfaf7" css-class="ground" padding="28px 0 0"><mj-column>'
        f'<mj-text mj-class="firm" css-class="ink">{name}</mj-text></mj-column></mj-section>'
        '<mj-section css-class="card" border-radius="10px 10px 0 0" padding="30px 0 0"></mj-section>'
    )
    blocks.lay(sheet, email.body)
    sheet.section('<mj-section css-class="card" border-radius="0 0 10px 10px" padding="14px 0 0"></mj-section>')
    _foot(sheet, email, firm)
    head = HEAD.format(title=sheet.escaped(email.subject), preheader=sheet.escaped(email.preheader))
    ground = f'<mj-body background-color="#fbfaf7" css-class="page">{"".join(sheet.sections)}</mj-body>'
    document = f'<mjml lang="en">{head}{ground}</mjml>'
    nothing_from_elsewhere = mrml.RenderOptions(fonts={})  # by itself it would have a reader's program ask Google
    page = sheet.put_back(mrml.to_html(document, render_options=nothing_from_elsewhere).content)
    page = page.replace("</body>", (CANARY if _is_tracked(sheet.links) else "") + PICTURE + "</body>")
    return Draft(email.subject, page, sheet.put_back(sheet.text) + "\n", tuple(sheet.links))


def _is_tracked(links: Iterable[str]) -> bool:
    """Whether any link is counted: not those of our own, such as the one that confirms."""
    return any("_url }}" not in link for link in links)


def _foot(sheet: blocks.Sheet, email: Email, firm: Workspace) -> None:
    lines = [sheet.literal(", ".join(part for part in (firm.firm, firm.postal_address) if part))]
    sheet.parts.append("-- \n" + html.unescape(lines[0]))
    if email.purpose is not None:
        why = sheet.literal(f"You get this because you said yes to “{email.purpose.name}”.")
        unsubscribe, preferences = sheet.keep("{{ unsubscribe_url }}"), sheet.keep("{{ preferences_url }}")
        choices = (
            f'<a href="{unsubscribe}">Unsubscribe</a> &#160;·&#160; <a href="{preferences}">What you get from us</a>'
        )
        lines.append(f"{why}<br />{choices}")
        sheet.parts.append(f"{html.unescape(why)}\nUnsubscribe: {unsubscribe}\nWhat you get from us: {preferences}")
    body = "".join(f'<mj-text mj-class="foot" css-class="foot">{line}</mj-text>' for line in lines)
    sheet.sections.append(
        '<mj-section background-color="#fbfaf7" css-class="ground" padding="24px 0 36px">'
        f"<mj-column>{body}</mj-column></mj-section>"
    )


def freeze(email: Email) -> EmailVersion:
    """Keep an email as it is now as its next version; where nothing has changed, the last version stands."""
    firm = workspace()
    draft = lay(email, firm)
    fields = {
        "subject": draft.subject,
        "html": draft.html,
        "text": draft.text,
        "links": list(draft.links),
        "sender_name": sender(firm)[0],
        "sender_address": sender(firm)[1],
        "purpose_id": email.purpose_id,
    }
    with database.atomic():
        Email.objects.select_for_update(of=("self",)).get(pk=email.pk)
        last = email.versions.order_by("-number").first()
        if last and all(getattr(last, name) == value for name, value in fields.items()):
            return last
        number = (email.versions.aggregate(Max("number"))["number__max"] or 0) + 1
        return EmailVersion.objects.create(email=email, number=number, frozen_at=clock.now(), **fields)


def latest(email: Email) -> EmailVersion | None:
    """The version that was published last, as it stands."""
    return email.versions.order_by("-number").first()


def current(email: Email) -> EmailVersion | None:
    """The version that is sent now: the last one published, frozen anew where the firm's sender has changed since."""
    last = latest(email)
    if last and (last.sender_name, last.sender_address) != sender(workspace()):
        return freeze(Email.objects.get(pk=email.pk))
    return last


def sender(firm: Workspace) -> tuple[str, str]:
    """From whom mail comes: name and address."""
    return firm.sender_name or firm.firm, firm.sender_address or "hello@localhost"


def write(
    *,
    name: str,
    subject: str,
    body: Sequence[tuple[str, Any]],
    preheader: str = "",
    purpose: Purpose | None = None,
    code: str | None = None,
    **fields: Any,
) -> EmailVersion:
    """Make an email from blocks, such as `("text", "<p>Hello</p>")`, publish it, and answer its version."""
    email = Email(name=name, subject=subject, preheader=preheader, purpose=purpose, code=code, live=False, **fields)
    email.body = [{"type": kind, "value": _value(kind, value)} for kind, value in body]
    email.full_clean()
    with database.atomic():
        email.save()
        email.save_revision().publish()
    version = latest(email)
    if version is None:
        raise RuntimeError(f"The email “{name}” was published but has no version; this is a fault of Leadwright.")
    return version


def _value(kind: str, value: Any) -> Any:
    return {"text": value} if kind in ("heading", "text") and isinstance(value, str) else value


HELLO = "<p>Hello {{ contact.first_name | default: 'there' }},</p>\n"

# What the product writes of itself, by code: made on first use, then the firm's to edit.
BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    "confirm": {
        "name": "Please confirm",
        "subject": "Please confirm: {{ purpose_name }}",
        "preheader": "One click, and you are on the list.",
        "body": [
            ("heading", "One click to confirm"),
            (
                "text",
                HELLO
                + "<p>you asked us for “{{ purpose_name }}”. Please confirm that it was you. "
                + "Until then you will not hear from us.</p>",
            ),
            ("button", {"text": "Yes, it was me", "url": "{{ confirm_url }}"}),
            ("text", "<p>It was not you? Then do nothing, and we will not write again.</p>"),
        ],
    },
    "privacy": {
        "name": "About your data",
        "subject": "{{ privacy_subject }}",
        "preheader": "As you asked on your preference page.",
        "body": [
            ("heading", "About your data"),
            ("text", HELLO + "<p>{{ privacy_say }}</p>"),
            ("button", {"text": "{{ privacy_button }}", "url": "{{ privacy_url }}"}),
            ("text", "<p>It was not you? Then do nothing, and nothing happens.</p>"),
        ],
    },
    "fresh-link": {
        "name": "A new link to a resource",
        "subject": "Your new link: {{ resource_title }}",
        "preheader": "Here it is once more.",
        "body": [
            ("heading", "Here is your new link"),
            (
                "text",
                HELLO + "<p>here is “{{ resource_title }}” once more. The link works for {{ resource_days }} days.</p>",
            ),
            ("button", {"text": "Download", "url": "{{ resource_url }}"}),
            ("text", "<p>You did not ask for it? Then do nothing; the link is for you only.</p>"),
        ],
    },
}


@database.atomic
def _built_in(code: str) -> EmailVersion:
    """An email of the product's own, made by one process where several want it first.

    It is made before anybody has set the firm's name, so that it is frozen anew whenever that has changed.
    """
    found = Email.objects.filter(code=code)
    email = found.first()
    if email is None:
        database.value("SELECT pg_advisory_xact_lock(41, hashtext(%(code)s))", code=code)
        email = found.first()
    return freeze(email) if email else write(code=code, **BUILT_IN[code])


def confirmation() -> EmailVersion:
    """The built-in service email that asks somebody to confirm."""
    return _built_in("confirm")


def about_data() -> EmailVersion:
    """The built-in service email that leads on when somebody asked something of her own data."""
    return _built_in("privacy")


def fresh_link() -> EmailVersion:
    """The built-in service email that brings a new link to a resource."""
    return _built_in("fresh-link")


def liquid_faults(email: Email) -> dict[str, str]:
    """Fields of an email whose Liquid cannot be read, and why."""
    faults = {}
    for field in ("subject", "preheader"):
        try:
            liquid.compile(getattr(email, field), is_html=False)
        except liquid.BadLiquid as error:
            faults[field] = str(error)
    try:
        draft = lay(email)
        liquid.compile(draft.html, is_html=True)
        liquid.compile(draft.text, is_html=False)
        for target in draft.links:
            liquid.compile(target, is_html=False)
    except liquid.BadLiquid as error:
        faults.setdefault("body", str(error))
    return faults


@dataclass(frozen=True)
class Finding:
    """Something that preflight has to say: it stops the email (`error`) or is worth a look (`warning`)."""

    level: Literal["error", "warning"]
    say: str


def preflight(email: Email) -> list[Finding]:
    """What is wrong with an email as it is now, worst first; empty: ready to go."""
    if faults := liquid_faults(email):
        return [Finding("error", say) for say in faults.values()]
    firm, draft = workspace(), lay(email)
    found = [*_about_firm(firm), *_about_duty(email, draft), *_about_content(email, draft)]
    return sorted(found, key=lambda finding: finding.level)


def _about_firm(firm: Workspace) -> Iterator[Finding]:
    if not firm.sender_address:
        yield Finding("error", "There is no sender address. Add it in Settings.")
    if not firm.postal_address:
        yield Finding("warning", "The footer has no postal address; many laws ask for one. Add it in Settings.")


def _about_duty(email: Email, draft: Draft) -> Iterator[Finding]:
    if email.purpose_id is None:
        yield Finding(
            "warning", "No purpose: this goes out as service mail, without consent and without an unsubscribe link."
        )
    elif "{{ unsubscribe_url }}" not in draft.html:
        yield Finding("error", "There is no unsubscribe link.")


def _about_content(email: Email, draft: Draft) -> Iterator[Finding]:
    if not email.subject.strip():
        yield Finding("error", "The subject is empty. Say in a few words why she should open it.")
    if not email.body:
        yield Finding("error", "The email has no content yet. Add a first block.")
    for path in sorted({*rules.without_fallback(email.subject), *rules.without_fallback(draft.text)}):
        say = f"{{{{ {path} }}}} has no fallback: who has none sees a gap. Write {{{{ {path} | default: 'there' }}}}."
        yield Finding("warning", say)
    for link in draft.links:
        if not rules.has_scheme(link):
            yield Finding("error", f"The link “{link}” has no scheme. Begin it with https://.")
    without = len(re.findall(r'<img\b[^>]*\balt=""', draft.html)) - 1  # our own counting picture has none, rightly
    if without > 0:
        yield Finding("warning", f"{without} picture(s) without alternative text. Say what they show.")
    size = len(draft.html.encode())
    if size > LARGEST_BYTES:
        yield Finding("error", f"The HTML is {size // 1024} KB; Gmail cuts mails over 102 KB. Take some blocks out.")
