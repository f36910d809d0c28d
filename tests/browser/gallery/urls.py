"""The project's addresses and those of the gallery."""

from django.urls import include, path

from poemvision.urls import handler400, handler403, handler404, handler500  # noqa: F401
from poemvision.urls import urlpatterns as project
from tests.browser.gallery import views

panel_urls = [
    path("figures/", views.figures, name="figures"),
    path("trend/", views.trend, name="trend"),
    path("services/", views.services, name="services"),
    path("people/", views.people, name="people"),
    path("rules/", views.rules, name="rules"),
    path("grant/", views.grant, name="grant"),
    path("facts/", views.facts, name="facts"),
    path("job/", views.job, name="job"),
    path("nothing/", views.nothing, name="nothing"),
    path("broken/", views.broken, name="broken"),
    path("denied/", views.denied, name="denied"),
]
gallery_urls = [
    path("", views.index, name="index"),
    path("bare/", views.bare, name="bare"),
    path("customer/", views.customer, name="customer"),
    path("grant/", views.add_grant, name="add_grant"),
    path("switch/", views.switch, name="switch"),
    path("remove/", views.remove, name="remove"),
    path("panels/", include((panel_urls, "panel"))),
]
urlpatterns = [path("admin/gallery/", include((gallery_urls, "gallery"))), *project]
