"""What the public site's templates ask for: the frame around a page, a form, a page's social image."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page, Site

from leadwright.attract import drawings, embeds, showings
from leadwright.attract.models import Form
from leadwright.attract.pages import Appearance, HomePage, PlainPage, SitePage
from leadwright.kit import clock, config
from leadwright.kit.registries import CONTACT_FIELDS, FORM_PANELS, SITE_PIECES, fields_of
from leadwright.ui.details import Drawn, panels
from leadwright.workspace.models import Workspace

register = template.Library()


@register.filter(is_safe=True)
def editors_words(markup: SafeString) -> SafeString:
    """The button for editors in the product's words; only for them, so nothing is replaced on a visitor's page."""
    return mark_safe(markup.replace("View Wagtail quick actions", "Edit this page"))  # noqa: S308  # nosec B308 B703


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    firm: str
    postal_address: str
    appearance: Appearance | None
    home: Page | None
    menu: list[Page]
    footer: list[Page]
    base_url: str
    year: int
    is_example: bool


@register.simple_tag(takes_context=True)
def frame(context: RequestContext) -> Frame:
    """The site's name, menu and footer; the same for all templates of one request."""
    request = context.get("request")
    if (known := getattr(request, "site_frame", None)) is not None:
        return known  # type: ignore[no-any-return]
    workspace = Workspace.objects.first() or Workspace()
    site = Site.find_for_request(request) if request else None
    home = site.root_page if site else None
    made = Frame(
        firm=workspace.firm,
        postal_address=workspace.postal_address,
        appearance=Appearance.for_site(site) if site else None,
        home=home,
        menu=list(home.get_children().live().public().in_menu()) if home else [],
        footer=list(PlainPage.objects.child_of(home).live().public().filter(in_footer=True)) if home else [],
        base_url=config.base_url(),
        year=clock.now().year,
        is_example=bool(workspace.demo),
    )
    if request is not None:
        request.site_frame = made
    return made


@register.simple_tag(takes_context=True)
def pieces(context: RequestContext) -> SafeString:
    """What later stages put at the end of each page, such as the banner that asks about cookies."""
    request = context.get("request")
    if request is None or getattr(request, "is_preview", False):
        return SafeString()
    return format_html_join("", "{}", ((piece(request),) for piece in SITE_PIECES))


@register.simple_tag
def form_panels(editor: Any) -> list[Drawn]:
    """What later stages say of a form, for its editor; nothing before it is saved."""
    return panels(editor.request, FORM_PANELS, editor.instance.pk) if editor.instance.pk else []


@register.simple_tag(takes_context=True)
def form(context: RequestContext, shown: Form | None, title: str = "") -> SafeString | str:
    """A form as people fill it in; on a resource's page it carries the offer of that resource."""
    if shown is None or not shown.is_active:
        return ""
    page = context.get("page")
    showing = showings.show(
        shown, context.get("request"), title=title, page=page if isinstance(page, SitePage) else None
    )
    return mark_safe(drawings.draw(showing))  # noqa: S308  # nosec B308 B703  every piece is escaped there


@register.simple_tag
def contact_fields() -> list[tuple[str, str]]:
    """The fields of a contact that an answer may fill, custom ones included."""
    return [(field.key, field.label) for field in fields_of(CONTACT_FIELDS).values()]


@register.simple_tag
def embed_codes(form: Form) -> dict[str, str]:
    """What to copy into another site's page to show a form there."""
    return embeds.codes(form) if form.pk else {}


@register.filter
def is_empty_home(page: Any) -> bool:
    """Whether this is a first page that nobody has written yet."""
    return isinstance(page, HomePage) and page.is_empty
