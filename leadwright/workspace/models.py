"""Users, API keys, settings and the audit trail."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.core.validators import validate_email
from django.db import models

from leadwright.kit import clock


class Role(models.TextChoices):
    """What somebody comes to Leadwright for; each role is a group of permissions of the same name."""

    MARKETER = "marketer", "Marketer"
    REP = "rep", "Inside-sales rep"
    HEAD = "head", "Head of growth"
    ADMINISTRATOR = "administrator", "Administrator"


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password he signs in by a one-time link."""
        validate_email(email)
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator."""
        fields |= {"role": Role.ADMINISTRATOR, "is_superuser": True}
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.MARKETER)
    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA name; empty: the workspace's.")
    is_active = models.BooleanField(default=True)
    takes_leads = models.BooleanField(default=False, help_text="Routing may give this user leads.")
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(default=clock.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the user, and keep the groups in line with the role: there is one truth, the role."""
        self.is_superuser = self.role == Role.ADMINISTRATOR
        super().save(*args, **kwargs)
        group, _ = Group.objects.get_or_create(name=str(Role(self.role).value))
        if list(self.groups.all()) != [group]:
            self.groups.set([group])

    @property
    def is_staff(self) -> bool:
        """Everyone who is active may enter the console."""
        return self.is_active

    @property
    def first_name(self) -> str:
        """The first word of the name, as Wagtail greets with it."""
        return self.name.split(" ")[0]

    @property
    def last_name(self) -> str:
        """All but the first word of the name."""
        return " ".join(self.name.split(" ")[1:])

    def get_full_name(self) -> str:
        """The name, or the address where none is known."""
        return str(self)

    def get_short_name(self) -> str:
        """The first name."""
        return self.first_name

    @property
    def sees_everything(self) -> bool:
        """Whether records of other reps are visible to this user."""
        return self.role != Role.REP or self.is_superuser


class Cookies(models.TextChoices):
    """Whether a visitor's browser gets a cookie from the public site, the tracker and tracked links."""

    ALWAYS = "always", "Always"
    CONSENT = "consent", "After the visitor has said yes"
    NEVER = "never", "Never"


class Workspace(models.Model):
    """The one row of settings that people change in the console."""

    firm = models.CharField(max_length=120, default="Your firm")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Berlin.")
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217")
    sender_name = models.CharField(max_length=120, blank=True)
    sender_address = models.EmailField(blank=True)
    postal_address = models.CharField(max_length=250, blank=True, help_text="Stands at the foot of every mail.")
    reps_see_all = models.BooleanField(default=False, help_text="Reps see the records of other reps, too.")
    response_minutes = models.PositiveIntegerField(default=30, help_text="A new lead is answered within this time.")
    second_factor_required = models.BooleanField(
        default=False, help_text="Everyone must set up an authenticator app before the console opens."
    )
    own_domains = models.JSONField(default=list, blank=True, help_text="Domains of the firm's own sites.")
    passing_domains = models.JSONField(
        default=list, blank=True, help_text="Sites where visitors pay or sign in and come back."
    )
    cookies = models.CharField(
        max_length=10,
        choices=Cookies.choices,
        default=Cookies.ALWAYS,
        help_text="Without a cookie a visitor is known for one day at most, and never by name before a form is sent.",
    )
    shorten_addresses = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Consent keeps them without their last part: enough for proof, too little to find somebody.",
    )
    demo = models.JSONField(default=dict, editable=False, help_text="State of the example firm; empty: none.")

    def __str__(self) -> str:
        return self.firm

    @property
    def lives_a_past(self) -> bool:
        """Whether the example firm's past is being lived; that process then does the work of all others."""
        past = self.demo.get("past") or {}
        return bool(past) and not past.get("done")


class MailDomain(models.Model):
    """What somebody in the firm says of a mail domain, over what our lists say."""

    class Kind(models.TextChoices):
        FREE = "free", "Free mail: anybody gets an address there"
        DISPOSABLE = "disposable", "Throw-away: addresses there last for minutes"
        FIRM = "firm", "A firm's own domain, whatever the lists say"

    domain = models.CharField(max_length=253, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    note = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain


class ApiKey(models.Model):
    """A key for the API or the collector; only its hash is kept."""

    class Scope(models.TextChoices):
        COLLECT = "collect", "Collect: send facts only"
        READ = "read", "Read"
        WRITE = "write", "Read and write"
        ADMIN = "admin", "Everything"

    name = models.CharField(max_length=80)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    prefix = models.CharField(max_length=12, unique=True)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    allowed_origins = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SavedView(models.Model):
    """A list's search, filters and columns under a name; shown as a tab."""

    list_name = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    is_shared = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who saw, exported or changed what, and when; never changed."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    actor = models.CharField(max_length=80, help_text="The user's name, an API key, or a process.")
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.actor} {self.action}"
