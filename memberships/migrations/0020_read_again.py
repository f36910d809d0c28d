"""Jobs read again what was kept in less detail before: what the lines of older invoices say, and when discounts end.

They are due once the workers that still run what was before are gone. What those keep of a customer's discounts
meanwhile is asked for when the customer's subscription is told of again, see `discounts.follow`.
"""

from datetime import timedelta

from django.db import migrations
from django.db.models import Exists, OuterRef
from django.utils import timezone

LINES, DISCOUNT, OWN = "memberships.read_invoice_lines", "memberships.ask_discount", "memberships.ask_subscription"
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
LATER = timedelta(minutes=15)


def ask(apps, schema_editor):
    using, now = schema_editor.connection.alias, timezone.now()

    def rows_of(room, name):
        return apps.get_model(room, name).objects.using(using)

    invoices = rows_of("memberships", "Invoice").filter(paid_at__isnull=False, bought=0, unused=0)
    subscriptions = rows_of("memberships", "Subscription")
    whose = subscriptions.filter(customer_id=OuterRef("customer_id"))
    discounts = rows_of("memberships", "CustomerDiscount").filter(Exists(whose), heard_at=None, ended_at=None)
    own = subscriptions.filter(status__in=LIVE, versions__facts__has_key="discounts").distinct()
    wanted = {}
    if invoices.exclude(reason="subscription_create").exists():
        wanted[LINES] = LINES, {"after": 0, "unread": 0}
    for customer in discounts.values_list("customer_id", flat=True):
        wanted[f"{DISCOUNT}:{customer}"[:200]] = DISCOUNT, {"customer": customer}
    for stripe_id in own.values_list("stripe_id", flat=True):
        wanted[f"{OWN}:again:{stripe_id}"[:200]] = OWN, {"id": stripe_id, "at": now.timestamp()}
    job = apps.get_model("jobs", "Job")
    due = {"run_at": now + LATER}
    rows = [job(kind=kind, payload=payload, dedupe_key=key, **due) for key, (kind, payload) in wanted.items()]
    job.objects.using(using).bulk_create(rows, batch_size=1000, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("memberships", "0019_when_discounts_end"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
