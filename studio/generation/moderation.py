"""Whether a text should not be made into anything, by OpenAI's moderation interface, where one is set."""

import logging

from django.conf import settings

from poemvision.outside import Failure, Provider

LONGEST = 8000  # characters
log = logging.getLogger("generation")


def available() -> bool:
    """Whether texts are looked at."""
    return bool(settings.LANGUAGE_MODEL_KEY and settings.MODERATION_MODEL)


def flags(text: str) -> str:
    """What it is flagged for, such as "harassment, violence"; "" for nothing, or when nobody could be asked.

    It costs nothing and changes nothing, so a lost answer is only logged: it must not keep anybody from writing.
    """
    if not available() or not text.strip():
        return ""
    provider = Provider("The moderation model", settings.LANGUAGE_MODEL_URL, settings.LANGUAGE_MODEL_KEY)
    try:
        answer = provider.ask(
            "POST", "/moderations", {"model": settings.MODERATION_MODEL, "input": text[:LONGEST]}, seconds=10.0
        )
        result = answer["results"][0]
        found = [name for name, flagged in result["categories"].items() if flagged is True]
        return ", ".join(sorted(found)) or ("flagged" if result["flagged"] else "")
    except (Failure, KeyError, IndexError, TypeError, AttributeError) as error:
        log.warning("A text could not be looked at: %s", error if isinstance(error, Failure) else type(error).__name__)
        return ""
