"""All addresses. Each room keeps its own; the back office lives under /admin/."""

from django.urls import include, path

from poemvision import health, pages

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("admin/", pages.overview, name="overview"),
    path("", include("audit.urls")),
    path("", include("tunables.urls")),
    path("", include("jobs.urls")),
    path("", include("alerts.urls")),
    path("", include("catalog.urls")),
    path("", include("ctas.urls")),
    path("", include("exports.urls")),
    path("", include("billing.urls")),
    path("", include("memberships.urls")),
    path("", include("files.urls")),
    path("", include("invites.urls")),
    path("", include("musicpool.urls")),
    path("", include("pricing.urls")),
    path("", include("referrals.urls")),
    path("", include("selfcheck.urls")),
    path("", include("sitestats.urls")),
    path("", include("studio.documents.urls")),
    path("", include("studio.urls")),
    path("", include("accounting.urls")),
    path("", include("reports.urls")),
    path("", include("ui.urls")),
]

handler400 = "ui.errors.bad_request"
handler403 = "ui.errors.forbidden"
handler404 = "ui.errors.not_found"
handler500 = "ui.errors.server_error"
