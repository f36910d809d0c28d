from django.urls import include, path

from jobs import actions, pages, panels

app_name = "jobs"

panel_urls = [
    path("jobs/", panels.jobs, name="jobs"),
    path("job/<int:pk>/", panels.job, name="job"),
]
urlpatterns = [
    path("admin/jobs/", pages.index, name="index"),
    path("admin/jobs/<int:pk>/", pages.job, name="job"),
    path("admin/jobs/<int:pk>/retry/", actions.retry_job, name="retry_job"),
    path("admin/jobs/<int:pk>/cancel/", actions.cancel_job, name="cancel_job"),
    path("admin/jobs/panels/", include((panel_urls, "panel"))),
]
