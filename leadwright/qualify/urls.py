"""The screens of leads, segments and scores under /app/."""

from django.urls import path

from leadwright.qualify.views import leads, scores, segments

urlpatterns = [
    path("leads/", leads.index, name="leads"),
    path("leads/board/", leads.board, name="leads_board"),
    path("leads/hot/", leads.hot, name="leads_hot"),
    path("leads/take-back/", leads.take_back, name="leads_take_back"),
    path("leads/of/<int:contact_id>/", leads.panel, name="contact_leads"),
    path("leads/new/<int:contact_id>/", leads.new, name="lead_new"),
    path("leads/<int:lead_id>/", leads.one, name="lead"),
    path("leads/<int:lead_id>/move/", leads.move, name="lead_move"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segments.new, name="segment_new"),
    path("segments/builder/", segments.builder, name="segment_builder"),
    path("segments/live/", segments.live, name="segment_live"),
    path("segments/<int:segment_id>/", segments.one, name="segment"),
    path("segments/<int:segment_id>/edit/", segments.edit, name="segment_edit"),
    path("segments/<int:segment_id>/delete/", segments.delete, name="segment_delete"),
    path("segments/of/<int:contact_id>/", segments.of_contact, name="contact_segments"),
    path("segments/<int:segment_id>/why/<int:contact_id>/", segments.why_in, name="segment_why"),
    path("leads/at/<int:company_id>/", leads.of_company, name="company_leads"),
    path("scores/", scores.index, name="scores"),
    path("scores/new/", scores.new, name="score_rule_new"),
    path("scores/rules/<int:rule_id>/", scores.edit, name="score_rule"),
    path("scores/rules/<int:rule_id>/delete/", scores.delete, name="score_rule_delete"),
    path("scores/of/<int:contact_id>/", scores.panel, name="contact_score"),
]
