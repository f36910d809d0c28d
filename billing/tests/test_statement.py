"""The statement as a page and as files: one's own only, the same for staff, checkable by anybody."""

import datetime as dt
import json
import re
import subprocess
import sys
import uuid
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from billing import statement_check, statements
from billing.models import CreditAdjustment
from ledger import posting
from ledger.models import Transaction
from ledger.tests import clock
from tunables import values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
OWN, ALL = "/me/credit/statement/", "?period=all"
RECIPE = settings.BASE_DIR / "templates" / "billing" / "statement_check.txt"


@pytest.fixture
def money(member, owner):
    """A top-up with its bonus, a gift with staff's words, a refund, spending below a cent, a hold."""
    posting.top_up(member, cash=Decimal(20), granted=Decimal(1), external_id="pay")
    CreditAdjustment.objects.ask(member, Decimal(3), reason="staff only", form_key=uuid.uuid4(), by=owner)
    posting.charge(member, Decimal("0.000125"), service="lite_render")
    posting.refund(member, Decimal(5), top_up_external_id="pay", external_id="back", note="risk team only")
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    posting.hold(member, Decimal("0.25"), service="studio_render", expires_at=until)
    return member


def staff_url(member):
    return f"/admin/billing/members/{member.pk}/statement/"


def text_of(client, url) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return b"".join(response.streaming_content if response.streaming else [response.content]).decode()


def test_it_works(client_of, money):
    page = text_of(client_of(money), OWN)
    assert "Adds up" in page and "−$0.000125" in page and "$3.749875" in page and "Lite render" in page
    assert "staff only" not in page and "risk team" not in page and "/admin/" not in page


def test_it_says_when_nothing_moved(client_of, member):
    assert "Nothing moved in this period" in text_of(client_of(member), OWN)


def test_it_asks_for_sign_in(client):
    assert client.get(OWN).status_code == 302


def test_it_requires_billing_read(client_of, money, marketer):
    assert client_of(money).get(staff_url(money)).status_code == 403
    assert client_of(marketer).get(staff_url(money)).status_code == 403


def test_an_unknown_member_is_not_there(client_of, accountant):
    assert client_of(accountant).get("/admin/billing/members/999999999/statement/").status_code == 404


def test_a_member_sees_their_own_only(client_of, money, outsider):
    assert "Nothing moved" in text_of(client_of(outsider), f"{OWN}{ALL}&member={money.pk}&pk={money.pk}")


def test_staff_and_member_get_the_same_figures(client_of, money, supporter):
    formats = ("", "&format=csv", "&format=json")
    mine = [text_of(client_of(money), OWN + ALL + format_) for format_ in formats]
    theirs = [text_of(client_of(supporter), staff_url(money) + ALL + format_) for format_ in formats]
    assert len(mine[1].splitlines()) == 1 + 1 + 5 + 1  # the headings, the opening, the movements, the closing
    now = re.compile(r"\d+-\d+-\d+T[\d:.]+Z|\d+ \w+ \d{4}, \d\d:\d\d UTC")  # it ends now, and that moves
    first, second = ([now.sub("", text) for text in _figures(texts)] for texts in (mine, theirs))
    assert first == second
    assert f"/admin/billing/transactions/{Transaction.objects.first().pk}/" in theirs[0]


def _figures(texts):
    """The files as they are; of the page what can be read, without staff's links."""
    part = texts[0].split('<div class="statement">')[1].split("Files and pages")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", part)), *texts[1:]]


def test_a_file_taken_by_staff_is_recorded(client_of, money, accountant):
    text_of(client_of(money), f"{OWN}{ALL}&format=csv")
    assert not AuditEvent.objects.filter(verb="statement.exported").exists()
    text_of(client_of(accountant), f"{staff_url(money)}{ALL}&format=json")
    event = AuditEvent.objects.get(verb="statement.exported")
    assert (event.actor, event.target) == (accountant, f"user:{money.pk}")
    assert event.after == {"period": "all time", "format": "json"}


def test_long_statements_have_pages(client_of, money, monkeypatch):
    monkeypatch.setattr(statements, "SIZE", 2)
    client, seen, url = client_of(money), [], OWN
    while url:
        page = text_of(client, url)
        seen.append(re.findall(r'id="movement-(\d+)"', page))
        found = re.search(r'rel="next" href="([^"#]+)', page)
        url = found and found[1].replace("&amp;", "&")
    assert seen == [["1", "2"], ["3", "4"], ["5"]]
    assert 'rel="prev"' in page and "5 to 5 of 5" in page
    for odd in ("-1", "x", "9" * 30, "²"):
        assert "movement-" in text_of(client, f"{OWN}?after={odd}")


