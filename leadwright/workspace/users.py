"""Users: inviting them by a one-time link, giving a role, sending them away."""

from leadwright.workspace import signin
from leadwright.workspace.models import Role, User


def ensure_first() -> User:
    """The first administrator; made if there is nobody yet."""
    first = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk").first()
    if first is None:
        first = User.objects.create_superuser("admin@localhost.localdomain", name="Administrator")
    return first


def invite(email: str, name: str, role: str) -> tuple[User, str]:
    """Make a user without a password; answers him and the link that lets him in once."""
    user = User.objects.create_user(email, name=name, role=role, takes_leads=role == Role.REP)
    return user, signin.link(user)


def is_last_administrator(user: User) -> bool:
    """Whether nobody else could let people in if this user were gone."""
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    return user.role == Role.ADMINISTRATOR and not others.exists()
