"""The example firm, with its site and its plans, in a running product; nobody has come yet."""

import pytest

from tests.product import Product


@pytest.fixture(scope="session")
def firm(product: Product) -> Product:
    """A running product whose site, forms, mails, journeys and reps are those of the demo, without its past."""
    product.run(
        """
        from leadwright.main.demo import content
        content.build()
        """
    )
    return product
