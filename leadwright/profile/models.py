"""Contacts, companies, identities, the consent ledger and suppressions."""

import secrets
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Case, JSONField, Value, When
from django.db.models.functions import Lower, Now

from leadwright.attract.models import BuyingStage
from leadwright.kit import clock, ids
from leadwright.profile.fields import values
from leadwright.workspace.models import User, Workspace


class Seen(models.QuerySet["Contact"]):
    """Contacts, as far as somebody may see them."""

    def visible_to(self, user: User) -> Self:
        """The contacts a user may see: a rep sees his own and nobody's, unless the workspace shows reps everything."""
        return self.filter(_mine_or_nobodys(user))


class SeenCompanies(models.QuerySet["Company"]):
    """Companies, as far as somebody may see them."""

    def visible_to(self, user: User) -> Self:
        """The companies a user may see: a rep sees his own and nobody's, unless the workspace shows reps everything."""
        return self.filter(_mine_or_nobodys(user))


def sees_everybody(user: User) -> bool:
    """Whether a user sees the contacts and companies of all others."""
    return user.sees_everything or Workspace.objects.filter(reps_see_all=True).exists()


def _mine_or_nobodys(user: User) -> models.Q:
    if sees_everybody(user):
        return models.Q()
    return models.Q(owner=user) | models.Q(owner=None)


class Of(models.TextChoices):
    """What a custom field belongs to."""

    CONTACT = "contact", "Contacts"
    COMPANY = "company", "Companies"


class BuyingRole(models.TextChoices):
    """What somebody is in the buying of a firm."""

    DECIDER = "decider", "Decider"
    ECONOMIC = "economic_buyer", "Economic buyer"
    INFLUENCER = "influencer", "Influencer"
    USER = "user", "User"
    GATEKEEPER = "gatekeeper", "Gatekeeper"


