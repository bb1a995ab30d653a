"""What the commands that read the publication say of a product or partner that it does not hold."""

from collections.abc import Collection

from cli.errors import UserError
from cli.screen.days import some
from cli.screen.output import clean
from contracts.dashboard import PRODUCTS

_MOST_NAMED = 6


def check_product(product: str | None) -> None:
    """Raise `UserError` for a product that the dashboard does not have; none at all is fine."""
    if product is not None and product not in PRODUCTS:
        raise UserError(f"there is no product {clean(product)!r}; there are {' and '.join(PRODUCTS)}")


def check_partner(partner: str | None, published: Collection[str], wrong: type[UserError] = UserError) -> None:
    """Raise `wrong` for a partner that is not among those published; none at all is fine."""
    if partner is not None and partner not in published:
        names = some([clean(name) for name in published], _MOST_NAMED)
        raise wrong(f"partner {clean(partner)!r} is not published; published are {names}")
