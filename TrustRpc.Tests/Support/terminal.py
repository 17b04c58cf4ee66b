"""Runs a program on a pseudo-terminal and types: terminal.py '[["what to wait for", "what to type"], ...]' PROGRAM WORDS..."""
import fcntl, json, os, pty, select, struct, sys, termios

steps, program = json.loads(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
seen, at = "", 0


def more():
    global seen
    if not select.select([terminal], [], [], 60)[0]:
        sys.exit("Nothing came for a minute; so far:\n" + seen)
    try:
        got = os.read(terminal, 65536)
    except OSError:  # How Linux tells that the other side is gone.
        got = b""
    seen += got.decode(errors="replace")
    return got


for expected, typed in steps:
    while expected not in seen[at:]:
        if not more():
            sys.exit("It ended before %r came:\n%s" % (expected, seen))
    at = seen.index(expected, at) + len(expected)
    os.write(terminal, typed.encode())
while more():
    pass
sys.stdout.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
