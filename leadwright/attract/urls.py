"""The screens of this package under /app/."""

from django.urls import path

from leadwright.attract import views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.campaign_new, name="campaign_new"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/edit/", views.campaign_edit, name="campaign_edit"),
    path("campaigns/<int:campaign_id>/links/new/", views.link_new, name="link_new"),
    path("campaigns/<int:campaign_id>/spend/new/", views.spend_new, name="spend_new"),
    path("spend/<int:spend_id>/edit/", views.spend_edit, name="spend_edit"),
    path("spend/<int:spend_id>/remove/", views.spend_remove, name="spend_remove"),
    path("links/", views.links, name="links"),
    path("links/<int:link_id>/edit/", views.link_edit, name="link_edit"),
    path("links/<int:link_id>/remove/", views.link_remove, name="link_remove"),
    path("links/<int:link_id>/qr.<str:kind>", views.link_qr, name="link_qr"),
    path("forms/", views.forms, name="forms"),
    path("resources/", views.resources, name="resources"),
]
