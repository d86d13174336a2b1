"""Reads a list of {algorithm, claims, header} and writes {keys, tokens}: a fresh key by each algorithm, and the
tokens in their order. Claims that are a text are signed as they are. HS256 has the public RSA key for its secret."""

import json
import os
import sys

from jwcrypto import jwk, jws
from jwcrypto.common import base64url_encode

KINDS = {
    "RS": {"kty": "RSA", "size": 2048},
    "PS": {"kty": "RSA", "size": 2048},
    "ES": {"kty": "EC", "crv": "P-256"},
    "Ed": {"kty": "OKP", "crv": "Ed25519"},
}

pairs, keys, tokens = {}, [], []


def pair_of(algorithm):
    if algorithm not in pairs:
        kid = f"jwcrypto-{algorithm}-{os.getpid()}"
        pairs[algorithm] = jwk.JWK.generate(kid=kid, use="sig", **KINDS[algorithm[:2]])
        keys.append(json.loads(pairs[algorithm].export_public()))
    return pairs[algorithm]


for ask in json.load(sys.stdin):
    algorithm, claims = ask["algorithm"], ask["claims"]
    key = pair_of("RS256" if algorithm == "HS256" else algorithm)
    header = {"typ": "secevent+jwt", "alg": algorithm, "kid": key["kid"], **ask["header"]}
    if algorithm == "HS256":
        key = jwk.JWK(kty="oct", k=base64url_encode(key.export_to_pem()))
    payload = claims if isinstance(claims, str) else json.dumps(claims)
    token = jws.JWS(payload.encode())
    token.add_signature(key, None, json.dumps(header), None)
    tokens.append(token.serialize(compact=True))
json.dump({"keys": keys, "tokens": tokens}, sys.stdout)
