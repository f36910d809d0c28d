"""What is asked for before a month is closed."""

import datetime as dt

from django.core.exceptions import ValidationError

from accounting import closing, queries
from ui.forms import ConfirmForm


class CloseForm(ConfirmForm):
    """The month's name, typed: a close is never undone."""

    def __init__(self, month: dt.date, *args, **kwargs):
        self.month = month
        super().__init__(f"{month:%B %Y}", *args, **kwargs)

    def close(self, *, by) -> bool:
        """Whether it could be closed; if not, the form says why."""
        begun = queries.begun()
        if begun is None or self.month < begun:
            self.add_error(None, ValidationError(f"Nothing had moved yet in {self.expected}."))
            return False
        try:
            closing.close(self.month, by=by)
        except closing.NotClosable as why:
            self.add_error(None, ValidationError(str(why)))
            return False
        return True
