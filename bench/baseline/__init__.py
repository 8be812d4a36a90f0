"""The engine's own limit: workflows that do nothing, with as many activities, messages and timers as an order."""
