import base64
from decimal import Decimal

import pytest

from ledger.models import Transaction
from pricing.models import ProviderCall
from studio.generation import moderation, picture, poem
from studio.generation.calls import Failed
from tests.provider import Lost, Provider, serving

LINES = "The tide comes in,\nthe tide goes out.\n\nIt keeps no count."


class Model(Provider):
    """What an OpenAI-compatible interface says."""

    def __init__(self):
        super().__init__()
        self.says, self.status, self.usage = f"```text\n“{LINES}”\n```", 200, {"total_tokens": 120}

    def answer(self, method, path, body, headers):
        if self.status == "lost":
            raise Lost
        if self.status != 200:
            return self.status, {"error": {"message": f"Incorrect API key provided: {headers['Authorization'][7:]}."}}
        if path == "/v1/chat/completions":
            choices = [{"message": {"role": "assistant", "content": self.says}}]
            return 200, {"id": f"chatcmpl-{len(self.asked)}", "choices": choices, "usage": self.usage}
        if path == "/v1/images/generations":
            return 200, {"created": 1, "data": [{"b64_json": base64.b64encode(b"picture").decode()}]}
        bad = "hate" in body["input"]
        return 200, {"results": [{"flagged": bad, "categories": {"hate": bad, "violence": False}}]}


@pytest.fixture
def model(settings, db):
    with serving(Model()) as provider:
        settings.LANGUAGE_MODEL_URL = settings.IMAGE_MODEL_URL = f"{provider.url}/v1"
        settings.LANGUAGE_MODEL_KEY = settings.IMAGE_MODEL_KEY = "secret-of-ours"
        settings.MODERATION_MODEL = "omni-moderation-latest"
        yield provider


def booked() -> dict[str, Decimal]:
    return dict(Transaction.objects.values_list("service", "amount"))


def test_they_are_off_without_a_key(settings):
    settings.LANGUAGE_MODEL_KEY = settings.IMAGE_MODEL_KEY = ""
    assert not (poem.available() or picture.available() or moderation.available())
    assert moderation.flags("hate") == ""


def test_a_poem_and_a_picture_and_what_they_cost(model):
    assert poem.available() and picture.available()
    assert poem.write("the sea, and counting", "wistful", "de", "k1", cut_id=7) == LINES
    sent = model.posted()[0]
    assert "German" in sent["messages"][0]["content"] and "wistful and quiet" in sent["messages"][0]["content"]
    assert sent["messages"][1] == {"role": "user", "content": "the sea, and counting"}
    assert model.asked[0][3]["Authorization"] == "Bearer secret-of-ours"
    assert picture.paint(LINES, "watercolour", "k1") == b"picture"
    assert LINES in model.posted()[1]["prompt"] and "watercolour" in model.posted()[1]["prompt"]
    assert booked() == {"poem": Decimal("0.002"), "image": Decimal("0.02")}
    assert ProviderCall.objects.get(service="poem").cut_id == 7
    model.usage = {"cost": 0.00037}
    poem.write("rain", "tender", "en", "k2")
    assert Transaction.objects.latest("id").amount == Decimal("0.00037")


def test_the_same_wish_is_sent_once(model):
    poem.write("rain", "tender", "en", "k")
    with pytest.raises(Failed, match="already"):
        poem.write("rain", "tender", "en", "k")
    assert len(model.posted()) == 1


@pytest.mark.parametrize(("status", "state"), [(401, "failed"), (429, "failed"), (503, "unknown"), ("lost", "unknown")])
def test_what_goes_wrong_is_a_sentence_and_no_key(model, status, state):
    model.status = status
    with pytest.raises(Failed, match="Nothing was charged"):
        poem.write("rain", "tender", "en", "k")
    call = ProviderCall.objects.get()
    assert call.state == state and call.error and "secret-of-ours" not in call.error
    assert booked() == {} and len(model.posted()) == 1
    assert moderation.flags("hate") == ""


@pytest.mark.parametrize("said", ["", "   ", "x" * 3000, None])
def test_an_answer_that_is_no_poem_is_paid_for_and_refused(model, said):
    model.says = said
    with pytest.raises(Failed, match="could not be used"):
        poem.write("rain", "tender", "en", "k")
    assert booked() == {"poem": Decimal("0.002")}


def test_a_text_is_flagged(model):
    assert moderation.flags("all that I hate") == "hate"
    assert moderation.flags("the sea") == ""
