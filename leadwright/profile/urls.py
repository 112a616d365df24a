"""The screens of contacts and companies under /app/."""

from django.urls import path

from leadwright.profile import field_views, views

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/new/", views.contact_new, name="contact_new"),
    path("contacts/<int:contact_id>/", views.contact, name="contact"),
    path("contacts/<int:contact_id>/edit/", views.contact_edit, name="contact_edit"),
    path("contacts/<int:contact_id>/timeline/", views.contact_timeline, name="contact_timeline"),
    path("contacts/<int:contact_id>/timeline/offers/", views.contact_timeline_offers, name="contact_timeline_offers"),
    *(
        each
        for of, start in (("contact", "contacts"), ("company", "companies"))
        for each in (
            path(f"{start}/<int:record_id>/facts/<str:field>/", views.fact, {"of": of}, name=f"{of}_fact"),
            path(
                f"{start}/<int:record_id>/facts/<str:field>/past/", views.fact_past, {"of": of}, name=f"{of}_fact_past"
            ),
            path(f"{start}/<int:record_id>/history/", views.history, {"of": of}, name=f"{of}_history"),
        )
    ),
    path("companies/", views.companies, name="companies"),
    path("companies/new/", views.company_new, name="company_new"),
    path("companies/<int:company_id>/", views.company, name="company"),
    path("companies/<int:company_id>/edit/", views.company_edit, name="company_edit"),
    path("companies/<int:company_id>/timeline/", views.company_timeline, name="company_timeline"),
    path("settings/fields/", field_views.index, name="fields"),
    path("settings/fields/new/", field_views.new, name="field_new"),
    path("settings/fields/others/", field_views.strangers, name="field_strangers"),
    path("settings/fields/<int:field_id>/", field_views.edit, name="field_edit"),
    path("settings/fields/<int:field_id>/arrange/", field_views.arrange, name="field_arrange"),
    path("settings/fields/<int:field_id>/retire/", field_views.retire, name="field_retire"),
    path("settings/fields/<int:field_id>/delete/", field_views.delete, name="field_delete"),
    path("settings/fields/<int:field_id>/export/", field_views.export, name="field_export"),
]
