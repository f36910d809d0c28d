"""Addresses: the public pages of text, and their editor under /admin/documents/."""

from django.urls import path

from studio.documents import actions, pages

app_name = "documents"

urlpatterns = [
    path("terms/", pages.terms, name="terms"),
    path("privacy/", pages.privacy, name="privacy"),
    path("admin/documents/", pages.index, name="index"),
    path("admin/documents/<slug:slug>/", pages.document, name="document"),
    path("admin/documents/<slug:slug>/save/", actions.save_document, name="save_document"),
    path("admin/documents/<slug:slug>/preview/", actions.preview_document, name="preview_document"),
]
