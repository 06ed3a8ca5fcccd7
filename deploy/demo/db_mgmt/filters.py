"""Filters of a query: `{"and": [...]}`, `{"or": [...]}` and conditions on a dimension, or a list (all must hold)."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from deploy.demo.bodies import CamelModel
from deploy.demo.db_mgmt.dimensions import DIMENSIONS
from deploy.demo.wording import wrong

MAX_TERMS: Final = 50
MAX_DEPTH: Final = 5

ONE = ("equals", "not_equals", "contains", "not_contains")
SEVERAL = ("in", "not_in")
Operator = Literal["equals", "not_equals", "contains", "not_contains", "in", "not_in"]


def known_dimension(id_: str) -> str:
    """`id_`, if it is a dimension; raises a worded error that names them all."""
    if id_ not in DIMENSIONS:
        raise wrong(f"must be one of: {', '.join(DIMENSIONS)}")
    return id_


DimensionId = Annotated[str, AfterValidator(known_dimension)]


class Condition(CamelModel):
    """One dimension compared with one value, or with several for `in` and `not_in`."""

    field: DimensionId
    op: Operator
    value: str | list[str]

    @field_validator("value", mode="before")
    @classmethod
    def _fits_operator(cls, value: Any, info: ValidationInfo) -> Any:
        op = info.data.get("op", "")
        if op in SEVERAL and not (isinstance(value, list) and value and all(isinstance(one, str) for one in value)):
            raise wrong(f"must be a list of strings, at least one, for {op}")
        if op in ONE and not isinstance(value, str):
            raise wrong(f"must be a string for {op}")
        if op == "":  # the operator is wrong already; its mistake is the one to show
            return ""
        return value

    def holds(self, row: dict[str, str]) -> bool:
        """Whether a row (a value for each dimension) meets the condition."""
        return _compare(self.op, row[self.field], self.value)

    def fields(self) -> frozenset[str]:
        """The dimensions that must be in a row for `holds`."""
        return frozenset({self.field})


def _compare(op: str, found: str, wanted: str | list[str]) -> bool:
    positive = op.removeprefix("not_")
    meets = found == wanted if positive == "equals" else found in wanted if positive == "in" else str(wanted) in found
    return meets != op.startswith("not_")


class AllOf(CamelModel):
    """Every term must hold; of no terms, that is so."""

    terms: "list[Filter]" = Field(alias="and", max_length=MAX_TERMS)

    def holds(self, row: dict[str, str]) -> bool:
        return all(term.holds(row) for term in self.terms)

    def fields(self) -> frozenset[str]:
        return frozenset().union(*(term.fields() for term in self.terms))


class AnyOf(CamelModel):
    """At least one term must hold."""

    terms: "list[Filter]" = Field(alias="or", min_length=1, max_length=MAX_TERMS)

    def holds(self, row: dict[str, str]) -> bool:
        return any(term.holds(row) for term in self.terms)

    def fields(self) -> frozenset[str]:
        return frozenset().union(*(term.fields() for term in self.terms))


def _form(value: Any) -> str:
    """Which form a filter has, by its members; what is neither is judged as a condition."""
    if isinstance(value, dict):
        if "and" in value:
            return "#and"
        if "or" in value:
            return "#or"
    return "#condition"


Filter = Annotated[
    Annotated[AllOf, Tag("#and")] | Annotated[AnyOf, Tag("#or")] | Annotated[Condition, Tag("#condition")],
    Discriminator(_form),
]


def _too_deep(value: Any, levels_left: int = MAX_DEPTH) -> bool:
    if levels_left < 0:
        return True
    if not isinstance(value, dict):
        return False
    terms = [term for terms in (value.get("and"), value.get("or")) if isinstance(terms, list) for term in terms]
    return any(_too_deep(term, levels_left - 1) for term in terms)


def _whole(value: Any) -> Any:
    """`{}`, `[]` and null are no filter; a list means that all its terms must hold."""
    whole = {"and": value} if isinstance(value, list) else value or {"and": []}
    if _too_deep(whole):
        raise wrong(f"must not be nested deeper than {MAX_DEPTH}")
    return whole


AllOf.model_rebuild()
AnyOf.model_rebuild()

Filters = Annotated[Filter, BeforeValidator(_whole)]
NO_FILTER: Final = AllOf.model_construct(terms=[])
