"""Addresses: a member's own under /me/credit/, Stripe's webhook, the back office's under /admin/billing/."""

from django.urls import include, path

from billing import actions, auto_pages, pages, panels, webhook

app_name = "billing"

member_urls = [
    path("me/credit/", pages.credit, name="credit"),
    path("me/credit/auto/", auto_pages.auto_top_up, name="auto_top_up"),
    path("me/credit/auto/agree/", actions.agree_auto_top_up, name="agree_auto_top_up"),
    path("me/credit/auto/end/", actions.end_auto_top_up, name="end_auto_top_up"),
    path("me/credit/auto/card/save/", actions.save_card, name="save_card"),
    path("me/credit/auto/card/refresh/", actions.refresh_card, name="refresh_card"),
    path("me/credit/auto/card/remove/", actions.remove_card, name="remove_card"),
    path("me/credit/movements.csv", pages.movements_csv, name="movements_csv"),
    path("me/credit/statement/", pages.statement, name="statement"),
    path("me/credit/top-ups/start/", actions.start_top_up, name="start_top_up"),
    path("me/credit/top-ups/<uuid:public_id>/", pages.top_up, name="top_up"),
    path("me/credit/top-ups/<uuid:public_id>/reopen/", actions.reopen_top_up, name="reopen_top_up"),
    path("me/credit/top-ups/<uuid:public_id>/refresh/", actions.refresh_top_up, name="refresh_top_up"),
]

panel_urls = [
    path("key_figures/", panels.key_figures, name="key_figures"),
    path("topups_by_day/", panels.topups_by_day, name="topups_by_day"),
    path("stripe_status/", panels.stripe_status, name="stripe_status"),
    path("grant_adjust/", panels.grant_adjust, name="grant_adjust"),
    path("adjustment_preview/", panels.adjustment_preview, name="adjustment_preview"),
    path("member_options/", panels.member_options, name="member_options"),
    path("topup_configuration/", panels.topup_configuration, name="topup_configuration"),
    path("recent_topups/", panels.recent_topups, name="recent_topups"),
    path("failed_payments/", panels.failed_payments, name="failed_payments"),
    path("member_lookup/", panels.member_lookup, name="member_lookup"),
    path("reconciliation/", panels.reconciliation, name="reconciliation"),
    path("reconciliation_days/", panels.reconciliation_days, name="reconciliation_days"),
    path("differences/", panels.differences, name="differences"),
    path("reconciliations/", panels.reconciliations, name="reconciliations"),
    path("payouts/", panels.payouts, name="payouts"),
    path("top_up_money/<int:pk>/", panels.top_up_money, name="top_up_money"),
    path("refund_preview/<int:pk>/", panels.refund_preview, name="refund_preview"),
    path("webhook_events/", panels.webhook_events, name="webhook_events"),
    path("disputes/", panels.disputes, name="disputes"),
    path("invoice_money/<int:pk>/", panels.invoice_money, name="invoice_money"),
    path("fraud_warnings/", panels.fraud_warnings, name="fraud_warnings"),
    path("debts/", panels.debts, name="debts"),
]

urlpatterns = [
    *member_urls,
    path("webhooks/stripe/", webhook.stripe_webhook, name="stripe_webhook"),
    path("admin/billing/", pages.index, name="index"),
    path("admin/billing/disputes/", pages.disputes, name="disputes"),
    path("admin/billing/debts/<int:pk>/decide/", actions.decide_debt, name="decide_debt"),
    path("admin/billing/debts/<int:pk>/reopen/", actions.reopen_debt, name="reopen_debt"),
    path("admin/billing/reconciliation/", pages.reconciliation, name="reconciliation"),
    path("admin/billing/reconciliations/start/", actions.start_reconciliation, name="start_reconciliation"),
    path("admin/billing/differences/repair/", actions.repair_differences, name="repair_differences"),
    path("admin/billing/differences/<int:pk>/repair/", actions.repair_difference, name="repair_difference"),
    path("admin/billing/top-ups/<int:pk>/", pages.staff_top_up, name="staff_top_up"),
    path("admin/billing/top-ups/<int:pk>/refunds/new/", pages.new_refund, name="new_refund"),
    path("admin/billing/top-ups/<int:pk>/refund/", actions.refund_top_up, name="refund_top_up"),
    path("admin/billing/invoices/<int:pk>/", pages.staff_invoice, name="staff_invoice"),
    path("admin/billing/invoices/<int:pk>/refunds/new/", pages.new_invoice_refund, name="new_invoice_refund"),
    path("admin/billing/invoices/<int:pk>/refund/", actions.refund_invoice, name="refund_invoice"),
    path("admin/billing/transactions/<int:pk>/", pages.transaction, name="transaction"),
    path("admin/billing/members/<int:pk>/statement/", pages.member_statement, name="member_statement"),
    path("admin/billing/events/<int:pk>/", pages.event, name="event"),
    path("admin/billing/events/<int:pk>/payload.json", pages.event_payload, name="event_payload"),
    path("admin/billing/events/<int:pk>/replay/", actions.replay_event, name="replay_event"),
    path("admin/billing/adjustments/ask/", actions.ask_adjustment, name="ask_adjustment"),
    path("admin/billing/adjustments/<int:pk>/approve/", actions.approve_adjustment, name="approve_adjustment"),
    path("admin/billing/adjustments/<int:pk>/decline/", actions.decline_adjustment, name="decline_adjustment"),
    path("admin/billing/adjustments/<int:pk>/reverse/", actions.reverse_adjustment, name="reverse_adjustment"),
    path("admin/billing/members/<int:pk>/freeze/", actions.freeze_member, name="freeze_member"),
    path("admin/billing/members/<int:pk>/thaw/", actions.thaw_member, name="thaw_member"),
    path("admin/billing/members/<int:pk>/auto-top-up/stop/", actions.stop_auto_top_up, name="stop_auto_top_up"),
    path("admin/billing/tunables/<str:key>/change/", actions.change_tunable, name="change_tunable"),
    path("admin/billing/tunables/<str:key>/reset/", actions.reset_tunable, name="reset_tunable"),
    path("admin/billing/panels/", include((panel_urls, "panel"))),
]
