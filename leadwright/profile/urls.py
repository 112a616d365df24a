"""The screens of contacts and companies under /app/."""

from django.urls import path

from leadwright.profile import uploads, views
from leadwright.profile.duplicates import views as duplicate_views
from leadwright.profile.fields import views as field_views
from leadwright.profile.privacy import consent_views, erasure_views, retention_views, suppression_views

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/new/", views.contact_new, name="contact_new"),
    path("contacts/<int:contact_id>/", views.contact, name="contact"),
    path("contacts/<int:contact_id>/files/", uploads.panel, name="contact_files"),
    path("contacts/files/<uuid:upload_id>/", uploads.fetch, name="contact_file"),
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
    path("duplicates/", duplicate_views.queue, name="duplicates"),
    path("duplicates/<int:duplicate_id>/", duplicate_views.decide, name="duplicates_decide"),
    path("duplicates/look/", duplicate_views.look, name="duplicates_look"),
    path("duplicates/undo/", duplicate_views.undo, name="duplicates_undo"),
    path("duplicates/panel/", duplicate_views.panel, name="duplicates_panel"),
    *(
        path(f"{start}/<int:record_id>/{name}/", view, {"of": of}, name=f"{of}_{name}")
        for of, start in (("contact", "contacts"), ("company", "companies"))
        for name, view in (("merge", duplicate_views.merge_with), ("likely", duplicate_views.banner))
    ),
    path("companies/", views.companies, name="companies"),
    path("companies/new/", views.company_new, name="company_new"),
    path("companies/<int:company_id>/", views.company, name="company"),
    path("companies/<int:company_id>/edit/", views.company_edit, name="company_edit"),
    path("companies/<int:company_id>/timeline/", views.company_timeline, name="company_timeline"),
    path("companies/<int:company_id>/group/", views.company_group, name="company_group"),
    path("fields/", field_views.index, name="fields"),
    path("fields/new/", field_views.new, name="field_new"),
    path("fields/others/", field_views.strangers, name="field_strangers"),
    path("fields/<int:field_id>/", field_views.edit, name="field_edit"),
    path("fields/<int:field_id>/arrange/", field_views.arrange, name="field_arrange"),
    path("fields/<int:field_id>/retire/", field_views.retire, name="field_retire"),
    path("fields/<int:field_id>/delete/", field_views.delete, name="field_delete"),
    path("fields/<int:field_id>/export/", field_views.export, name="field_export"),
    path("contacts/<int:contact_id>/consent/", consent_views.contact_consent, name="contact_consent"),
    path(
        "contacts/<int:contact_id>/consent/record/", consent_views.contact_consent_record, name="contact_consent_record"
    ),
    path("contacts/<int:contact_id>/lift/", consent_views.contact_lift, name="contact_lift"),
    path("contacts/<int:contact_id>/suppress/", consent_views.contact_suppress, name="contact_suppress"),
    path("contacts/<int:contact_id>/hold/", consent_views.contact_hold, name="contact_hold"),
    path("contacts/<int:contact_id>/everything/", erasure_views.everything, name="contact_everything"),
    path("contacts/<int:contact_id>/forget/", erasure_views.forget, name="contact_forget"),
    path("purposes/", consent_views.purpose_list, name="purposes"),
    path("purposes/new/", consent_views.purpose_new, name="purpose_new"),
    path("purposes/<slug:key>/", consent_views.purpose, name="purpose"),
    path("purposes/<slug:key>/retire/", consent_views.purpose_retire, name="purpose_retire"),
    path("suppressions/", suppression_views.index, name="suppressions"),
    path("suppressions/add/", suppression_views.add, name="suppressions_add"),
    path("suppressions/take/", suppression_views.take, name="suppressions_take"),
    path("privacy/", erasure_views.privacy_requests, name="privacy_requests"),
    path("privacy/<int:request_id>/", erasure_views.decide, name="privacy_decide"),
    path("privacy/receipts/", erasure_views.receipts, name="receipts"),
    path("privacy/holds/", erasure_views.holds, name="legal_holds"),
    path("retention/", retention_views.index, name="retention"),
]
