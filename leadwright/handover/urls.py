"""The addresses of this package's screens, below /app/."""

from django.urls import path

from leadwright.handover import views

urlpatterns = [
    path("queue/", views.queue, name="queue"),
    path("queue/log/", views.log, name="queue_log"),
    path("queue/late/", views.late, name="handover_late"),
    path("tasks/<int:task_id>/done/", views.task_done, name="task_done"),
    path("tasks/contact/<int:contact_id>/", views.contact_tasks, name="handover_contact_tasks"),
    path("assignments/contact/<int:contact_id>/", views.contact_assignment, name="handover_contact_assignment"),
]
