"""Ways to reach another program by a socket."""

from __future__ import annotations

from ways import Way

BY_SOCKET = (
    Way(
        "connect over TCP",
        """
import socket
socket.create_connection(("127.0.0.1", T.tcp)).sendall(T.token.encode())
""",
    ),
    Way(
        "connect over TCP from another thread",
        """
import socket
def send():
    socket.create_connection(("127.0.0.1", T.tcp)).sendall(T.token.encode())
thread = threading.Thread(target=send)
thread.start()
thread.join()
""",
    ),
    Way(
        "connect over TCP from a child",
        """
import subprocess
code = f"import socket; socket.create_connection(('127.0.0.1', {T.tcp})).sendall(b'{T.token}')"
subprocess.run([sys.executable, "-I", "-c", code], capture_output=True)
""",
    ),
    Way(
        "connect by the shell's /dev/tcp",
        """
import subprocess
subprocess.run(["bash", "-c", f"echo {T.token} > /dev/tcp/127.0.0.1/{T.tcp}"], capture_output=True)
""",
    ),
    Way(
        "ask for a web page",
        """
import urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{T.tcp}/{T.token}", timeout=T.patience)
""",
    ),
    Way(
        "send by UDP",
        """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(T.token.encode(), ("127.0.0.1", T.udp))
""",
    ),
    Way(
        "connect to a Unix socket",
        """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect(T.unix)
s.sendall(T.token.encode())
""",
    ),
    Way(
        "send to a Unix datagram socket",
        """
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(T.token.encode(), T.unix_datagram)
""",
    ),
    Way(
        "send to a Unix socket from one half of a pair",
        """
import socket
socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(T.token.encode(), T.unix_datagram)
""",
    ),
    Way(
        "turn one half of a stream pair to a Unix socket",
        """
import socket
half = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)[0]
half.sendto(T.token.encode(), T.unix)
""",
        control="not tried",
    ),
    Way(
        "connect to an abstract socket",
        """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect(T.abstract)
s.sendall(T.token.encode())
""",
    ),
    Way(
        "open a socket by the x32 numbers",
        """
file = syscall(0x40000000 + 41, 2, 2, 0)
claim()
""",
        control="not tried",
    ),
    Way("take the custodian's place", "os.unlink(T.custodian); claim()", control="not tried"),
    Way(
        "connect to the custodian anew",
        """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect(T.custodian)
claim()
""",
        control="not tried",
    ),
    Way(
        "use a listening socket of the kernel to reach out",
        """
import socket
for number in range(3, 64):
    try:
        listening = socket.socket(fileno=os.dup(number))
        if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and listening.family == socket.AF_INET:
            break
    except OSError:
        continue
if not (child := os.fork()):
    os.setsid()  # whoever ends the kernel, which dies of this, ends its group
    try:
        listening.shutdown(socket.SHUT_RD)
        listening.sendto(T.token.encode(), 0x20000000, ("127.0.0.1", T.tcp))
    finally:
        os._exit(0)
os.waitpid(child, 0)
""",
        alone=True,
    ),
    Way(
        "turn a listening socket round and connect it",
        """
import socket
for number in range(3, 64):
    try:
        listening = socket.socket(fileno=os.dup(number))
        if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and listening.family == socket.AF_INET:
            break
    except OSError:
        continue
if not (child := os.fork()):
    os.setsid()  # whoever ends the kernel, which dies of this, ends its group
    try:
        listening.shutdown(socket.SHUT_RD)
        listening.connect(("127.0.0.1", T.tcp))
        listening.sendall(T.token.encode())
    finally:
        os._exit(0)
os.waitpid(child, 0)
""",
        alone=True,
    ),
    Way("open a port for others", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); claim()"),
    Way(
        "send raw packets",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); claim()",
        control="as root",
    ),
    Way(
        "talk to the system over netlink",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); claim()",
    ),
    Way(
        "talk to the machine's host",
        "import socket; socket.socket(40, socket.SOCK_STREAM); claim()",
        control="not tried",
    ),
    Way(
        "connect with ZeroMQ",
        """
import zmq
s = zmq.Context().socket(zmq.STREAM)
s.connect(f"tcp://127.0.0.1:{T.tcp}")
s.setsockopt(zmq.LINGER, 0)
s.setsockopt(zmq.RCVTIMEO, 1000 * T.patience)
who, _ = s.recv_multipart()
s.send_multipart([who, T.token.encode()])
s.recv_multipart()
""",
    ),
    Way(
        "connect with Arrow Flight",
        """
from pyarrow import flight
client = flight.FlightClient(f"grpc+tcp://127.0.0.1:{T.tcp}")
try:
    list(client.do_action(flight.Action(T.token, b""), options=flight.FlightCallOptions(timeout=T.patience)))
except Exception:
    pass
""",
        arrives="PRI * HTTP/2.0",
    ),
)
