"""Carriers with TM Forum Product Ordering (TMF622) v4.0.0."""

from carriers.tmf622.adapter import Tmf622Carrier

__all__ = ["Tmf622Carrier"]
