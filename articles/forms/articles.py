"""The operator's forms for articles. Each error says what to type instead."""

from typing import Any

from django import forms

from articles.forms.hiding import StatementForm


class HideForm(StatementForm):
    """Why articles are taken off the site.

    count  how many there are, where they are all that a list finds: if it is no longer the number that
           was shown, it is asked again. None for articles chosen one by one.
    """

    def __init__(self, *args: Any, count: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._count = count

    def clean(self) -> None:
        super().clean()
        if self._count is not None and self.data.get("count") != str(self._count):
            raise forms.ValidationError("The list finds other articles by now: see if you mean them too.")
