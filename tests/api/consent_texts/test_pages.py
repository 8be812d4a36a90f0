"""Admins publish new versions of the texts that people agree to."""

from tests.api.api_client import ApiTenant

TEXT = "/consent-texts/use_policy"
FORM = f"{TEXT}/new-version"


async def test_an_admin_publishes_the_next_version(office: ApiTenant) -> None:
    async with await office.browser("Priya") as admin, await office.browser("Jordan") as jordan:
        old = (await jordan.get("/api/v1/consent-texts/use_policy")).json()
        assert old["text"].splitlines()[0] in (await admin.get(FORM)).text
        done = await admin.post(FORM, data={"title": "Phones at work", "text": "Be kind.\r\n\r\nLock your phone."})
        assert (done.status_code, done.headers["location"]) == (303, TEXT)
        page = (await jordan.get(TEXT)).text
        assert "Version 2" in page
        assert "<p>Lock your phone.</p>" in page
        assert old["text"].splitlines()[0] in (await jordan.get(f"{TEXT}?version=1")).text
        (event,) = (await admin.get("/api/v1/audit?action=consent_text_published")).json()["items"]
    assert (event["actor_name"], event["detail"]) == ("Priya Raman", {"question": "use_policy", "version": 2})


async def test_a_text_without_words_is_not_published(office: ApiTenant) -> None:
    async with await office.browser("Priya") as admin:
        answer = await admin.post(FORM, data={"title": "Phones at work", "text": " "})
        newest = (await admin.get("/api/v1/consent-texts/use_policy")).json()
    assert answer.status_code == 422
    assert "Enter 3 to 20,000 characters." in answer.text
    assert 'value="Phones at work"' in answer.text
    assert newest["version"] == 1


async def test_only_those_who_publish_are_offered_it(office: ApiTenant) -> None:
    async with await office.browser("Priya") as admin, await office.browser("Jordan") as jordan:
        assert f'href="{FORM}"' in (await admin.get(TEXT)).text
        assert f'href="{FORM}"' not in (await jordan.get(TEXT)).text
        assert f'href="{TEXT}"' in (await admin.get("/admin/company")).text
