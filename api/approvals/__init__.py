"""Approving by mail: from the signed link, over a visit by cookie, to a decision in the outbox."""
