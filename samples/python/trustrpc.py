"""TrustRpc for Python, in one file: a client and a server, asyncio and blocking. Python 3.8 or later, standard library only.

Written from docs/PROTOCOL.md; the numbers in brackets are its sections. Plain mode, over Unix sockets, TCP and (on Windows) named pipes:

    client = trustrpc.Client("unix:greeter.sock")                      # blocking
    print(client.call("greet", ["Ada"]))

    async with await trustrpc.connect("unix:greeter.sock") as client:  # asyncio
        print(await client.call("add", {"a": 2, "b": 40}))

    server = trustrpc.Server({"greet": lambda name: "Hello, " + name + "!"})
    await server.listen("unix:greeter.sock")

The secret is the variable TRUST_ID, else the same name in the nearest .env, else what is given as `secret`.
Plain mode protects the handshake and nothing after it: TCP has to ask for it at both ends (tcp://host:port?mode=plain).
"""

import asyncio
import base64
import collections
import hashlib
import hmac
import inspect
import itertools
import json
import os
import re
import secrets
import socket
import stat
import struct
import sys
import threading
import time
import urllib.parse

MAX_FRAME = 1024 * 1024
MAX_CALLS = 1024
MAX_STREAMS = 1024
MAX_STRANGERS = 64
READ_AHEAD = 256
BATCH_BYTES = 64 * 1024
HANDSHAKE_FRAME = 4096
HANDSHAKE_SECONDS = 5
FAREWELL_SECONDS = 2
KEEP_ALIVE_MS = 15000
MAX_DEPTH = 64


# Errors [5.1] ---------------------------------------------------------------------------------------------------------


class RpcError(Exception):
    """The call failed, the connection is fine. A method raises it (or one of its kinds) to fail on purpose."""

    code = -32000
    of_call = False  # what a call of this side's ended with: it came from the peer, or was raised for the call

    def __init__(self, message, code=None, data=None):
        super().__init__(message)
        self.message = message
        self.code = type(self).code if code is None else code
        self.data = data


def _kind(name, code):
    return type(name, (RpcError,), {"code": code, "__module__": __name__})


InvalidRequest = _kind("InvalidRequest", -32600)
MethodNotFound = _kind("MethodNotFound", -32601)
InvalidParams = _kind("InvalidParams", -32602)
InternalError = _kind("InternalError", -32603)
ApplicationError = _kind("ApplicationError", -32000)
UnknownStream = _kind("UnknownStream", -32001)
ResultNotSendable = _kind("ResultNotSendable", -32003)
Unauthenticated = _kind("Unauthenticated", -32010)
PermissionDenied = _kind("PermissionDenied", -32011)
DeadlineExceeded = _kind("DeadlineExceeded", -32012)
ResourceExhausted = _kind("ResourceExhausted", -32013)
Unavailable = _kind("Unavailable", -32014)
NotFound = _kind("NotFound", -32015)
Conflict = _kind("Conflict", -32016)
Cancelled = _kind("Cancelled", -32800)
_NOT_EXECUTED = (ResourceExhausted.code, Unavailable.code)
_KINDS = {kind.code: kind for kind in RpcError.__subclasses__()}


class ConnectionLost(Exception):
    """The connection is gone. `may_have_been_executed` says whether the call may have run."""

    def __init__(self, message, may_have_been_executed=False):
        super().__init__(message)
        self.may_have_been_executed = may_have_been_executed


class TrustError(Exception):
    """The peer is not trusted, or does not trust this side."""


class _Malformed(Exception):
    """The peer broke the protocol; the message is for the log."""


# The secret [3.1] -----------------------------------------------------------------------------------------------------


def _hmac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def _expand(key, label, length):
    return _hmac(key, label.encode() + b"\x01")[:length]  # HKDF-Expand; nothing here is longer than one block


class Secret:
    """The keys that a TRUST_ID stands for. Prints as its fingerprint, never as itself."""

    def __init__(self, text):
        material = text.strip("\t\n\v\f\r ").encode("utf-8")
        if len(material) < 16:
            raise TrustError("The TRUST_ID is shorter than 16 bytes.")
        if not re.fullmatch(rb"tr1_[A-Za-z0-9_-]{43}", material):
            material = hashlib.pbkdf2_hmac("sha256", material, b"TrustRpc/1 text", 600000, 32)
        psk = _hmac(b"TrustRpc/1 psk", material)
        self.client_key = _expand(psk, "TrustRpc/1 client proof", 32)
        self.server_key = _expand(psk, "TrustRpc/1 server proof", 32)
        self.fingerprint = _expand(psk, "TrustRpc/1 fingerprint", 4).hex()

    def __repr__(self):
        return "Secret(%s)" % self.fingerprint

    @staticmethod
    def find(given=None):
        """The one that is given, else TRUST_ID of the environment, else of the nearest .env."""
        if isinstance(given, Secret):
            return given
        text = given or os.environ.get("TRUST_ID") or _from_env_file()
        if not text:
            raise TrustError("There is no TRUST_ID: set the variable, or write TRUST_ID=... into a file .env.")
        return Secret(text)


def _from_env_file():
    place = os.getcwd()
    while True:
        path = os.path.join(place, ".env")
        if os.path.isfile(path):
            with open(path, encoding="utf-8-sig") as file:
                found = re.findall(r"""^\s*(?:export\s+)?TRUST_ID\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s#]*))""", file.read(), re.M)
            return "".join(found[-1]) if found else None
        if os.path.dirname(place) == place:
            return None
        place = os.path.dirname(place)


