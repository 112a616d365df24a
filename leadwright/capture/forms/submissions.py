"""What somebody sends to a form: checked, kept as one hit before it is answered, and led onwards. No Django.

Nothing that a browser says is trusted: how the form was drawn stands in a signed token, what is asked follows from the
answers, a file is what is in it. Evidence against a sender is noted here and judged later (judging.quarantines).
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from psycopg_pool import AsyncConnectionPool

from leadwright.attract import drawings, offers, proofs, questions
from leadwright.attract.questions import Checked, Form
from leadwright.capture import answers
from leadwright.capture.buffers import Overloaded
from leadwright.capture.forms import bodies, domains, uploads
from leadwright.capture.forms.bodies import Body, Part
from leadwright.capture.requests import Answer, Refused, Request, json_answer, redirect, with_query
from leadwright.capture.snapshots import Renewing
from leadwright.kit import clock, config, signing

FORM_BYTES = 32 * 1024
ROOM_BESIDE_FILES = 64 * 1024
MOST_UNDER_WAY = 64 * 1024 * 1024
TOO_FAST_SECONDS = 2.0
SEEN = {"viewed": "Form viewed", "started": "Form started", "abandoned": "Form abandoned"}
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
MARKUP = re.compile(r"<\s*(a|script|img|iframe)\b|\[(url|link)\b", re.IGNORECASE)

KEEP_UPLOAD = """
INSERT INTO capture_upload (id, message_id, form_code, question, name, kind, size, sha256, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING
"""
_under_way = 0  # bytes of files that this process holds in memory now


class Keeper(Protocol):
    """What a form needs of the collector: what it knows, and a place where a hit is safe."""

    known: Renewing
    pool: AsyncConnectionPool

    async def keep(self, request: Request, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Keep one hit; answers its message id once it is committed."""
        ...


async def take(keeper: Keeper, request: Request, path: str) -> Answer:
    """Take a form: 303 onwards, or JSON for JSON. `<code>/seen` only notes what a browser shows and does."""
    code, _, deed = path.partition("/")
    form = await keeper.known.form(code)
    if form is None or deed not in ("", "seen"):
        raise Refused(404, "There is no such form, or it is closed.")
    if request.method != "POST":
        raise Refused(405, "Use POST.")
    _check_origin(keeper, request, form)
    if deed:
        return await _note(keeper, request, form)
    body = await _read(request, form)
    return await _take(keeper, request, form, body)


def _check_origin(keeper: Keeper, request: Request, form: Form) -> None:
    """A form that names sites is taken from those, from our own, and from servers, which send no origin."""
    if form.origins and not form.may_be_shown_on(request.origin, own_hosts(keeper, request)):
        raise Refused(403, f"This form may not be sent from {request.origin[:100]}; add it to the form's sites.")


def own_hosts(keeper: Keeper, request: Request) -> set[str]:
    """The hosts on which our own forms stand."""
    own = {request.header(b"host"), urlsplit(config.base_url()).netloc}
    return own | {each for domain in keeper.known.now.own_domains for each in (domain, f"www.{domain}")}


async def _read(request: Request, form: Form) -> Body:
    """The body, within the form's limits and within what this process may hold at once."""
    global _under_way
    content_type = request.header(b"content-type")
    if not form.most_upload:
        return bodies.read(await request.body(FORM_BYTES), content_type)
    limit = FORM_BYTES + ROOM_BESIDE_FILES + form.most_upload
    if _under_way + limit > max(MOST_UNDER_WAY, limit):
        raise Overloaded
    _under_way += limit
    try:
        return bodies.read(await request.body(limit), content_type)
    finally:
        _under_way -= limit


async def _take(keeper: Keeper, request: Request, form: Form, body: Body) -> Answer:
    code, firm = form.code, keeper.known.now.firm
    timing = offers.timing(body.last("lw_t"))
    if timing and timing.code == code:
        form = form.varied(timing.variant).leaving_out(timing.left_out)
    else:
        timing = None
    files = await asyncio.to_thread(_look_into, body) if body.files else {}  # a thread costs as much as all the rest
    checked = questions.check(form, body.values, {name: [sent for _, sent in each] for name, each in files.items()})
    checked = await _ask_domains(form, checked)
    wants_json = _wants_json(request)
    if checked.errors:
        return _faults(request, form, firm, body, checked, wants_json=wants_json)
    flags, proof = _evidence(form, body, checked, timing)
    offer = _offer(code, body.last("lw_offer")) or form.resource
    message_id = _message_id(code, body, request, files)
    payload = _payload(request, form, body, checked, offer)
    payload |= {"flags": flags, "guard": form.guard}
    if proof:
        payload["work"] = proof
    if timing:
        payload |= {"variant": timing.variant, "shown": timing.where or "page"}
        payload["seconds"] = round(max(0.0, clock.now().timestamp() - timing.drawn_at), 1)
    visitor = await _browser(keeper, request, body)
    if visitor:
        payload["anonymousId"] = visitor
    elif offer:
        # Without a cookie the form itself names the browser, so that what it gives is fetched by the same person.
        payload["anonymousId"] = f"form {message_id}"[:90]
    if checked.files:
        payload["files"] = await _keep_files(keeper, code, message_id, checked, files)
    await keeper.keep(request, "form", payload, message_id=message_id)
    where = timing.where if timing else ""
    back = _back(keeper, request, body)
    return _thank(keeper, form, message_id, offer, back, wants_json=wants_json, where=where)


async def _browser(keeper: Keeper, request: Request, body: Body) -> str:
    """The anonymous id of whoever sends it; the day's, where the workspace gives no cookies; none if she says no."""
    if request.says_no:
        return ""
    if visitor := body.last("lw_vid")[:100] or request.visitor:
        return visitor
    return "" if keeper.known.now.cookies == "always" else await keeper.known.daily(request)


def _wants_json(request: Request) -> bool:
    is_json = "json" in request.header(b"content-type").lower()
    return is_json or request.header(b"accept").startswith("application/json")


def _payload(request: Request, form: Form, body: Body, checked: Checked, offer: int | None) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "form": form.code,
        "fields": {name: value for name, value in checked.answers.items() if name not in checked.files},
        "consent": _consent(form, checked),
        "page": (body.last("lw_page") or request.header(b"referer"))[:2000],
        "touch": {
            name: values[-1][:250]
            for name, values in body.values.items()
            if (name.startswith("utm_") or name.endswith("clid")) and len(name) <= 40
        },
    }
    if referrer := body.last("lw_ref")[:2000]:
        payload["referrer"] = referrer
    if offer:
        payload["offer"] = offer
    return payload


