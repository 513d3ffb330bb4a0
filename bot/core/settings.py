"""The one settings object: read once at the edge, handed on as arguments.

Each field is an environment variable ``TASTEBOT_<FIELD>`` and, where it makes sense, a flag.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.core.data_folder import default_home
from bot.core.errors import UsageError
from bot.core.logs import LogShape

PREFIX = "TASTEBOT_"
SECRETS = frozenset({"admin_password", "database_url"})
"""What no message repeats; a database's URL may hold a password."""

SignUp = Literal["open", "invited", "closed"]
"""Who may make an account: everybody, people with an invitation, nobody."""


class LogSettings(BaseSettings):
    """How it is told what happens; read before a command's own flags are."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    log: LogShape = Field(
        default="text",
        description="What a line of the log on standard error looks like: `text` for eyes, `json` "
        "for programs, one document a line.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        for text in value if isinstance(value, list | tuple) else (value,):
            try:
                str(text).encode()
            except UnicodeEncodeError:
                raise PydanticCustomError("text", "expected text, no bytes beside") from None
        return value


class Settings(LogSettings):
    """Where things lie and which model, adapter and catalogue are used."""

    home: Path = Field(
        default_factory=default_home,
        description="Data folder: base model, database, item vectors. Made when missing, for its "
        "owner alone.",
    )
    database_url: str | None = Field(
        default=None,
        description="Any SQLAlchemy URL. By default a SQLite file in `HOME`.",
    )
    base_model: str | None = Field(
        default=None,
        description="Hub id, folder or GGUF file of a causal language model. "
        "By default SmolLM2-135M-Instruct, fetched once.",
    )
    adapter: str | None = Field(
        default=None,
        description="PEFT folder, or `none`. By default the shipped one, "
        "but `none` once `BASE_MODEL` is set.",
    )
    device: str = Field(default="auto", description="`auto` (Accelerate decides), `cpu`, `cuda`, …")
    catalogue: str = Field(default="films", description="The catalogue to talk about.")
    adult: bool = Field(
        default=False, description="Whether titles marked as adult may be shown (`true`/`false`)."
    )
    allow_host: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names or addresses, separated by commas, that `serve` answers to beside "
        "those of this machine itself, such as `box.local,192.168.1.20`.",
    )
    admin_password: SecretStr | None = Field(
        default=None,
        description="Password of the owner's page (`serve --admin`). "
        "By default one is made at each start and printed.",
    )
    sign_up: SignUp | None = Field(
        default=None,
        description="Who may make an account (`serve --auth`): `open` for everybody, `invited` "
        "with a code from `tastebot user invite`, `closed`. By default `open` while only this "
        "machine can reach the server, else `invited`.",
    )
    ab: str | None = Field(
        default=None,
        description="Rankers to compare by person, such as `tuned,fusion-without-lm`: each "
        "person always gets the same one, and the owner's page shows how they fare.",
    )

    @field_validator("home")
    @classmethod
    def _expand(cls, home: Path) -> Path:
        return home.expanduser()

    @field_validator("allow_host", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return [name.strip() for name in value.split(",") if name.strip()]
        return value

    @field_validator(
        "database_url", "base_model", "adapter", "admin_password", "sign_up", "ab", mode="before"
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.home / 'tastebot.sqlite3'}"


def unknown_variables(environment: dict[str, str] | None = None) -> list[str]:
    """``TASTEBOT_`` variables that no setting reads."""
    names = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    found = os.environ if environment is None else environment
    return sorted(name for name in found if name.startswith(PREFIX) and name not in names)


Read = TypeVar("Read", bound=LogSettings)


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, `overrides` (flags that were given) first.

    Raises UsageError naming the variable, what it expected and what it found.
    """
    return _read(Settings, {name: flag for name, flag in overrides.items() if flag is not None})


def log_shape() -> LogShape:
    """How lines of the log look; raises UsageError as `load_settings` does."""
    return _read(LogSettings, {}).log


def _read(kind: type[Read], given: Mapping[str, object]) -> Read:
    try:
        return kind(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = PREFIX + field.upper()
        raise UsageError(
            f"{name}: {first['msg']}",
            found="one that is not shown" if field in SECRETS else repr(first.get("input")),
            remedy=f"Set {name} to a usable value or unset it",
        ) from None
