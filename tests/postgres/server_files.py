"""The server's files, as they lie on disk."""

import psycopg


def files_with(server, dsn, text):
    """The database's files that hold the text, after everything was written to disk."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("checkpoint")
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        ((oid,),) = admin.execute("select oid from pg_database where datname = %s", [name]).fetchall()
        found = admin.execute(
            "select file from pg_ls_dir('base/' || %(oid)s) as file where"
            " position(%(text)s::bytea in pg_read_binary_file('base/' || %(oid)s || '/' || file, true)) > 0",
            {"oid": str(oid), "text": text.encode()},
        )
        return [file for (file,) in found.fetchall()]
