from chatbot.workshop.models.cleaning import CleaningStep
from chatbot.workshop.models.consent import ConversationConsent
from chatbot.workshop.models.data_jobs import DataJob
from chatbot.workshop.models.data_sets import PARTS, DataSet, DataSetChanged, DataSetVersion, sha256_of
from chatbot.workshop.models.evaluations import Evaluation, Figure, Measure
from chatbot.workshop.models.examples import DataSource, Example, rank_of
from chatbot.workshop.models.exports import Export
from chatbot.workshop.models.held import HeldConversation, key_of
from chatbot.workshop.models.jobs import WorkshopJob
from chatbot.workshop.models.judgements import Judgement
from chatbot.workshop.models.rollout import Canary, RolloutSettings
from chatbot.workshop.models.votes import Ballot, BlindQuestion, BlindVote

__all__ = [
    "Ballot",
    "BlindQuestion",
    "BlindVote",
    "Canary",
    "CleaningStep",
    "ConversationConsent",
    "DataJob",
    "DataSet",
    "DataSetChanged",
    "DataSetVersion",
    "DataSource",
    "Evaluation",
    "Example",
    "Export",
    "Figure",
    "HeldConversation",
    "Judgement",
    "Measure",
    "PARTS",
    "RolloutSettings",
    "WorkshopJob",
    "key_of",
    "rank_of",
    "sha256_of",
]
