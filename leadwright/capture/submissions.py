"""What somebody sends to a form: checked, kept as one hit before it is answered, and led onwards. No Django."""

import hashlib
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from leadwright.attract import questions
from leadwright.capture import answers
from leadwright.capture.requests import Answer, Refused, Request, form_values, json_answer, redirect, with_query
from leadwright.capture.snapshots import Renewing
from leadwright.kit import clock, signing

FORM_BYTES = 32 * 1024
TOO_FAST_SECONDS = 2.0
RESOURCE_FOR = timedelta(days=7)


class Keeper(Protocol):
    """What a form needs of the collector: what it knows, and a place where a hit is safe."""

    known: Renewing

    async def keep(self, request: Request, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Keep one hit; answers its message id once it is committed."""
        ...


async def take(keeper: Keeper, request: Request, code: str) -> Answer:
    """Take a form: 303 onwards, or JSON for JSON."""
    form = await keeper.known.form(code)
    if form is None:
        raise Refused(404, "There is no such form, or it is closed.")
    if request.method != "POST":
        raise Refused(405, "Use POST.")
    content_type = request.header(b"content-type")
    values = form_values(await request.body(FORM_BYTES), content_type)
    wants_json = "json" in content_type.lower() or request.header(b"accept").startswith("application/json")
    firm = keeper.known.now.firm
    checked = questions.check(form, {name: [value] for name, value in values.items()})
    if checked.errors:
        return _faults(request, firm, checked.errors, wants_json=wants_json)
    offer = _offer(code, values.get("lw_offer", ""))
    payload: dict[str, Any] = {
        "form": code,
        "fields": checked.answers,
        "consent": {
            "purpose": form.consent_purpose,
            "wording": form.consent_wording,
            "given": checked.consent,
        }
        if form.consent_purpose
        else {},
        "flags": _flags(code, values),
        "page": (values.get("lw_page") or request.header(b"referer"))[:2000],
        "touch": {
            name: value[:250] for name, value in values.items() if name.startswith("utm_") or name.endswith("clid")
        },
    }
    if offer:
        payload["offer"] = offer
    message_id = _message_id(code, values, request)
    visitor = "" if request.says_no else values.get("lw_vid", "")[:100] or request.visitor
    if visitor:
        payload["anonymousId"] = visitor
    elif offer:
        # Without a cookie the form itself names the browser, so that what it gives is fetched by the same person.
        payload["anonymousId"] = f"form {message_id}"[:90]
    await keeper.keep(request, "form", payload, message_id=message_id)
    if wants_json:
        onwards = _onwards(form, message_id, offer, "")
        return json_answer(200, {"ok": True, "errors": {}, "thanks": form.thanks, "next": onwards})
    target = _onwards(form, message_id, offer, request.header(b"referer"))
    if not target:
        return Answer(200, answers.thanks(firm, form.thanks), answers.HTML, list(answers.PRIVATE))
    return redirect(303, target)


def _flags(code: str, values: dict[str, str]) -> list[str]:
    """Evidence against a human sender; judging weighs it."""
    flags = []
    if values.get(questions.HONEYPOT, "").strip():
        flags.append("honeypot")
    try:
        named, drawn_ms = signing.read("form", values.get("lw_t", ""))
        seconds = clock.now().timestamp() - drawn_ms / 1000
        if named != code:
            flags.append("no_timing")
        elif seconds < TOO_FAST_SECONDS:
            flags.append("too_fast")
    except (signing.BadToken, TypeError, ValueError):
        flags.append("no_timing")
    return flags


def _onwards(form: questions.Form, message_id: str, offer: int | None, referer: str) -> str:
    """Where the browser goes after a form: the thanks page, or back with `sent`."""
    back = referer if urlsplit(referer).scheme in ("http", "https") else ""
    target = form.thanks_url or back
    if not target:
        return ""
    more = {"sent": form.code, "s": signing.sign("sent", [message_id, form.code])}
    if offer:
        more["r"] = signing.sign("resource", [message_id, offer], clock.now() + RESOURCE_FOR)
    return with_query(target, more)


def _faults(request: Request, firm: str, errors: dict[str, str], *, wants_json: bool) -> Answer:
    if wants_json:
        return json_answer(422, {"ok": False, "errors": errors})
    referer = request.header(b"referer")
    back = referer if urlsplit(referer).scheme in ("http", "https") else ""
    return Answer(422, answers.faults(firm, errors.values(), back), answers.HTML, list(answers.PRIVATE))


def _message_id(code: str, values: dict[str, str], request: Request) -> str:
    """The same for a form that is sent twice: by a double click, a reload, or an impatient retry within the hour."""
    told = sorted((name, value) for name, value in values.items() if name != "lw_t")
    once = values.get("lw_id") or f"{request.address} {request.visitor} {clock.now():%Y-%m-%dT%H}"
    digest = hashlib.sha256(repr((code, once, told)).encode("utf-8", "replace")).hexdigest()
    return f"form-{digest[:48]}"


def _offer(code: str, token: str) -> int | None:
    """The page of the resource that this form gives, from the token that the page has put into it."""
    if not token:
        return None
    try:
        named, page_id = signing.read("offer", token)
    except (signing.BadToken, TypeError, ValueError):
        return None
    return int(page_id) if named == code else None
