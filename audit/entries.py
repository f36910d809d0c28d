"""The audit log told to people: six tabs of it, who and what in words, addresses only to who may see them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from audit.models import AuditEvent, plain
from audit.redaction import without_addresses
from ui import filters
from ui.periods import PRESETS

SIGN_INS, ACTIVITY, EXPORTS, IMPERSONATIONS, DENIED = "sign_ins", "activity", "exports", "impersonations", "denied"
ALL = "all"
TABS = {
    SIGN_INS: "Sign-ins",
    ACTIVITY: "Activity",
    EXPORTS: "Exports",
    IMPERSONATIONS: "Impersonations",
    DENIED: "Denied",
    ALL: "Everything",
}
PERIODS = {**PRESETS, "all": "All time"}
BY = {"": "By people", "all": "By people and the system"}
# verb of a sign-in -> its result, and how it is coloured
RESULTS = {
    "user.signed_in": ("Signed in", "good"),
    "user.sign_in_failed": ("Wrong password", "bad"),
    "user.second_factor_failed": ("Wrong code", "bad"),
    "user.locked_out": ("Paused", "warn"),
    "user.signed_out": ("Signed out", ""),
}
# What is written on an account because somebody typed its address: read, it would tell whose an address is
TYPED = ("user.sign_in_failed", "user.locked_out")
UNKNOWN = "user:unknown"

# noun of targets -> the names of these ids, as a viewer may read them
NAMES: dict[str, Callable[[set[int], AbstractBaseUser], dict[int, str]]] = {}
# field -> the words for these values of it, as a viewer may read them
VALUES: dict[str, Callable[[set, AbstractBaseUser], dict]] = {}
# who may read e-mail addresses: nobody, until a room says so
READERS: list[Callable[[AbstractBaseUser], bool]] = []

SPACES = str.maketrans("._", "  ")
SAID = {"tunable": "setting", "publicitem": "catalog item"}


def name_targets(noun: str, names: Callable[[set[int], AbstractBaseUser], dict[int, str]]) -> None:
    """A room says how its `noun:id` is called, where its number says nothing; the log knows no room above itself.

    `names`: ids and a viewer in, id -> name out, of those that have one.
    """
    NAMES[noun] = names


def word_values(field: str, words: Callable[[set, AbstractBaseUser], dict]) -> None:
    """A room says how the values of a field are called, where they are ids or keys: those of which it knows words."""
    VALUES[field] = words


def show_addresses_to(may_read: Callable[[AbstractBaseUser], bool]) -> None:
    """The room that keeps people says who may read their e-mail addresses, here as elsewhere."""
    READERS.append(may_read)


def sees_addresses(viewer: AbstractBaseUser) -> bool:
    """Whether a room lets this person read e-mail addresses."""
    return any(may_read(viewer) for may_read in READERS)


def hidden_from(viewer: AbstractBaseUser) -> tuple[str, ...]:
    """Verbs whose rows do not say to this person on which account they stand, nor are found by it."""
    return () if sees_addresses(viewer) else TYPED


def tab_of(verb: str) -> str:
    """The one tab, beside that of everything, in which rows of this verb stand."""
    if verb == "access.denied":
        return DENIED
    if verb in RESULTS or verb.startswith("user.sign_in"):
        return SIGN_INS
    if "impersonat" in verb:
        return IMPERSONATIONS
    return EXPORTS if verb.endswith(".exported") or verb.startswith("export.") else ACTIVITY


def in_words(verb: str) -> str:
    """`tunable.changed` as people say it."""
    if verb in RESULTS:
        return RESULTS[verb][0]
    noun, _, rest = verb.translate(SPACES).partition(" ")
    return f"{SAID.get(noun, noun)} {rest}".strip().capitalize()


@dataclass(frozen=True)
class Person:
    """Somebody in the log, as the viewer may see them: `email` is "" for who may not, `name` never is."""

    pk: int
    name: str
    email: str


@dataclass(frozen=True)
class Entry:
    """One row: `who` acted (None: the system), as `behalf` if through a member’s account, on `whom` if a person.

    `target` is `noun:id` as it was written; `before` and `after` are field -> value, and `after` leaves out the device;
    `about` names a target that is no person where its number says nothing, else ""; `words` is field -> value -> words.
    """

    event: AuditEvent
    who: Person | None
    behalf: Person | None
    whom: Person | None
    target: str
    before: dict
    after: dict
    note: str
    about: str
    words: dict[str, dict]

    @property
    def done(self) -> str:
        """The verb in words."""
        return in_words(self.event.verb)

    @property
    def tone(self) -> str:
        """The colour of a sign-in's result; "" of all else."""
        return RESULTS.get(self.event.verb, ("", ""))[1]

    @property
    def device(self) -> str:
        """With what somebody signed in, in words; "" where that was not kept."""
        return (self.event.after or {}).get("device", "")

    @property
    def signer(self) -> Person | None:
        """Who did it; of a sign-in that was refused, whose account was tried."""
        return self.who or (self.whom if tab_of(self.event.verb) == SIGN_INS else None)

    @property
    def perm(self) -> str:
        """Of a denied attempt: the permission that was missing."""
        return self.target.removeprefix("perm:")

    @property
    def changes(self) -> list[tuple[str, object, object]]:
        """(field, before, after) of each field that differs, in words."""
        return [
            (name.replace("_", " "), *(self._worded(name, value) for value in values))
            for name, *values in AuditEvent(before=self.before, after=self.after).changes
        ]

    @property
    def called(self) -> str:
        """To whom or what it was done, by name; "" where nothing but the target says it."""
        return self.whom.name if self.whom else self.about

    @property
    def listed(self) -> str:
        """Of an export: which list or thing it is of, `Billing: recent topups`."""
        room, _, name = self.target.partition(":")
        return self.called or f"{room}{' ' if name.isdecimal() else ': '}{name.replace('_', ' ')}".capitalize()

    def side(self, which: str) -> str:
        """All of `before` or `after` in words, for a cell of a file."""
        fields = getattr(self, which)
        return plain({name.replace("_", " "): self._worded(name, plain(fields[name])) for name in fields})

    def _worded(self, name, value):
        return self.words.get(name, {}).get(value, value)


