"""How each figure is defined, and whose definition it is: the words behind the “i” beside it."""

from dataclasses import dataclass

STRIPE = "Stripe Billing, glossary of subscription metrics"
CHARTMOGUL = "ChartMogul, SaaS metrics"
AVERAGE = "Of several months: the average month, weighted by what each began with."


@dataclass(frozen=True)
class Definition:
    """A figure in words. `good` is the direction that is; empty where only the change says something."""

    label: str
    says: str
    source: str
    good: str = "up"


# Of a member's net change in a month; each month has one kind for each member
MOVES = {
    "new": "Members who had never paid before (ChartMogul, MRR movements)",
    "reactivation": "Members who paid before, paid nothing at the start and pay at the end (ChartMogul, MRR movements)",
    "expansion": "Members who pay more at the end than at the start (ChartMogul, MRR movements)",
    "contraction": "Members who pay less at the end than at the start, but not nothing (ChartMogul, MRR movements)",
    "churn": "Members who paid at the start and pay nothing at the end (ChartMogul, MRR movements)",
}
DEFINITIONS = {
    "mrr": Definition(
        "MRR",
        "Monthly recurring revenue: the price of each active or past-due subscription, a year’s divided by twelve, net"
        " of discounts and without tax, at the end of the period. Trials, unpaid ones and top-ups are out.",
        STRIPE,
    ),
    "committed": Definition(
        "Committed MRR",
        "MRR without the subscriptions that are set to end.",
        "Polar, metrics",
    ),
    "arr": Definition("ARR", "Annual run rate: MRR times twelve.", CHARTMOGUL),
    "arpu": Definition("ARPU", "MRR for each paying member at the end of the period.", STRIPE),
    "nrr": Definition(
        "NRR",
        "Net revenue retention: what the members of the start pay at the end, of what they paid: start + expansion −"
        f" contraction − churn, divided by the start. Who came back is not in it. {AVERAGE}",
        CHARTMOGUL,
    ),
    "grr": Definition(
        "GRR",
        f"Gross revenue retention: NRR without what members pay more, so 100 % at most. {AVERAGE}",
        CHARTMOGUL,
    ),
    "customer_churn": Definition(
        "Customer churn",
        "Members whose MRR went to zero, divided by those who paid at the start. Who joins and leaves within a month is"
        f" neither. {AVERAGE}",
        CHARTMOGUL,
        "down",
    ),
    "revenue_churn": Definition(
        "Revenue churn",
        "Gross MRR churn: (churn + contraction) divided by MRR at the start. Net churn takes off what came by expansion"
        f" and reactivation. {AVERAGE}",
        CHARTMOGUL,
        "down",
    ),
    "upgrade_rate": Definition(
        "Upgrade rate",
        "Members who did not pay at the start of a month and do at its end, divided by all who had an account and did"
        f" not pay at its start. {AVERAGE}",
        "No published standard; the owner’s definition",
    ),
    "paying": Definition(
        "Paying members",
        "Members with MRR above zero at the end of the period; whoever was given Premium by staff pays nothing.",
        STRIPE,
    ),
    "first_paid": Definition(
        "New paid users",
        "Members who paid for Premium for the first time ever. Who comes back is a reactivation.",
        CHARTMOGUL,
    ),
    "ltv": Definition(
        "LTV",
        "Lifetime value: ARPU times net margin (System Accounting, of the same days), divided by customer churn. None"
        " where nobody left.",
        "ChartMogul, customer lifetime value",
    ),
    "restated": Definition(
        "Restated",
        "Learnt about a month after it was closed, three days after its end: it counts in the month in which it was"
        " learnt, so that what was reported stays.",
        "The owner’s rule for closed months",
        "",
    ),
    "received": Definition(
        "Received",
        "What members paid in the period without tax: top-ups and invoices of Premium. It is cash, not revenue as"
        " earned: that stands in System Accounting, and the two are never added.",
        "Stripe, balance report",
    ),
    "refund": Definition(
        "Refunds issued",
        "What went back by refunds made in the period, whenever the payment was. A refund that failed is none.",
        "Stripe, balance report",
        "down",
    ),
    "dispute": Definition(
        "Disputed",
        "What banks took back by disputes opened in the period and not won.",
        "Stripe, balance report",
        "down",
    ),
    "net": Definition("Net", "Received less refunds and disputes.", "Stripe, balance report"),
}
