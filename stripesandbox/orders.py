"""Trouble that is switched on: any number of orders at once, each until it is used up or switched off.

Two lists, one of faults of the API and one of mishaps of the post. The newest order that fits strikes.
"""

from django.db import transaction

from stripesandbox.models import Switch


def listed(name: str) -> list[dict]:
    """What is switched on, newest first; each has an `id`."""
    switch = Switch.objects.filter(name=name).first()
    return switch.value if switch else []


@transaction.atomic
def add(name: str, order: dict) -> dict:
    """Switch it on."""
    others = listed(name)
    order = {**order, "id": max((other["id"] for other in others), default=0) + 1}
    _keep(name, [order, *others])
    return order


@transaction.atomic
def remove(name: str, id: int) -> bool:
    """Switch one off; False when it was off already."""
    others = listed(name)
    left = [order for order in others if order["id"] != id]
    _keep(name, left)
    return left != others


def clear(name: str) -> None:
    """Switch all off."""
    _keep(name, [])


def take(name: str, fits) -> dict | None:
    """The newest order for which `fits(order)`, if any; one of its `times` is used up by this."""
    if not any(fits(order) for order in listed(name)):
        return None  # nearly always: without the lock of a write
    with transaction.atomic():
        orders = listed(name)
        struck = next((order for order in orders if fits(order)), None)
        if struck and struck["times"] is not None:
            left = [{**order, "times": order["times"] - 1} if order is struck else order for order in orders]
            _keep(name, [order for order in left if order["times"] != 0])
        return struck


def _keep(name: str, orders: list[dict]) -> None:
    if orders:
        Switch.objects.update_or_create(name=name, defaults={"value": orders})
    else:
        Switch.objects.filter(name=name).delete()
