#!/bin/bash
# Makes the database, and in it a role `nexivo_<service>` and a schema `<service>` for each service that the environment has a password
# for, with no way to another's.
#
# Runs by itself when the volume is new. It may be run again, say after a change of passwords in .env:
#   docker compose up -d postgres && docker compose exec postgres /docker-entrypoint-initdb.d/services.sh
set -euo pipefail

run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }

# The builtin provider sorts the same after every upgrade of the image's C library; indexes would break otherwise.
run --dbname postgres <<'SQL'
select $$create database nexivo template template0 encoding 'UTF8' locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'$$
  where not exists (select from pg_database where datname = 'nexivo') \gexec
SQL

run --dbname nexivo <<'SQL'
set client_min_messages = warning;
create extension if not exists btree_gin schema public;
revoke create on schema public from public;
revoke connect, temporary on database nexivo from public;
SQL

for password in $(compgen -e | grep -E '^POSTGRES_[A-Z_]+_PASSWORD$'); do
  service=${password#POSTGRES_} service=${service%_PASSWORD} service=${service,,}
  # psql takes the password from its environment: among its arguments everyone could read it.
  PASSWORD=${!password:?$password is empty} run --dbname nexivo --set service="$service" <<'SQL'
\getenv password PASSWORD
\set role nexivo_ :service
set client_min_messages = warning;
-- Neither the password nor its failures belong in the server's log.
set log_statement = none;
set log_min_error_statement = panic;
select format('create role %I', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
alter role :"role" login password :'password';
grant connect, temporary on database nexivo to :"role";
create schema if not exists :"service" authorization :"role";
revoke all on schema :"service" from public;
grant usage on schema public to :"role";
-- `public` comes last and cannot be written to: it is there for the operators and types of the extensions.
alter role :"role" in database nexivo set search_path = :"service", public;
SQL
done
