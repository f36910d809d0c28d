"""Selects and inputs are written without templates."""

from django import forms
from django.forms.renderers import DjangoTemplates
from pytest_django.asserts import assertHTMLEqual

from ui.widgets import Choice, Renderer

CHOICES = [("", "Any"), ("1", "<One> & 'only'"), ('Group "x"', [("2", "Two"), ("3", "Three")])]
ODD = {"data-x": 'a"b', "disabled": True, "hidden": False}


def _same(Form, *sent):
    for data in sent:
        ours, theirs = (Form(data, renderer=renderer()) for renderer in (Renderer, DjangoTemplates))
        for name in Form.base_fields:
            assertHTMLEqual(str(ours[name]), str(theirs[name]))


def test_a_select_says_what_djangos_template_says():
    class Form(forms.Form):
        one = forms.ChoiceField(choices=CHOICES, widget=forms.Select(attrs=ODD))
        many = forms.MultipleChoiceField(choices=CHOICES, required=False)

    _same(Form, None, {"one": "2", "many": ["1", "3"]}, {"one": "nonsense"})


def test_a_choice_says_what_a_select_does():
    flat = [("", "Any"), ("1", "<One> & 'only'"), ("2", "Two")]
    for value in (None, "", "1", 2, "nonsense"):
        ours, theirs = (kind(ODD, flat).render("one", value, {"id": "id_one"}) for kind in (Choice, forms.Select))
        assertHTMLEqual(ours, theirs)


def test_an_input_says_what_djangos_template_says():
    class Form(forms.Form):
        text = forms.CharField(max_length=9, widget=forms.TextInput(attrs=ODD))
        number = forms.DecimalField(max_value=5, decimal_places=2)
        day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
        mail = forms.EmailField()
        secret = forms.CharField(widget=forms.PasswordInput)
        unseen = forms.IntegerField(widget=forms.HiddenInput, initial=0)
        yes = forms.BooleanField()

    full = {
        "text": """<b>"a" & 'b'</b>""",
        "number": "1",
        "day": "2026-02-30",
        "mail": "x@",
        "secret": "s",
        "yes": "on",
    }
    _same(Form, None, {}, full | {"yes": "on"}, {"number": "0", "text": "", "unseen": "7"})
