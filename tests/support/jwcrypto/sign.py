"""Reads {algorithms, claims} and writes {keys, tokens}: a fresh key and one token by each algorithm."""

import json
import os
import sys

from jwcrypto import jwk, jws

KINDS = {
    "RS": {"kty": "RSA", "size": 2048},
    "PS": {"kty": "RSA", "size": 2048},
    "ES": {"kty": "EC", "crv": "P-256"},
    "Ed": {"kty": "OKP", "crv": "Ed25519"},
}

asked = json.load(sys.stdin)
keys, tokens = [], {}
for algorithm in asked["algorithms"]:
    kid = f"jwcrypto-{algorithm}-{os.getpid()}"
    key = jwk.JWK.generate(kid=kid, use="sig", **KINDS[algorithm[:2]])
    keys.append(json.loads(key.export_public()))
    token = jws.JWS(json.dumps(asked["claims"]).encode())
    header = {"typ": "secevent+jwt", "alg": algorithm, "kid": kid}
    token.add_signature(key, None, json.dumps(header), None)
    tokens[algorithm] = token.serialize(compact=True)
json.dump({"keys": keys, "tokens": tokens}, sys.stdout)
