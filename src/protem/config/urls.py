"""Every address of the site."""

from importlib.util import find_spec

from django.urls import include, path

urlpatterns = [
    path("", include("protem.people.urls")),
    path("", include("protem.web.urls")),
]
if find_spec("protem.board.urls"):
    urlpatterns.append(path("report/", include("protem.board.urls")))
