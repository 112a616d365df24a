"""The addresses of this package's screens, below /app/."""

from django.urls import path

from leadwright.measure import files, views  # noqa: F401  files declares what can be exported

urlpatterns = [
    path("reports/funnel/", views.funnel, name="funnel_report"),
    path("reports/cohorts/", views.cohort, name="cohort_report"),
    path("reports/channels/", views.channel, name="channel_report"),
    path("reports/leads/", views.leads, name="report_leads"),
    path("reports/panels/month/", views.month_panel, name="month_panel"),
    path("reports/panels/shortfall/", views.shortfall_panel, name="shortfall_panel"),
    path("reports/panels/funnel/", views.funnel_panel, name="funnel_panel"),
    path("reports/panels/channels/", views.channel_panel, name="channel_panel"),
    path("reports/panels/health/", views.health_panel, name="health_panel"),
    path("reports/panels/campaign-leads/", views.campaign_leads, name="campaign_leads"),
    path("reports/panels/campaigns/<int:campaign_id>/", views.campaign_panel, name="campaign_panel"),
    path("goals/", views.goal, name="goals"),
]
