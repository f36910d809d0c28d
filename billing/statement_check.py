"""Check a downloaded statement: the chain of hashes, and opening + movements = closing.

It needs Python alone and none of our code, so it may be given to whoever wants to check: `python statement_check.py
FILE …`. Files are JSON or CSV; several of one member are checked to follow each other. The form of what is hashed is
described in ledger/statement.py.
"""

import csv
import hashlib
import io
import json
import sys
from decimal import Decimal, DecimalException
from pathlib import Path

FACTS = ("at", "corrects", "kind", "lines", "number", "service", "transaction")
ACCOUNTS = ("paid", "granted", "held", "owed")


class Wrong(Exception):
    """What is wrong with a statement, in one sentence."""


def check(text: str) -> dict:
    """The statement in `text`, or Wrong. Names the first movement that does not follow from those before it."""
    try:
        statement = json.loads(text) if text.lstrip("\ufeff \n").startswith("{") else _from_csv(text)
        return _checked(statement)
    except (LookupError, TypeError, ValueError, DecimalException, RecursionError, csv.Error) as error:
        raise Wrong("This is no statement, or a damaged one: a part of it is missing or cannot be read.") from error


def read(path: Path) -> str:
    """The text of a file, or Wrong."""
    try:
        return path.read_text()
    except OSError as error:
        raise Wrong(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Wrong(f"{path} is no text: a statement is the CSV or JSON file as it was downloaded.") from error


def check_sequence(texts: list[str]) -> list[dict]:
    """Statements of one member, in order; each begins where the one before it ends."""
    found = []
    for text in texts:
        found.append(check(text))
        if len(found) > 1 and _stand(found[-1], "opening") != _stand(found[-2], "closing"):
            raise Wrong(f"Statement {len(found)} does not begin where statement {len(found) - 1} ends.")
    return found


def genesis(member) -> str:
    """The hash before the first movement of a member."""
    return hashlib.sha256(f"poemvision statement of member {member}".encode()).hexdigest()


def follow(previous: str, movement: dict) -> str:
    """The hash of a movement after the hash `previous`."""
    facts = {name: movement[name] for name in FACTS}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def _checked(statement: dict) -> dict:
    opening = statement["opening"]
    if opening["number"] == 0 and (opening["hash"] != genesis(statement["member"]) or any(_balances(opening))):
        raise Wrong("The beginning of the chain was altered.")
    number, head, balances = opening["number"], opening["hash"], _balances(opening)
    for movement in statement["movements"]:
        number += 1
        name = f"Movement {number} ({movement['kind']} at {movement['at']})"
        if movement["number"] != number:
            raise Wrong(f"Movement {number} is missing.")
        head = follow(head, movement)
        if movement["hash"] != head:
            raise Wrong(f"{name} was altered: its hash does not follow from what stands there.")
        if not {account for account, _, _ in movement["lines"]} <= set(ACCOUNTS):
            raise Wrong(f"{name} has a line of an account that there is not.")
        changes = [sum(Decimal(amount) for account, _, amount in movement["lines"] if account == a) for a in ACCOUNTS]
        balances = [before + change for before, change in zip(balances, changes, strict=True)]
        if _balances(movement["after"]) != balances or _balances(movement.get("change"), changes) != changes:
            raise Wrong(f"{name} does not add up.")
    closing = statement["closing"]
    if (closing["number"], closing["hash"], _balances(closing)) != (number, head, balances):
        raise Wrong("The closing does not follow from the movements.")
    return statement


def _stand(statement: dict, name: str) -> tuple:
    point = statement[name]
    return statement["member"], point["number"], point["hash"], _balances(point)


def _balances(figures: dict | None, otherwise=()) -> list[Decimal]:
    return list(otherwise) if figures is None else [Decimal(figures[account]) for account in ACCOUNTS]


def _from_csv(text: str) -> dict:
    first, *rows, last = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    return {
        "member": int(first["Member"]),
        "opening": _point(first),
        "movements": [_movement(row) for row in rows],
        "closing": _point(last),
    }


def _point(row: dict) -> dict:
    after = {account: Decimal(row[f"{account.capitalize()} after"]) for account in ACCOUNTS}
    return {"number": int(row["Number"]), **after, "hash": row["Hash"]}


def _movement(row: dict) -> dict:
    return {
        "at": row["At"],
        "corrects": int(row["Corrects"]) if row["Corrects"] else None,
        "kind": row["Kind"],
        "lines": json.loads(row["Lines"]),
        "number": int(row["Number"]),
        "service": row["Service"],
        "transaction": int(row["Transaction"]) if row["Transaction"] else None,
        "change": {account: row[account.capitalize()] for account in ACCOUNTS},
        "after": _point(row),
        "hash": row["Hash"],
    }


if __name__ == "__main__":
    try:
        checked = check_sequence([read(Path(name)) for name in sys.argv[1:]])
    except Wrong as wrong:
        sys.exit(str(wrong))
    print(f"{sum(len(each['movements']) for each in checked)} movements: the chain holds and everything adds up.")
