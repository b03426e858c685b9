"""Logs in by OAUTHBEARER with libpq 18 and its hook for tokens, and runs a query.

Arguments: the library, a connection string, the token, a query.
"""
import ctypes
import sys

library, dsn, token, query = sys.argv[1:]
pq = ctypes.CDLL(library)

BEARER_TOKEN = 1  # PGauthData, PQAUTHDATA_OAUTH_BEARER_TOKEN in libpq-fe.h


class Request(ctypes.Structure):  # PGoauthBearerRequest in libpq-fe.h
    _fields_ = [
        ("openid_configuration", ctypes.c_char_p),
        ("scope", ctypes.c_char_p),
        ("flow", ctypes.c_void_p),
        ("cleanup", ctypes.c_void_p),
        ("token", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
    ]


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def hook(kind, conn, data):
    if kind != BEARER_TOKEN:
        return 0
    request = ctypes.cast(data, ctypes.POINTER(Request)).contents
    print("asked to go to", request.openid_configuration.decode())
    request.token = token.encode()
    return 1


pq.PQsetAuthDataHook(hook)
pq.PQconnectdb.restype = ctypes.c_void_p
pq.PQexec.restype = ctypes.c_void_p
pq.PQerrorMessage.restype = pq.PQgetvalue.restype = ctypes.c_char_p
conn = ctypes.c_void_p(pq.PQconnectdb(dsn.encode()))
if pq.PQstatus(conn) != 0:
    print(pq.PQerrorMessage(conn).decode())
    sys.exit(1)
result = ctypes.c_void_p(pq.PQexec(conn, query.encode()))
print("result", (pq.PQgetvalue(result, 0, 0) or pq.PQerrorMessage(conn)).decode())