class Company(models.Model):
    """A contact's firm; found by its domain, never by a free-mail domain."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, null=True, blank=True, unique=True)
    industry = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True, help_text="People who work there.")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    city = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, db_index=False
    )
    custom = models.JSONField(default=dict, blank=True)
    origins = models.JSONField(
        default=dict, db_default=Value({}, JSONField()), blank=True, help_text="Field -> where its value came from."
    )
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    updated_at = models.DateTimeField(default=clock.now, db_default=Now())
    objects = SeenCompanies.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        indexes: ClassVar = [
            models.Index(fields=["name", "id"]),
            models.Index(Lower("name"), name="profile_company_named"),
            models.Index(fields=["created_at", "id"], name="company_created"),
            models.Index(fields=["owner"], name="company_owner", condition=models.Q(owner__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person that we know. `uid` is the subject of activities recorded about the contact itself."""

    uid = models.UUIDField(unique=True, default=ids.uuid7, editable=False)
    email = models.EmailField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, null=True, blank=True, unique=True, editable=False)
    external_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=160, blank=True, help_text="Job title")
    phone = models.CharField(max_length=40, blank=True, help_text="E.164")
    country = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=16, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, db_index=False
    )
    persona = models.ForeignKey("attract.Persona", null=True, blank=True, on_delete=models.SET_NULL, db_index=False)
    buying_stage = models.CharField(max_length=20, choices=BuyingStage.choices, blank=True)
    buying_role = models.CharField(max_length=20, choices=BuyingRole.choices, blank=True, db_default="")
    first_channel = models.CharField(max_length=40, blank=True)
    first_campaign = models.ForeignKey(
        "attract.Campaign", null=True, blank=True, on_delete=models.SET_NULL, db_index=False
    )
    first_source = models.CharField(max_length=120, blank=True, default="", db_default="")
    last_seen_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    origins = models.JSONField(default=dict, blank=True, help_text="Field -> where its value came from, and when.")
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    updated_at = models.DateTimeField(default=clock.now, db_default=Now())
    objects = Seen.as_manager()

    class Meta:
        # Each new contact pays for each of these, an import of a million a million times. Those by time are read from
        # their end: what comes in stands last, where it costs least. Of keys that most contacts lack only the rest.
        indexes: ClassVar = [
            models.Index(fields=["created_at", "id"], name="contact_created"),
            models.Index(fields=["updated_at", "id"], name="contact_updated"),
            models.Index(fields=["last_name", "first_name", "id"]),
            # Few have a role, so it costs others nothing; without it a list of one role read everybody.
            models.Index(fields=["buying_role"], name="contact_role", condition=~models.Q(buying_role="")),
            *(
                models.Index(fields=[key], name=f"contact_{key}", condition=models.Q(**{f"{key}__isnull": False}))
                for key in ("company", "owner", "persona", "first_campaign")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The full name, else the address, else words that say that neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or f"Unnamed {self.external_id or self.pk}"


class ContactWords(models.Model):
    """The words that a search finds a contact by: names, title, external id, and the parts of the address.

    Written by triggers (migration 0011) in the transaction of the change, or behind it where a bulk writer says so; see
    `profile.searches`.
    """

    contact = models.OneToOneField(
        Contact, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="sought_by"
    )
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [GinIndex(name="contact_words", fields=["words"], fastupdate=True)]


class CompanyWords(models.Model):
    """The words that a search finds a company by: its name, its city, and the parts of its domain."""

    company = models.OneToOneField(
        Company, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="sought_by"
    )
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [GinIndex(name="company_words", fields=["words"], fastupdate=True)]


class WordsDue(models.Model):
    """New records, from one id to another, that a search does not find yet; see `profile.searches`."""

    kind = models.CharField(max_length=10, choices=Of.choices)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()


class CustomField(models.Model):
    """A field that the firm has defined for its contacts or companies; values stand in their `custom` by its key.

    Only `profile.fields` writes it. `version` is drawn anew at each change, so that whoever keeps the definitions in
    memory sees with one small query that they are out of date.
    """

    of = models.CharField("belongs to", max_length=10, choices=Of.choices)
    key = models.CharField(max_length=60)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=[(key, label) for key, (label, _) in values.KINDS.items()])
    options = models.JSONField(default=list, blank=True)  # [{"key", "label", "is_retired"}], in order
    help = models.CharField(max_length=250, blank=True)
    group = models.CharField(max_length=80, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_personal = models.BooleanField("personal data", default=False)
    is_required = models.BooleanField("required in the console", default=False)
    is_unique = models.BooleanField("unique", default=False)
    lowest = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    highest = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    longest = models.PositiveIntegerField(null=True, blank=True)
    pattern = models.CharField(max_length=200, blank=True)
    says = models.CharField("what it says of other values", max_length=200, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    going_at = models.DateTimeField(null=True, editable=False)  # deleted: its values are being taken away
    tidied_to = models.BigIntegerField(null=True, default=0, editable=False)  # up to which id values fit; null: all do
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    version = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("of", "position", "pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["of", "key"], name="custom_field_once")]
        permissions: ClassVar = [("view_personal_values", "Can see the values of personal fields")]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Kept, under a version that nobody has seen."""
        self.version = secrets.randbits(60)
        super().save(*args, **kwargs)


class FieldIndex(models.Model):
    """An index over a custom field's values: wanted by segments or lists, made and dropped by a background job."""

    class State(models.TextChoices):
        WANTED = "wanted"
        READY = "ready"
        FAILED = "failed"

    of = models.CharField(max_length=10, choices=Of.choices)
    key = models.CharField(max_length=60)
    shape = models.CharField(max_length=10)  # as in values.KINDS: the same field of another kind is another index
    name = models.CharField(max_length=63, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    asked_at = models.DateTimeField(default=clock.now)  # when somebody last needed it
    made_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=250, blank=True)


class PastValue(models.Model):
    """What a field of a contact or company said before, and from where. Written by triggers (migration 0005), so that
    no writer can forget it."""

    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="past_values"
    )
    company = models.ForeignKey(
        Company, null=True, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="past_values"
    )
    field = models.CharField(max_length=80)  # first_name, company_id, custom.budget
    value = models.JSONField()
    origin = models.JSONField(null=True)
    until = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["contact", "-id"], name="past_of_contact", condition=models.Q(contact__isnull=False)),
            models.Index(fields=["company", "-id"], name="past_of_company", condition=models.Q(company__isnull=False)),
        ]


class Identity(models.Model):
    """A subject of activities belongs to a contact: its own uid, a visitor's id, later a merged contact's uid."""

    class Kind(models.TextChoices):
        SELF = "self"
        VISITOR = "visitor"
        MERGED = "merged"

    subject_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    since = models.DateTimeField(default=clock.now)
    evidence = models.CharField(max_length=120, blank=True)  # "form contact", "link in message 17", "identify"
    # The address key, user id or uid that told who it was.
    told_by = models.CharField(max_length=254, blank=True, default="", db_default="")


class ContactKey(models.Model):
    """Another address or user id by which a contact is known, such as that of a contact that was merged into it."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        EXTERNAL = "external"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=254)
    since = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=120, blank=True)  # "merge 12"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key"], name="contactkey_once")]


class CompanyDomain(models.Model):
    """Another domain of a company, besides the one that it is known by."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=200, unique=True)
    since = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=120, blank=True)  # "console", "merge 12", "its domain until 3 May 2026"


