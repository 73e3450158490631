"""The name of a person's own filter."""

from django import forms

from ledgers.forms.fields import Form, Line


class SavedFilterForm(Form):
    name = Line("名称", max_length=30, required=True, help_text="例如:本单位逾期的保修投诉")
    query = forms.CharField(required=False, widget=forms.HiddenInput)
