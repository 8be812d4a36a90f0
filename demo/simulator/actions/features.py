from demo.simulator.action import Characteristics, SimulatedAction

# What is added, removed, and kept up to another day.
_ASKED = ("addFeatureSkus", "removeFeatureSkus", "movedFeatureSkus")


def _results(requested: Characteristics) -> Characteristics:
    """Each feature changes unless it is to be refused."""
    skus = [sku for name in _ASKED for sku in requested.get(name, ())]
    words = requested["outcome"].split()
    refused = skus[-1:] if words == ["last"] else [sku for sku in skus if sku in words]
    return {
        "appliedFeatureSkus": [sku for sku in skus if sku not in refused],
        "refusedFeatureSkus": [{"sku": sku, "reason": "not available for this line"} for sku in refused],
    }


CHANGE_FEATURES = SimulatedAction(
    code="change_features",
    verb="modify",
    one_of=_ASKED,
    reads=("startsOn", "endsOn"),
    results=_results,
)