# JSON, as strict as the protocol asks [2, 5] --------------------------------------------------------------------------


def _refuse_constant(name):
    raise ValueError(name + " is not JSON")


def _depth_is_fine(value, left=MAX_DEPTH):
    if isinstance(value, (dict, list)):
        return left > 0 and all(_depth_is_fine(v, left - 1) for v in (value.values() if isinstance(value, dict) else value))
    return True


def _parse(body, unique_at_any_depth):
    root_has_twice = [False]

    def pairs(members):
        value = dict(members)
        root_has_twice[0] = len(value) != len(members)  # the root comes last
        if root_has_twice[0] and unique_at_any_depth:
            raise ValueError("a member stands twice")
        return value

    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse_constant)
        if body[:3] == b"\xef\xbb\xbf" or (isinstance(value, dict) and root_has_twice[0]) or not _depth_is_fine(value):
            raise ValueError("not what the protocol allows")
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair has no UTF-8
        return value
    except (ValueError, RecursionError) as e:
        raise _Malformed("malformed: %s" % e)


def _dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text, length):
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise _Malformed("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != length or _b64(data) != text:
        raise _Malformed("no %d bytes of base64url" % length)
    return data


# The handshake, without I/O [3]: generators that yield frames to send, and None for one to be received ----------------


class _Transcript:
    def __init__(self):
        self.value = hashlib.sha256(b"TrustRpc/1 transcript").digest()

    def absorb(self, letter, body):
        self.value = hashlib.sha256(self.value + letter + struct.pack(">I", len(body)) + body).digest()

    def mac(self, key):
        return _hmac(key, b"TrustRpc/1 proof" + self.value)

    def prove(self, letter, key):
        body = _dump({"type": "proof", "mac": _b64(self.mac(key))}).encode()
        self.absorb(letter, body)
        return body

    def check(self, letter, key, body):
        message = _message(body)
        fits = message.get("type") == "proof" and hmac.compare_digest(_unb64(message.get("mac"), 32), self.mac(key))
        self.absorb(letter, body)
        return fits


def _message(body):
    value = _parse(body, unique_at_any_depth=True)
    if not isinstance(value, dict):
        raise _Malformed("a handshake message is an object")
    return value


def _is_name(value):
    return isinstance(value, str) and 1 <= len(value.encode("utf-8")) <= 128 and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in value)


def _is_number(value, least, most=2**53):
    return type(value) is int and least <= value <= most


def client_handshake(secret, channel, client, max_frame=MAX_FRAME, server=None, nonce=None):
    """Ends with what was agreed."""
    nonce = nonce or secrets.token_bytes(32)
    hello = {"type": "hello", "versions": [1], "nonce": _b64(nonce), "client": client, "channel": channel, "modes": ["plain"], "maxFrame": max_frame}
    if server:
        hello["server"] = server
    hello = _dump(hello).encode()
    transcript = _Transcript()
    transcript.absorb(b"C", hello)
    yield hello
    yield transcript.prove(b"C", secret.client_key)
    transcript.absorb(b"B", b"")
    body = yield None
    answer = _message(body)
    transcript.absorb(b"S", body)
    if answer.get("type") == "refused":
        said = "%s: %s" % (answer.get("code"), answer.get("message"))
        if answer.get("code") == "unauthenticated":
            raise TrustError("Someone at that address does not know this TRUST_ID (%s)." % secret.fingerprint)
        proven = transcript.check(b"S", secret.server_key, (yield None))
        raise TrustError(("The server refused (%s)." if proven else "Someone unknown refused (%s).") % said)
    if answer.get("type") != "challenge":
        raise TrustError("The peer does not speak this protocol.")
    if not transcript.check(b"S", secret.server_key, (yield None)):
        raise TrustError("The peer took this side's proof but has none of its own: someone stands in between.")
    theirs = answer.get("server")
    if (
        answer.get("version") != 1
        or answer.get("mode") != "plain"
        or "suite" in answer
        or "share" in answer
        or answer.get("features")
        or _unb64(answer.get("nonce"), 32) == nonce
        or not isinstance(theirs, dict)
        or not _is_name(theirs.get("name"))
        or (server and theirs["name"] != server)
        or not _is_number(answer.get("maxFrame"), HANDSHAKE_FRAME, max_frame)
        or not _is_number(answer.get("maxCalls"), 1)
        or not _is_number(answer.get("keepAlive"), 0)
    ):
        raise TrustError("The server agreed to something that was not offered.")
    yield transcript.prove(b"C", secret.client_key)
    body = yield None
    welcome = _message(body)
    transcript.absorb(b"S", body)
    if welcome.get("type") != "welcome" or not transcript.check(b"S", secret.server_key, (yield None)):
        raise TrustError("The server did not finish the handshake.")
    return _Agreed(theirs["name"], theirs["name"], answer["maxFrame"], answer["maxCalls"], answer["keepAlive"] / 1000)


