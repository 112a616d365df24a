"""Emails and their versions, messages and what became of them, broadcasts, the built-in mailbox."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from leadwright.attract.stages import BuyingStage
from leadwright.engage.blocks import BODY
from leadwright.kit import clock
from leadwright.profile.models import Contact, Purpose
from leadwright.qualify.models import Segment


class Email(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """A piece of content that can be sent; publishing it freezes a version (see `engage.emails`)."""

    name = models.CharField(max_length=120, help_text="For you; recipients do not see it.")
    code = models.SlugField(max_length=40, null=True, blank=True, unique=True, editable=False)  # of built-in emails
    subject = models.CharField(max_length=250)
    preheader = models.CharField(max_length=250, blank=True, help_text="Stands beside the subject in most mailboxes.")
    purpose = models.ForeignKey(
        Purpose, null=True, blank=True, on_delete=models.PROTECT, help_text="Empty: service mail, sent on request only."
    )
    persona = models.ForeignKey("attract.Persona", null=True, blank=True, on_delete=models.SET_NULL)
    buying_stage = models.CharField(max_length=20, choices=BuyingStage.choices, blank=True)
    body = StreamField(BODY, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="email")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self) -> Any:
        """All revisions, as Wagtail wants them."""
        return self._revisions

    def clean(self) -> None:
        """Refuse Liquid that cannot be read, with its place."""
        super().clean()
        from leadwright.engage import emails

        if faults := emails.liquid_faults(self):
            raise ValidationError(dict(faults))

    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> None:
        """Make a revision live and freeze it as the next version."""
        super().publish(revision, *args, **kwargs)
        from leadwright.engage import emails

        emails.freeze(Email.objects.get(pk=self.pk))

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The email as the example contact gets it; scripts cannot run in it."""
        from leadwright.engage import previews

        return previews.answer(self, None, "html")


class EmailVersion(models.Model):
    """An email as it was when it was published: Liquid over HTML and text; never changed."""

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.TextField()
    html = models.TextField()
    text = models.TextField()
    links = models.JSONField(default=list)  # the targets, in order; a click token names its index
    sender_name = models.CharField(max_length=120)
    sender_address = models.EmailField()
    purpose = models.ForeignKey(Purpose, null=True, on_delete=models.PROTECT)  # null: service mail
    frozen_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["email", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.email} · version {self.number}"


class Broadcast(models.Model):
    """One email to one segment, once."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        SENDING = "sending"
        SENT = "sent"
        STOPPED = "stopped"

    name = models.CharField(max_length=120)
    email = models.ForeignKey(Email, on_delete=models.PROTECT)
    version = models.ForeignKey(EmailVersion, null=True, blank=True, on_delete=models.PROTECT)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    campaign = models.ForeignKey("attract.Campaign", null=True, blank=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    send_at = models.DateTimeField(null=True, blank=True)
    last_contact_id = models.BigIntegerField(default=0)  # checkpoint: contacts up to here have their message row
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One email to one contact for one cause: unique, so that a retry cannot make a second one."""

    class State(models.TextChoices):
        HELD = "held", "held back"
        QUEUED = "queued", "queued"
        SENDING = "sending", "handed over, no answer yet"
        SENT = "sent", "sent"
        DELIVERED = "delivered", "delivered"
        BOUNCED = "bounced", "bounced"
        FAILED = "failed", "failed"

    # Indexes are few on purpose: queueing, claiming and settling each write all of them anew. `message_once` leads to a
    # contact's messages. A version is frozen and never deleted once a message names it (PROTECT), so the database need
    # not look it up for each message.
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages", db_index=False)
    version = models.ForeignKey(EmailVersion, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    cause = models.CharField(max_length=80)  # "broadcast:3", "enrollment:55:step:4", "consent:12"
    campaign_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=State.choices)
    held_reason = models.CharField(max_length=40, blank=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=250, blank=True)  # the relay's last words
    extra = models.JSONField(default=dict)  # what Liquid knows besides contact and company, such as a confirm link

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["contact", "version", "cause"], name="message_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="queued"), name="message_queue"),
            models.Index(fields=["sending_at"], condition=models.Q(state="sending"), name="message_unsure"),
            models.Index(fields=["cause", "state"]),
        ]


class Notice(models.Model):
    """A submission of which one colleague, or one address that is nobody's account, is to hear; those that wait leave
    together, as one mail.

    It says of nobody what was sent: that is read from the log when the mail is written.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    address = models.CharField(max_length=254, blank=True, default="")  # where there is no user
    form = models.ForeignKey("attract.Form", on_delete=models.CASCADE, related_name="+", db_index=False)
    activity_id = models.UUIDField()
    at = models.DateTimeField()  # of the activity, which leads to its month
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    mail = models.UUIDField(null=True)  # the mail that it leaves in; names the mail to its recipient, too
    sending_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=250, blank=True)  # the relay's last words

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("activity_id", Coalesce("user", 0), "address", name="notice_once_each")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["waiting", "sending"]), name="notice_open"),
            models.Index(Coalesce("user", 0), "address", "form", "sending_at", name="notice_last"),
            models.Index(fields=["form"], name="notice_form"),
        ]

    def __str__(self) -> str:
        return f"{self.form} · {self.user or self.address}"


class MailboxMessage(models.Model):
    """A mail that the built-in mailbox has received by SMTP."""

    received_at = models.DateTimeField(default=clock.now, db_index=True)
    mail_from = models.CharField(max_length=320, blank=True)
    rcpt_to = models.JSONField(default=list)
    subject = models.CharField(max_length=1000, blank=True)
    raw = models.BinaryField()

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["rcpt_to"], name="mailbox_recipient")]
