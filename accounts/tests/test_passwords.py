"""Which passwords are taken, and how they are kept."""

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords import PolicyValidator
from accounts.tests.make import make_user
from accounts.tests.second_steps import set_up_app
from tunables import values

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password",
    [
        "kettle harbour sparrow tin",
        " blank at both ends, kept ",
        "šedý kůň přes řeku nesl",
        "🦊🍋🚲🌙🎻🧦🪁🐢 moth lamp",
        "the poem that my grandmother loved",
        ("long enough and then some more, with dots. " * 2)[:64],
        ("kettle harbour sparrow tin, a spoon of light; " * 3)[:128],
        "river-stone-apple-chair",
        "becamespacehoweveralliance",
        "once upon a time a kettle met a grey sparrow",
        "x7$kQ!9mz&P2w#L",
    ],
)
def test_it_takes(password):
    PolicyValidator().validate(password, User(email="ada@example.org", name="Ada"))


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword1",
        "qwertyuiopasdfgh",
        "poemvisionai2026",
        "poem-vision-demo",
        "PoemVisionPoemVision",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012345",
        "iloveyouiloveyou",
        "letmeinletmein12",
        "lovelaceAugusta1815lovelace",
        "augusta.lovelace@example.org",
        "thisismypassword",
        "This is my password!",
        "correcthorsebatterystaple",
        "Correct-Horse-Battery-Staple-2026!",
        "correct horse battery staple correct horse battery staple",
        "1q2w3e4r5t6y7u8i9o",
        "supercalifragilisticexpialidocious",
        "thequickbrownfoxjumpsoverthelazydog",
        "May the Force be with you",
        "liverpoolfootballclub",
        "twinkletwinklelittlestar123",
        "It’s dangerous to go alone",
        "free town africa",
        "the*quick*brown*fox!!",
        "May/the/Force/be/with/you",
        "stairway+to+heaven+1971",
    ],
)
def test_it_refuses_what_is_easy_to_guess(password):
    with pytest.raises(ValidationError, match="easy to guess"):
        PolicyValidator().validate(password, User(email="augusta.lovelace@example.org", name="Augusta Lovelace"))


def test_it_knows_the_parts_of_an_address_by_whatever_parts_them():
    with pytest.raises(ValidationError, match="easy to guess"):
        PolicyValidator().validate("wanda_zimmermann_2026", User(email="wanda_zimmermann@example.org"))


def test_beside_a_second_step_fewer_words_do(db):
    user = make_user()
    assert set_up_app(user) and PolicyValidator().validate("who other located", user) is None
    with pytest.raises(ValidationError, match="easy to guess"):
        PolicyValidator().validate("who other located")


def test_it_refuses_short_and_endless_ones():
    with pytest.raises(ValidationError, match="at least 15"):
        PolicyValidator().validate("kettle harbour")
    with pytest.raises(ValidationError, match="at most 128"):
        PolicyValidator().validate("kettle harbour sparrow tin " * 5)


def test_the_length_is_tunable():
    values.change("password_min_length", "20", by=None)
    with pytest.raises(ValidationError, match="at least 20"):
        PolicyValidator().validate("kettle harbour tin")


def test_they_are_kept_as_argon2id_with_little_memory(settings):
    settings.PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
    encoded = make_password("kettle harbour sparrow tin")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert identify_hasher(encoded).verify("kettle harbour sparrow tin", encoded)
