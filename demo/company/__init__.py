"""The sample company of the demo and the tests."""

from demo.company.carrier_products import carrier_products
from demo.company.loading import load
from demo.company.logins import PASSWORD, authenticator_secret, create_logins
from demo.company.sample import SAMPLE_PEOPLE

__all__ = ["PASSWORD", "SAMPLE_PEOPLE", "authenticator_secret", "carrier_products", "create_logins", "load"]
