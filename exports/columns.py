"""The columns of an export: each an SQL expression that PostgreSQL also formats and escapes, row after row.

Text is what `ui.csv.cell` would make of it: without control characters, and with an apostrophe before what some
spreadsheet would run. Times are in the business time zone, which the session of the export has.
"""

from dataclasses import dataclass
from enum import Enum

from django.db.models import F, FloatField, Func, TextField

from audit.redaction import ADDRESS_IN_SQL

_CONTROL = r"[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]"
# What spreadsheets take for the beginning of a formula, and the characters that Unicode holds to be the same
_ALIKE = r"\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6a\ufe6b\uff05\uff0b\uff0d\uff1d\uff20\uff5c"
_STARTS = rf"=+@|%{_ALIKE}-"
_SUSPECT = rf"[\u0001-\u001f\u007f;]|^[ \u00a0]*[{_STARTS}]"
_INNER = rf"([;\t\r\n])(?=[ \u00a0]*[{_STARTS}])"
_OUTER = rf"^(?=[ \u00a0]*[\t\r\n{_STARTS}])"


class Type(Enum):
    """How a column is written."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    TIME = "time"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """`value` is a field or an expression over the rows of the list; `shown` whether it is chosen from the start."""

    key: str
    label: str
    value: object
    type: Type = Type.TEXT
    shown: bool = True

    def as_csv(self, found):
        """How what was `found` for the value is written, so that the value is worked out once."""
        wrap = {Type.TEXT: Harmless, Type.MONEY: PlainMoney, Type.TIME: PlainTime}.get(self.type)
        return wrap(found) if wrap else found

    def as_excel(self, found):
        """The same for Excel, which has texts and floats only; a time or a date is the number of days since 1900."""
        return {Type.TEXT: Harmless, Type.TIME: Serial, Type.DATE: Serial}.get(self.type, Float)(found)

    @property
    def expression(self):
        """The value as Django takes it, also where it is a field's name."""
        return F(self.value) if isinstance(self.value, str) else self.value


class Harmless(Func):
    """One look at most texts; only what is suspect is taken apart."""

    output_field = TextField()
    arity = 1

    def as_sql(self, compiler, connection, **context):
        value, params = compiler.compile(self.source_expressions[0])
        clean = f"regexp_replace({value}, %s, '', 'g')"
        inner = rf"regexp_replace({clean}, %s, '\1''', 'g')"
        return (
            f"CASE WHEN {value} ~ %s THEN regexp_replace({inner}, %s, '''') ELSE {value} END",
            (*params, _SUSPECT, *params, _CONTROL, _INNER, _OUTER, *params),
        )


class WithoutAddresses(Func):
    """Free text in which somebody may have written an address, for who may see none."""

    output_field = TextField()
    arity = 1

    def as_sql(self, compiler, connection, **context):
        value, params = compiler.compile(self.source_expressions[0])
        return f"regexp_replace({value}, %s, '(address hidden)', 'g')", (*params, ADDRESS_IN_SQL)


class PlainMoney(Func):
    """Two places at least, the rest only where it says something, and never an exponent."""

    output_field = TextField()
    arity = 1

    def as_sql(self, compiler, connection, **context):
        value, params = compiler.compile(self.source_expressions[0])
        return f"CASE WHEN min_scale({value}) < 2 THEN round({value}, 2) ELSE trim_scale({value}) END", (*params * 3,)


class PlainTime(Func):
    """`2026-11-21 14:05:00+01:00`, in the time zone of the session."""

    output_field = TextField()
    template = "to_char(%(expressions)s, 'YYYY-MM-DD HH24:MI:SSTZH:TZM')"


class Float(Func):
    """As Excel keeps every number; 15 digits of it are exact."""

    output_field = FloatField()
    template = "(%(expressions)s)::float8"


class Serial(Func):
    """Days since 1900 in the time zone of the session, as Excel counts them."""

    output_field = FloatField()
    template = "extract(epoch FROM (%(expressions)s)::timestamp)::float8 / 86400 + 25569"
