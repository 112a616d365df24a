"""What each role may do: one table in code, brought into Django's groups after every migration.

A line is a permission (`profile.view_contact`) or a pattern of them (`attract.*`, `*.view_*`). A pattern that matches
nothing is no fault: a package may be absent while it is being written.
"""

from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth.models import Group, Permission

from leadwright.workspace.models import Role

ENTER = ("wagtailadmin.access_admin",)
PEOPLE = tuple(f"profile.{verb}_{noun}" for verb in ("view", "add", "change") for noun in ("contact", "company"))
LEADS = tuple(f"qualify.{verb}_lead" for verb in ("view", "add", "change"))
MEDIA = ("wagtailimages.*_image", "wagtaildocs.*_document")

TABLE: dict[str, tuple[str, ...]] = {
    Role.MARKETER: (
        *ENTER,
        *PEOPLE,
        *LEADS,
        *MEDIA,
        "attract.*",
        "capture.*",
        "profile.view_*",
        "profile.*_customfield",
        "profile.change_consent",
        "profile.*_suppression",
        "profile.add_purpose",
        "profile.change_purpose",
        "qualify.*_segment",
        "qualify.*_score*",
        "qualify.view_*",
        "engage.*",
        "nurture.*",
        "handover.view_*",
        "measure.*",
        "improve.*",
    ),
    Role.REP: (
        *ENTER,
        *PEOPLE,
        *LEADS,
        "profile.change_consent",
        "attract.view_*",
        "qualify.view_*",
        "engage.view_*",
        "nurture.view_*",
        "handover.view_*",
        "handover.*_task",
        "handover.*_assignment",
        "measure.view_*",
    ),
    Role.HEAD: (
        *ENTER,
        *PEOPLE,
        *LEADS,
        *MEDIA,
        "attract.*",
        "capture.view_*",
        "profile.view_*",
        "profile.*_customfield",
        "profile.change_consent",
        "profile.*_suppression",
        "qualify.*",
        "engage.*",
        "nurture.*",
        "handover.*",
        "measure.*",
        "improve.*",
        "workspace.view_auditentry",
        "workspace.view_user",
    ),
    Role.ADMINISTRATOR: ("*",),
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission, by the table."""
    return any(fnmatchcase(permission, pattern) for pattern in TABLE[role])


def roles_with(permission: str) -> list[Role]:
    """The roles that have a permission: what a screen says to somebody who does not."""
    return [role for role in Role if may(role, permission)]


def sync() -> None:
    """Bring the groups, their permissions and their rights on pages, images and documents in line with the table."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set([permission for name, permission in known.items() if may(role, name)])
        if role in (Role.MARKETER, Role.HEAD, Role.ADMINISTRATOR):
            _open_site(group, known)


def _open_site(group: Group, known: dict[str, Permission]) -> None:
    """Let a group write and publish the site's pages, and keep images and documents."""
    page_model, collection_model = apps.get_model("wagtailcore.Page"), apps.get_model("wagtailcore.Collection")
    page_permission = apps.get_model("wagtailcore.GroupPagePermission")
    collection_permission = apps.get_model("wagtailcore.GroupCollectionPermission")
    root, collection = page_model.objects.filter(depth=1).first(), collection_model.objects.filter(depth=1).first()
    for name in ("add_page", "change_page", "publish_page", "lock_page", "unlock_page"):
        if root and (permission := known.get(f"wagtailcore.{name}")):
            page_permission.objects.get_or_create(group=group, page=root, permission=permission)
    for name in ("wagtailimages.{}_image", "wagtaildocs.{}_document"):
        for verb in ("add", "change", "choose", "view"):
            if collection and (permission := known.get(name.format(verb))):
                collection_permission.objects.get_or_create(group=group, collection=collection, permission=permission)
