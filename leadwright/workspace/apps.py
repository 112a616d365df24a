"""Registers this package with Django and with the registries of earlier stages."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from leadwright.kit import domains, registries
from leadwright.kit.registries import MenuEntry

MENU = (
    ("Workspace", "workspace_settings", "cog", "workspace.change_workspace"),
    ("Users", "workspace_users", "user", "workspace.view_user"),
    ("API keys", "workspace_keys", "key", "workspace.view_apikey"),
    ("Mail domains", "workspace_mail_domains", "mail", "workspace.change_workspace"),
    ("Trail", "workspace_trail", "history", "workspace.view_auditentry"),
    ("Your second factor", "mfa_index", "lock", ""),
)


def _last_migrated() -> AppConfig:
    """The app whose permissions are made last, so that all are there when roles are brought in line."""
    return [app for app in apps.get_app_configs() if app.models_module is not None][-1]


def _sync_roles(**_: Any) -> None:
    from leadwright.workspace import roles

    roles.sync()


class WorkspaceConfig(AppConfig):
    """The `workspace` package."""

    name = "leadwright.workspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Bring the roles in line whenever the tables have been; add the settings to the menu and the checklist."""
        from leadwright.workspace import checks, mail_domains

        checks.register()
        domains.follow(mail_domains.said)
        for order, (label, name, icon, permission) in enumerate(MENU):
            registries.MENU.add(name, MenuEntry(label, name, icon, permission, group="Settings", order=order))
        post_migrate.connect(_sync_roles, sender=_last_migrated(), dispatch_uid="workspace.roles")
