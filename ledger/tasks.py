"""Periodic work of the ledger. Each is safe when two run at once: the wallet's lock decides who is first."""

from celery import shared_task

from ledger import checkpoints, sweeps


@shared_task(name="ledger.expire_lots")
def expire_lots():
    sweeps.expire_lots()


@shared_task(name="ledger.release_overdue_holds")
def release_overdue_holds():
    sweeps.release_overdue_holds()


@shared_task(name="ledger.make_checkpoints")
def make_checkpoints():
    checkpoints.make()
