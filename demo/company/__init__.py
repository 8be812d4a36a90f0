"""The sample company that the demo and the tests run on."""

from demo.company.loading import load
from demo.company.sample import SAMPLE_PEOPLE, SamplePerson

__all__ = ["SAMPLE_PEOPLE", "SamplePerson", "load"]
