"""Addresses of the site's pages."""

from django.urls import path

from protem.web.views import compliance, front, handoff, imports, leaders, measure, saved_views

app_name = "web"
urlpatterns = [
    path("", front.today, name="today"),
    path("health/", front.health, name="health"),
    path("settings/", front.settings, name="settings"),
    path("settings/company/", front.name_company, name="name_company"),
    path("settings/leaders/", leaders.leaders, name="leaders"),
    path("settings/leaders/marks/", leaders.mark, name="mark_leaders"),
    path("settings/leaders/<int:leader_id>/end/", leaders.end, name="end_leader"),
    path("settings/leaders/<int:leader_id>/restore/", leaders.restore, name="restore_leader"),
    path("demo/remove/", front.remove_demo, name="remove_demo"),
    path("measure/", measure.measure, name="measure"),
    path("measure/<slug:name>/", measure.metric, name="metric"),
    path("measure/<slug:name>/target/", measure.set_target, name="set_target"),
    path("measure/<slug:name>/<slug:table>.csv", measure.metric_csv, name="metric_csv"),
    path("sources/", imports.source_list, name="sources"),
    path("imports/", imports.imports, name="imports"),
    path("imports/progress/", imports.imports_progress, name="imports_progress"),
    path("imports/<int:run_id>/", imports.one_import, name="import"),
    path("imports/<int:run_id>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:run_id>/confirm/", imports.confirm, name="confirm_import"),
    path("imports/<int:run_id>/revert/", imports.revert, name="revert_import"),
    path("imports/<int:run_id>/cancel/", imports.cancel, name="cancel_import"),
    path("handoff/", handoff.handoff, name="handoff"),
    path("compliance/", compliance.compliance, name="compliance"),
    path("compliance/add/", compliance.add, name="add_certificate"),
    path("compliance/edit/", compliance.edit, name="edit_certificate"),
    path("compliance/remove/", compliance.remove, name="remove_certificate"),
    path("compliance/restore/", compliance.restore, name="restore_certificate"),
    path("views/save/", saved_views.save, name="save_view"),
    path("views/<int:view_id>/remove/", saved_views.remove, name="remove_view"),
    path("views/<int:view_id>/restore/", saved_views.restore, name="restore_view"),
]
