"""A file of cases for `gateway test`: a key with such scopes, this request -> this status and reason.

It is read like a settings file, so every mistake of it is told at once, each with its line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from gateway.problems import Reason
from gateway.settings.values import HeaderName, Name, matching
from keys import Cross, KeyState, Section, SettingsFile, WrongValue

FORWARDED = "forwarded"
"""What stands for a reason where a request was let through."""

MOST_TIMES = 100_000


def _reason(word: str) -> str:
    if word != FORWARDED and word not in set(Reason):
        raise WrongValue("is no reason", f"{FORWARDED}, or one of docs/failure-modes.md")
    return word


Target = Annotated[str, AfterValidator(matching(r"/[!-\"$-~]*", "a path and query, like /v1/clients?page=2"))]
Method = Annotated[str, AfterValidator(matching(r"[A-Z]{1,32}", "a method, like GET"))]
ReasonName = Annotated[str, AfterValidator(_reason)]
HeaderText = Annotated[str, AfterValidator(matching(r"[\t -~]*", "visible ASCII"))]


class CaseKey(Section):
    """A key as it would be in the store. It is minted for the case alone."""

    prefix: str = Field(description="Its prefix: one of `keys.prefixes`.")
    account: str = Field(default="case-account", description="The account that holds it.")
    tenant: str | None = Field(default=None, description="Its tenant; absent: none.")
    scopes: tuple[str, ...] = Field(default=(), description="Its scopes as stored, legacy ones too.")
    resources: tuple[str, ...] | None = Field(default=None, description="Its resources; absent: all of the tenant's.")
    plan: str | None = Field(default=None, description="Its plan, of `keys.plans`; absent: one that is never used up.")
    state: KeyState = Field(default=KeyState.ACTIVE, description="active, disabled, expired or revoked.")


class Case(Section):
    """One request, and what it must come to."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="What it shows.")
    key: Name | None = Field(default=None, description="The key presented: one of `keys`; absent: none.")
    method: Method = Field(description="The request's method.")
    path: Target = Field(description="Its path, and query if it has one.")
    headers: dict[HeaderName, HeaderText | None] = Field(
        default={},
        description="More headers. The key and its tenant are sent as the API wants them, unless these say otherwise; "
        "null leaves one out.",
    )
    body: dict[str, Any] | str | None = Field(
        default=None, description="A mapping is sent as JSON, a text as it is; absent: no body."
    )
    owner: Literal["mine", "foreign", "missing"] = Field(
        default="mine", description="What the owner look-up says of the resource that the path names."
    )
    resource: str | None = Field(
        default=None, description="What the owner look-up calls it (a project's client); absent: the id in the path."
    )
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] = Field(
        default=1, description="Sent so many times at one moment; the last is what counts."
    )
    status: Annotated[int, Field(ge=100, le=599)] = Field(description="The status it must get; 200 if forwarded.")
    reason: ReasonName = Field(default=FORWARDED, description="The reason in the log; absent: it must be forwarded.")

    def crosses(self) -> Iterator[Cross]:
        """What is forwarded answers 200 here, since no backend is asked."""
        if self.reason == FORWARDED and self.status != 200:
            yield Cross(("status",), self.status, "needs the reason of a refusal beside it", "200, or a reason")


class CaseFile(Section):
    """The whole file."""

    keys: dict[Name, CaseKey] = Field(default={}, description="The keys of the cases, by name.")
    cases: tuple[Case, ...] = Field(min_length=1, description="The cases, each for itself.")

    def crosses(self) -> Iterator[Cross]:
        """A case's key is one of `keys`."""
        for index, case in enumerate(self.cases):
            if case.key is not None and case.key not in self.keys:
                allowed = ", ".join(sorted(self.keys)) or "none is declared"
                yield Cross(("cases", index, "key"), case.key, "is not declared under keys", allowed)


def load_cases(path: Path) -> list[tuple[int, Case, CaseKey | None]]:
    """Each case with the line where it begins and its key. Raises keys.SettingsError with every mistake of the file."""
    file = SettingsFile.load(path, {})
    read = file.read(CaseFile)
    return [
        (file.line_of(("cases", index)), case, read.keys[case.key] if case.key else None)
        for index, case in enumerate(read.cases)
    ]