def server_handshake(all_secrets, channel, name, max_frame=MAX_FRAME, max_calls=MAX_CALLS, keep_alive_ms=KEEP_ALIVE_MS, nonce=None, session=None):
    """Ends with what was agreed, or raises once the frames that say why have been sent."""
    hello = yield None
    proof = yield None
    for secret in all_secrets:
        transcript = _Transcript()
        transcript.absorb(b"C", hello)
        if transcript.check(b"C", secret.client_key, proof):
            break
    else:
        yield _dump({"type": "refused", "code": "unauthenticated", "message": "The proof does not fit."}).encode()
        raise TrustError("The peer does not hold the secret.")
    transcript.absorb(b"B", b"")
    asked = _message(hello)  # only now: who cannot prove anything is not parsed
    client = asked.get("client")
    if (
        asked.get("type") != "hello"
        or not isinstance(asked.get("versions"), list)
        or not isinstance(asked.get("modes"), list)
        or not isinstance(client, dict)
        or not _is_name(client.get("id"))
        or not _is_name(client.get("name"))
        or asked.get("channel") not in ("local", "tls", "other")
        or not _is_number(asked.get("maxFrame", max_frame), HANDSHAKE_FRAME, 2**24 - 1)
    ):
        raise _Malformed("a hello of another form")
    theirs = _unb64(asked.get("nonce"), 32)
    refusal = (
        ("version", "This side speaks version 1.") if 1 not in asked["versions"]
        else ("mode", "This side speaks plain mode, on a channel that both see alike.") if "plain" not in asked["modes"] or asked["channel"] != channel
        else ("wrong_server", "This is '%s'." % name) if asked.get("server", name) != name
        else None
    )
    if refusal:
        body = _dump({"type": "refused", "code": refusal[0], "message": refusal[1]}).encode()
        transcript.absorb(b"S", body)
        yield body
        yield transcript.prove(b"S", secret.server_key)
        raise TrustError("Refused '%s': %s" % (client["name"], refusal[1]))
    nonce = nonce or secrets.token_bytes(32)
    if theirs == nonce:
        raise _Malformed("a nonce of this side's own")
    max_frame = min(max_frame, asked.get("maxFrame", max_frame))
    challenge = _dump({
        "type": "challenge", "version": 1, "nonce": _b64(nonce), "server": {"name": name}, "mode": "plain",
        "session": session or secrets.token_hex(16), "maxFrame": max_frame, "maxCalls": max_calls, "keepAlive": keep_alive_ms,
    }).encode()
    transcript.absorb(b"S", challenge)
    yield challenge
    yield transcript.prove(b"S", secret.server_key)
    if not transcript.check(b"C", secret.client_key, (yield None)):
        raise _Malformed("a second proof that does not fit")
    welcome = _dump({"type": "welcome"}).encode()
    transcript.absorb(b"S", welcome)
    yield welcome
    yield transcript.prove(b"S", secret.server_key)
    return _Agreed(client["id"], client["name"], max_frame, max_calls, keep_alive_ms / 1000)


_Agreed = collections.namedtuple("_Agreed", "peer_id peer_name max_frame max_calls keep_alive")


# Frames [2] -----------------------------------------------------------------------------------------------------------


async def _read_frame(reader, limit):
    """None at the end of the stream between two frames."""
    try:
        header = await reader.readexactly(4)
    except asyncio.IncompleteReadError as e:
        if e.partial:
            raise _Malformed("the stream ended inside a frame")
        return None
    length = int.from_bytes(header, "big")  # a kind other than 0 reads as far too long
    if not 1 <= length <= limit:
        raise _Malformed("a frame of a kind or length that was not agreed")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise _Malformed("the stream ended inside a frame")


def _frame(body):
    return len(body).to_bytes(4, "big") + body


async def _run_handshake(machine, reader, writer):
    async def run():
        received = None
        while True:
            try:
                to_send = machine.send(received)
            except StopIteration as end:
                return end.value
            received = None
            if to_send is not None:
                writer.write(_frame(to_send))
                continue
            await writer.drain()
            received = await _read_frame(reader, HANDSHAKE_FRAME)
            if received is None:
                raise TrustError("The peer left during the handshake: it has another TRUST_ID, or does not speak this protocol.")

    try:
        return await asyncio.wait_for(run(), HANDSHAKE_SECONDS)
    except asyncio.TimeoutError:
        raise TrustError("The handshake took longer than %d s." % HANDSHAKE_SECONDS)
    except _Malformed as e:
        raise TrustError("The peer broke the handshake: %s." % e)
    finally:
        try:
            await asyncio.wait_for(writer.drain(), FAREWELL_SECONDS)
        except (OSError, asyncio.TimeoutError):
            pass


# Addresses ------------------------------------------------------------------------------------------------------------