def _consent(form: Form, checked: Checked) -> dict[str, Any]:
    """What was asked and answered: the form's own consent, or the first of its questions; the others under `also`."""
    asked = [{"purpose": purpose, "wording": wording, "given": given} for purpose, wording, given in checked.consents]
    if form.consent_purpose:
        own = {"purpose": form.consent_purpose, "wording": form.consent_wording, "given": checked.consent}
        asked.insert(0, own)
    if not asked:
        return {}
    return asked[0] | ({"also": asked[1:]} if asked[1:] else {})


# Evidence


def _evidence(form: Form, body: Body, checked: Checked, timing: offers.Timing | None) -> tuple[list[str], str]:
    """What speaks against a human sender, as short keys, and the number of the riddle that was solved."""
    flags = list(checked.doubts)
    if body.last(questions.HONEYPOT).strip():
        flags.append("honeypot")
    proof = ""
    if timing is None:
        flags.append("no_timing")
    else:
        if clock.now().timestamp() - timing.drawn_at < TOO_FAST_SECONDS:
            flags.append("too_fast")
        if timing.asked_work:
            flag, proof = proofs.judge(form.code, body.last("lw_w"), body.last("lw_n"))
            flags += [flag] if flag else []
    if checked.odd:
        flags.append("odd_answers")
    words = _free_words(form, checked)
    if len(LINK.findall(words)) > 1:
        flags.append("links")
    if MARKUP.search(words):
        flags.append("markup")
    return flags, proof


