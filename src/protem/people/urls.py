"""Addresses of signing in and out; nobody signs up."""

from allauth.account import views as allauth
from django.urls import path

from protem.people import views

urlpatterns = [
    path("enter/<str:token>/", views.enter, name="enter"),
    path("account/login/", allauth.login, name="account_login"),
    path("account/logout/", allauth.logout, name="account_logout"),
    path("account/inactive/", allauth.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/password/", allauth.password_change, name="account_change_password"),
    path("account/password/set/", allauth.password_set, name="account_set_password"),
]
