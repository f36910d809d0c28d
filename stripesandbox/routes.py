"""The API, one line per operation: method, path, stripe-python's parameter class, handler."""

import re
from dataclasses import dataclass

from stripe import params as types
from stripe.params import billing_portal as portal_types
from stripe.params import checkout as checkout_types
from stripe.params import radar as radar_types
from stripe.params import test_helpers as test_types

from stripesandbox import (
    account,
    balance,
    bills,
    catalog,
    charges,
    customers,
    disputes,
    endpoints,
    fraud_warnings,
    frozen_clocks,
    intents,
    lists,
    methods,
    off_session,
    payouts,
    portal,
    portal_configurations,
    refunds,
    renewals,
    saved_cards,
    sessions,
    subscriptions,
)
from stripesandbox.lists import listing, retrieving


@dataclass(frozen=True)
class Route:
    """One operation of the API."""

    method: str
    path: str
    params: type
    handler: object

    def match(self, method: str, path: str) -> dict | None:
        if method != self.method:
            return None
        found = re.fullmatch(self.path.replace(":id", r"(?P<id>[^/]+)"), path)
        return found.groupdict() if found else None


ROUTES = [
    Route("GET", "account", types.AccountRetrieveCurrentParams, account.retrieve),
    Route("GET", "accounts/:id", types.AccountRetrieveParams, account.retrieve),
    Route("GET", "balance", types.BalanceRetrieveParams, balance.balance),
    Route("GET", "balance_transactions", types.BalanceTransactionListParams, lists.balance_transactions),
    Route("GET", "balance_transactions/:id", types.BalanceTransactionRetrieveParams, lists.balance_transaction),
    Route("GET", "customers", types.CustomerListParams, lists.customers),
    Route("POST", "customers", types.CustomerCreateParams, customers.create),
    Route("GET", "customers/search", types.CustomerSearchParams, lists.search_customers),
    Route("GET", "customers/:id", types.CustomerRetrieveParams, customers.retrieve),
    Route("POST", "customers/:id", types.CustomerUpdateParams, customers.update),
    Route("DELETE", "customers/:id", types.CustomerDeleteParams, customers.delete),
    Route("GET", "checkout/sessions", checkout_types.SessionListParams, lists.sessions),
    Route("POST", "checkout/sessions", checkout_types.SessionCreateParams, sessions.create),
    Route("GET", "checkout/sessions/:id", checkout_types.SessionRetrieveParams, retrieving("checkout.session")),
    Route("POST", "checkout/sessions/:id", checkout_types.SessionUpdateParams, sessions.update),
    Route("POST", "checkout/sessions/:id/expire", checkout_types.SessionExpireParams, sessions.expire),
    Route("GET", "checkout/sessions/:id/line_items", checkout_types.SessionLineItemListParams, lists.line_items),
    Route(
        "GET",
        "payment_intents",
        types.PaymentIntentListParams,
        listing("payment_intent", "/v1/payment_intents", "customer"),
    ),
    Route("POST", "payment_intents", types.PaymentIntentCreateParams, off_session.create),
    Route("GET", "payment_intents/:id", types.PaymentIntentRetrieveParams, retrieving("payment_intent")),
    Route("POST", "payment_intents/:id", types.PaymentIntentUpdateParams, intents.update),
    Route("POST", "payment_intents/:id/cancel", types.PaymentIntentCancelParams, intents.cancel),
    Route("GET", "payment_methods/:id", types.PaymentMethodRetrieveParams, retrieving("payment_method")),
    Route("GET", "charges", types.ChargeListParams, listing("charge", "/v1/charges", "customer", "payment_intent")),
    Route("GET", "charges/:id", types.ChargeRetrieveParams, retrieving("charge")),
    Route("POST", "charges/:id", types.ChargeUpdateParams, charges.update),
    Route("GET", "disputes", types.DisputeListParams, listing("dispute", "/v1/disputes", "charge", "payment_intent")),
    Route("GET", "disputes/:id", types.DisputeRetrieveParams, retrieving("dispute")),
    Route("POST", "disputes/:id", types.DisputeUpdateParams, disputes.update),
    Route("POST", "disputes/:id/close", types.DisputeCloseParams, disputes.close),
    Route(
        "GET",
        "radar/early_fraud_warnings",
        radar_types.EarlyFraudWarningListParams,
        listing(fraud_warnings.KIND, "/v1/radar/early_fraud_warnings", "charge", "payment_intent"),
    ),
    Route(
        "GET",
        "radar/early_fraud_warnings/:id",
        radar_types.EarlyFraudWarningRetrieveParams,
        retrieving(fraud_warnings.KIND),
    ),
    Route("GET", "payouts", types.PayoutListParams, lists.payouts),
    Route("POST", "payouts", types.PayoutCreateParams, payouts.create),
    Route("GET", "payouts/:id", types.PayoutRetrieveParams, retrieving("payout")),
    Route("POST", "payouts/:id", types.PayoutUpdateParams, payouts.update),
    Route("POST", "payouts/:id/cancel", types.PayoutCancelParams, payouts.cancel),
    Route("GET", "refunds", types.RefundListParams, listing("refund", "/v1/refunds", "charge", "payment_intent")),
    Route("POST", "refunds", types.RefundCreateParams, refunds.create),
    Route("GET", "refunds/:id", types.RefundRetrieveParams, retrieving("refund")),
    Route("POST", "refunds/:id", types.RefundUpdateParams, refunds.update),
    Route("POST", "refunds/:id/cancel", types.RefundCancelParams, refunds.cancel),
    Route("GET", "products", types.ProductListParams, listing("product", "/v1/products")),
    Route("POST", "products", types.ProductCreateParams, catalog.create_product),
    Route("GET", "products/:id", types.ProductRetrieveParams, retrieving("product")),
    Route("POST", "products/:id", types.ProductUpdateParams, catalog.update_product),
    Route("GET", "prices", types.PriceListParams, listing("price", "/v1/prices", "product", "active", "type")),
    Route("POST", "prices", types.PriceCreateParams, catalog.create_price),
    Route("GET", "prices/:id", types.PriceRetrieveParams, retrieving("price")),
    Route("POST", "prices/:id", types.PriceUpdateParams, catalog.update_price),
    Route("GET", "subscriptions", types.SubscriptionListParams, lists.subscriptions),
    Route("POST", "subscriptions", types.SubscriptionCreateParams, subscriptions.create),
    Route("GET", "subscriptions/:id", types.SubscriptionRetrieveParams, retrieving("subscription")),
    Route("POST", "subscriptions/:id", types.SubscriptionUpdateParams, subscriptions.update),
    Route("DELETE", "subscriptions/:id", types.SubscriptionCancelParams, subscriptions.cancel),
    Route(
        "GET",
        "test_helpers/test_clocks",
        test_types.TestClockListParams,
        listing(frozen_clocks.KIND, frozen_clocks.URL),
    ),
    Route(
        "POST", "billing_portal/configurations", portal_types.ConfigurationCreateParams, portal_configurations.create
    ),
    Route(
        *("GET", "billing_portal/configurations/:id", portal_types.ConfigurationRetrieveParams),
        retrieving(portal_configurations.KIND),
    ),
    Route(
        *("POST", "billing_portal/configurations/:id", portal_types.ConfigurationUpdateParams),
        portal_configurations.update,
    ),
    Route("POST", "billing_portal/sessions", portal_types.SessionCreateParams, portal.create),
    Route("POST", "test_helpers/test_clocks", test_types.TestClockCreateParams, frozen_clocks.create),
    Route("GET", "test_helpers/test_clocks/:id", test_types.TestClockRetrieveParams, retrieving(frozen_clocks.KIND)),
    Route("POST", "test_helpers/test_clocks/:id/advance", test_types.TestClockAdvanceParams, frozen_clocks.advance),
    Route("GET", "customers/:id/payment_methods", types.CustomerListPaymentMethodsParams, methods.of_customer),
    Route(
        *("GET", "payment_methods", types.PaymentMethodListParams),
        listing("payment_method", "/v1/payment_methods", "customer", "type"),
    ),
    Route("POST", "payment_methods/:id", types.PaymentMethodUpdateParams, saved_cards.update),
    Route(
        *("GET", "setup_intents", types.SetupIntentListParams),
        listing("setup_intent", "/v1/setup_intents", "customer", "payment_method"),
    ),
    Route("GET", "setup_intents/:id", types.SetupIntentRetrieveParams, retrieving("setup_intent")),
    Route("POST", "payment_methods/:id/detach", types.PaymentMethodDetachParams, methods.detach_by_id),
    Route("POST", "payment_methods/:id/attach", types.PaymentMethodAttachParams, methods.attach_by_id),
    Route("GET", "events", types.EventListParams, lists.happenings),
    Route("GET", "events/:id", types.EventRetrieveParams, lists.happening),
    Route("GET", "invoices", types.InvoiceListParams, lists.invoices),
    Route("GET", "invoices/:id", types.InvoiceRetrieveParams, retrieving("invoice")),
    Route("POST", "invoices/:id/pay", types.InvoicePayParams, renewals.pay),
    Route("POST", "invoices/:id/void", types.InvoiceVoidInvoiceParams, bills.void_invoice),
    Route(
        "GET",
        "invoice_payments",
        types.InvoicePaymentListParams,
        listing("invoice_payment", "/v1/invoice_payments", "invoice", "payment", "status"),
    ),
    Route("GET", "invoice_payments/:id", types.InvoicePaymentRetrieveParams, retrieving("invoice_payment")),
    Route(
        "GET",
        "webhook_endpoints",
        types.WebhookEndpointListParams,
        listing("webhook_endpoint", "/v1/webhook_endpoints"),
    ),
    Route("POST", "webhook_endpoints", types.WebhookEndpointCreateParams, endpoints.create),
    Route("GET", "webhook_endpoints/:id", types.WebhookEndpointRetrieveParams, retrieving("webhook_endpoint")),
    Route("POST", "webhook_endpoints/:id", types.WebhookEndpointUpdateParams, endpoints.update),
    Route("DELETE", "webhook_endpoints/:id", types.WebhookEndpointDeleteParams, endpoints.delete),
]


def find(method: str, path: str) -> tuple[Route, dict] | None:
    """The operation at this path, with the ids in it."""
    for route in ROUTES:
        ids = route.match(method, path)
        if ids is not None:
            return route, ids
    return None
