"""Addresses. An app's own stand in its ``urls.py``; the prefixes are the contract of the architecture page."""

from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config import health
from ledgers.views.search import search

# The administration has its own login page; without this it would be a way round the lockout.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "回访与投诉管理门户"
admin.site.site_title = "系统管理"
admin.site.index_title = "系统管理"

accounts: list[URLPattern | URLResolver] = [
    path("login/", account_views.login, name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account_views.password_change, name="account_change_password"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("search/", search, name="search"),
    path("organization/", include("organization.urls")),
    path("ledgers/", include("ledgers.urls")),
    path("revisits/", include("revisits.urls")),
    path("complaints/", include("complaints.urls")),
    path("reports/", include("reports.urls")),
    path("", include("workflow.urls")),
]

handler400 = "config.errors.handler400"
handler403 = "config.errors.handler403"
handler404 = "config.errors.handler404"
handler429 = "config.errors.handler429"  # asked by allauth's rate limits
