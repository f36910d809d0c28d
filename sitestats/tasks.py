"""The room's work in the background."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sitestats import bot_addresses, cleaning, facts, folding, rollups


@shared_task(name="sitestats.catch_up")
def catch_up():
    rollups.catch_up()
    facts.catch_up()


@shared_task(name="sitestats.add_up_facts")
def add_up_facts():
    facts.add_up_all()


@shared_task(name="sitestats.tend")
def tend():
    rollups.tend()


@shared_task(name="sitestats.forget_words")
def forget_words():
    cleaning.clean_words()
    folding.forget_unused()


@shared_task(name="sitestats.keep_bot_addresses_fresh")
def keep_bot_addresses_fresh():
    if not settings.EMBEDDED:  # which asks nobody outside for anything by itself
        bot_addresses.keep_fresh(timezone.localdate())
