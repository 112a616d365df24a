"""The public site's root: made on the first start, kept at the public address ever after."""

from urllib.parse import urlsplit

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site

from leadwright.attract.pages import HomePage
from leadwright.kit import config
from leadwright.workspace.models import Role

PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
FILE_RIGHTS = ("add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document")
AUTHORS = (Role.MARKETER, Role.HEAD, Role.ADMINISTRATOR)


@transaction.atomic
def ensure() -> Site:
    """Make sure that the site has a first page of ours, its address, and roles that may write; safe to repeat."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    home = site.root_page.specific if site else None
    if not isinstance(home, HomePage):
        home = HomePage.objects.first() or _first_page(home)
    site = _keep_address(site, home)
    for role in AUTHORS:
        _let_write(role)
    return site


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


def _let_write(role: Role) -> None:
    """Give a role's group the right to write and publish pages, and to bring images and documents."""
    from django.contrib.auth.models import Permission

    group, _ = Group.objects.get_or_create(name=role.value)
    root = Page.get_first_root_node()
    collection = Collection.get_first_root_node()
    kinds = ContentType.objects.filter(app_label__in=("wagtailcore", "wagtailimages", "wagtaildocs"))
    rights = Permission.objects.filter(content_type__in=kinds)
    for right in rights.filter(codename__in=PAGE_RIGHTS, content_type__model="page"):
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=right)
    for right in rights.filter(codename__in=FILE_RIGHTS):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=right)
