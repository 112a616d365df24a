"""The activity that a hit becomes: its kind, name, object and properties."""

from leadwright.capture import activities
from leadwright.capture.judging.hits import Hit, Said, mapping, text

OF_FORM = ("fields", "files", "consent", "page", "offer", "variant", "shown", "seconds", "released")


def fact(hit: Hit) -> activities.Fact | None:
    """The activity that a hit becomes; None where it only changes what else is known."""
    if hit.is_evidence or hit.kind == "confirm":
        return None
    kind, name, object_kind, object_id, properties = hit.said or _of_mail(hit)
    assert hit.subject_id is not None  # noqa: S101  `identify` has seen to it
    return activities.Fact(
        at=hit.at,
        subject_id=hit.subject_id,
        kind=kind,
        name=name,
        object_kind=object_kind,
        object_id=object_id,
        channel=hit.channel,
        campaign_id=hit.campaign_id,
        session_id=hit.session_id,
        human=hit.human,
        reasons=hit.reasons,
        properties=properties,
        hit_id=hit.id,
    )


def said(hit: Hit) -> Said | None:  # noqa: PLR0911
    """What a hit says by itself: kind, name, object and properties of its activity; None of what came out of a mail."""
    payload = hit.payload
    properties = dict(mapping(payload.get("properties")))
    url = text(hit.page.get("url") or properties.get("url"), 2000)
    match hit.kind:
        case "page" | "screen":
            path = text(hit.page.get("path") or properties.get("path"), 250) or _path(url)
            name = text(payload.get("name") or hit.page.get("title") or properties.get("title"), 250) or path
            more = {"url": url, "path": path, "referrer": text(hit.page.get("referrer"), 2000)}
            return "page", name, "page", path[:100], properties | {k: v for k, v in more.items() if v}
        case "track":
            return "track", text(payload.get("event"), 250), "", "", properties | ({"page": url} if url else {})
        case "identify" | "alias":
            return "identify", "", "", "", {"traits": mapping(payload.get("traits"))}
        case "group":
            return "group", text(payload.get("groupId"), 250), "", "", {"traits": mapping(payload.get("traits"))}
        case "form":
            code = text(payload.get("form"), 60)
            more = {name: payload[name] for name in OF_FORM if payload.get(name)}
            return "form_submitted", code, "form", code, more
        case "link":
            code = text(payload.get("link"), 40)
            return "link_followed", code, "link", code, {"url": text(payload.get("url"), 2000)}
        case "resource":
            return "resource_downloaded", text(payload.get("title"), 250), "page", text(payload.get("page"), 20), {}
    return None


def _of_mail(hit: Hit) -> Said:
    message = str(hit.payload["message"])
    subject = hit.sent.name if hit.sent else ""
    match hit.kind:
        case "click":
            more = {"url": text(hit.payload.get("url"), 2000), "visitor": str(hit.visitor_id or "")}
            return "email_clicked", subject, "message", message, more
        case "unsubscribe":
            wish = {"purpose": hit.payload.get("purpose", ""), "one_click": bool(hit.payload.get("one_click"))}
            return "unsubscribed", subject, "message", message, wish
    return "email_opened", subject, "message", message, {}


def _path(url: str) -> str:
    return "/" + url.split("//", 1)[-1].partition("/")[2].partition("?")[0].partition("#")[0] if url else ""
