"""The mailbox at /mailbox, and this package's screens below /app/."""

from django.urls import path

from leadwright.engage import handouts, logs, mailbox_views, views  # noqa: F401  logs declares what can be exported

public = [
    path("t/a/again/", handouts.again, name="resource_again"),
    path("mailbox", mailbox_views.page, name="mailbox"),
    path("mailbox/<int:mail_id>", mailbox_views.page, name="mailbox_mail"),
    path("mailbox/<int:mail_id>/html", mailbox_views.html, name="mailbox_html"),
    path("mailbox/api/messages", mailbox_views.messages),
    path("mailbox/api/messages/<int:mail_id>", mailbox_views.message),
    path("mailbox/api/messages/<int:mail_id>/raw", mailbox_views.raw),
]

console = [
    path("forms/<int:form_id>/told/", views.form_told, name="form_told"),
    path("emails/<int:email_id>/look/", views.look, name="email_look"),
    path("emails/<int:email_id>/look/html/", views.preview, name="email_preview"),
    path("emails/<int:email_id>/test/", views.test, name="email_test"),
    path("broadcasts/", views.index, name="broadcasts"),
    path("broadcasts/new/", views.new, name="broadcast_new"),
    path("broadcasts/<int:broadcast_id>/", views.broadcast, name="broadcast"),
    path("broadcasts/<int:broadcast_id>/report/", views.report, name="broadcast_report"),
    path("broadcasts/<int:broadcast_id>/start/", views.start, name="broadcast_start"),
    path("broadcasts/<int:broadcast_id>/stop/", views.stop, name="broadcast_stop"),
    path("messages/unsure/", views.unsure, name="unsure_messages"),
    path("contacts/<int:contact_id>/messages/", views.contact_messages, name="contact_messages"),
]
