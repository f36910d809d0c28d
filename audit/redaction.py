"""What never enters the audit log: secrets, control characters that forge lines in a terminal, and e-mail addresses.

The log is kept for ever and its rows cannot be changed, so people stand in it by their number, which says nothing
once they are purged. Of an address it keeps as much as tells one from another.
"""

import re

from django.http import QueryDict

SECRET = re.compile(r"password|secret|token|api_?key|recovery_code|session_?key", re.IGNORECASE)
SEARCHES = {"q", "who", "whom", "actor"}  # where people type in names and addresses
PASSING = {"format", "columns", "sort", "after", "before", "count"}
ANOTHER = "(another address)"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

_LOCAL, _AT = r"(?:[^\s@<>\"'(),:;]|(?<=\w)')", "(?:@|%40)"
_DOMAIN = r"(?:\[[^\s\]]+\]|[^\s@<>\"'(),:;&?]+)"
ADDRESS = re.compile(f"{_LOCAL}+?{_AT}{_DOMAIN}")
# The same for PostgreSQL, where one + that takes little makes every other do so: from where a run of text begins
ADDRESS_IN_SQL = f"{_LOCAL}+{_AT}{_DOMAIN}"
WAY = re.compile(r"(?:\w+=')?[/?].*=")  # of a link, up to what it asks for


def plain_text(text: str) -> str:
    """`text` on one line, without control characters."""
    return CONTROL.sub(" ", str(text)).strip()


def masked(address: str) -> str:
    """`mira@example.com` as `m•••@e•••.com`, and of a link that asks for it only that."""
    way = found[0] if (found := WAY.match(address)) else ""
    local, _, domain = address.removeprefix(way).replace("%40", "@").partition("@")
    name, _, ending = domain.rpartition(".")
    if domain.startswith(("[", "%5B")):
        return f"{way}{local[:1]}•••@[•••]"
    return f"{way}{local[:1]}•••@{name[:1]}•••.{ending}"


def with_masked_addresses(value):
    """A copy of a JSON-able value as the log may keep it for ever."""
    return _each_text(value, lambda text: ADDRESS.sub(lambda found: masked(found[0]), text))


def masked_pair(before, after):
    """Both sides of a change masked; what changed still reads as changed where two addresses are masked alike."""
    was, now = with_masked_addresses(before), with_masked_addresses(after)
    return was, _still_changed(before, after, was, now)


def _still_changed(before, after, was, now):
    if before == after or was != now:
        if isinstance(was, dict) and isinstance(now, dict):
            return {name: _still_changed(before.get(name), after[name], was.get(name), now[name]) for name in now}
        return now
    if isinstance(now, dict):
        return {name: _still_changed(before[name], after[name], was[name], now[name]) for name in now}
    return [*now, ANOTHER] if isinstance(now, list) else f"{now} {ANOTHER}"


def without_secrets(value):
    """A copy of a JSON-able value in which the value of every secret-looking key is hidden."""
    if isinstance(value, dict):
        return {
            str(key): "(hidden)" if SECRET.search(str(key)) and isinstance(item, str) else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return plain_text(value) if isinstance(value, str) else value


def without_addresses(value):
    """A copy of a JSON-able value for somebody who may not see e-mail addresses: rows of old hold them in clear."""
    return _each_text(value, lambda text: ADDRESS.sub("(address hidden)", text))


def filter_in_words(query: QueryDict) -> dict[str, str]:
    """A list's filter for the log: that somebody searched, and not for whom."""
    said = {name: ", ".join(filter(None, query.getlist(name))) for name in query if name not in PASSING}
    return {name: "(words)" if name in SEARCHES else text for name, text in said.items() if text}


def _each_text(value, change):
    if isinstance(value, dict):
        return {key: _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
