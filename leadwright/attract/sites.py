"""The public site's root: made on the first start, kept at the public address ever after."""

from urllib.parse import urlsplit

from django.db import transaction
from wagtail.models import Locale, Page, Site

from leadwright.attract.pages import HomePage, SitePage
from leadwright.kit import config


@transaction.atomic
def ensure() -> Site:
    """Make sure that the site has a first page of ours, and the right address; safe to repeat."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    home = site.root_page.specific if site else None
    if not isinstance(home, HomePage):
        home = HomePage.objects.first() or _first_page(home)
    return _keep_address(site, home)


def _first_page(welcome: Page | None) -> HomePage:
    """A first page beside Wagtail's welcome, which goes if nobody has used it."""
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=Locale.get_active())
    is_untouched = welcome is not None and type(welcome) is Page and welcome.depth == 2 and not welcome.get_children()
    if is_untouched and welcome is not None:
        Site.objects.filter(root_page=welcome).update(root_page=root)
        welcome.delete()
        root = Page.objects.get(pk=root.pk)
    taken = root.get_children().filter(slug="home").exists()
    home = HomePage(title="Home", slug="site" if taken else "home", locale=Locale.get_active())
    root.add_child(instance=home)
    home.save_revision().publish()
    return home


def _keep_address(site: Site | None, home: HomePage) -> Site:
    parts = urlsplit(config.base_url())
    port = parts.port or (443 if parts.scheme == "https" else 80)
    wanted = {"hostname": parts.hostname or "localhost", "port": port, "root_page_id": home.pk}
    if site is None:
        return Site.objects.create(is_default_site=True, **wanted)
    if any(getattr(site, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(site, name, value)
        site.save()
    return site


def public_pages(most: int) -> list[SitePage]:
    """The first pages of the site that everybody may see, in the order of the tree."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is None:
        return []
    pages = Page.objects.descendant_of(site.root_page, inclusive=True).live().public().order_by("path")
    return [page for page in pages[:most].specific() if isinstance(page, SitePage)]
