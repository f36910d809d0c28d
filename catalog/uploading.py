"""Several files in one request: each is added or refused for itself, and says so."""

from collections.abc import Callable
from dataclasses import dataclass

from catalog import assets
from catalog.models import Asset
from files import formats, uploads

LONGEST_NAME = 120
# What the form says that it takes: of the house's people, and of members, who can use no video
HOUSE = {"accept": formats.ACCEPT, "taken": formats.TAKEN}
OWN = {"accept": formats.ACCEPT_FOR_CUTS, "taken": formats.TAKEN_BY_CUTS}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: an asset, or a sentence. `twin` is the asset that it is a copy of."""

    name: str
    asset: Asset | None = None
    error: str = ""
    twin: Asset | None = None


def receive(request, add: Callable[..., Asset]) -> list[Outcome]:
    """Call `add(file, name=…)` for each file that was let in; the others have been refused on the way."""
    outcomes = [Outcome(name[:LONGEST_NAME], error=sentence) for name, sentence in uploads.refused(request)]
    for file in request.FILES.getlist("files"):
        name = file.name[:LONGEST_NAME]
        try:
            outcomes.append(Outcome(name, add(file, name=file.name)))
        except assets.Duplicate as duplicate:
            outcomes.append(Outcome(name, error=str(duplicate), twin=duplicate.asset))
        except (assets.Refused, assets.NoSpace) as sentence:
            outcomes.append(Outcome(name, error=str(sentence)))
        finally:
            file.close()
    return outcomes or [Outcome("No file selected", error="Choose a file first.")]