def _free_words(form: Form, checked: Checked) -> str:
    free = {question.name for question in form.questions if question.kind in ("text", "long_text")}
    return "\n".join(value for name, value in checked.answers.items() if name in free and isinstance(value, str))


async def _ask_domains(form: Form, checked: Checked) -> Checked:
    """Refuse an address whose domain takes no mail, where the form wants that."""
    if not form.checks_domain or checked.errors:
        return checked
    for question in form.questions:
        address = checked.answers.get(question.name)
        if question.kind != "email" or not isinstance(address, str):
            continue
        domain = questions.domain_of(address)
        if not await domains.takes_mail(domain):
            say = f"{question.label}: {domain[:80]} takes no mail; please check the address."
            return replace(checked, errors={question.name: say})
    return checked


# Files

Files = Mapping[str, list[tuple[Part, questions.Sent]]]


def _look_into(body: Body) -> Files:
    return {
        name: [
            (part, questions.Sent(part.name, uploads.kind_of(part), len(part.content))) for part in parts if part.name
        ]
        for name, parts in body.files.items()
    }


async def _keep_files(
    keeper: Keeper, code: str, message_id: str, checked: Checked, files: Files
) -> dict[str, list[dict[str, Any]]]:
    """Put files on disk, then their rows; answers what the submission says of them."""
    kept = [
        await asyncio.to_thread(uploads.keep, message_id, name, number, part, sent.kind)
        for name in checked.files
        for number, (part, sent) in enumerate(files[name])
    ]
    now = clock.now()
    async with keeper.pool.connection(timeout=5) as connection, connection.cursor() as cursor:
        await cursor.executemany(
            KEEP_UPLOAD,
            [
                (each.id, message_id, code, each.question, each.name, each.kind, each.size, each.sha256, now)
                for each in kept
            ],
        )
    told: dict[str, list[dict[str, Any]]] = {}
    for each in kept:
        line = {"id": str(each.id), "name": each.name, "kind": each.kind, "size": each.size}
        told.setdefault(each.question, []).append(line)
    return told


# Onwards


def _back(keeper: Keeper, request: Request, body: Body) -> str:
    """The page that the form stands on, for a browser without script; not our own page of faults."""
    referer = request.header(b"referer")
    if not urlsplit(referer).path.startswith("/t/"):
        return referer
    page = body.last("lw_page")[:2000]
    return page if urlsplit(page).netloc in own_hosts(keeper, request) else ""


def _thank(
    keeper: Keeper, form: Form, message_id: str, offer: int | None, back: str, *, wants_json: bool, where: str
) -> Answer:
    resource = ""
    if offer:
        days = keeper.known.now.open_days.get(offer, offers.VALID_FOR.days)
        resource = signing.sign("resource", [message_id, offer], clock.now() + timedelta(days=days))
    if not wants_json:
        target = _onwards(form, message_id, resource, back)
        if not target:
            return Answer(200, answers.thanks(keeper.known.now.firm, form.thanks), answers.HTML, list(answers.PRIVATE))
        return redirect(303, target)
    said: dict[str, Any] = {"ok": True, "errors": {}, "thanks": form.thanks}
    if where:  # elsewhere: thanks in place
        said["next"] = "" if form.thanks_url else form.redirect_url
        said["download"] = f"{config.base_url()}/t/a/{resource}" if resource else ""
    else:
        said["next"] = _onwards(form, message_id, resource, "")
        said["download"] = f"/t/a/{resource}" if resource and not said["next"] else ""
    return json_answer(200, said)


