class InstallationError(Exception):
    """The model cannot be installed; the message is one sentence for the person who asked."""


class SourceUnavailable(InstallationError):
    """This source cannot give the model now; another one may."""
