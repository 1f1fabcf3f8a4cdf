"""Settings of the app from the environment (`LATENT_LAB_MODE=class`) or a file `latent-lab.toml`; a desktop needs none."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

FILE = "latent-lab.toml"


class BadSettings(ValueError):
    """A setting that is not possible; says which, what was given and what is allowed."""


class Settings(BaseSettings):
    """What an operator may choose. Every name is also an environment variable: LATENT_LAB_PLACES=40 and so on."""

    model_config = SettingsConfigDict(env_prefix="LATENT_LAB_", extra="ignore", frozen=True)

    mode: Literal["desktop", "class"] = "desktop"
    workers: int | None = Field(default=None, ge=1, le=256)  # worker processes; by default the cores less one, 2 to 8
    places: int = Field(default=64, ge=1, le=100_000)  # runs that may hold a model at the same time
    places_each: int = Field(default=2, ge=1, le=64)  # of one visitor: a browser session, or whoever signed in
    idle_seconds: float = Field(default=90.0, ge=1.0)  # a run that rests this long is frozen to its score
    history_mb: float = Field(default=8.0, ge=1.0, le=1024.0)  # kept frames of one run
    history_rows: int = Field(default=500, ge=50, le=4000)  # points of one run's curves
    max_steps: int = Field(default=20_000, ge=100)  # of one run
    hosts: str = ""  # names the app answers to, separated by commas; empty: any, or local names where it listens here only
    sign_in: bool = False  # only for people who sign in, at the provider that Streamlit's secrets name under [auth]
    config: Path | None = None  # another settings file than latent-lab.toml in the working folder

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, Path(os.environ.get("LATENT_LAB_CONFIG", FILE)))
        return init_settings, env_settings, file

    @property
    def classroom(self) -> bool:
        """Whether many people share this app."""
        return self.mode == "class"

    @property
    def allowed_hosts(self) -> list[str]:
        return [host.strip() for host in self.hosts.split(",") if host.strip()]


def read() -> Settings:
    """The settings as they stand now; raises BadSettings with one sentence."""
    chosen = os.environ.get("LATENT_LAB_CONFIG")
    if chosen and not Path(chosen).is_file():
        raise BadSettings(f"LATENT_LAB_CONFIG names no file: {chosen}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise BadSettings(f"setting {name} = {first.get('input')!r}: {first['msg']} (LATENT_LAB_{name.upper()})") from None
    except ValueError as error:  # no TOML
        raise BadSettings(f"{chosen or FILE} is not a settings file: {error}") from None


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read()
