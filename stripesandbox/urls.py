"""Three doors: the API (/v1/), the customer's pages (/c/, /receipts/, /invoices/) and the Dashboard (/)."""

from django.urls import path

from stripesandbox import checkout, controls, dashboard, gate, papers

urlpatterns = [
    path("v1/<path:path>", gate.api, name="api"),
    path("c/pay/<str:id>", checkout.pay, name="pay"),
    path("c/pay/<str:id>/authenticate", checkout.authenticate, name="authenticate"),
    path("receipts/<str:id>", papers.receipt, name="receipt"),
    path("invoices/<str:id>", papers.invoice, name="invoice"),
    path("invoices/<str:id>/pdf", papers.invoice_pdf, name="invoice_pdf"),
    path("_sandbox/deliveries", controls.deliveries),
    path("_sandbox/deliveries/<int:id>/send", controls.send_delivery),
    path("_sandbox/deliveries/<int:id>/drop", controls.drop_delivery),
    path("_sandbox/fault", controls.fault),
    path("_sandbox/events", controls.emit),
    path("_sandbox/health", controls.health),
    path("", dashboard.payments, name="payments"),
    path("healthz", dashboard.healthz, name="healthz"),
]