def told(events: Iterable[AuditEvent], viewer: AbstractBaseUser) -> Iterable[Entry]:
    """The entries of `events`, in their order, as `viewer` may read them: without addresses, unless a room allows it.

    A few queries for each thousand, however many there are.
    """
    batch: list[AuditEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == 1000:
            yield from _told(batch, viewer)
            batch = []
    yield from _told(batch, viewer)


def _told(events: list[AuditEvent], viewer) -> list[Entry]:
    with_contact, hidden = sees_addresses(viewer), hidden_from(viewer)
    targets = [UNKNOWN if event.verb in hidden else event.target for event in events]
    found = {pk for event in events for pk in (event.actor_id, event.on_behalf_of_id)} | set(map(_person_in, targets))
    people = {
        pk: Person(pk, name or f"Account {pk}", email if with_contact else "")
        for pk, name, email in get_user_model().objects.filter(pk__in=found - {None}).values_list("pk", "name", "email")
    }
    called, words = _called(events, viewer), _words(events, viewer)
    shown = (lambda value: value) if with_contact else without_addresses
    return [
        Entry(
            event,
            people.get(event.actor_id),
            people.get(event.on_behalf_of_id),
            people.get(_person_in(target)),
            shown(target),
            shown(event.before or {}),
            {name: value for name, value in shown(event.after or {}).items() if name != "device"},
            shown(event.note),
            called.get(event.target, ""),
            words,
        )
        for event, target in zip(events, targets, strict=True)
    ]


def _called(events: list[AuditEvent], viewer) -> dict[str, str]:
    """Target -> its name, of those that have one."""
    found = {}
    for noun, names in NAMES.items():
        if ids := {_number(noun, event.target) for event in events} - {None}:
            found |= {f"{noun}:{pk}": name for pk, name in names(ids, viewer).items()}
    return found


def _words(events: list[AuditEvent], viewer) -> dict[str, dict]:
    """Field -> value -> its words, of those that have some."""
    found = {}
    for field, words in VALUES.items():
        sides = [side[field] for event in events for side in (event.before, event.after) if field in (side or {})]
        if values := {value for value in sides if isinstance(value, str | int)}:
            found[field] = words(values, viewer)
    return found


def _number(noun: str, target: str) -> int | None:
    named, _, pk = target.partition(":")
    return filters.number(pk) if named == noun else None


def _person_in(target: str) -> int | None:
    return _number("user", target)
