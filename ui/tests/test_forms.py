"""Money as people type it."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from ui import forms


class TopUpForm(forms.Form):
    amount = forms.MoneyField(places=2, minimum=Decimal(5), maximum=Decimal(500), help_text="From $5 to $500.")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("12.50", "12.50"),
        (" $20 ", "20"),
        ("1,234.5", "1234.5"),
        (".5", "0.5"),
        ("7.", "7"),
        ("+3", "3"),
        ("0.000001", "0.000001"),
    ],
)
def test_it_works(typed, amount):
    assert forms.MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("NaN", "such as 12.50"),
        ("Infinity", "such as 12.50"),
        ("-inf", "such as 12.50"),
        ("1e3", "such as 12.50"),
        ("1,23", "such as 12.50"),
        ("12,50", "such as 12.50"),
        ("１２", "such as 12.50"),
        ("\x00", "such as 12.50"),
        ("five", "such as 12.50"),
        ("1.2345678", "at most 6 decimal places"),
        ("1" + "0" * 30, "largest amount"),
        ("9" * 4000, "such as 12.50"),
        ("-0", "other than zero"),
        ("0", "other than zero"),
        ("-5", "above zero"),
        ("", "required"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(typed, sentence):
    with pytest.raises(ValidationError, match=sentence):
        forms.MoneyField().clean(typed)


def test_negative_zero_is_refused_even_where_zero_is_not():
    field = forms.MoneyField(zero=True, negative=True)
    assert field.clean("0") == 0
    assert field.clean("−5") == Decimal(-5)
    with pytest.raises(ValidationError, match="without a minus"):
        field.clean("-0.00")


@given(st.text(max_size=30))
def test_whatever_is_typed_the_answer_is_an_amount_or_a_sentence(typed):
    try:
        amount = forms.MoneyField(negative=True, required=False).clean(typed)
    except ValidationError as refusal:
        assert refusal.messages[0].endswith(".")
    else:
        assert amount is None or (amount.is_finite() and amount == amount.quantize(Decimal("0.000001")))


def test_a_wrong_field_says_so_to_everybody():
    form = TopUpForm({"amount": "2"})
    html = Template("{% error_summary form %}{% field form.amount %}").render(Context({"form": form}))
    assert 'href="#topup-amount"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="d-topup-amount e-topup-amount"' in html
    assert 'id="e-topup-amount"' in html
    assert "The smallest amount is $5.00." in html
    assert 'value="2"' in html


def test_a_right_field_has_help_and_no_error():
    html = Template("{% error_summary form %}{% field form.amount %}").render(Context({"form": TopUpForm()}))
    assert 'aria-describedby="d-topup-amount"' in html
    assert "aria-invalid" not in html
    assert "role=" not in html


def test_the_one_time_key_is_new_each_time():
    class Grant(forms.Form):
        once = forms.OnceField()

    assert str(Grant()["once"]) != str(Grant()["once"])
    assert not Grant({"once": "twice"}).is_valid()


def test_confirming_takes_the_very_name():
    assert forms.ConfirmForm("ada", {"typed": " ada "}).is_valid()
    assert not forms.ConfirmForm("ada", {"typed": "Ada"}).is_valid()
    assert not forms.ConfirmForm("ada", {}).is_valid()
