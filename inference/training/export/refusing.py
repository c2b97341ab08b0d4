from inference.training.refusal import Refusal


class CannotExport(Refusal):
    """This model has no export in this format; the message is one sentence that says why."""
