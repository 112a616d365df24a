"""The screens of imports and of what came by forms."""

from django.urls import path

from leadwright.capture import maker_views, refusal_views
from leadwright.capture.forms import views as form_views
from leadwright.capture.imports import views as import_views

urlpatterns = [
    path("machines/", maker_views.index, name="makers"),
    path("machines/evidence/", maker_views.evidence, name="makers_evidence"),
    path("machines/acts/", maker_views.acts, name="makers_acts"),
    path("machines/acts/<uuid:activity_id>/", maker_views.mark, name="makers_mark"),
    path("machines/rules/", maker_views.make_rule, name="makers_rule"),
    path("machines/rules/progress/", maker_views.rules, name="makers_rules"),
    path("machines/rules/<int:rule_id>/end/", maker_views.end_rule, name="makers_rule_end"),
    path("refused/", refusal_views.summary, name="refusals"),
    path("refused/hits/", refusal_views.index, name="refusals_hits"),
    path("refused/<int:hit_id>/", refusal_views.one, name="refusals_one"),
    path("refused/<int:hit_id>/again/", refusal_views.again, name="refusals_again"),
    path("forms/<int:form_id>/", form_views.numbers, name="form_numbers"),
    path("forms/quarantine/", form_views.quarantine, name="held_submissions"),
    path("forms/quarantine/<int:held_id>/", form_views.submission, name="held_submission"),
    path("forms/quarantine/<int:held_id>/release/", form_views.release, name="held_submission_release"),
    path("forms/quarantine/<int:held_id>/remove/", form_views.remove, name="held_submission_remove"),
    path("forms/quarantine/<int:held_id>/files/<uuid:upload_id>/", form_views.held_file, name="held_file"),
    path("forms/quarantine/count/", form_views.panel, name="held_panel"),
    path("imports/", import_views.index, name="imports"),
    path("imports/new/", import_views.new, name="imports_new"),
    path("imports/new/contacts/", import_views.new, {"kind": "contacts"}, name="contacts_import"),
    path("imports/new/leads/", import_views.new, {"kind": "leads"}, name="leads_import"),
    path("imports/mappings/", import_views.saved_mappings, name="imports_saved"),
    path("imports/mappings/<int:mapping_id>/rename/", import_views.rename_mapping, name="imports_saved_rename"),
    path("imports/mappings/<int:mapping_id>/remove/", import_views.remove_mapping, name="imports_saved_remove"),
    path("imports/mappings/<int:mapping_id>.yaml", import_views.saved_mapping_file, name="imports_saved_file"),
    path("imports/<int:import_id>/", import_views.one, name="imports_one"),
    path("imports/<int:import_id>/mapping/", import_views.mapping, name="imports_map"),
    path("imports/<int:import_id>/mapping.yaml", import_views.mapping_file, name="imports_mapping_file"),
    path("imports/<int:import_id>/start/", import_views.start, name="imports_start"),
    path("imports/<int:import_id>/progress/", import_views.progress, name="imports_progress"),
    path("imports/<int:import_id>/undo/", import_views.undo, name="imports_undo"),
    path("imports/<int:import_id>/rejects.csv", import_views.rejects_file, {"ending": "csv"}, name="imports_rejects"),
    path(
        "imports/<int:import_id>/rejects.xlsx",
        import_views.rejects_file,
        {"ending": "xlsx"},
        name="imports_rejects_book",
    ),
]