@pytest.fixture
def files(client_of, money, tmp_path):
    """The statement of all time in both forms."""
    paths = {}
    for name in ("csv", "json"):
        paths[name] = tmp_path / f"statement.{name}"
        paths[name].write_text(text_of(client_of(money), f"{OWN}{ALL}&format={name}"))
    return paths


@pytest.mark.parametrize("name", ["csv", "json"])
def test_a_file_is_checked(files, name, capsys):
    call_command("check_statement", files[name])
    assert "5 movements: the chain holds" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["csv", "json"])
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("-0.000125", "-0.000124", r"Movement 3 \(charge at .*\) was altered"),
        ("lite_render", "poem", r"Movement 3 \(charge at .*\) was altered"),
    ],
)  # fmt: skip
def test_a_changed_amount_names_the_first_bad_row(files, name, old, new, problem):
    files[name].write_text(files[name].read_text().replace(old, new))
    with pytest.raises(CommandError, match=problem):
        call_command("check_statement", files[name])


def test_what_else_can_be_wrong_is_said(files):
    good = json.loads(files["json"].read_text())

    def problem(change) -> str:
        bad = json.loads(json.dumps(good))
        change(bad)
        with pytest.raises(statement_check.Wrong) as wrong:
            statement_check.check(json.dumps(bad))
        return str(wrong.value)

    assert "Movement 2 is missing" in problem(lambda bad: bad["movements"].pop(1))
    assert "closing does not follow" in problem(lambda bad: bad["movements"].pop())
    assert "closing does not follow" in problem(lambda bad: bad["closing"].update(paid="99.000000"))
    assert "Movement 4 (refund" in problem(lambda bad: bad["movements"][3]["after"].update(owed="1.000000"))
    assert "beginning" in problem(lambda bad: bad["opening"].update(hash="0" * 64))
    assert "no statement" in problem(lambda bad: bad.pop("closing"))
    for text in ("", "{", "a,b\n1,2\n", "[]"):
        with pytest.raises(statement_check.Wrong):
            statement_check.check(text)


def test_the_columns_of_the_csv_are_checked_too(files):
    files["csv"].write_text(files["csv"].read_text().replace("20.00,1.00,0.00,0.00", "21.00,1.00,0.00,0.00", 1))
    with pytest.raises(CommandError, match=r"Movement 1 .* does not add up"):
        call_command("check_statement", files["csv"])


@pytest.mark.parametrize("script", [RECIPE, statement_check.__file__])
def test_it_is_checked_without_our_code(files, script):
    def run():
        command = [sys.executable, "-I", script, files["json"]]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert (run().returncode, run().stderr) == (0, "")
    files["json"].write_text(files["json"].read_text().replace("-0.000125", "-0.000126"))
    done = run()
    assert done.returncode == 1 and "altered" in done.stderr


def test_the_recipe_stands_on_the_page(client_of, money):
    page = text_of(client_of(money), OWN)
    assert "import hashlib, json, sys" in page and f"poemvision statement of member {money.pk}" in page


def test_months_follow_each_other_across_a_change_of_clocks(client_of, member, tmp_path):
    """Berlin's clocks went back on 26 October 2025: the month began at +2 and ended at +1."""
    values.change("business_time_zone", "Europe/Berlin", by=None)
    instants = ["2025-09-30T21:59:00Z", "2025-09-30T22:01:00Z", "2025-10-31T22:59:00Z", "2025-10-31T23:01:00Z"]
    months = [("2025-09-01", "2025-09-30"), ("2025-10-01", "2025-10-31"), ("2025-11-01", "2025-11-30")]
    with clock.moving_clock():
        start = clock.now()
        for number, instant in enumerate(instants):
            clock.shift((dt.datetime.fromisoformat(instant) - start).total_seconds() / 3600)
            posting.grant(member, Decimal(10) ** number)
        texts = [
            text_of(client_of(member), f"{OWN}?period=custom&from={first}&to={last}&format=json")
            for first, last in months
        ]
    found = statement_check.check_sequence(texts)
    granted = [[row["lines"][0][2] for row in each["movements"]] for each in found]
    assert granted == [["1.000000"], ["10.000000", "100.000000"], ["1000.000000"]]
    assert [each["until"] for each in found[:2]] == [each["since"] for each in found[1:]]
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    call_command("check_statement", *files)
    with pytest.raises(CommandError, match="Statement 2 does not begin"):
        call_command("check_statement", files[0], files[2])