class _Address:
    def __init__(self, text):
        self.text = text
        place, _, query = text.partition("?")
        mode = urllib.parse.parse_qs(query).get("mode", [None])[0]
        scheme, _, rest = place.partition(":")
        self.kind = scheme
        if scheme == "unix":
            self.path = urllib.parse.unquote(rest[2:] if rest.startswith("//") else rest)
            self.channel = "local"
        elif scheme == "pipe" and rest.startswith("//./"):
            self.path = "\\\\.\\pipe\\" + rest[4:]
            self.channel = "local"
            if sys.platform != "win32":
                raise ValueError("%s: named pipes are for Windows; take a Unix socket." % text)
        elif scheme == "tcp":
            parts = urllib.parse.urlsplit(place)
            self.host, self.port = parts.hostname, parts.port
            self.channel = "other"
        else:
            raise ValueError("%s is no address: unix:app.sock, tcp://host:8888?mode=plain, pipe://./app" % text)
        if mode not in (None, "plain") or (scheme == "tcp" and mode != "plain"):
            raise ValueError("%s: this file speaks plain mode alone; where the way is safe, both ends ask for it with ?mode=plain" % text)

    async def connect(self):
        if self.kind == "unix":
            return await asyncio.open_unix_connection(self.path)
        if self.kind == "tcp":
            reader, writer = await asyncio.open_connection(self.host, self.port)
            _no_delay(writer)
            return reader, writer
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_pipe_connection(lambda: asyncio.StreamReaderProtocol(reader), self.path)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def listen(self, accept):
        """The server, and the address as bound."""
        if self.kind == "tcp":
            server = await asyncio.start_server(lambda r, w: (_no_delay(w), accept(r, w))[1], self.host, self.port)
            return server, "tcp://%s:%d?mode=plain" % (self.host, server.sockets[0].getsockname()[1])
        if self.kind == "unix":
            self._remove_stale_socket()
            before = os.umask(0o177)  # nobody but this user
            try:
                return await asyncio.start_unix_server(accept, self.path), self.text
            finally:
                os.umask(before)
        loop = asyncio.get_running_loop()

        def protocol():
            reader = asyncio.StreamReader()
            return asyncio.StreamReaderProtocol(reader, accept)

        return (await loop.start_serving_pipe(protocol, self.path))[0], self.text

    def _remove_stale_socket(self):
        if not os.path.exists(self.path):
            return
        if not stat.S_ISSOCK(os.stat(self.path).st_mode):
            raise OSError("%s exists and is no socket" % self.path)
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(self.path)
            except ConnectionRefusedError:
                os.unlink(self.path)
                return
        raise OSError("%s: a server listens there already" % self.path)


