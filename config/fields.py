"""What the fields of settings are made of."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.quantities import current_of, duration_of, mass_of, power_of, share_of, size_of

NAME = r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=120)]

Duration = Annotated[timedelta, BeforeValidator(duration_of)]
Size = Annotated[int, BeforeValidator(size_of)]
Share = Annotated[float, BeforeValidator(share_of)]
Mass = Annotated[float, BeforeValidator(mass_of)]
Power = Annotated[float, BeforeValidator(power_of)]
Current = Annotated[float, BeforeValidator(current_of)]


class Strict(BaseModel):
    """Unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
