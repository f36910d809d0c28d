"""What makes a password good enough, and how it is stored."""

import re
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from accounts import second_factor
from tunables import values

LONGEST = 128
JUDGED = 72  # zxcvbn refuses to look at more
STRONG_ENOUGH = 4
STRONG_ENOUGH_BESIDE_A_SECOND_STEP = 3
PHRASES = re.sub("(?m)^#.*", "", Path(__file__).with_name("known_phrases.txt").read_text()).split()
SEPARATORS = re.compile(r"[\s'’.,_-]+|(?<=[^\W\d_])[\W_]+(?=[^\W\d_])")  # between words: length and no strength
CONTEXT = ("poemvision", "poem", "vision", "credit")


class Argon2id(Argon2PasswordHasher):
    """OWASP's minimum for argon2id: 19 MiB and 30 ms, so that many sign-ins at once do not eat the memory."""

    memory_cost = 19456
    time_cost = 2
    parallelism = 1


class PolicyValidator:
    """Long, and not guessable. No rules on kinds of characters, no expiry (NIST SP 800-63B-4)."""

    def validate(self, password, user=None):
        """Raise ValidationError with a sentence that says what to do."""
        shortest = shortest_for(user)
        if len(password) < shortest:
            raise ValidationError(f"Use at least {shortest} characters. Four unrelated words do well.", "too_short")
        if len(password) > LONGEST:
            raise ValidationError(f"Use at most {LONGEST} characters.", "too_long")
        enough = STRONG_ENOUGH_BESIDE_A_SECOND_STEP if _has_second_step(user) else STRONG_ENOUGH
        if _score(password, _words_about(user)) < enough:
            raise ValidationError(
                "This one is easy to guess. Use words that have nothing to do with each other, with you or with us.",
                "guessable",
            )

    def get_help_text(self):
        return help_for(None)


def help_for(user) -> str:
    """What a form says about a new password of this person."""
    return f"At least {shortest_for(user)} characters. Four unrelated words do well."


def shortest_for(user) -> int:
    """How short a password may be: shorter where it does not stand alone."""
    shortest = values.get("password_min_length")
    if _has_second_step(user):
        return min(shortest, values.get("password_min_length_with_second_factor"))
    return shortest


def _has_second_step(user) -> bool:
    return user is not None and second_factor.has_one(user)


def _score(password: str, context: list[str]) -> int:
    """zxcvbn's, of what is left after taking out repeats and the words that anybody would try here first."""
    rest = SEPARATORS.sub("", password[:JUDGED].lower())
    for word in sorted({*CONTEXT, *PHRASES, *context}, key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = re.sub(r"(.{3,}?)\1+", r"\1", rest)
    return zxcvbn(rest)["score"] if rest else 0


def _words_about(user) -> list[str]:
    """The parts of a person's own name and address that are long enough to mean something."""
    if user is None:
        return []
    text = f"{user.email} {user.name}".lower()
    return [word for word in re.split(r"[\W_]+", text) if len(word) > 3]