class RecordKind(models.TextChoices):
    """What can be a duplicate, and be merged."""

    CONTACT = "contact", "People"
    COMPANY = "company", "Companies"


class Duplicate(models.Model):
    """Two records that are likely the same; proposed once, decided by somebody.

    Ids and not foreign keys: either record may have been merged, and a dismissed pair is never proposed again.
    """

    class State(models.TextChoices):
        OPEN = "open", "to be decided"
        MERGED = "merged", "merged"
        DISMISSED = "dismissed", "not the same"

    kind = models.CharField(max_length=10, choices=RecordKind.choices)
    low_id = models.BigIntegerField()  # the smaller id of the two
    high_id = models.BigIntegerField()
    probability = models.FloatField()
    evidence = models.JSONField(default=list)  # [{"field", "say", "weight"}], the weightiest first; no values
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "low_id", "high_id"], name="duplicate_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "-probability", "id"], condition=models.Q(state="open"), name="duplicate_queue"
            ),
            models.Index(fields=["kind", "high_id"], name="duplicate_high"),
        ]


class MatchKey(models.Model):
    """A piece of a record, hashed, that its duplicates likely share: only records with a common one are compared."""

    kind = models.CharField(max_length=10, choices=RecordKind.choices)
    key = models.BigIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "key", "record_id"], name="matchkey_once")]
        indexes: ClassVar = [models.Index(fields=["kind", "record_id"], name="matchkey_record")]


class MatchModel(models.Model):
    """What was learned about how duplicates differ, and up to when records have been looked at."""

    kind = models.CharField(max_length=10, primary_key=True, choices=RecordKind.choices)
    settings = models.JSONField(default=dict)
    trained_at = models.DateTimeField(null=True)
    trained_on = models.BigIntegerField(default=0)
    looked_until = models.DateTimeField(null=True)
    looked_id = models.BigIntegerField(default=0)


class Merge(models.Model):
    """One record was merged into another: what was chosen, and all that undoing it needs."""

    kind = models.CharField(max_length=10, choices=RecordKind.choices)
    survivor_id = models.BigIntegerField()
    absorbed_id = models.BigIntegerField()
    absorbed_uid = models.UUIDField(null=True)
    absorbed = models.JSONField(default=dict)  # the absorbed record's row
    choices = models.JSONField(default=dict)  # field -> the id of the record whose value was taken
    before = models.JSONField(default=dict)  # the survivor's fields that changed, before
    after = models.JSONField(default=dict)  # and after
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor = models.CharField(max_length=120)  # the user's name, "API key CRM"
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "survivor_id", "-at"], name="merge_survivor"),
            models.Index(fields=["kind", "absorbed_id", "-at"], name="merge_absorbed"),
        ]


class MergePart(models.Model):
    """What a merge did to one table: the rows that moved, changed, went or were made."""

    class Act(models.TextChoices):
        MOVED = "moved"
        CHANGED = "changed"
        DROPPED = "dropped"
        MADE = "made"

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="parts")
    table = models.CharField(max_length=60)
    act = models.CharField(max_length=10, choices=Act.choices)
    rows = models.JSONField(default=list)  # moved, made: keys; changed, dropped: rows as they were


class Purpose(models.Model):
    """Something a contact can allow or refuse, such as the newsletter."""

    key = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=250, blank=True)
    double_opt_in = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100, db_default=100)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name


class Wording(models.Model):
    """A version of the words under which a purpose was asked for; the same text is the same version."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="wordings", db_index=False)
    number = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64, editable=False)  # SHA-256 of the text
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["purpose", "number"], name="wording_numbered"),
            models.UniqueConstraint(fields=["purpose", "digest"], name="wording_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose_id}, version {self.number}"


class ConsentRecord(models.Model):
    """One entry of the ledger; never changed, which the database itself sees to. See `rules.standing`."""

    class State(models.TextChoices):
        PENDING = "pending", "asked to confirm"
        GRANTED = "granted", "granted"
        WITHDRAWN = "withdrawn", "withdrawn"
        LAPSED = "lapsed", "never confirmed"
        UNDONE = "undone", "its import was undone"  # the entry that it names counts as never written

    # An index that begins with the contact serves for it; nobody asks for all entries of a purpose.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consent_records", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=10, choices=State.choices)
    wording = models.TextField(blank=True)
    version = models.ForeignKey(Wording, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=120, blank=True)  # "form white-paper", "message 17", "import 3", "console"
    page = models.CharField(max_length=500, blank=True, default="", db_default="")  # the address of the page, if any
    address = models.GenericIPAddressField(null=True, blank=True)
    actor = models.CharField(max_length=120, blank=True, default="", db_default="")  # who wrote it down; empty: herself
    note = models.CharField(max_length=500, blank=True, default="", db_default="")
    proof = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["contact", "purpose", "-at", "-id"])]


class Consent(models.Model):
    """What holds now, kept in the same transaction as the ledger, so that a set of contacts can be judged at once."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents", db_index=False)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=10, choices=ConsentRecord.State.choices)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["contact", "purpose"], name="consent_once")]
        indexes: ClassVar = [
            models.Index(fields=["at"], condition=models.Q(state="pending"), name="consent_pending"),
        ]


