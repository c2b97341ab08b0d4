"""What the forms of a conversation's page send."""

from datetime import datetime, timedelta
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.policy import Ability
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.sentiment.correcting import CORRECTIONS
from chatbot.operators.models import Label


class ReplyForm(forms.Form):
    """A reply; the page makes a `client_id` for each, so that sending it again says it once."""

    text = forms.CharField(required=False, strip=False)
    client_id = forms.CharField(
        required=False, max_length=64, validators=[RegexValidator(r"^[!-~]+\Z", _("This is no id."))]
    )

    def clean_client_id(self) -> str:
        return self.cleaned_data["client_id"] or str(uuid4())


class NoteForm(forms.Form):
    text = forms.CharField(required=False, strip=False)


class HandBackForm(forms.Form):
    note = forms.CharField(required=False, strip=False)


class TakeOverForm(forms.Form):
    """`instead_of` names the colleague from whom the conversation is taken, on purpose."""

    instead_of = forms.ModelChoiceField(User.objects.all(), required=False)


class AssignForm(forms.Form):
    operator = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label=_("Nobody"), label=_("Assigned to")
    )

    def __init__(self, conversation: Conversation, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["operator"].queryset = colleagues(conversation)  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(choices=Conversation.Priority.choices, coerce=int)


class LabelsForm(forms.Form):
    labels = forms.ModelMultipleChoiceField(Label.objects.none(), required=False)

    def __init__(self, conversation: Conversation, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        own = Label.objects.filter(site=conversation.site_id)
        self.fields["labels"].queryset = own  # type: ignore[attr-defined]


class SnoozeForm(forms.Form):
    """How long a conversation rests; nothing wakes it at once."""

    HOURS = {"1": _("An hour"), "4": _("Four hours"), "24": _("A day"), "168": _("A week")}

    hours = forms.ChoiceField(choices=list(HOURS.items()), required=False)

    def until(self) -> datetime | None:
        """Return the moment at which the conversation comes back, or None for now."""
        hours = self.cleaned_data["hours"]
        return timezone.now() + timedelta(hours=int(hours)) if hours else None


class SentimentForm(forms.Form):
    """How a message of the visitor feels; without a label it is the classifier's to say again."""

    message = forms.ModelChoiceField(Message.objects.none(), to_field_name="public_id")
    label = forms.ChoiceField(choices=[(label.value, label.label) for label in CORRECTIONS], required=False)

    def __init__(self, conversation: Conversation, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        said = conversation.messages.filter(author=Message.Author.VISITOR)
        self.fields["message"].queryset = said  # type: ignore[attr-defined]


class MailForm(forms.Form):
    address = forms.EmailField(max_length=254)


class MergeForm(forms.Form):
    """The conversation of the same visitor in which this one goes on."""

    into = forms.ModelChoiceField(Conversation.objects.none(), to_field_name="public_id")

    def __init__(self, conversation: Conversation, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["into"].queryset = mergeable(conversation)  # type: ignore[attr-defined]


def colleagues(conversation: Conversation) -> QuerySet[User]:
    """Return the active people who answer on the conversation's site by their role."""
    roles = Membership.objects.filter(site=conversation.site_id, role__in=Ability.ANSWER_VISITORS.value)
    people = User.objects.filter(is_active=True, memberships__in=roles)
    return people.order_by("first_name", "username")


def mergeable(conversation: Conversation) -> QuerySet[Conversation]:
    """Return the visitor's other open conversations."""
    others = Conversation.objects.filter(
        site=conversation.site_id, visitor=conversation.visitor_id, status=Conversation.Status.OPEN
    )
    return others.filter(message_total__gt=0).exclude(pk=conversation.pk).order_by("-updated_at")
