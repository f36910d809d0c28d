"""Addresses of this room."""

from django.urls import include, path

from pricing import actions, pages, panels

app_name = "pricing"

panel_urls = [
    path("price_book/", panels.price_book, name="price_book"),
    path("history/<slug:key>/", panels.history, name="history"),
    path("preview/<slug:key>/", panels.preview, name="preview"),
    path("provider_calls/", panels.provider_calls, name="provider_calls"),
    path("balances_owed/", panels.balances_owed, name="balances_owed"),
    path("invoices/", panels.invoices, name="invoices"),
]
urlpatterns = [
    path("admin/pricing/", pages.index, name="index"),
    path("admin/pricing/services/<slug:key>/", pages.service, name="service"),
    path("admin/pricing/services/<slug:key>/price/", actions.add_price, name="add_price"),
    path("admin/pricing/services/<slug:key>/cost/", actions.add_cost, name="add_cost"),
    path("admin/pricing/prices/<int:pk>/withdraw/", actions.withdraw_price, name="withdraw_price"),
    path("admin/pricing/costs/<int:pk>/withdraw/", actions.withdraw_cost, name="withdraw_cost"),
    path("admin/pricing/calls/<int:pk>/", pages.call, name="call"),
    path("admin/pricing/invoices/new/", pages.new_invoice, name="new_invoice"),
    path("admin/pricing/invoices/record/", actions.record_invoice, name="record_invoice"),
    path("admin/pricing/invoices/<int:pk>/", pages.invoice, name="invoice"),
    path("admin/pricing/invoices/<int:pk>/match/", actions.match_invoice, name="match_invoice"),
    path("admin/pricing/invoices/<int:pk>/match/undo/", actions.undo_match, name="undo_match"),
    path("admin/pricing/invoices/<int:pk>/pay/", actions.pay_invoice, name="pay_invoice"),
    path("admin/pricing/invoices/<int:pk>/pay/undo/", actions.undo_payment, name="undo_payment"),
    path("admin/pricing/invoices/<int:pk>/file/", actions.attach_file, name="attach_file"),
    path("admin/pricing/invoices/<int:pk>/files/<int:file>/", pages.download_file, name="download_file"),
    path("admin/pricing/invoices/<int:pk>/discard/", actions.discard_invoice, name="discard_invoice"),
    path("admin/pricing/panels/", include((panel_urls, "panel"))),
]
