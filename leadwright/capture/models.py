"""Hits, activities, visitors, and the imports with their undo log."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from leadwright.kit import clock, ids


class Hit(models.Model):
    """What came in, as it came in; written by the collector with COPY, read by judging in the order (tx, id)."""

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=20)  # track, page, identify, group, alias, form, click, open, unsubscribe, …
    message_id = models.CharField(max_length=100)
    key_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")
    payload = models.JSONField()
    # and `tx xid8 default pg_current_xact_id()`, which Django does not know; see the migration

    class Meta:
        managed = False
        db_table = "capture_hit"


class Refusal(models.Model):
    """A hit that did not become an activity, and why."""

    hit_id = models.BigIntegerField(unique=True)
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=250, blank=True)
    again_at = models.DateTimeField(null=True)  # somebody had it judged again, and then it may have been taken
    again_by = models.CharField(max_length=150, blank=True, db_default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reason", "-received_at"], name="refusal_reason")]


class SeenMessage(models.Model):
    """Message ids that were judged, so that a retried batch counts once; forgotten after some days."""

    message_id = models.CharField(primary_key=True, max_length=100)
    seen_at = models.DateTimeField(db_index=True)


class HeldSubmission(models.Model):
    """A form's submission that too much speaks against: kept aside until somebody releases or removes it."""

    message_id = models.CharField(max_length=100, unique=True)
    form_code = models.CharField(max_length=60)
    received_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")
    email = models.CharField(max_length=254, default="", db_index=True)  # in small letters, so that it can be erased
    reasons = models.JSONField(default=list)  # short keys, see capture.held
    payload = models.JSONField()  # the hit's

    class Meta:
        verbose_name = "quarantined submission"
        indexes: ClassVar = [models.Index(fields=["-received_at", "-id"], name="capture_held_newest")]


class Upload(models.Model):
    """A file that came with a form: its bytes lie below the data folder, under its id."""

    id = models.UUIDField(primary_key=True)  # of the submission's message id, the question and the place
    message_id = models.CharField(max_length=100, db_index=True)
    form_code = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)  # one of attract.questions.FILE_TYPES, by its content
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    subject_id = models.UUIDField(null=True, db_index=True)  # whose activity the submission became


class Handout(models.Model):
    """How often a link to a resource gave its file; kept by the digest of the link."""

    digest = models.CharField(primary_key=True, max_length=64)
    page_id = models.BigIntegerField()
    count = models.IntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)


class Visitor(models.Model):
    """A browser that we may not know by name yet. Its id is the subject of its activities.

    Its campaigns are no foreign keys in the database: judging has just looked them up, and where an index has a column
    that changes, each new version of a row costs an entry in every index.
    """

    id = models.UUIDField(primary_key=True, default=ids.uuid7)
    anonymous_id = models.CharField(max_length=100, unique=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    first_channel = models.CharField(max_length=40, blank=True)
    first_campaign = models.ForeignKey(
        "attract.Campaign", null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )
    first_touch = models.JSONField(default=dict)  # landing page, referrer, utm_*, click ids
    confirmed_at = models.DateTimeField(null=True)  # a person was seen to scroll, point or type
    session_id = models.UUIDField(null=True)
    session_channel = models.CharField(max_length=40, blank=True)
    session_campaign = models.ForeignKey(
        "attract.Campaign", null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False, db_index=False
    )


class Salt(models.Model):
    """The salt of one day, which tells browsers without a cookie apart; once it is deleted nobody can any more."""

    day = models.DateField(primary_key=True)
    value = models.BinaryField()


class Activity(models.Model):
    """One accepted fact about a visitor or contact; append-only, partitioned by month of `at`.

    `subject_id` is a visitor's id or a contact's uid; `profile.Identity` says to which contact a subject belongs, so
    that stitching and merging never rewrite a fact. `human` is the probability that a person did it; null where the
    question makes no sense. Readers follow the log by (tx, seq), see `capture.activities`.
    """

    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    subject_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    name = models.TextField(default="")
    object_kind = models.CharField(max_length=40, default="")  # form, page, email, campaign, lead, …
    object_id = models.CharField(max_length=100, default="")
    channel = models.CharField(max_length=40, default="")
    campaign_id = models.BigIntegerField(null=True)
    session_id = models.UUIDField(null=True)
    human = models.FloatField(null=True)
    reasons = models.JSONField(default=list)  # evidence for `human`, as short keys
    properties = models.JSONField(default=dict)
    hit_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "capture_activity"


class Verdict(models.Model):
    """What is thought by now of who did an activity, where that differs from what was written with it.

    The activity itself is never changed. Three voices, the first that speaks counts: a person who marked it, a rule of
    the house, later evidence. `human` is the one that counts, null where none speaks any more. Everybody who asks "did
    a person do this?" reads the view `capture_judged`; see docs/decisions/0019.
    """

    activity_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()  # the activity's, by which its month is found
    by_person = models.FloatField(null=True)
    by_rule = models.FloatField(null=True)
    by_evidence = models.FloatField(null=True)
    human = models.FloatField(null=True)
    evidence = models.JSONField(default=list)  # reasons of `by_evidence`, as short keys
    rule_id = models.BigIntegerField(null=True)
    marked_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-decided_at"], name="verdict_decided"),
            models.Index(fields=["rule_id"], name="verdict_rule", condition=models.Q(rule_id__isnull=False)),
        ]


