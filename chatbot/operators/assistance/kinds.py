"""What an operator may ask of the model."""

from enum import StrEnum


class Kind(StrEnum):
    SUMMARY = "summary"
    REPLY = "reply"
    SHORTER = "shorter"
    FRIENDLIER = "friendlier"
    TRANSLATE_DRAFT = "translate_draft"
    TRANSLATE_MESSAGE = "translate_message"
