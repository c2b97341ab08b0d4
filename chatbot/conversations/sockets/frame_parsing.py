"""From the text of a frame to a value of its type, or to a refusal that says what is wrong."""

from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from chatbot.conversations.sockets.frame_size import MAX_FRAME_BYTES

# Visible ASCII: databases differ in what else they take.
PublicId = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
# Up to what every JSON reader counts exactly.
Count = Annotated[int, Field(ge=0, le=2**53)]

Frame = TypeVar("Frame")


class FrameRefused(Exception):
    """The frame is not of the protocol; `detail` says what is wrong and does not quote it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def parse_frame(adapter: "TypeAdapter[Frame]", text: str | None) -> Frame:
    """Return the frame in `text`; unknown fields are ignored, so that the protocol can grow.

    Raises FrameRefused: binary, too_big, invalid_json, unknown_type, or invalid with the fields' names.
    """
    if text is None:
        raise FrameRefused("binary", "Frames are JSON text.")
    if len(text) > MAX_FRAME_BYTES or len(text.encode()) > MAX_FRAME_BYTES:
        raise FrameRefused("too_big", f"A frame has at most {MAX_FRAME_BYTES} bytes.")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        if first["type"] == "json_invalid":
            raise FrameRefused("invalid_json", "This is not JSON.") from None
        if first["type"].startswith("union_tag"):
            raise FrameRefused("unknown_type", "There is no frame of this type.") from None
        fields = ", ".join(".".join(map(str, item["loc"][1:])) or "frame" for item in error.errors())
        raise FrameRefused("invalid", f"Check these fields: {fields}.") from None
