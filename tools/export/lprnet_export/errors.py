"""The one exception that a user of the exporter is meant to read."""


class ExportError(Exception):
    """Something in the model or the checkpoint cannot become a model file; the text says what and where."""
