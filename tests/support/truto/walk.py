"""Reads users and groups with truto-python-sdk, unchanged but for the address, and prints what came."""

import asyncio
import json
import sys

import aiohttp
from truto_python_sdk import TrutoApi


async def refusal(call):
    try:
        await call
    except aiohttp.ClientResponseError as error:
        return error.status
    return None


async def walk(address, token, account):
    api = TrutoApi(token, base_url=address)
    asked = {"integrated_account_id": account, "unmask": True}
    of = lambda **more: {**asked, **more}
    directory = "user-directory"
    users = await api.unified_api.list(directory, "users", of(limit=50)).to_array()
    groups = await api.unified_api.list(directory, "groups", of(limit=1)).to_array()
    first = users[0]["id"]
    filtered = api.unified_api.list(
        directory, "users", of(username={"in": [users[3]["username"], users[4]["username"]]})
    )
    hidden = api.unified_api.list(directory, "users", {"integrated_account_id": account, "limit": 2})
    proxied = await api.proxy_api.list("Users", of(limit=40)).to_array()
    return {
        "users": [user["username"] for user in users],
        "groups": [group["name"] for group in groups],
        "one": await api.unified_api.get(directory, "users", first, asked),
        "first": users[0],
        "filtered": [user["username"] for user in await filtered.to_array()],
        "hidden": [user["username"] for user in await hidden.next_page()],
        "nobody": await refusal(api.unified_api.get(directory, "users", "nobody", asked)),
        "write": await refusal(api.unified_api.create(directory, "users", {}, asked)),
        "wrong": await refusal(TrutoApi("wrong", base_url=address)._get("integrated-account")),
        "proxied": [user["userName"] for user in proxied],
        "proxied_one": await api.proxy_api.get("Users", first, asked),
        "proxied_nobody": await refusal(api.proxy_api.get("Users", "nobody", asked)),
        "accounts": [account["id"] for account in await api.integrated_accounts.list().to_array()],
    }


print(json.dumps(asyncio.run(walk(*sys.argv[1:]))))
