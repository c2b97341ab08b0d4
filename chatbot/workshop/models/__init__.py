from chatbot.workshop.models.data_sets import PARTS, DataSet, DataSetVersion
from chatbot.workshop.models.evaluations import Evaluation, Figure, Measure
from chatbot.workshop.models.jobs import WorkshopJob
from chatbot.workshop.models.rollout import Canary, RolloutSettings
from chatbot.workshop.models.votes import Ballot, BlindQuestion, BlindVote

__all__ = [
    "PARTS",
    "Ballot",
    "BlindQuestion",
    "BlindVote",
    "Canary",
    "DataSet",
    "DataSetVersion",
    "Evaluation",
    "Figure",
    "Measure",
    "RolloutSettings",
    "WorkshopJob",
]
