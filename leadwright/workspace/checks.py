"""What a fresh installation still needs from a person: lines of the setup checklist."""

from leadwright.kit.registries import CHECKS, Check
from leadwright.workspace import settings
from leadwright.workspace.models import ApiKey, User


def firm_is_known() -> tuple[bool, str]:
    """Whether the firm's name and postal address stand in the settings."""
    now = settings.current()
    if now.firm == "Your firm":
        return False, "Say what your firm is called, in which time zone and currency it counts."
    if not now.postal_address:
        return False, "Add your postal address: the law wants it at the foot of every mail."
    return True, f"{now.firm}, {now.time_zone}, {now.currency}."


def sender_is_known() -> tuple[bool, str]:
    """Whether mails have somebody they come from."""
    now = settings.current()
    known = bool(now.sender_name and now.sender_address)
    return known, f"{now.sender_name} <{now.sender_address}>." if known else "Say from whom your mails come."


def somebody_takes_leads() -> tuple[bool, str]:
    """Whether routing has anybody to give leads to."""
    number = User.objects.filter(takes_leads=True, is_active=True).count()
    return number > 0, f"{number} people take leads." if number else "Invite a rep, so that leads reach somebody."


def collector_has_a_key() -> tuple[bool, str]:
    """Whether the firm's site has a key to send facts with."""
    has = ApiKey.objects.filter(scope=ApiKey.Scope.COLLECT, revoked_at=None).exists()
    return has, "The tracker has a key." if has else "Make a key with scope “collect” for the tracker on your own site."


def register() -> None:
    """Add the lines, in the order in which they are best done."""
    CHECKS.add("firm", Check("Your firm", firm_is_known, "workspace_settings", setup=True), order=10)
    CHECKS.add("sender", Check("Sender", sender_is_known, "workspace_settings", setup=True), order=11)
    CHECKS.add("reps", Check("Reps", somebody_takes_leads, "workspace_users", setup=True), order=12)
    CHECKS.add("collector", Check("Tracker key", collector_has_a_key, "workspace_keys", setup=True), order=13)
