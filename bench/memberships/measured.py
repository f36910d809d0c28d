"""What bench_memberships.py times. Django is set up before this is imported."""

import time

from django.db import connection
from django.test import Client

from accounts.models import User
from bench.memberships.fill import fill
from memberships.models import Invoice
from reports import rollups
from reports.models import DayRevenue, Look, MemberChange, MemberMonth, MonthSum

CALLS = 40
FRAGMENT = {"HX-Request": "true"}
PREMIUM = "/admin/memberships/panels"
LISTS = {  # panel -> what it is asked for
    "standing": [""],
    "payments": [
        "",
        "kind=refund",
        "member=7",
        "q=user77@",
        "q=P-77-1",
        "first=2026-01-01&last=2026-01-31&state=settled",
    ],
    "subscriptions": ["", "state=ending", "state=card", "state=past_due", "q=user77@"],
    "invoices": ["", "status=paid", "status=open", "q=P-77-1", "q=user77@", "q=user7"],
    "failed_attempts": ["", "outcome=open", "outcome=recovered", "outcome=lost", "q=user77@", "q=expired_card"],
}
NOTED = 500  # members who moved since the last look


def make(subscriptions: int) -> dict:
    """Fill, and count what there is."""
    fill(subscriptions)
    User.objects.create_user("owner@poemvision.example", "x", role="super_admin")
    return {name: _count(f"memberships_{name}") for name in ("subscription", "movement", "invoice")}


def look(subscriptions: int) -> dict:
    """Everything anew; then the same for some members; both end in the same sums."""
    began = time.perf_counter()
    rollups.catch_up()
    anew = time.perf_counter() - began
    sums = _sums()
    step = max(1, subscriptions // NOTED)
    MemberChange.objects.bulk_create([MemberChange(member_id=n) for n in range(1, subscriptions + 1, step)])
    Invoice.objects.filter(pk__in=range(1, 200_000, 400)).update(country="AT")  # days of all months
    began = time.perf_counter()
    rollups.catch_up()
    noted = time.perf_counter() - began
    with connection.cursor() as cursor:  # as autovacuum does within a minute
        for model in (MemberMonth, MonthSum, DayRevenue):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
    same = _sums() == sums and Look.objects.get().difference == 0
    return {"anew": anew, "noted": noted, "members": len(range(1, subscriptions + 1, step)), "same": same}


def reports(subscriptions: int) -> dict:
    """Panel or page -> milliseconds of its calls."""
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.get(email="owner@poemvision.example"))
    room, months = "/admin/reports", sorted(set(MonthSum.objects.values_list("month", flat=True)))
    asked = f"from={months[-13]:%Y-%m}&to={months[-1]:%Y-%m}"
    first, day = f"{months[3]:%Y-%m}", DayRevenue.objects.order_by("-number").values_list("day", flat=True).first()
    addresses = [
        *[
            f"{room}/panels/{name}/?period={period}"
            for name in ("headline", "mrr_by_month")
            for period in ("12m", "all")
        ],
        *[f"{room}/panels/cohorts/?period=all&of={of}" for of in ("members", "mrr")],
        *[f"{room}/panels/payments/?period=all&by={by}" for by in ("date", "plan", "country")],
        *[
            f"{room}/members/?who={who}&{asked}"
            for who in ("paying", "churn", "joined", "kept", "restated", "committed")
        ],
        f"{room}/members/?who=paying&from={months[-1]:%Y-%m}&to={months[-1]:%Y-%m}&first={first}",
        *[f"{room}/members/?who={who}&from={first}&to={first}" for who in ("paying", "committed")],
        *[f"{room}/members/{number}/" for number in (7, 12)],
        *[f"{room}/money/?{query}" for query in ("period=12m&what=refund", "period=all", "period=all&country=DE")],
        f"{room}/money/rows/?day={day}&what=received&plan=month&country=US",
        *[f"{PREMIUM}/{panel}/?{query}" for panel, queries in LISTS.items() for query in queries],
    ]
    return {address: _calls(client, address) for address in addresses}


def _calls(client, address: str) -> list[float]:
    took = []
    for number in range(CALLS + 3):
        began = time.perf_counter()
        response = client.get(address, headers=FRAGMENT if "/panels/" in address else {})
        if number > 2:  # the first ones compile templates
            took.append((time.perf_counter() - began) * 1000)
        assert response.status_code == 200, (address, response.status_code)
    return took


def _sums() -> list[tuple]:
    rows = MonthSum.objects.order_by("month", "first", "kind")
    return list(rows.values_list("month", "first", "kind", "members", "paying", "net", "restated"))


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of our own
        return cursor.fetchone()[0]