class MailClick(models.Model):
    """A click in a mail, or on its hidden link, kept as long as hits are: what bursts and canaries are found by."""

    contact_uid = models.UUIDField()
    message = models.BigIntegerField()
    hit_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    url = models.TextField()
    is_canary = models.BooleanField(default=False)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    visitor_id = models.UUIDField(null=True)
    activity_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["contact_uid", "message"], name="mailclick_message"),
            models.Index(fields=["visitor_id"], name="mailclick_visitor"),
        ]


class HouseRule(models.Model):
    """What a firm says of an agent or a network: always a machine, or always a person.

    What it says of the past is worked off in chunks, see `capture.house_rules`; so is taking it back once it has ended.
    """

    class Kind(models.TextChoices):
        AGENT = "agent", "Program"
        NETWORK = "network", "Network"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    pattern = models.CharField(max_length=250)  # words in the name of the agent, or 192.0.2.0/24
    is_person = models.BooleanField()
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    is_settled = models.BooleanField(default=False)  # the past is judged by it, or was taken back after its end
    past_to = models.BigIntegerField(null=True)  # the last hit of the past, once that is being judged
    past_total = models.BigIntegerField(default=0)  # hits to look at, or acts to take back
    past_done = models.BigIntegerField(default=0)  # checkpoint: so many of them are committed

    @property
    def percent(self) -> int:
        """How far the past is worked off."""
        return min(100 * self.past_done // self.past_total, 99) if self.past_total else 0


class Position(models.Model):
    """How far a reader has followed the activities."""

    reader = models.CharField(primary_key=True, max_length=60)
    tx = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)


class Import(models.Model):
    """One file on its way into the records, with its preview, its progress and its undo."""

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        LOOKING = "looking"
        PREVIEWED = "previewed"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    kind = models.CharField(max_length=20)  # key in kit.registries.IMPORT_KINDS: contacts, leads
    file_name = models.CharField(max_length=250)
    path = models.CharField(max_length=500)  # below the data folder
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    rows = models.BigIntegerField(default=0)
    done_rows = models.BigIntegerField(default=0)  # checkpoint: rows up to here are committed
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    warned = models.BigIntegerField(default=0)
    statements = models.JSONField(default=dict, db_default={})  # what became of consents: purpose -> outcome -> count
    preview = models.JSONField(default=dict)  # what would happen, with examples; see capture.imports.previews
    report = models.JSONField(default=dict)  # what undo did: deleted, restored, conflicts
    error = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class ImportReject(models.Model):
    """A row that was refused, and the reason in words; or one that was taken with a warning."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejects")
    row_number = models.BigIntegerField()
    reason = models.CharField(max_length=250)
    is_warning = models.BooleanField(default=False)
    cells = models.JSONField()


class ImportChange(models.Model):
    """What an import did to one record: `before` is null for a record that it made."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    row_number = models.BigIntegerField()
    table = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["table", "record_id"])]


class ImportMade(models.Model):
    """The records that one chunk of an import made, in three arrays of one length: a row each would cost what it keeps.

    A mark is a hash of what was written, so that an undo knows whether somebody has changed the record since.
    """

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="made")
    table = models.CharField(max_length=60)
    records = ArrayField(models.BigIntegerField())
    row_numbers = ArrayField(models.BigIntegerField())
    marks = ArrayField(models.BigIntegerField(null=True))


class SavedMapping(models.Model):
    """How files with a set of headers are mapped: as the last one was, without a name, or as somebody has named it."""

    kind = models.CharField(max_length=20)
    headers = models.CharField(max_length=64)  # a hash of the set of headers, without case and signs
    columns = models.JSONField(default=list, db_default=[])  # the headers of the file that it was made for
    name = models.CharField(max_length=80, blank=True)
    mapping = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    used_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("kind", "headers", condition=models.Q(name=""), name="mapping_once"),
            models.UniqueConstraint("kind", Lower("name"), condition=~models.Q(name=""), name="mapping_named"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.kind}, {self.used_at:%Y-%m-%d}"
