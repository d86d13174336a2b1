"""Truto's own program asks usher to create, change, deactivate and delete a user, to put them into a group, and to
make another."""

import asyncio
import json
import sys

from truto_python_sdk import TrutoApi


async def walk(address, token, account):
    api = TrutoApi(token, base_url=address).unified_api
    asked = {"integrated_account_id": account, "wait": 40}
    what = ("user-directory", "users")
    told = {}
    kim = {"username": "kim@example.com", "first_name": "Kim", "last_name": "Lee", "title": "Clerk"}
    told["created"] = await api.create(*what, kim, asked)
    user = told["created"]["id"]
    told["updated"] = await api.update(*what, user, {"title": "Head of clerks"}, asked)
    told["joined"] = await api.update(*what, user, {"groups": ["VPN_Allowed"]}, asked)
    crew = {"name": "Field_Crew", "members": [{"id": user}]}
    told["grouped"] = await api.create("user-directory", "groups", crew, asked)
    told["deactivated"] = await api.update(*what, user, {"status": "inactive"}, asked)
    told["limited"] = await api.create(*what, {"username": "lee@example.com"}, asked)
    told["deleted"] = await api.delete(*what, user, asked)
    return told


print(json.dumps(asyncio.run(walk(*sys.argv[1:]))))
