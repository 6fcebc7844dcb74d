"""Every address of the site, but /healthz and /readyz, which `digitsite.health` has."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from recognizer.web.accounts import LogInPage

admin.site.site_header = "Digitsite"
admin.site.site_title = "Digitsite"
admin.site.index_title = "Administration"

urlpatterns = [
    path("", include("recognizer.web.urls")),
    path("api/", include("recognizer.api.urls")),
    path("accounts/login/", LogInPage.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]

handler400 = "digitsite.errors.bad_request"
handler403 = "digitsite.errors.permission_denied"
handler404 = "digitsite.errors.page_not_found"
handler500 = "digitsite.errors.server_error"
