"""Several files in one request: each is added or refused for itself, and says so.

One request of a person at a time: whoever sends more at once takes no turns from others (in this process, that is).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from catalog import assets
from catalog.models import Asset
from files import formats, uploads
from files.formats import Busy

LONGEST_NAME = 120
AGAIN = 2  # seconds after which whoever found no turn may come again
# What the form says that it takes: of the house's people, and of members, who can use no video
HOUSE = {"accept": formats.ACCEPT, "taken": formats.TAKEN}
OWN = {"accept": formats.ACCEPT_FOR_CUTS, "taken": formats.TAKEN_BY_CUTS}
_sending: dict[int, object] = {}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: an asset, or a sentence. `twin` is the asset that it is a copy of."""

    name: str
    asset: Asset | None = None
    error: str = ""
    twin: Asset | None = None
    busy: bool = False


def receive(request, add: Callable[..., Asset]) -> list[Outcome]:
    """Call `add(file, name=…)` for each file that was let in; the others have been refused on the way."""
    outcomes = [Outcome(name[:LONGEST_NAME], error=sentence) for name, sentence in uploads.refused(request)]
    with _turn(request.user.pk) as mine:
        outcomes += [_receive(file, add if mine else _wait) for file in request.FILES.getlist("files")]
    return outcomes or [Outcome("No file selected", error="Choose a file first.")]


def answer(response, outcomes: list[Outcome]):
    """The response about them; one that was not looked at makes it 503: uploads.js sends it again by itself."""
    if any(outcome.busy for outcome in outcomes):
        response.status_code = 503
        response.headers["Retry-After"] = str(AGAIN)
    return response


def _receive(file, add) -> Outcome:
    name = file.name[:LONGEST_NAME]
    try:
        return Outcome(name, add(file, name=file.name))
    except assets.Duplicate as duplicate:
        return Outcome(name, error=str(duplicate), twin=duplicate.asset)
    except (assets.Refused, assets.NoSpace) as sentence:
        return Outcome(name, error=str(sentence), busy=isinstance(sentence, assets.Unavailable))
    finally:
        file.close()


def _wait(file, name):
    raise Busy


@contextmanager
def _turn(person: int) -> Iterator[bool]:
    """Whether nothing else of this person is being received."""
    token = object()
    mine = _sending.setdefault(person, token) is token
    try:
        yield mine
    finally:
        if mine:
            del _sending[person]
