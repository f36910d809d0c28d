"""Selects are written without templates."""

from django import forms
from django.forms.renderers import DjangoTemplates
from pytest_django.asserts import assertHTMLEqual

from ui.widgets import Renderer

CHOICES = [("", "Any"), ("1", "<One> & 'only'"), ('Group "x"', [("2", "Two"), ("3", "Three")])]


def test_a_select_says_what_djangos_template_says():
    class Form(forms.Form):
        one = forms.ChoiceField(choices=CHOICES, widget=forms.Select(attrs={"data-x": 'a"b', "disabled": True}))
        many = forms.MultipleChoiceField(choices=CHOICES, required=False)

    for data in (None, {"one": "2", "many": ["1", "3"]}, {"one": "nonsense"}):
        ours, theirs = (Form(data, renderer=renderer()) for renderer in (Renderer, DjangoTemplates))
        for name in Form.base_fields:
            assertHTMLEqual(str(ours[name]), str(theirs[name]))
