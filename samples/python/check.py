"""Tries everything that trustrpc.py does against a server that offers the methods of TrustRpc.Server; prints a line for each. Usage: check.py ADDRESS"""

import asyncio
import concurrent.futures
import sys

import trustrpc


def expect(what, actual, expected):
    if actual != expected:
        sys.exit("%s: %r instead of %r" % (what, actual, expected))
    print("ok", what, flush=True)


def fails(what, kind, run):
    try:
        run()
    except kind as e:
        print("ok", what, flush=True)
        return e
    sys.exit("%s: no %s" % (what, kind.__name__))


def blocking(address):
    with trustrpc.Client(address, methods={"answer": lambda question: question + "? 42."}) as client:
        expect("a call by position", client.call("greet", ["Ada"]), "Hello, Ada!")
        expect("a call by name", client.call("add", {"a": 2, "b": 40}), 42)
        expect("text beyond ASCII", client.call("echo", ["grüße 你好 😀"]), "grüße 你好 😀")
        expect("a stream", list(client.stream("count", [1000])), list(range(1, 1001)))
        expect("a call back", client.call("ask_back", ["What"]), "You answered: What? 42.")
        error = fails("an error on purpose", trustrpc.ApplicationError, lambda: client.call("fail", ["on purpose"]))
        expect("its message", (error.code, error.message), (-32000, "on purpose"))
        fails("an unknown method", trustrpc.MethodNotFound, lambda: client.call("nobody"))
        fails("a wrong argument", trustrpc.InvalidParams, lambda: client.call("greet", [1]))
        fails("a deadline", trustrpc.DeadlineExceeded, lambda: client.call("long_running_task", [60], timeout=0.2))
        call = client.begin("long_running_task", [60])
        call.cancel()
        fails("a call given up", concurrent.futures.CancelledError, call.result)
        fails("arguments that are no JSON", trustrpc.InvalidParams, lambda: client.call("greet", [object()]))
        first = []
        for number in client.stream("count", [1000000]):
            first.append(number)
            if number == 3:
                break
        expect("a stream left early", first, [1, 2, 3])
        client.notify("greet", ["nobody hears the answer"])
        expect("a call after all that", client.call("greet", ["Grace"]), "Hello, Grace!")
    fails("a call on a closed client", (trustrpc.ConnectionLost, RuntimeError), lambda: client._connection._check_open())


async def asynchronous(address):
    async def numbers(most):
        for number in range(1, most + 1):
            yield number

    async with await trustrpc.connect(address) as client:
        expect("calls at once", await asyncio.gather(*[client.call("add", [i, 1]) for i in range(2000)]), list(range(1, 2001)))
        expect("a stream sent", await client.call("sum", [numbers(1000)]), 500500)
        expect("streams in both directions", [total async for total in client.stream("running_total", [numbers(5)])], [1, 3, 6, 10, 15])
        reports = []
        await client.call("work", {"steps": 5, "progress": trustrpc.Progress(reports.append)})
        expect("progress", reports, [1, 2, 3, 4, 5])
        task = asyncio.ensure_future(client.call("long_running_task", [60]))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print("ok a task cancelled", flush=True)
        expect("a call after it", await client.call("add", [1, 1]), 2)
        expect("nothing left behind", (client._producers, client._reports), ({}, {}))


if __name__ == "__main__":
    blocking(sys.argv[1])
    asyncio.run(asynchronous(sys.argv[1]))
    try:
        trustrpc.Client(sys.argv[1], secret="another secret, long enough")
        sys.exit("another secret was taken")
    except trustrpc.TrustError as e:
        print("ok another secret:", e)
    print("All as it should be.")
