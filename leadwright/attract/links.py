"""Tracked links: their public address and the QR code that leads there."""

import io
import secrets

import segno
from django.utils.safestring import SafeString, mark_safe

from leadwright.attract.models import Campaign, TrackedLink
from leadwright.kit import config

# Without letters that are mistaken for one another on paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
QUIET_ZONE = 4  # modules of white around the code, as ISO 18004 asks


def address(link: TrackedLink) -> str:
    """The public address that is printed, posted and counted."""
    return f"{config.base_url()}/t/l/{link.code}"


def free_code(campaign: Campaign) -> str:
    """A short code that tells the campaign and belongs to no link yet."""
    while True:
        end = "".join(secrets.choice(LETTERS) for _ in range(4))
        found = f"{campaign.code[:35].rstrip('-')}-{end}"
        if not TrackedLink.objects.filter(code=found).exists():
            return found


def _code(link: TrackedLink) -> segno.QRCode:
    return segno.make(address(link), error="m", micro=False)


def drawn(link: TrackedLink) -> SafeString:
    """The QR code as SVG to stand in a page. It holds only what segno draws, so nothing in it needs escaping."""
    markup = _code(link).svg_inline(border=QUIET_ZONE, dark="#1b2a41", light="#fff", omitsize=True, svgclass="lw-code")
    return mark_safe(markup)  # noqa: S308  # nosec B308 B703


def svg(link: TrackedLink) -> bytes:
    """The QR code as an SVG file, for print at any size."""
    out = io.BytesIO()
    _code(link).save(out, kind="svg", scale=10, border=QUIET_ZONE, light="#fff")
    return out.getvalue()


def png(link: TrackedLink) -> bytes:
    """The QR code as a PNG file, for slides and posts."""
    out = io.BytesIO()
    _code(link).save(out, kind="png", scale=16, border=QUIET_ZONE)
    return out.getvalue()
