"""What a fresh installation still needs from a person: lines of the setup checklist."""

from leadwright.kit.registries import CHECKS, Check
from leadwright.workspace import settings
from leadwright.workspace.models import ApiKey


def firm_is_known() -> tuple[bool, str]:
    """Whether the firm's name stands in the settings."""
    now = settings.current()
    if now.firm == "Your firm":
        return False, "Say what your firm is called, in which time zone and currency it counts."
    return True, f"{now.firm}, {now.time_zone}, {now.currency}."


def collector_has_a_key() -> tuple[bool, str]:
    """Whether the firm's site has a key to send facts with."""
    has = ApiKey.objects.filter(scope=ApiKey.Scope.COLLECT, revoked_at=None).exists()
    return has, "The tracker has a key." if has else "Make a key with scope “collect” for the tracker on your own site."


def register() -> None:
    """Add the lines, in the order in which they are best done."""
    CHECKS.add("firm", Check("Your firm", firm_is_known, "workspace_settings", setup=True), order=10)
    CHECKS.add("collector", Check("Tracker key", collector_has_a_key, "workspace_keys", setup=True), order=13)
