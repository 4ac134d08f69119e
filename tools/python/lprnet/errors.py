"""The exceptions of lprnet. The text says what was found and what was expected."""


class Error(Exception):
    """Whatever lprnet refuses; the base of the others."""


class NotFoundError(Error, FileNotFoundError):
    """A file or folder does not exist."""


class ReadError(Error, OSError):
    """A file exists, but cannot be read."""


class FormatError(Error, ValueError):
    """A model file's bytes are not what the format says."""


class UnsupportedError(Error):
    """Well-formed, but outside what this build or version can do."""


class InvalidModelError(Error, ValueError):
    """A graph or its weights do not fit together."""


class InvalidPictureError(Error, ValueError):
    """A picture's bytes cannot be decoded."""


class InvalidArgumentError(Error, ValueError):
    """The caller's argument."""


class LimitError(Error):
    """A model or picture that costs more than is allowed."""