class Suppression(models.Model):
    """An address that must not be used, and why."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "Hard bounce"
        COMPLAINT = "complaint", "Complaint"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed from everything"
        MANUAL = "manual", "Added by hand"
        ERASED = "erased", "Erased on request"

    # An address in its normal form, "sha256:" or "md5:" and its hex digest, or "@domain" for all addresses of a domain.
    email_key = models.CharField(max_length=254, unique=True)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    at = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=250, blank=True, default="", db_default="")
    actor = models.CharField(max_length=120, blank=True, default="", db_default="")
    kind = models.GeneratedField(
        expression=Case(
            When(email_key__startswith="sha256:", then=Value("sha256")),
            When(email_key__startswith="md5:", then=Value("md5")),
            When(email_key__startswith="@", then=Value("domain")),
            default=Value("address"),
        ),
        output_field=models.CharField(
            max_length=8,
            choices=[
                ("address", "Address"),
                ("domain", "Domain"),
                ("sha256", "Fingerprint (SHA-256)"),
                ("md5", "Fingerprint (MD5)"),
            ],
        ),
        db_persist=True,
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="suppression_newest")]

    def __str__(self) -> str:
        return self.email_key


class Preference(models.Model):
    """How a contact wants to be written to, besides what for: not until a day, and not more often than so."""

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="preference")
    paused_until = models.DateTimeField(null=True, blank=True)
    every_days = models.PositiveSmallIntegerField(null=True, blank=True)  # at most one mail in so many days
    changed_at = models.DateTimeField(default=clock.now)


class LegalHold(models.Model):
    """Keeps a contact from retention and from being forgotten, until somebody lifts it."""

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="legal_hold")
    reason = models.CharField(max_length=250)
    by = models.CharField(max_length=120)
    since = models.DateTimeField(default=clock.now)


class Erasure(models.Model):
    """The receipt of a forgetting: who asked, when, how many rows of which table. It names nobody."""

    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=120)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=120, blank=True)  # "console", "request 3", "retention", "API"
    people = models.PositiveIntegerField(default=0)
    contact_ids = models.JSONField(default=list)  # only until it is done, so that a killed one goes on
    fingerprints = models.JSONField(default=list)
    tables = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["fingerprints"], name="erasure_fingerprints"),
            models.Index(fields=["at"], condition=models.Q(done_at=None), name="erasure_open"),
        ]

    def __str__(self) -> str:
        return f"Receipt {self.pk}"


class PrivacyRequest(models.Model):
    """What a person asked of her own data: a copy, to be forgotten, another address."""

    class Kind(models.TextChoices):
        EXPORT = "export", "What do you know about me?"
        FORGET = "forget", "Forget me"
        ADDRESS = "address", "Another address"

    class State(models.TextChoices):
        ASKED = "asked", "waits for her confirmation"
        CONFIRMED = "confirmed", "waits for you"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        LAPSED = "lapsed", "never confirmed"

    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="privacy_requests")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=500, blank=True)
    new_email = models.EmailField(max_length=254, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "at"], name="request_waiting")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"


class RetentionRule(models.Model):
    """How long one kind of data is kept, where the firm has decided other than we propose."""

    key = models.CharField(primary_key=True, max_length=40)  # key in kit.registries.RETENTIONS
    days = models.PositiveIntegerField(null=True, blank=True)  # none: for ever
    changed_at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=120, blank=True)


class RetentionRun(models.Model):
    """What one night removed of one kind of data."""

    key = models.CharField(max_length=40)
    at = models.DateTimeField(default=clock.now)
    before = models.DateTimeField()
    removed = models.BigIntegerField(default=0)
    note = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="retention_newest")]


class VisitorConsent(models.Model):
    """What a visitor answered the banner of the public site; never changed."""

    at = models.DateTimeField(default=clock.now)
    choice = models.BooleanField()
    wording = models.TextField()
    page = models.CharField(max_length=500, blank=True)
    anonymous_id = models.CharField(max_length=100, blank=True)  # the browser, where it said yes
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["anonymous_id"], condition=~models.Q(anonymous_id=""), name="visitor_consent_of"),
            models.Index(fields=["at"], name="visitor_consent_at"),
        ]
