"""Endpoints of plans and scopes: what is sold, and what keys may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.admin.one_key import limit_of
from keys.admin.problems import not_found
from keys.model import Plan
from keys.rules import is_id

if TYPE_CHECKING:
    from keys.admin.asked import Asked
    from keys.admin.desk import Desk


async def list_plans(desk: Desk, _asked: Asked) -> Answer:
    """Every plan, of the settings file and of the store."""
    book = await desk.plans.book()
    items = [shapes.PlanShape.of(plan, is_declared=book.is_declared(plan.name)) for plan in book.plans()]
    return Answer(shapes.PlansShape(items=items))


async def show(desk: Desk, asked: Asked) -> Answer:
    """One plan."""
    book = await desk.plans.book()
    plan = book.find(_name(asked))
    if plan is None:
        raise not_found()
    return Answer(shapes.PlanShape.of(plan, is_declared=book.is_declared(plan.name)))


async def add(desk: Desk, asked: Asked) -> Answer:
    """A new plan, in the store."""
    body = asked.body(bodies.PlanBody)
    plan = await desk.plans.add(Plan(body.name, limit_of(body.limit), body.by), asked.caller.actor)
    return Answer(shapes.PlanShape.of(plan, is_declared=False))


async def replace(desk: Desk, asked: Asked) -> Answer:
    """Other terms for a plan of the store: every key on it lives under them at once."""
    body = asked.body(bodies.PlanTerms)
    plan = await desk.plans.change(Plan(_name(asked), limit_of(body.limit), body.by), asked.caller.actor)
    return Answer(shapes.PlanShape.of(plan, is_declared=False))


async def remove(desk: Desk, asked: Asked) -> Answer:
    """Removes a plan of the store that nobody is on."""
    await desk.plans.remove(_name(asked), asked.caller.actor)
    return Answer()


async def list_scopes(desk: Desk, _asked: Asked) -> Answer:
    """The kinds of keys and what each may be given, with what it grants; and what old keys carry."""
    settings, table = desk.settings, desk.settings.scope_table()
    prefixes = [
        shapes.PrefixShape(prefix=name, description=its.description, tenant=its.tenant.value)
        for name, its in sorted(settings.prefixes.items())
    ]
    known = [
        shapes.ScopeShape(
            name=name,
            prefix=its.prefix,
            description=its.description,
            grants=sorted(table.expand(frozenset({name})).scopes),
            is_legacy=False,
        )
        for name, its in sorted(settings.scopes.items())
    ]
    legacy = [
        shapes.ScopeShape(
            name=name,
            prefix=None,
            description="",
            grants=sorted(table.expand(frozenset({name})).scopes),
            is_legacy=True,
        )
        for name in sorted(settings.legacy_scopes)
    ]
    return Answer(shapes.ScopesShape(prefixes=prefixes, scopes=[*known, *legacy]))


def _name(asked: Asked) -> str:
    name = asked.path["name"]
    if not is_id(name):
        raise not_found()
    return name
