"""The mailbox at /mailbox, and this package's screens below /app/."""

from django.urls import path

from leadwright.engage import mailbox_views

public = [
    path("mailbox", mailbox_views.page, name="mailbox"),
    path("mailbox/<int:mail_id>", mailbox_views.page, name="mailbox_mail"),
    path("mailbox/<int:mail_id>/html", mailbox_views.html, name="mailbox_html"),
    path("mailbox/api/messages", mailbox_views.messages),
    path("mailbox/api/messages/<int:mail_id>", mailbox_views.message),
    path("mailbox/api/messages/<int:mail_id>/raw", mailbox_views.raw),
]
