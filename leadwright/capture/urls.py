"""The screens of imports under /app/imports/."""

from django.urls import path

from leadwright.capture import import_views

urlpatterns = [
    path("imports/", import_views.index, name="imports"),
    path("imports/new/", import_views.new, name="imports_new"),
    path("imports/new/contacts/", import_views.new, {"kind": "contacts"}, name="contacts_import"),
    path("imports/new/leads/", import_views.new, {"kind": "leads"}, name="leads_import"),
    path("imports/<int:import_id>/", import_views.one, name="imports_one"),
    path("imports/<int:import_id>/mapping/", import_views.mapping, name="imports_map"),
    path("imports/<int:import_id>/mapping.yaml", import_views.mapping_file, name="imports_mapping_file"),
    path("imports/<int:import_id>/start/", import_views.start, name="imports_start"),
    path("imports/<int:import_id>/progress/", import_views.progress, name="imports_progress"),
    path("imports/<int:import_id>/undo/", import_views.undo, name="imports_undo"),
    path("imports/<int:import_id>/rejects.csv", import_views.rejects, name="imports_rejects"),
]
