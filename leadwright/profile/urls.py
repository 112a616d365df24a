"""The screens of contacts and companies under /app/."""

from django.urls import path

from leadwright.profile import views

urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("companies/", views.companies, name="companies"),
]
