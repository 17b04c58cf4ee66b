"""Replays the worked handshakes of plain mode and the fingerprints. Usage: vectors.py DIRECTORY, that of handshake.json and fingerprint.json"""

import json
import os
import sys

import trustrpc

directory = sys.argv[1]
with open(os.path.join(directory, "fingerprint.json"), encoding="utf-8") as file:
    for line in json.load(file)["fingerprints"]:
        assert trustrpc.Secret(line["trustId"]).fingerprint == line["fingerprint"]

count = 0
with open(os.path.join(directory, "handshake.json"), encoding="utf-8") as file:
    for handshake in json.load(file)["handshakes"]:
        if handshake["mode"] != "plain":
            continue
        secret = trustrpc.Secret(handshake["trustId"])
        transcript = trustrpc._Transcript()
        proofs = 0
        for frame in handshake["frames"]:
            letter, body = frame["from"].encode(), frame["body"].encode("utf-8")
            if trustrpc._message(body)["type"] == "proof":
                assert transcript.check(letter, secret.client_key if letter == b"C" else secret.server_key, body)
                proofs += 1
            else:
                transcript.absorb(letter, body)
            assert transcript.value.hex() == frame["transcript"]
            if proofs == 1 and letter == b"C":
                transcript.absorb(b"B", bytes.fromhex(handshake["channelBinding"]))
        count += 1
print("%d handshakes as they should be." % count)
