#!/bin/sh
# Run once by PostgreSQL's image, when its volume is new: the database, its owner, the group roles, and the dashboard's reader.
# psql reads the passwords itself: what stands in its command line, every user of the machine sees.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set owner `cat /run/secrets/owner_password`
\set reader `cat /run/secrets/reader_password`
create role portfolio_owner login password :'owner';
create database portfolio owner portfolio_owner;
create role portfolio_reader nologin;
create role portfolio_reader_all nologin;
grant portfolio_reader, portfolio_reader_all to portfolio_owner with admin option;
create role dashboard login password :'reader';
SQL
