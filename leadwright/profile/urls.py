"""The screens of contacts and companies under /app/."""

from django.urls import path

from leadwright.profile import views

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
]
