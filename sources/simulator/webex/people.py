"""The people of a simulated organisation: numbered, and named by what their number hashes to."""

from dataclasses import dataclass

from sources.simulator.webex.ids import encoded, uuid_of

_GIVEN = ("ada", "bela", "chiara", "dmitri", "elif", "farid", "greta", "hiro", "ines", "jonas", "kofi", "lena")
_FAMILY = ("abbott", "barlow", "costa", "dunmore", "ekman", "fonseca", "galloway", "hofmann", "iverson", "jaeger")
EXTERNAL_EVERY = 40
"""Each so manieth person lives in another organisation and holds a licence of this one."""
UNLICENSED = 1_000_000
"""People with this number and above hold no licence at all."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may hold licences, host meetings and make calls."""

    uuid: str
    email: str
    name: str
    is_external: bool

    @property
    def identity(self) -> str:
        """The id as Webex gives it."""
        return encoded("PEOPLE", self.uuid)


def person_of(organisation: str, number: int) -> Person:
    """The person with this number in an organisation, given by its UUID."""
    given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number // len(_GIVEN) % len(_FAMILY)]
    is_external = number < UNLICENSED and number % EXTERNAL_EVERY == EXTERNAL_EVERY - 1
    domain = f"elsewhere-{organisation[:8]}.example" if is_external else f"{organisation[:8]}.example"
    return Person(
        uuid=uuid_of("person", organisation, number),
        email=f"{given}.{family}.{number}@{domain}",
        name=f"{given.title()} {family.title()}",
        is_external=is_external,
    )
