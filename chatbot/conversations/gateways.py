"""The way to the language model, as the settings describe it."""

from django.conf import settings

from inference.gateway import Gateway


def new_gateway(model: str = "") -> Gateway:
    """Return a gateway for one event loop, to `model` if it is named; whoever asks for it closes it."""
    return Gateway(
        settings.INFERENCE_URLS,
        api_key=settings.INFERENCE_API_KEY,
        model=model or settings.INFERENCE_MODEL,
        patience_seconds=settings.REPLY_PATIENCE_SECONDS,
        stall_seconds=settings.REPLY_STALL_SECONDS,
    )