def _no_delay(writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# Connections [5, 6, 7] ------------------------------------------------------------------------------------------------


class Progress:
    """An argument that receives a method's reports: Progress(print)."""

    def __init__(self, report):
        self.report = report


class _Pending:
    """A call of this side's. `counted` = it has one of the places that the peer allows."""

    def __init__(self, loop, counted):
        self.done = loop.create_future()
        self.counted = counted
        self.producers = []
        self.progress = []


class Context:
    """The call that a method is running: a parameter named `context` receives it."""

    def __init__(self, connection):
        self.peer = connection.peer_name
        self._connection = connection

    async def call(self, method, args=(), timeout=None):
        """Calls the caller back."""
        return await self._connection.call(method, args, timeout)

    def call_blocking(self, method, args=(), timeout=None):
        """The same for methods that are not async: they run on a thread of their own."""
        return asyncio.run_coroutine_threadsafe(self._connection.call(method, args, timeout), self._connection._loop).result()

    def report(self, token, value):
        """Reports to a progress argument, which arrives as a number or None."""
        if token is not None:
            self._connection._loop.call_soon_threadsafe(self._connection._send, {"jsonrpc": "2.0", "method": "$/progress", "params": {"token": token, "value": value}})

    def items(self, argument):
        """The items of a sequence argument: async for item in context.items(numbers)."""
        return self._connection._consume(argument, None)


class Connection:
    """One authenticated connection, asyncio. Either side may call the other on it."""

    def __init__(self, reader, writer, agreed, methods):
        self.peer_id, self.peer_name = agreed.peer_id, agreed.peer_name
        self.closed = asyncio.get_running_loop().create_future()  # completes with the reason
        self._loop = asyncio.get_running_loop()
        self._reader, self._writer, self._agreed, self._methods = reader, writer, agreed, methods
        self._places = asyncio.Semaphore(agreed.max_calls)
        self._ids, self._tokens = itertools.count(1), itertools.count(1)
        self._pending = {}  # id: _Pending, or None where the caller gave up
        self._running = {}  # id of the peer's request: its task
        self._open_calls = 0  # of the peer's
        self._producers = {}
        self._reports = {}
        self._notifications = asyncio.Queue(agreed.max_calls)
        self._goodbye = None  # what the peer said
        self._leaving = False
        self._heard = self._loop.time()
        self._tasks = [self._loop.create_task(work) for work in (self._read(), self._run_notifications(), self._keep_alive())]

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()

    # What users call ......................................................................................................

    async def call(self, method, args=(), timeout=None):
        """Calls a method: args is a list (by position) or a dict (by name). Cancelling the task tells the peer. `timeout` is in seconds."""
        try:
            return await asyncio.wait_for(self._call(method, args, timeout), timeout)
        except asyncio.TimeoutError:
            raise _of_call(DeadlineExceeded("'%s' was not answered in time. It may have been executed." % method)) from None

    async def notify(self, method, args=()):
        """Sends without an answer."""
        self._check_open()
        self._send({"jsonrpc": "2.0", "method": method, "params": args if isinstance(args, dict) else list(args)})
        await self._drain()

    async def stream(self, method, args=(), timeout=None):
        """Calls a method that returns a sequence: async for item in client.stream("count", [10]). Leaving the loop ends the peer's side too."""
        async for item in self._consume(await self.call(method, args, timeout), timeout):
            yield item

    async def close(self):
        """Ends in order [7]: says goodbye, hears what was sent before, answers, half-closes, waits for the peer's end."""
        if not self._leaving and not self.closed.done():
            self._go_away("shutdown", "This side is closing.")
            if self._methods:
                await self._within(FAREWELL_SECONDS, self._call("rpc.ping", (), None, counted=False))
            await self._farewell("this side closed it")
        await self.closed

    # Calls ................................................................................................................

    async def _call(self, method, args, timeout, counted=True):
        self._check_open(counted)
        if counted:
            await self._places.acquire()
        id, call = next(self._ids), _Pending(self._loop, counted)
        request = {"jsonrpc": "2.0", "id": id, "method": method}
        if timeout:
            request["timeout"] = max(1, int(timeout * 1000))
        try:
            try:
                self._check_open(counted)
                request["params"] = {k: self._outgoing(v, call) for k, v in args.items()} if isinstance(args, dict) else [self._outgoing(v, call) for v in args]
                self._send(request)
                self._pending[id] = call  # from here on its place is freed by the answer
            except (TypeError, ValueError) as e:
                raise _of_call(InvalidParams("The arguments of '%s' cannot be written as JSON: %s" % (method, e)))
            finally:
                if counted and id not in self._pending:
                    self._places.release()
            await self._drain()
            result = await call.done
            if _is_sequence(result) and "token" in result and call.producers:
                result = dict(result, _keep=call.producers)  # a duplex call: its arguments live as long as the answer
                call.producers = []
            return result
        except asyncio.CancelledError:
            if self._pending.get(id) is call:  # stays there until it is answered
                self._send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}})
            raise
        finally:
            for token in call.progress:
                self._reports.pop(token, None)
            for producer in call.producers:
                producer.end()

    async def _drain(self):
        try:
            await self._writer.drain()
        except OSError:
            pass  # the reader sees it too, and ends every call with the reason

    def _outgoing(self, value, call):
        if isinstance(value, Progress):
            token = next(self._tokens)
            self._reports[token] = value.report
            call.progress.append(token)
            return token
        if hasattr(value, "__aiter__") or inspect.isgenerator(value):
            producer = _Producer(self, value)
            call.producers.append(producer)
            return {"token": producer.token}
        return value

    def _answered(self, message):
        id = message.get("id")
        if type(id) is not int or id not in self._pending:
            return  # to nothing that this side asked
        call = self._pending.pop(id)
        if call.counted:
            self._places.release()
        if call.done.done():  # its caller has given up
            if _is_sequence(message.get("result")) and "token" in message["result"]:
                self._send({"jsonrpc": "2.0", "method": "$/enumerator/abort", "params": [message["result"]["token"]]})
        elif "error" in message and "result" not in message:
            call.done.set_exception(_of_call(_error_of(message["error"])))
        else:
            call.done.set_result(message.get("result"))

    # Sequences [6] ........................................................................................................

    async def _consume(self, sequence, timeout):
        if not _is_sequence(sequence):
            raise _of_call(RpcError("The result is no sequence."))
        token, values = sequence.get("token"), sequence.get("values") or []
        asked = None
        try:
            while True:
                if token is not None and asked is None:
                    asked = self._loop.create_task(self._next(token, timeout))  # before this batch is used up
                for value in values:
                    yield value
                if token is None:
                    return
                batch, asked = await asked, None
                values = batch.get("values") or []
                if batch.get("finished"):
                    token = None
        except RpcError:
            token = None  # any error frees it
            raise
        finally:
            if asked is not None:
                asked.cancel()
            if token is not None and not self.closed.done():
                self._send({"jsonrpc": "2.0", "method": "$/enumerator/abort", "params": [token]})
            for producer in sequence.get("_keep", ()):
                producer.end()

    async def _next(self, token, timeout):
        call = self._call("$/enumerator/next", [token], timeout, counted=False)
        return await (asyncio.wait_for(call, timeout) if timeout else call)

    # What the peer asks ...................................................................................................

    async def _read(self):
        reason = "the peer left without a word"
        try:
            while True:
                body = await _read_frame(self._reader, self._agreed.max_frame)
                self._heard = self._loop.time()
                if body is None:
                    break
                self._take(_parse(body, unique_at_any_depth=False))
        except _Malformed as e:
            self._go_away("protocol", "The bytes were not what the protocol allows.")
            reason = "the peer broke the protocol: %s" % e
        except OSError as e:
            reason = "the connection broke: %s" % e
        if self._goodbye is not None:
            reason = "the peer said goodbye (%s)" % self._goodbye
        self._tasks.append(self._loop.create_task(self._farewell(reason)))

    def _take(self, message):
        if not isinstance(message, dict) or not ("method" in message or "result" in message or "error" in message):
            self._answer(None, InvalidRequest("This is no message."))
        elif "method" not in message:
            self._answered(message)
        elif "id" not in message:
            self._take_notification(message)
        else:
            self._take_request(message)

    def _take_request(self, message):
        id, method, params = message["id"], message["method"], message.get("params", [])
        good_id = (type(id) is int and abs(id) <= 2**53 - 1) or (isinstance(id, str) and len(id.encode("utf-8")) <= 128)
        timeout = message.get("timeout")
        if not good_id or not isinstance(method, str) or not isinstance(params, (list, dict)) or not (timeout is None or _is_number(timeout, 1)):
            self._answer(id if good_id else None, InvalidRequest("This is no request."))
        elif id in self._running:
            raise _Malformed("a second request with an id that is in flight")
        elif method == "rpc.ping":
            asks = isinstance(params, dict) and params.get("time") is True
            self._answer(id, {"time": int(time.time() * 1000)} if asks else None)
        elif method == "$/enumerator/next":
            token = params.get("token") if isinstance(params, dict) else (params[0] if params else None)
            producer = self._producers.get(token) if isinstance(token, int) else None
            if producer is None:
                self._answer(id, UnknownStream("There is no such sequence, or no longer."))
            elif producer.asked is not None:
                self._answer(id, InvalidRequest("A request for more is open already."))
            else:
                producer.asked = id
                self._start(id, producer.answer_next(id, timeout and timeout / 1000), lambda: producer.fail(id, Cancelled("The sequence was ended.")))
        elif self._leaving:
            self._answer(id, Unavailable("This side is going away; the call was not executed."))
        elif self._open_calls >= self._agreed.max_calls:
            self._answer(id, ResourceExhausted("Too many calls are in flight; the call was not executed."))
        else:
            function = self._find(method)
            if function is None:
                self._answer(id, MethodNotFound("There is no method '%s' here." % method[:64]))
            else:
                self._open_calls += 1
                self._start(id, self._run(id, method, function, params, timeout and timeout / 1000), lambda: self._finish(id, Cancelled("'%s' was cancelled." % method)))

    def _start(self, id, work, not_begun):
        task = self._running[id] = self._loop.create_task(work)
        task.add_done_callback(lambda _: not_begun() if task.cancelled() else None)  # cancelled so early that it said nothing

    def _finish(self, id, outcome):
        self._running.pop(id, None)  # free before the answer leaves, because whoever reads that may use the id again
        self._open_calls -= 1
        self._answer(id, outcome)

    async def _run(self, id, method, function, params, timeout):
        try:
            result = await asyncio.wait_for(self._outcome(method, self._invoke(method, function, params)), timeout)
            if hasattr(result, "__aiter__") or inspect.isgenerator(result):
                result = {"token": _Producer(self, result).token}
        except asyncio.TimeoutError:
            result = DeadlineExceeded("The time for '%s' was up before it had ended." % method)
        except asyncio.CancelledError:
            result = Cancelled("'%s' was cancelled." % method)
        except Exception as e:
            result = _failure(method, e)
        self._finish(id, result)

    async def _outcome(self, method, work):
        try:
            return await work
        except Exception as e:  # here, so that a time-out of the method's own is not taken for that of its call
            return _failure(method, e)

    def _find(self, method):
        if method.startswith(("$/", "rpc.")):
            return None
        return self._methods.get(method) or (self._methods.get(method[:-5]) if method.endswith("Async") else None)

    async def _invoke(self, method, function, params):
        signature = inspect.signature(function)
        shown = [p for p in signature.parameters.values() if p.name != "context"]
        names = {p.name.lower(): p.name for p in shown}
        try:
            signature = signature.replace(parameters=shown)
            if isinstance(params, dict):
                bound = signature.bind(**{names.get(k.lower(), k): v for k, v in params.items()})
            else:
                bound = signature.bind(*params)
        except TypeError as e:
            raise InvalidParams("'%s': %s." % (method, e))
        args, named = bound.args, bound.kwargs
        if len(shown) < len(inspect.signature(function).parameters):
            args, named = (), dict(bound.arguments, context=Context(self))
        if inspect.iscoroutinefunction(function):
            return await function(*args, **named)
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            return function(*args, **named)
        return await self._loop.run_in_executor(None, lambda: function(*args, **named))

    def _take_notification(self, message):
        method, params = message["method"], message.get("params", [])
        if not isinstance(params, (list, dict)) or not isinstance(method, str):
            self._answer(None, InvalidRequest("This is no notification."))
            return
        first = (lambda name: params.get(name)) if isinstance(params, dict) else (lambda name: params[0] if params else None)
        if method == "$/cancelRequest":
            task = self._running.get(first("id")) if isinstance(first("id"), (int, str)) else None
            if task is not None:
                task.cancel()
        elif method == "$/enumerator/abort":
            producer = self._producers.get(first("token")) if isinstance(first("token"), int) else None
            if producer is not None:
                producer.end()
        elif method == "$/progress":
            report = self._reports.get(first("token")) if isinstance(first("token"), int) else None
            if report is not None:
                report(params.get("value") if isinstance(params, dict) else (params[1] if len(params) > 1 else None))
        elif method == "$/goaway":
            self._goodbye = self._goodbye or str(first("reason"))[:64]
        elif self._find(method) is not None:
            try:
                self._notifications.put_nowait((method, params))
            except asyncio.QueueFull:
                self._go_away("limit", "More notifications are waiting than maxCalls allows.")
                raise _Malformed("more notifications than maxCalls allows")

    async def _run_notifications(self):
        while True:
            method, params = await self._notifications.get()
            try:
                await self._invoke(method, self._find(method), params)
            except Exception as e:
                _failure(method, e)  # never answered, but told the log where it is unexpected

    # Sending, liveness, the end ...........................................................................................

    def _answer(self, id, outcome):
        if isinstance(outcome, RpcError):
            error = {"code": outcome.code, "message": outcome.message}
            if outcome.data is not None:
                error["data"] = outcome.data
            self._send({"jsonrpc": "2.0", "id": id, "error": error})
            return
        try:
            self._send({"jsonrpc": "2.0", "id": id, "result": outcome})
        except (TypeError, ValueError, RpcError) as e:
            self._answer(id, ResultNotSendable("The method ran, but its result cannot be sent: %s" % type(e).__name__))

    def _send(self, message):
        self._send_text(_dump(message))

    def _send_text(self, text):
        body = text.encode("utf-8")
        if len(body) > self._agreed.max_frame:
            raise InvalidParams("The message has %d bytes, and %d are allowed." % (len(body), self._agreed.max_frame))
        if not self.closed.done():
            self._writer.write(_frame(body))

    def _check_open(self, counted=True):
        if self.closed.done():
            raise ConnectionLost("The connection to '%s' is closed: %s." % (self.peer_name, self.closed.result()))
        if counted and (self._leaving or self._goodbye is not None):
            raise ConnectionLost("The connection to '%s' is closing; nothing was sent." % self.peer_name)

    def _go_away(self, reason, message):
        if self._leaving:
            return
        self._leaving = True
        self._send({"jsonrpc": "2.0", "method": "$/goaway", "params": {"reason": reason, "message": message}})

    async def _keep_alive(self):
        silence = self._agreed.keep_alive
        pinged = None
        while silence > 0:
            idle = self._loop.time() - self._heard
            if idle < silence:
                pinged = None
                await asyncio.sleep(silence - idle)
            elif pinged is None:
                pinged = self._loop.create_task(self._within(2 * silence, self._call("rpc.ping", (), None, counted=False)))
                await asyncio.sleep(silence)
            else:
                await self._end("the peer gave no sign of life for %g s" % (2 * silence))
                return

    async def _within(self, seconds, work):
        try:
            await asyncio.wait_for(work, seconds)
        except (RpcError, ConnectionLost, asyncio.TimeoutError, OSError):
            pass  # an error is an answer, and who is gone says nothing more

    async def _farewell(self, reason):
        for task in list(self._running.values()):
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=FAREWELL_SECONDS)
        try:
            await asyncio.wait_for(self._writer.drain(), FAREWELL_SECONDS)
            if self._writer.can_write_eof():
                self._writer.write_eof()
            if asyncio.current_task() is not self._tasks[0]:
                await asyncio.wait([self._tasks[0]], timeout=FAREWELL_SECONDS)
        except (OSError, RuntimeError, asyncio.TimeoutError):
            pass  # the peer was faster
        await self._end(reason)

    async def _end(self, reason):
        if self.closed.done():
            return
        self.closed.set_result(reason)
        self._writer.close()
        for call in self._pending.values():
            if call.done is not None and not call.done.done():
                call.done.set_exception(ConnectionLost("The connection to '%s' ended because %s. The call may have been executed." % (self.peer_name, reason), True))
        self._pending.clear()
        self._places.release()  # who waits for a place looks whether the connection is open, and leaves it to the next
        for producer in list(self._producers.values()):
            producer.end()
        for task in self._tasks + list(self._running.values()):
            if task is not asyncio.current_task():
                task.cancel()


