"""What is put in order before the first request."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from stripesandbox import courier, endpoints, timers
from stripesandbox.models import Call, Record, Switch, Timer

MOVE = "UPDATE stripesandbox_record SET wire = replace(wire, %s, %s) WHERE kind != 'event' AND instr(wire, %s)"


def make_ready() -> None:
    """Tables, the configured endpoint, what an abrupt end left behind; then the courier."""
    Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        Call.objects.filter(status=None).delete()  # their effects were rolled back with their answers
        _follow_address()
        endpoints.ensure_configured()
    courier.start()


def _follow_address() -> None:
    """The sandbox may wake up on another port: its own links move with it."""
    switch, first = Switch.objects.get_or_create(name="address", defaults={"value": settings.SANDBOX_URL})
    if first or switch.value == settings.SANDBOX_URL:
        return
    with connection.cursor() as cursor:
        former = f'"{switch.value}/'
        cursor.execute(MOVE, [former, f'"{settings.SANDBOX_URL}/', former])
    switch.value = settings.SANDBOX_URL
    switch.save()


def forget_everything() -> None:
    """As on the first day, in real time; webhook endpoints stay. What is being delivered goes to nobody again."""
    with transaction.atomic():
        for model in (Timer, Call):
            model.objects.all().delete()
        Record.objects.exclude(kind="webhook_endpoint").delete()
        Switch.objects.exclude(name__in=("address", "paused", "clock")).delete()
    timers.travel(None)
