"""Names as they are searched: "yilmaz" finds Yılmaz, "muller" Müller, "o'brien" O’Brien.

The SQL function `fold_name` does the same to the names that are kept (accounts/migrations/0011_folded_names.py).
"""

import re
import unicodedata

from django.db.models import Q

_MARKS = re.compile("[\u0300-\u036f]")
# Letters that Unicode takes for ones of their own, and quotes of all kinds for the one on the keyboard
LETTERS = str.maketrans("ıøłđðħŧŋς‘’‚‛ʼ‐", "iolddhtnσ'''''-") | str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold(text: str) -> str:
    """In lower case, without accents and other marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower().translate(LETTERS)


def begins(words: str, *, by_email: bool = False) -> Q:
    """Accounts whose name begins with the words, or `by_email` whose address does; both by index.

    Words of which nothing is left, such as an accent alone, are the beginning of nobody's name, and not of everybody's.
    """
    folded = fold(words)
    if not folded.strip():
        return Q(pk__in=())
    named_so = Q(folded__startswith=folded)
    return named_so | Q(email__startswith=words.lower()) if by_email else named_so
