"""The one exception that leaves this package."""


class ExtractionError(Exception):
    """No article could be read out of a page; the message says why, for the operator."""
