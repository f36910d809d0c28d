"""What Stripe told, as it may be read: no secret of a page, and no person for whoever may see no addresses.

An address itself is masked on the way out (accounts.masking). A link to a page of Stripe's shows it in full.
"""

import json

SECRET = {"client_secret"}
PERSONAL = {"address", "customer_address", "customer_name", "customer_phone", "name", "phone", "shipping"}
PERSONAL |= {"customer_shipping", "individual_name", "business_name", "custom_fields", "evidence"}
HIDDEN = "(hidden)"


def readable(payload: str, *, with_people: bool) -> str:
    """The bytes as they came, where nothing in them has to be hidden."""
    told = json.loads(payload)
    shown = _shown(told, SECRET if with_people else SECRET | PERSONAL, links=with_people)
    return payload if shown == told else json.dumps(shown, ensure_ascii=False)


def _shown(value, hidden: set[str], *, links: bool):
    if isinstance(value, dict):
        hides = {name: bool(item) and name in hidden for name, item in value.items()}
        return {name: HIDDEN if hides[name] else _shown(item, hidden, links=links) for name, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, hidden, links=links) for item in value]
    return HIDDEN if isinstance(value, str) and not links and "://" in value else value