class _Producer:
    """A sequence of this side's: runs ahead of its consumer by READ_AHEAD items and no further [6]."""

    def __init__(self, connection, items):
        if len(connection._producers) >= MAX_STREAMS:
            raise ResourceExhausted("%d sequences are open already." % MAX_STREAMS)
        self.token = next(connection._tokens)
        self.asked = None  # the id of the request for more that is open
        self._connection = connection
        self._items = items
        self._ready = asyncio.Queue(READ_AHEAD)
        self._held = None
        connection._producers[self.token] = self
        self._filling = connection._loop.create_task(self._fill())

    async def _fill(self):
        try:
            if hasattr(self._items, "__aiter__"):
                async for item in self._items:
                    await self._ready.put(_dump(item))
            else:
                for item in self._items:
                    await self._ready.put(_dump(item))
            await self._ready.put(None)
        except Exception as e:
            await self._ready.put(_failure("the sequence", e))

    async def answer_next(self, id, timeout):
        connection = self._connection
        try:
            first, self._held = self._held, None
            batch = [first if first is not None else await asyncio.wait_for(self._ready.get(), timeout)]
            size = len(batch[0]) if isinstance(batch[0], str) else 0
            while isinstance(batch[-1], str) and not self._ready.empty():
                item = self._ready.get_nowait()
                size += len(item) if isinstance(item, str) else 0
                if size > BATCH_BYTES or isinstance(item, RpcError):
                    self._held = item
                    break
                batch.append(item)
            if isinstance(batch[0], RpcError):
                raise batch[0]
            finished = batch[-1] is None
            connection._running.pop(id, None)
            self.asked = None
            connection._send_text('{"jsonrpc":"2.0","id":%s,"result":{"values":[%s],"finished":%s}}' % (
                _dump(id), ",".join(item for item in batch if item is not None), "true" if finished else "false"))
            if finished:
                self.end()
        except asyncio.TimeoutError:
            self.fail(id, DeadlineExceeded("No item came in time."))
        except asyncio.CancelledError:
            self.fail(id, Cancelled("The sequence was ended."))
        except InvalidParams:
            self.fail(id, ResultNotSendable("An item is over the frame limit."))
        except RpcError as e:
            self.fail(id, e)

    def fail(self, id, error):
        self._connection._running.pop(id, None)
        self.asked = None
        self.end()
        self._connection._answer(id, error)

    def end(self):
        if self._connection._producers.pop(self.token, None) is None:
            return
        self._filling.cancel()
        if self.asked is not None:
            task = self._connection._running.get(self.asked)
            if task is not None:
                task.cancel()


