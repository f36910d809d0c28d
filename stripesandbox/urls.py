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
    path("payments/<str:id>", dashboard.payment, name="payment"),
    path("payments/<str:id>/refund", dashboard.refund, name="refund"),
    path("payments/<str:id>/settle", dashboard.settle, name="settle"),
    path("payments/<str:id>/bounce", dashboard.bounce, name="bounce"),
    path("refunds/<str:id>/fail", dashboard.fail_refund, name="fail_refund"),
    path("refunds/<str:id>/complete", dashboard.complete_refund, name="complete_refund"),
    path("sessions/<str:id>/expire", dashboard.expire_session, name="expire_session"),
    path("events", dashboard.happenings, name="happenings"),
    path("events/<str:id>", dashboard.happening, name="happening"),
    path("deliveries/<int:id>/resend", dashboard.resend, name="resend"),
    path("webhooks", dashboard.hooks, name="hooks"),
    path("webhooks/add", dashboard.add_hook, name="add_hook"),
    path("webhooks/<str:id>/toggle", dashboard.toggle_hook, name="toggle_hook"),
    path("webhooks/<str:id>/roll", dashboard.roll_hook, name="roll_hook"),
    path("customers", dashboard.people, name="people"),
    path("healthz", dashboard.healthz, name="healthz"),
]
