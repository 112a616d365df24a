"""The addresses of this package's screens, below /app/."""

from django.urls import path

from leadwright.nurture import views

urlpatterns = [
    path("journeys/", views.index, name="journeys"),
    path("journeys/set-aside/", views.set_aside, name="nurture_set_aside"),
    path("journeys/<int:journey_id>/", views.detail, name="journey"),
    path("journeys/<int:journey_id>/switch/", views.switch, name="journey_switch"),
    path("journeys/<int:journey_id>/admit/", views.admit, name="journey_admit"),
    path("journeys/contact/<int:contact_id>/", views.contact_journeys, name="contact_journeys"),
]
