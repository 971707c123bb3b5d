"""The report's addresses."""

from django.urls import path

from protem.board import views

app_name = "board"
urlpatterns = [
    path("", views.report, name="report"),
    path("report.pdf", views.report_pdf, name="report_pdf"),
    path("metric/<slug:name>.pdf", views.metric_pdf, name="metric_pdf"),
    path("report.html", views.report_html, name="report_html"),
]
