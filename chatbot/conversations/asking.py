"""Questions that no visitor asked: for trying a prompt out, and for a site's test cases."""

from django.conf import settings

from accounts.models import Site
from chatbot.conversations import answering
from chatbot.conversations.answering.manner import manner_of
from chatbot.conversations.prompting import rendered_for
from chatbot.privacy import masking


def question_to(
    site: Site,
    text: str,
    prompt: str,
    language: str = "",
    *,
    model: str = "",
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> answering.Question:
    """Return `text` as the first question of a visitor whom the site answers under `prompt`.

    `prompt` has its variables still; `language` is the visitor's. What is left out is as for visitors.
    """
    asked = masking.for_model(text)
    return answering.Question(
        site_id=site.pk,
        text=asked,
        prompt=rendered_for(prompt, site, language),
        turns=[{"role": "user", "content": asked}],
        language=language,
        max_tokens=settings.REPLY_MAX_TOKENS if max_tokens is None else max_tokens,
        temperature=settings.REPLY_TEMPERATURE if temperature is None else temperature,
        frequency_penalty=settings.REPLY_FREQUENCY_PENALTY,
        context_tokens=settings.REPLY_CONTEXT_TOKENS,
        model=model,
        **manner_of(site.pk),
    )
