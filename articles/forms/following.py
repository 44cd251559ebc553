"""The forms by which changes are followed: readers', and curators' for channels. Errors say what to type."""

from typing import Any

from django import forms

from articles.core.following import Cadence
from articles.following import WEIGHTS
from articles.models import Follow

FROM_WEIGHT = [(f"{weight:g}", words.capitalize()) for weight, words in WEIGHTS]
OFTEN = [(value, words.capitalize()) for value, words in Follow.CADENCES]


class RhythmForm(forms.Form):
    """How often a reader is told, and of what weight on."""

    cadence = forms.ChoiceField(
        label="How often",
        choices=OFTEN,
        initial=Cadence.DAILY.value,
        error_messages={
            "required": "Choose how often.",
            "invalid_choice": "Choose one of those listed.",
        },
    )
    least_weight = forms.ChoiceField(
        label="Which changes",
        choices=FROM_WEIGHT,
        initial=FROM_WEIGHT[0][0],
        error_messages={"required": "Choose which.", "invalid_choice": "Choose one of those listed."},
    )

    @property
    def rhythm(self) -> tuple[Cadence, float]:
        """What was chosen, of a valid form."""
        return Cadence(self.cleaned_data["cadence"]), float(self.cleaned_data["least_weight"])

    @classmethod
    def of(cls, follow: Follow) -> "RhythmForm":
        """The form with what a follow has; it bears a name of its own, for there are several on a page."""
        values = {"cadence": follow.cadence, "least_weight": f"{follow.least_weight:g}"}
        return cls(initial=values, auto_id=f"{follow.pk}-%s")


class AskForm(RhythmForm):
    """Whom to ask whether to tell."""

    address = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        error_messages={
            "required": "Type your e-mail address, such as name@example.org.",
            "invalid": "Type a whole e-mail address, such as name@example.org.",
            "max_length": "Type an address of at most 254 characters.",
        },
    )
    field_order = ["address", "cadence", "least_weight"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.errors if self.is_bound else ():
            if name in self.fields:
                described = {"aria-invalid": "true", "aria-describedby": f"{name}-trouble"}
                self.fields[name].widget.attrs |= described
