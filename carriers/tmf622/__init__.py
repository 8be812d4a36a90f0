"""Carriers that speak TM Forum Product Ordering (TMF622) v4.0.0, with hub events signed by Standard Webhooks."""

from carriers.tmf622.adapter import Tmf622Carrier

__all__ = ["Tmf622Carrier"]
