"""How each figure of the reports is defined, and whose definition it is: the words behind the “i” beside it."""

from memberships.definitions import CHARTMOGUL, OWNER, POLAR, STRIPE, Definition

BALANCE = "Stripe, balance report"
MOVEMENTS = "ChartMogul, MRR movements"
AVERAGE = "Of several months: the average month, weighted by what each began with."

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
        POLAR,
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
        f"Gross MRR churn: (churn + contraction) divided by MRR at the start. {AVERAGE}",
        CHARTMOGUL,
        "down",
    ),
    "net_churn": Definition(
        "Net churn",
        "Net MRR churn: (churn + contraction − expansion − reactivation) divided by MRR at the start; below zero where"
        f" more came than went. {AVERAGE}",
        CHARTMOGUL,
        "down",
    ),
    "upgrade_rate": Definition(
        "Upgrade rate",
        "Members who did not pay at the start of a month and do at its end, divided by all who had an account and did"
        f" not pay at its start. {AVERAGE}",
        OWNER,
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
        OWNER,
        "",
    ),
    "received": Definition(
        "Received",
        "What members paid in the period without tax: top-ups and invoices of Premium. It is cash, not revenue as"
        " earned: that stands in System Accounting, and the two are never added.",
        BALANCE,
    ),
    "refund": Definition(
        "Refunds issued",
        "What went back by refunds made in the period, whenever the payment was. A refund that failed is none.",
        BALANCE,
        "down",
    ),
    "dispute": Definition(
        "Disputed",
        "What banks took back by disputes opened in the period and not won.",
        BALANCE,
        "down",
    ),
    "net": Definition("Net", "Received less refunds and disputes.", BALANCE),
    # What moved it, of a member’s net change in a month: each month has one kind for each member
    "new": Definition("New", "MRR of members who had never paid before.", MOVEMENTS),
    "reactivation": Definition(
        "Reactivation", "MRR of members who paid before, paid nothing at the start and pay at the end.", MOVEMENTS
    ),
    "expansion": Definition("Expansion", "What members pay more at the end than at the start.", MOVEMENTS),
    "contraction": Definition(
        "Contraction", "What members pay less at the end than at the start, but not nothing.", MOVEMENTS, "down"
    ),
    "churn": Definition("Churn", "What members paid at the start who pay nothing at the end.", MOVEMENTS, "down"),
    # Heads of tables
    "start": Definition("Start", "MRR as the month began: what the month before ended with.", MOVEMENTS),
    "end": Definition(
        "End", "MRR at the end of the month: its start, all that moved, and what was restated.", MOVEMENTS
    ),
    "cohort_members": Definition(
        "Members",
        "Those who paid for Premium for the first time in that month. A share is those who pay at the end of a later"
        " month, of all of them; who left and came back counts again.",
        "ChartMogul, customer retention",
    ),
    "cohort_mrr": Definition(
        "MRR",
        "What those who first paid in that month paid at its end. A share is what they pay at the end of a later month,"
        " of that; above 100 % where they pay more by now.",
        "ChartMogul, net MRR retention",
    ),
    "payments": Definition("Payments", "How many top-ups and invoices of Premium were paid in it.", BALANCE),
    "earlier": Definition("Before", "Net of as many days directly before.", OWNER),
    "member_before": Definition("Before", "What the member paid a month before that month.", MOVEMENTS),
    "member_after": Definition("After", "What the member paid a month after that month.", MOVEMENTS),
    "counts": Definition("Counts", "What the member adds to the figure that this list is behind.", OWNER),
    "moved": Definition(
        "Amount",
        "By how much a change at Stripe moved the member’s MRR; all of them are the MRR of now. What is known better by"
        " now is taken back: of the same kind and cause, against its sign.",
        MOVEMENTS,
    ),
    "number": Definition("Number", "How many payments, refunds or disputes it is made of.", BALANCE),
    "amount": Definition("Amount", "In US dollars and without its tax; what went back is negative.", BALANCE),
}
# The members behind a figure -> its words
MEMBERS = {
    **{name: DEFINITIONS[name] for name in ("paying", "committed", "restated")},
    **{name: DEFINITIONS[name] for name in ("new", "reactivation", "expansion", "contraction", "churn")},
    "joined": DEFINITIONS["first_paid"],
    "upgraded": DEFINITIONS["upgrade_rate"],
    "kept": DEFINITIONS["nrr"],
    "lost": DEFINITIONS["revenue_churn"],
    "paid_before": DEFINITIONS["net_churn"],
}
