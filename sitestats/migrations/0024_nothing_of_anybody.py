from hashlib import blake2b

from django.db import IntegrityError, migrations, transaction

from sitestats import channels, shapes

AT_ONCE = 2_000
FOR_MANY = "("  # so begin texts that stand for many


def clean(apps, schema_editor):
    """Some rows at a time, of which those that change are written; begun again, it finds nothing to do."""
    for model, cleaned, apart in (
        ("UserAgent", _agent, lambda row, new: {"text": f"{new['text'][:490]} #{row.pk}"}),
        ("Origin", _origin, lambda row, new: new | {"key": _digest(f"{new['key']}\n{row.pk}")}),
        ("Acquisition", _words, None),
    ):
        rows = apps.get_model("sitestats", model).objects.order_by("pk")
        some = list(rows[:AT_ONCE])
        while some:
            for row in some:
                if new := cleaned(row):
                    _write(rows.filter(pk=row.pk), new, apart and apart(row, new))
            some = list(rows.filter(pk__gt=some[-1].pk)[:AT_ONCE])


def _write(row, new: dict, apart: dict | None) -> None:
    """`apart`: what it is where another row is like that already. Panels add up rows that tell the same."""
    try:
        with transaction.atomic():
            row.update(**new)
    except IntegrityError:
        if apart is None:
            raise
        row.update(**apart)


def _agent(row) -> dict:
    text = row.text if row.text.startswith(FOR_MANY) else shapes.agent(row.text)[:512]
    return {} if text == row.text else {"text": text}


def _origin(row) -> dict:
    new = _words(row)
    columns = ("channel", "source", "medium", "campaign", "referrer", "share_code", "share_target", "invite")
    told = [new.get(name, getattr(row, name)) for name in columns]
    return new and new | {"key": _digest("\n".join(told).rstrip("\n"))}


def _words(row) -> dict:
    """Of origin and acquisition alike: what is not as it is kept from now on."""
    host, slash, path = row.referrer.partition("/")
    new = {
        "medium": shapes.word(row.medium),
        "campaign": shapes.word(row.campaign),
        "referrer": f"{host}{shapes.nameless(slash + path)}"[:200],
    }
    ours = row.source in (row.share_code, row.invite, host) or channels.is_known(row.source)
    if not ours and not row.source.startswith(FOR_MANY):  # what came in a parameter
        new["source"] = shapes.word(row.source)
    return {name: text for name, text in new.items() if text != getattr(row, name)}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


class Migration(migrations.Migration):
    """What was kept before loses addresses, telephones, cards and keys as well, by the rules for what comes."""

    atomic = False
    dependencies = [("sitestats", "0023_two_days_at_most")]

    operations = [migrations.RunPython(clean, migrations.RunPython.noop)]
