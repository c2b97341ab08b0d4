"""Why a socket is closed; docs/protocol.md says what a client does then."""

NEW_TICKET_NEEDED = 4401
NOT_ALLOWED = 4403
HELLO_TIMEOUT = 4408
ABUSE = 1008
TOO_BIG = 1009
INTERNAL_ERROR = 1011
RESTART = 1012
OVERLOADED = 1013
