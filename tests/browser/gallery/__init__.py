"""A page with every component in every state, for tests and for eyes only."""

from pathlib import Path


def install(settings) -> None:
    """Put the gallery's addresses and templates beside the project's."""
    settings.ROOT_URLCONF = "tests.browser.gallery.urls"
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]
