"""Which entries of the admin's sidebar a person sees."""

from django.http import HttpRequest

from accounts.policy import Ability, may


def reads_conversations(request: HttpRequest) -> bool:
    return may(request.user, Ability.READ_CONVERSATIONS)


def answers_visitors(request: HttpRequest) -> bool:
    return may(request.user, Ability.ANSWER_VISITORS)


def writes_prompts(request: HttpRequest) -> bool:
    return may(request.user, Ability.WRITE_PROMPTS)


def writes_knowledge(request: HttpRequest) -> bool:
    return may(request.user, Ability.WRITE_KNOWLEDGE)


def manages_sites(request: HttpRequest) -> bool:
    return may(request.user, Ability.MANAGE_SITE)


def reads_audit(request: HttpRequest) -> bool:
    return may(request.user, Ability.READ_AUDIT)


def reads_analytics(request: HttpRequest) -> bool:
    return may(request.user, Ability.READ_ANALYTICS)


def labels_data(request: HttpRequest) -> bool:
    return may(request.user, Ability.LABEL_DATA)


def runs_installation(request: HttpRequest) -> bool:
    return may(request.user, Ability.RUN_INSTALLATION)
