"""Ways to ask people: what a task shows, what may be answered, and how an answer is graded; one file each."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.task_templates._choosing import ChoiceTemplate as ChoiceTemplate
    from palate.task_templates._fields import InputField as InputField
    from palate.task_templates._settings import setting as setting
    from palate.task_templates._sides import SidesTemplate as SidesTemplate
    from palate.task_templates._values import AnswerError as AnswerError
    from palate.task_templates._values import Json as Json
    from palate.task_templates._values import Seed as Seed
    from palate.task_templates._views import Choice as Choice
    from palate.task_templates._views import Control as Control
    from palate.task_templates._views import Entry as Entry
    from palate.task_templates._views import Heading as Heading
    from palate.task_templates._views import ItemCard as ItemCard
    from palate.task_templates._views import Link as Link
    from palate.task_templates._views import Marking as Marking
    from palate.task_templates._views import MultipleChoice as MultipleChoice
    from palate.task_templates._views import Option as Option
    from palate.task_templates._views import Ordering as Ordering
    from palate.task_templates._views import Part as Part
    from palate.task_templates._views import Picture as Picture
    from palate.task_templates._views import Price as Price
    from palate.task_templates._views import Ranking as Ranking
    from palate.task_templates._views import Sides as Sides
    from palate.task_templates._views import TaskView as TaskView
    from palate.task_templates._views import Text as Text
    from palate.task_templates._views import TextArea as TextArea
    from palate.task_templates._views import TextList as TextList
    from palate.task_templates._wording import Label as Label
    from palate.task_templates._wording import LookUp as LookUp
    from palate.task_templates._wording import Translation as Translation
    from palate.task_templates._wording import Wording as Wording
    from palate.task_templates.base import Example as Example
    from palate.task_templates.base import Family as Family
    from palate.task_templates.base import TaskTemplate as TaskTemplate
    from palate.task_templates.category_query import CategoryQuery as CategoryQuery
    from palate.task_templates.filters_category import FiltersCategory as FiltersCategory
    from palate.task_templates.free_text import FreeText as FreeText
    from palate.task_templates.graded_relevance import GradedRelevance as GradedRelevance
    from palate.task_templates.image_query import ImageQuery as ImageQuery
    from palate.task_templates.list_ranking import ListRanking as ListRanking
    from palate.task_templates.multi_label import MultiLabel as MultiLabel
    from palate.task_templates.query_type import QueryType as QueryType
    from palate.task_templates.registry import from_settings as from_settings
    from palate.task_templates.registry import task_templates as task_templates
    from palate.task_templates.side_by_side import SideBySide as SideBySide
    from palate.task_templates.side_by_side_rankings import SideBySideRankings as SideBySideRankings
    from palate.task_templates.spam_marking import SpamMarking as SpamMarking

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "AnswerError": "_values",
        "CategoryQuery": "category_query",
        "Choice": "_views",
        "ChoiceTemplate": "_choosing",
        "Control": "_views",
        "Entry": "_views",
        "Example": "base",
        "Family": "base",
        "FiltersCategory": "filters_category",
        "FreeText": "free_text",
        "GradedRelevance": "graded_relevance",
        "Heading": "_views",
        "ImageQuery": "image_query",
        "InputField": "_fields",
        "ItemCard": "_views",
        "Json": "_values",
        "Label": "_wording",
        "Link": "_views",
        "ListRanking": "list_ranking",
        "LookUp": "_wording",
        "Marking": "_views",
        "MultiLabel": "multi_label",
        "MultipleChoice": "_views",
        "Option": "_views",
        "Ordering": "_views",
        "Part": "_views",
        "Picture": "_views",
        "Price": "_views",
        "QueryType": "query_type",
        "Ranking": "_views",
        "Seed": "_values",
        "SideBySide": "side_by_side",
        "SideBySideRankings": "side_by_side_rankings",
        "Sides": "_views",
        "SidesTemplate": "_sides",
        "SpamMarking": "spam_marking",
        "TaskTemplate": "base",
        "TaskView": "_views",
        "Text": "_views",
        "TextArea": "_views",
        "TextList": "_views",
        "Translation": "_wording",
        "Wording": "_wording",
        "from_settings": "registry",
        "setting": "_settings",
        "task_templates": "registry",
    },
)
