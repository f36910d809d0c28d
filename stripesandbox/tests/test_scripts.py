"""Scripts: months in seconds, the same at each playing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from stripesandbox.tests.make import make_session, types_about

START = 1_767_607_200
DAY = 86_400


def refusal(sandbox, *steps):
    with pytest.raises(httpx.HTTPStatusError) as caught:
        sandbox.play(*steps)
    assert caught.value.response.status_code in (400, 409)
    return json.loads(caught.value.__notes__[0])["error"]["message"]


def test_it_works(sandbox, api, clock):
    told = sandbox.play("+0 pay amount=12.50", "+2d dispute reason=general", "+9d win", start=START)
    made = told["made"]
    assert [step["at"] - START for step in told["steps"]] == [0, 2 * DAY, 9 * DAY]
    assert [step["made"] for step in told["steps"]] == [made["payment_intents"][0], *made["disputes"] * 2]
    dispute = api.disputes.retrieve(made["disputes"][0])
    assert (dispute.status, dispute.amount, dispute.created) == ("won", 1250, START + 2 * DAY)
    events = sandbox.stream(made["payment_intents"][0])
    assert [event["created"] - START for event in events if event["type"] == "charge.dispute.closed"] == [9 * DAY]
    now = sandbox.control("clock")["now"]
    assert START + 9 * DAY <= now < START + 9 * DAY + 60
    assert sandbox.control("clock")["now"] > now  # the hands move again


def test_history_is_written_once_beside_the_present(sandbox, api, receiver):
    steps = ["+0 pay amount=20.00 email=long@example.com", "+1m refund amount=5.00", "+3d pay_out"]
    told = sandbox.control("history", {"name": "story", "steps": steps, "start": START})
    assert [step["at"] - START for step in told["steps"]] == [0, 60, 3 * DAY]
    made = told["made"]
    intent = api.payment_intents.retrieve(made["payment_intents"][0])
    assert (intent.created, intent.status) == (START, "succeeded")
    assert api.payouts.retrieve(made["payouts"][0]).created == START + 3 * DAY
    again = {"name": "story", "steps": steps, "start": START}
    assert (
        sandbox.control("history", again) == told and len(api.refunds.list({"charge": intent.latest_charge}).data) == 1
    )
    later = {"name": "later", "steps": ["+0 dispute of=1", "+9d lose"], "start": START + 5 * DAY}
    disputes = sandbox.control("history", later | {"sessions": made["sessions"]})["made"]["disputes"]
    assert api.disputes.retrieve(disputes[0]).status == "lost"
    assert abs(sandbox.control("clock")["now"] - time.time()) < 60, "the present goes on"
    wrong = {"name": "wrong", "steps": ["+0 pay", "+1m lose"], "start": START}
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.control("history", wrong)
    assert api.payment_intents.list({"limit": 10}).data[0].id == intent.id, "nothing of it was done"
    assert not [letter for letter in sandbox.waiting() if json.loads(letter["body"])["created"] < START + 20 * DAY]


def test_what_falls_due_on_the_way_happens_at_its_own_time(sandbox, api, clock):
    made = sandbox.play("+0 open", "+3h wait", start=START)["made"]
    assert api.checkout.sessions.retrieve(made["sessions"][0]).status == "expired"
    expired = api.events.list({"type": "checkout.session.expired"}).data[0]
    assert expired.created == START + 3600


def test_it_pays_a_session_that_the_project_has_made(sandbox, api):
    session = make_session(api, 777, metadata={"top_up": "mine"})
    made = sandbox.play(f"+0 pay session={session.id}", "+1m refund amount=1.11")["made"]
    sandbox.clock_to()
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert api.refunds.retrieve(made["refunds"][0]).amount == 111


def test_every_way_to_pay(sandbox, api, clock):
    sandbox.play("+0 pay card=challenge", "+1m refuse", "+2m pay of=1 card=challenge_declined", "+3m approve")
    intent = api.payment_intents.list({"limit": 1}).data[0]
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", "card_declined")
    assert types_about(api, intent.id).count("payment_intent.requires_action") == 2
    made = sandbox.play("+0 pay by=bank", "+4d bounce", "+5d pay amount=5.00 email=second@example.com")["made"]
    assert api.payment_intents.retrieve(made["payment_intents"][0]).status == "requires_payment_method"
    assert api.customers.retrieve(made["customers"][1]).email == "second@example.com"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "1 to 500 steps"),
        (["pay"], "a step is a time and what happens"),
        (["tomorrow pay"], "the time is +0"),
        (["+0 steal"], "there is no steal"),
        (["+0 pay colour=red"], "unexpected keyword option 'colour'"),
        (["+0 pay 'amount"], "a step is a time"),
        (["+2d pay", "+1d wait"], "is earlier than"),
        ([5], "A step is a text"),
        (["+0 refund"], "there is no payment 1"),
        (["+0 pay amount=much"], "is no amount"),
        (["+0 pay card=decline", "+1d refund"], "has not succeeded"),
        (["+0 pay", "+1d refund refused=charge_disputed"], "was not refused"),
        (["+0 pay", "+1d refund", "+2d refund"], "has already been refunded"),
        (["+0 pay", "+1d refund of=x"], "is no number"),
        (["+0 pay", "+1d settle"], "the session is closed"),
    ],
)
def test_it_says_what_is_wrong(sandbox, clock, steps, said):
    assert said in refusal(sandbox, *steps)


def test_one_script_at_a_time(sandbox, clock):
    """The second is told so, and plays afterwards."""
    sandbox.clock_to()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(sandbox.play, *(f"+{day}d pay" for day in range(120)))
        while sandbox.control("clock")["ahead"] < DAY:
            assert not first.done()
        said = refusal(sandbox, "+0 wait")
        assert len(first.result()["made"]["sessions"]) == 120
    assert "Another script is playing" in said
    assert sandbox.play("+0 wait")["made"]["sessions"] == []


def test_the_shipped_scripts_can_be_played_by_name(sandbox, api, clock):
    shipped = sandbox.control("script")
    assert {"top_up", "dispute_won", "payout_failed"} <= set(shipped)
    made = sandbox.control("script", {"name": "dispute_lost", "start": time.time()})["made"]
    assert api.disputes.retrieve(made["disputes"][0]).status == "lost"


def test_it_plays_by_hand(sandbox, api, clock):
    page = sandbox.submit(
        "/clock/play", {"steps": "+0 pay amount=8.88\n\n+1d refund\n+2d refund refused=charge_already_refunded"}
    )
    assert page.status_code == 200
    assert "Refused: charge_already_refunded" in page.text
    intent = api.refunds.list({"limit": 1}).data[0].payment_intent
    assert f"/payments/{intent}" in page.text
    assert sandbox.submit("/clock/play", {"steps": '["+0 pay", "+1d wait"]'}).status_code == 200
    for typed, said in (
        ("[1", "This is no JSON"),
        ("+0 dance", "there is no dance"),
        ("+0 pay\n+1d win", "no dispute 1"),
    ):
        wrong = sandbox.submit("/clock/play", {"steps": typed})
        assert wrong.status_code == 422
        assert said in wrong.text
        assert typed.split("\n")[0] in wrong.text
    shown = httpx.get(f"{sandbox.url}/clock?script=efw", trust_env=False).text
    assert "+3d warn type=made_with_stolen_card" in shown


def test_a_saved_card_has_its_life_in_a_script(sandbox, api, clock):
    told = sandbox.play(
        *("+0 save_card card=decline refused=card_declined", "+0 save_card", "+1m charge_card amount=25.00"),
        *("+2d refund amount=5.00", "+3d replace_card", "+3d charge_card", "+4d expire_card", "+4d charge_card"),
        *("+5d save_card card=challenge_always customer=1", "+5d charge_card", "+6d detach_card of=1"),
        "+7d charge_card of=1 refused=payment_method_unexpected_state",
        start=START,
    )["made"]
    intents = [api.payment_intents.retrieve(id) for id in told["payment_intents"]]
    assert [(intent.status, intent.amount, intent.metadata.top_up[-1]) for intent in intents] == [
        *(("succeeded", 2500, "1"), ("succeeded", 2000, "2")),
        *(("requires_payment_method", 2000, "3"), ("requires_payment_method", 2000, "4")),
    ]
    assert [intent.last_payment_error.code for intent in intents[2:]] == ["expired_card", "authentication_required"]
    assert api.refunds.retrieve(told["refunds"][0]).charge == told["charges"][0]
    (customer,) = told["customers"]
    assert [card.id for card in api.payment_methods.list({"customer": customer}).data] == told["cards"][1:]