def _is_sequence(value):
    return isinstance(value, dict) and not set(value) - {"token", "values", "_keep"}


def _error_of(error):
    if not isinstance(error, dict) or type(error.get("code")) is not int or not isinstance(error.get("message"), str):
        return InternalError("The peer answered with an error that is none.")
    kind = _KINDS.get(error["code"], RpcError)
    return kind(error["message"], error["code"], error.get("data"))


def _of_call(error):
    error.of_call = True
    return error


def _failure(method, error):
    """What the caller is told. An error that a method raises itself is meant for the caller; all else, what its own calls were answered with included, is nobody's business but the log's [5.1]."""
    if not isinstance(error, RpcError) or error.of_call:
        return _internal(method, error)
    if error.code in _NOT_EXECUTED and _may_have_run(error):
        return ApplicationError(error.message, data=error.data)
    return error


def _may_have_run(error):
    """Whether it was raised because of a call that may have been executed: then the method cannot vouch that nothing was."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is None:
        return False
    if isinstance(cause, ConnectionLost):
        return cause.may_have_been_executed
    if isinstance(cause, RpcError) and cause.of_call:
        return cause.code not in _NOT_EXECUTED
    return _may_have_run(cause)


def _internal(method, error):
    error_id = secrets.token_hex(6)
    print("%s failed unexpectedly, error id %s: %r" % (method, error_id, error), file=sys.stderr)
    return InternalError("'%s' failed unexpectedly (error id %s)." % (method, error_id))


# What users type ------------------------------------------------------------------------------------------------------


async def connect(address, secret=None, name=None, methods=None, server=None):
    """Connects and proves; `methods` are what the server may call, `server` is a name to insist on. The result is a Connection."""
    place, secret = _Address(address), Secret.find(secret)
    name = name or "python@%s" % socket.gethostname()
    try:
        reader, writer = await asyncio.wait_for(place.connect(), HANDSHAKE_SECONDS)
    except (OSError, asyncio.TimeoutError) as e:
        raise ConnectionLost("Cannot connect to %s: %s" % (address, e or "no answer"))
    try:
        agreed = await _run_handshake(client_handshake(secret, place.channel, {"id": "~" + secrets.token_hex(8), "name": name[:64]}, server=server), reader, writer)
    except BaseException as e:
        writer.close()
        if isinstance(e, OSError):
            raise ConnectionLost("The connection to %s broke during the handshake: %s" % (address, e))
        raise
    return Connection(reader, writer, agreed, dict(methods or {}))


class Server:
    """Serves methods: a dict of names and functions. Those that are not async run on threads; generators travel as sequences."""

    def __init__(self, methods, secret=None, name=None, previous=()):
        self.methods, self.connections = dict(methods), set()
        self._secrets = [Secret.find(secret)] + [Secret.find(old) for old in previous]
        self._name = name or "python@%s" % socket.gethostname()
        self._listeners, self._strangers = [], 0
        self._paths = []

    async def listen(self, address):
        """Listens, and returns the address as bound."""
        place = _Address(address)
        listener, bound = await place.listen(lambda reader, writer: asyncio.ensure_future(self._accept(place.channel, reader, writer)))
        self._listeners.append(listener)
        if place.kind == "unix":
            self._paths.append(place.path)
        return bound

    async def close(self):
        for listener in self._listeners:
            listener.close()
        await asyncio.gather(*[connection.close() for connection in list(self.connections)])
        for path in self._paths:
            if os.path.exists(path):
                os.unlink(path)

    async def _accept(self, channel, reader, writer):
        if self._strangers >= MAX_STRANGERS:
            writer.close()
            return
        self._strangers += 1
        try:
            agreed = await _run_handshake(server_handshake(self._secrets, channel, self._name), reader, writer)
        except (TrustError, OSError) as e:
            print("Refused a connection: %s" % e, file=sys.stderr)
            writer.close()
            return
        finally:
            self._strangers -= 1
        connection = Connection(reader, writer, agreed, self.methods)
        self.connections.add(connection)
        connection.closed.add_done_callback(lambda _: self.connections.discard(connection))


class Client:
    """The blocking client: everything of Connection, from any thread."""

    def __init__(self, address, secret=None, name=None, methods=None, server=None):
        self._loop = asyncio.ProactorEventLoop() if sys.platform == "win32" else asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._connection = self._wait(connect(address, secret, name, methods, server))
        except BaseException:
            self._stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, method, args=(), timeout=None):
        return self._wait(self._connection.call(method, args, timeout))

    def begin(self, method, args=(), timeout=None):
        """Starts a call; the future's result() waits for it and cancel() gives it up."""
        return asyncio.run_coroutine_threadsafe(self._connection.call(method, args, timeout), self._loop)

    def notify(self, method, args=()):
        self._wait(self._connection.notify(method, args))

    def stream(self, method, args=(), timeout=None):
        items = self._connection.stream(method, args, timeout)
        try:
            while True:
                try:
                    yield self._wait(items.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self._wait(items.aclose())

    def close(self):
        if not self._loop.is_closed():
            self._wait(self._connection.close())
            self._stop()

    def _wait(self, work):
        async def run():
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _stop(self):
        async def settle():
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_asyncgens()

        self._wait(settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
