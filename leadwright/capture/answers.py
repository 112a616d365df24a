"""The few pages that the collector draws itself: unsubscribe, confirm, thanks, and what went wrong. No Django."""

import base64
import hashlib
from html import escape

from leadwright.attract import drawings

CSS = """
:root{color-scheme:light dark;--ink:#1b2a41;--paper:#fbfaf7;--card:#fff;--line:#e3dfd6;--soft:#5b6472;--copper:#a84b16;
--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--paper:#12161f;--card:#1a2030;--line:#2c3448;--soft:#9aa3b2;
--copper:#f0a070;--on:#12161f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--paper);color:var(--ink);
font:17px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:34rem;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:40px 36px}
@media(max-width:480px){main{padding:28px 20px}}
p.firm{margin:0 0 20px;color:var(--soft);font-size:14px}
h1{font-size:26px;line-height:1.25;margin:0 0 12px;text-wrap:balance}
p,ul{margin:0 0 16px}
li{margin:0 0 6px}
form{margin:24px 0 0;display:flex;flex-wrap:wrap;gap:12px;align-items:center}
button{font:inherit;font-weight:600;padding:10px 20px;min-height:44px;border-radius:6px;border:1px solid var(--copper);
background:var(--copper);color:var(--on);cursor:pointer}
button.quiet{background:transparent;color:var(--copper)}
a{color:var(--copper)}
:focus-visible{outline:3px solid var(--copper);outline-offset:3px}
.soft{color:var(--soft);font-size:15px}
""".strip()


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


POLICY = (
    f"default-src 'none'; style-src 'sha256-{_digest(CSS)}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

HTML = "text/html; charset=utf-8"
PRIVATE = ((b"cache-control", b"no-store"), (b"content-security-policy", POLICY.encode()))


AGAIN_CSS = f"""{CSS.split("form{")[0]}
main{{max-width:44rem}}
h1{{font-size:26px;line-height:1.25;margin:0 0 12px;text-wrap:balance}}
.lw-form{{--lw-accent:var(--copper);--lw-on-accent:var(--on)}}
{drawings.CSS}"""
PRIVATE_AGAIN = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", POLICY.replace(_digest(CSS), _digest(AGAIN_CSS)).encode()),
)


def page(firm: str, title: str, body: str) -> bytes:
    """A whole page; `body` is HTML of our own."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · {escape(firm)}</title><style>{CSS}</style></head>"
        f'<body><main><p class="firm">{escape(firm)}</p><h1>{escape(title)}</h1>{body}</main></body></html>'
    ).encode()


def unsubscribe(firm: str, purpose: str, preferences: str) -> bytes:
    """Asks whether to unsubscribe; only its button does it, so that a scanner's GET changes nothing."""
    what = f"“{purpose}”" if purpose else "mail"
    only = '<button name="from" value="purpose">Unsubscribe</button>' if purpose else ""
    quiet = ' class="quiet"' if purpose else ""
    body = (
        f"<p>You will get no more {escape(what)} from {escape(firm)}. Nothing changes until you press the button.</p>"
        f'<form method="post">{only}<button{quiet} name="from" value="all">From everything</button></form>'
        f'<p class="soft">Or <a href="{escape(preferences)}">choose what you want to get</a>, or pause for a while.</p>'
    )
    return page(firm, f"No more {what}?", body)


def unsubscribed(firm: str, purpose: str, preferences: str) -> bytes:
    """Says that it is done, and how to come back."""
    what = f"“{purpose}”" if purpose else "mail of any kind"
    body = (
        f"<p>We will not send you {escape(what)} any more.</p>"
        f'<p class="soft">A mistake? <a href="{escape(preferences)}">Choose what you want to get</a>.</p>'
    )
    return page(firm, "You are unsubscribed", body)


def confirm(firm: str, purpose: str) -> bytes:
    """Asks for the confirmation of a consent; only its button gives it."""
    body = (
        f"<p>Press the button, and {escape(firm)} may send you “{escape(purpose)}”. "
        "You can take it back in every mail.</p>"
        '<form method="post"><button name="confirm" value="1">Yes, I agree</button></form>'
    )
    return page(firm, "One last step", body)


def confirmed(firm: str, purpose: str) -> bytes:
    """Says thanks for a confirmed consent."""
    body = f"<p>You will get “{escape(purpose)}” from now on, and can unsubscribe in every mail.</p>"
    return page(firm, "Thank you, that is confirmed", body)


def thanks(firm: str, text: str) -> bytes:
    """After a form that came from nowhere we could lead back to."""
    return page(firm, "Thank you", f"<p>{escape(text)}</p>")


def again(firm: str, title: str, form: str) -> bytes:
    """The form once more with what was written and what must be mended, for browsers without JavaScript."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>Something is missing · {escape(firm)}</title><style>{AGAIN_CSS}</style></head>"
        f'<body><main><p class="firm">{escape(firm)}</p><h1>Something is missing</h1><p>{escape(title)}</p>{form}'
        "</main></body></html>"
    ).encode()


def wrong(firm: str, sentence: str) -> bytes:
    """A link that leads nowhere."""
    return page(firm, "This link does not work", f"<p>{escape(sentence)}</p>")
