"""Names as they are searched: "yilmaz" finds Yılmaz, "muller" Müller, "o'brien" O’Brien.

The SQL function `fold_name` does the same to the names that are kept (accounts/migrations/0011_folded_names.py).
"""

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f]")
# Letters that Unicode takes for ones of their own, and quotes of all kinds for the one on the keyboard
LETTERS = str.maketrans("ıøłđðħŧŋς‘’‚‛ʼ‐", "iolddhtnσ'''''-") | str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold(text: str) -> str:
    """In lower case, without accents and other marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower().translate(LETTERS)
