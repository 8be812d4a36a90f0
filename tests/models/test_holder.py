import pytest

from models.holder import NOBODY, Holder, HolderKind


def test_without_an_id_nobody_is_the_holder() -> None:
    assert Holder.of_person(None) == NOBODY
    assert NOBODY.person_id is None
    assert Holder.of_person("1").person_id == "1"


@pytest.mark.parametrize(("kind", "holder_id"), [(HolderKind.PERSON, None), (HolderKind.NOBODY, "1")])
def test_a_person_has_an_id_and_nobody_has_none(kind: HolderKind, holder_id: str | None) -> None:
    with pytest.raises(ValueError, match="the id of a"):
        Holder(kind=kind, id=holder_id)
