"""A carrier for development: an HTTP server that speaks TMF622 v4.0.0 and fails on request."""

from demo.simulator.app import create_app, serve
from demo.simulator.settings import Pace, SimulatorSettings

__all__ = ["Pace", "SimulatorSettings", "create_app", "serve"]
