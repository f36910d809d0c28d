"""Stripe's error envelope."""


class StripeError(Exception):
    """Answered as {"error": {…}} with `status`."""

    def __init__(self, message, *, status=400, type="invalid_request_error", code=None, param=None):
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": type}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param


class Refused(StripeError):
    """A card that was refused: 402, though the payment and its attempt are there and stay."""

    def __init__(self, message, *, intent: dict, **more):
        super().__init__(message, status=402, type="card_error", code=more["code"])
        told = {name: word for name, word in more.items() if word and name != "code"}
        self.error |= {**told, "payment_intent": intent}


def missing(kind: str, id: str, param: str = "id") -> StripeError:
    """The object does not exist: 404 when the path names it, 400 when a parameter does."""
    status = 404 if param == "id" else 400
    return StripeError(f"No such {kind}: '{id}'", status=status, code="resource_missing", param=param)


def unsupported(what: str, param: str | None = None) -> StripeError:
    """Stripe has it, the sandbox does not (yet)."""
    return StripeError(f"This is the Stripe sandbox of the project: it does not support {what}.", param=param)
