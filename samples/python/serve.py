"""A server in Python with a method of every kind. Usage: serve.py ADDRESS; Ctrl+C or the end of standard input ends it."""

import asyncio
import sys

import trustrpc


def greet(name):
    if not isinstance(name, str):
        raise trustrpc.InvalidParams("'name' is a text.")
    return "Hello, %s!" % name


def add(a, b=0):
    return a + b


def fail(message):
    raise trustrpc.ApplicationError(message, data={"tries": 3})


def crash():
    raise ValueError("the password is hunter2")


async def sleep(seconds):
    await asyncio.sleep(seconds)


def count(n):
    yield from range(1, n + 1)


async def total(numbers, context):
    return sum([number async for number in context.items(numbers)])


async def running_total(numbers, context):
    so_far = 0
    async for number in context.items(numbers):
        so_far += number
        yield so_far


async def work(steps, context, progress=None):
    for step in range(1, steps + 1):
        context.report(progress, step)
        await asyncio.sleep(0)
    return "%d steps done." % steps


async def ask_back(question, context):
    return "You answered: %s" % await context.call("answer", [question])


async def ask_back_or_refuse(question, context):
    try:
        return await context.call("answer", [question])
    except trustrpc.RpcError as e:
        raise trustrpc.Unavailable("Nobody answers.") from e


def time_out():
    raise asyncio.TimeoutError()


async def main(address):
    methods = [greet, add, fail, crash, sleep, count, running_total, work, ask_back, ask_back_or_refuse, time_out]
    server = trustrpc.Server({**{method.__name__: method for method in methods}, "sum": total, "long_running_task": sleep, "echo": lambda value: value})
    print("Serving on %s" % await server.listen(address), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.close()
    print("Stopped.", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        pass
