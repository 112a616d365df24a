"""The screens of the shell itself under /app/."""

from django.urls import path

from leadwright.ui import export_views

urlpatterns = [
    path("exports/", export_views.index, name="exports"),
    path("exports/ask/", export_views.ask, name="exports_ask"),
    path("exports/notice/", export_views.notice, name="exports_notice"),
    path("exports/<int:export_id>/file/", export_views.file, name="exports_file"),
    path("exports/<int:export_id>/drop/", export_views.drop, name="exports_drop"),
]
