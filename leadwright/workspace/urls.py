"""The settings screens under /app/settings/."""

from django.urls import path

from leadwright.workspace import views

urlpatterns = [
    path("settings/workspace/", views.workspace, name="workspace_settings"),
    path("settings/users/", views.people, name="workspace_users"),
    path("settings/users/invite/", views.invite, name="workspace_invite"),
    path("settings/users/<int:user_id>/", views.person, name="workspace_user"),
    path("settings/users/<int:user_id>/link/", views.make_link, name="workspace_user_link"),
    path("settings/keys/", views.api_keys, name="workspace_keys"),
    path("settings/keys/<int:key_id>/", views.change_key, name="workspace_key"),
    path("settings/keys/<int:key_id>/revoke/", views.revoke_key, name="workspace_key_revoke"),
    path("settings/mail-domains/", views.domains_of_mail, name="workspace_mail_domains"),
    path(
        "settings/mail-domains/<int:domain_id>/forget/", views.forget_mail_domain, name="workspace_mail_domain_forget"
    ),
    path("settings/trail/", views.trail, name="workspace_trail"),
]
