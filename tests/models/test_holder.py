import pytest

from models.holder import NOBODY, Holder, HolderKind
from models.inventory import Device, DeviceStatus

PERSON, SITE = (Holder(kind=kind, id="1") for kind in (HolderKind.PERSON, HolderKind.SITE))


def test_without_an_id_nobody_is_the_holder() -> None:
    assert Holder.of() == NOBODY
    assert (NOBODY.person_id, NOBODY.site_id) == (None, None)


def test_a_person_and_a_site_with_one_id_are_different_holders() -> None:
    assert Holder.of(person_id="1") == PERSON != SITE == Holder.of(site_id="1")
    assert (PERSON.person_id, PERSON.site_id) == ("1", None)
    assert (SITE.person_id, SITE.site_id) == (None, "1")


def test_nothing_is_held_by_a_person_and_a_site() -> None:
    with pytest.raises(ValueError, match="by the person 1 and by the site 2"):
        Holder.of(person_id="1", site_id="2")


@pytest.mark.parametrize("holder", [PERSON, SITE, NOBODY], ids=lambda holder: holder.kind)
def test_a_new_holder_takes_the_place_of_any_other(holder: Holder) -> None:
    device = Device(id="1", sku="s", status=DeviceStatus.ACTIVE, account_id="a")
    for earlier in (PERSON, SITE, NOBODY):
        assert device.held_by(earlier).held_by(holder).holder == holder


@pytest.mark.parametrize(
    ("kind", "holder_id"), [(HolderKind.PERSON, None), (HolderKind.SITE, None), (HolderKind.NOBODY, "1")]
)
def test_a_person_and_a_site_have_an_id_and_nobody_has_none(kind: HolderKind, holder_id: str | None) -> None:
    with pytest.raises(ValueError, match="the id of a"):
        Holder(kind=kind, id=holder_id)