def _onwards(form: Form, message_id: str, resource: str, referer: str) -> str:
    """Where the browser goes after a form: the thanks page, an address elsewhere, or back with `sent`."""
    if not form.thanks_url and form.redirect_url:
        return form.redirect_url
    back = referer if urlsplit(referer).scheme in ("http", "https") else ""
    target = form.thanks_url or back
    if not target:
        return ""
    more = {"sent": form.code, "s": signing.sign("sent", [message_id, form.code])}
    if resource:
        more["r"] = resource
    return with_query(target, more)


def _faults(request: Request, form: Form, firm: str, body: Body, checked: Checked, *, wants_json: bool) -> Answer:
    sure = questions.warned(form, body.values)
    if wants_json:
        said: dict[str, Any] = {"ok": False, "errors": checked.errors}
        return json_answer(422, said | ({"sure": sure} if sure else {}))
    referer = request.header(b"referer")
    names = ("lw_t", "lw_id", "lw_w", "lw_offer", "lw_page")
    timing, message_id, work, offer, page = (body.last(name)[:2000] for name in names)
    showing = drawings.Showing(
        form,
        action=f"/t/f/{form.code}",
        prefix=f"f-{form.code}",
        timing=timing,
        message_id=message_id,
        work=work,
        offer=offer,
        page=page or (referer if urlsplit(referer).scheme in ("http", "https") else ""),
        touch={name: values[-1] for name, values in body.values.items() if name.startswith("utm_")},
        values={question.name: body.values.get(question.name, []) for question in form.questions}
        | ({questions.CONSENT: ["yes"]} if checked.consent else {}),
        errors=checked.errors,
        sure=sure,
    )
    page_of_form = answers.again(firm, form.name, drawings.draw(showing))
    return Answer(422, page_of_form, answers.HTML, list(answers.PRIVATE_AGAIN))


def _message_id(code: str, body: Body, request: Request, files: Files) -> str:
    """The same for a form that is sent twice: by a double click, a reload, or an impatient retry within the hour."""
    told = sorted((name, values) for name, values in body.values.items() if not name.startswith("lw_"))
    told += [("lw_consent", body.values.get("lw_consent", [])), ("lw_offer", body.values.get("lw_offer", []))]
    sent = sorted(
        (name, [hashlib.sha256(part.content).hexdigest() for part, _ in parts])
        for name, parts in files.items()
        if parts
    )
    once = body.last("lw_id") or f"{request.address} {request.visitor} {clock.now():%Y-%m-%dT%H}"
    digest = hashlib.sha256(repr((code, once, told, sent)).encode("utf-8", "replace")).hexdigest()
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


# What people do with a form


async def _note(keeper: Keeper, request: Request, form: Form) -> Answer:
    """Note that a form was seen, begun or left, where no tracker does: only with the token of a form that we drew."""
    try:
        told = msgspec.json.decode(await request.body(8 * 1024), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Refused(400, "Send a JSON object.") from None
    words = {name: value.replace("\x00", "") for name, value in told.items() if isinstance(value, str)}
    timing = offers.timing(words.get("lw_t", ""))
    event = SEEN.get(words.get("event", ""))
    if timing is None or timing.code != form.code or event is None:
        raise Refused(400, "Name what happened (viewed, started, abandoned) and the form's own token.")
    if request.says_no:
        return Answer(204)
    names = {question.name for question in form.questions}
    properties = {"form": form.code, "variant": timing.variant, "shown": timing.where or "page"}
    if words.get("field") in names:
        properties["field"] = words["field"]
    browser = words.get("lw_vid", "")[:90] or request.visitor or f"form {words.get('lw_id', '')}"[:90]
    payload = {
        "type": "track",
        "event": event,
        "anonymousId": browser,
        "properties": properties,
        "context": {"page": {"url": words.get("lw_page", "")[:2000]}},
    }
    digest = hashlib.sha256(
        f"{words.get('lw_t')} {words.get('lw_id', '')} {event}".encode("utf-8", "replace")
    ).hexdigest()
    await keeper.keep(request, "track", payload, message_id=f"seen-{digest[:48]}")
    return Answer(204)
