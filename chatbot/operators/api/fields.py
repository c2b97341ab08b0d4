"""Types of what requests carry: each refuses with 422 what no row can hold."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

# Beyond it JavaScript's numbers skip some, and beyond 2^63 databases refuse them.
_LARGEST = 2**53 - 1

PublicId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Seq = Annotated[int, Field(ge=0, le=_LARGEST)]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=200, description="`next` of the page before")]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This moment is out of range.") from None


def _readable(text: str) -> str:
    if not _storable(text).strip():
        raise ValueError("Write something.")
    return text


def _storable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("The text holds half of a surrogate pair.") from None
    # PostgreSQL holds no NUL characters, and nobody can read them.
    if "\x00" in text:
        raise ValueError("The text holds a NUL character.")
    return text


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Text = Annotated[str, AfterValidator(_readable)]
# Nothing at all is fine as well.
Remark = Annotated[str, AfterValidator(_storable)]
