"""One test for a rule that many things keep: it tries them all and names each one that breaks it.

A parametrized test pays the fixtures and reports of pytest for each of hundreds; use that where each needs a database.
"""

from collections.abc import Callable, Iterable


def each(things: Iterable, name: Callable = str):
    """`@each(ROUTES, lambda route: route.name)` above `def test_rule(route)`."""

    def decorate(rule):
        def test():
            tried, broken = 0, []
            for thing in things:
                tried += 1
                try:
                    rule(thing)
                except Exception as error:  # told below, with the others
                    broken.append(f"{name(thing)}: {type(error).__name__} {error}")
            assert tried, "There is nothing to try"
            assert not broken, "\n".join(broken)

        test.__doc__, test.__module__, test.__qualname__ = rule.__doc__, rule.__module__, rule.__qualname__
        return test

    return decorate
