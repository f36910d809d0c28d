"""How each figure of Premium is defined, and whose definition it is: the words behind the “i” beside it."""

from dataclasses import dataclass

STRIPE = "Stripe Billing, glossary of subscription metrics"
CHARTMOGUL = "ChartMogul, SaaS metrics"
POLAR = "Polar, metrics"
OWNER = "No published standard; the owner’s definition"


@dataclass(frozen=True)
class Definition:
    """A figure in words. `good` is the direction that is; empty where only the change says something."""

    label: str
    says: str
    source: str
    good: str = "up"


DEFINITIONS = {
    "mrr": Definition(
        "MRR",
        "Monthly recurring revenue of now: the price of each active or past-due subscription, a year’s divided by"
        " twelve, net of discounts and without tax. Trials, unpaid and paused ones and top-ups are out.",
        STRIPE,
    ),
    "committed": Definition("Committed MRR", "MRR without the subscriptions that are set to end.", POLAR),
    "members": Definition(
        "Paying members", "Members with MRR above zero. Whoever was given Premium by staff pays nothing.", STRIPE
    ),
    "arpu": Definition("ARPU", "Average revenue per user: MRR divided by paying members.", STRIPE),
    "renewal_rate": Definition(
        "Auto-renewal",
        "Paying members with a subscription that is charged again when its period is over, divided by all of them. One"
        " that is set to end, or is not collected, does not renew.",
        OWNER,
    ),
    "at_risk": Definition(
        "Past due",
        "MRR of subscriptions whose renewal failed and is tried again. It stays in MRR until they end.",
        STRIPE,
    ),
    "running_out": Definition(
        "Cards running out", "Subscriptions that renew, with a card that is no longer good on that day.", OWNER
    ),
    "recovery_rate": Definition(
        "Recovered",
        "Invoices that were paid after an attempt to charge them had failed, divided by all with a failed attempt, of"
        " all time.",
        OWNER,
    ),
    "sub_mrr": Definition(
        "MRR", "What the subscription adds to MRR: its price by the month, net of discounts.", STRIPE
    ),
    "received": Definition("Received", "What was paid in money, with its tax; balance used is not in it.", STRIPE),
    "deferred": Definition(
        "Not yet earned",
        "What was received without tax and neither became revenue nor went back yet. A month’s share is earned when the"
        " month is over; what a switch leaves on the customer’s balance is earned over what that pays for.",
        "Stripe, revenue recognition",
    ),
    "paid": Definition(
        "Amount",
        "What was paid, with its tax; what went back of it is below zero. What failed or was won took nothing.",
        STRIPE,
    ),
    "tax": Definition(
        "Tax in it", "What of the amount is tax. All that goes back of a payment takes all of its tax back.", STRIPE
    ),
    "below": Definition("Below", "A top-up is made when the credit falls below it. The member chooses.", OWNER),
    "each": Definition("Amount", "What each top-up buys, without its tax. The member chooses.", OWNER),
    "used": Definition(
        "Used this month", "What auto top-ups of this month took, or may still take; it counts against the cap.", OWNER
    ),
    "cap": Definition("Cap", "At most so much is bought by itself in a month. The member chooses.", OWNER),
    "attempted": Definition("Amount", "What the bank was asked for, with its tax.", STRIPE),
}
