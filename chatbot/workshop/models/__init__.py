from chatbot.workshop.models.data_sets import PARTS, DataSet, DataSetVersion
from chatbot.workshop.models.exports import Export
from chatbot.workshop.models.jobs import WorkshopJob

__all__ = ["PARTS", "DataSet", "DataSetVersion", "Export", "WorkshopJob"]
